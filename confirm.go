package tenantgen

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/confirm"
	"github.com/tenantgen/tenantgen/prove"
)

// Confirm has PostgreSQL read the schema files and the queries that Check judged, and adds what it
// reads differently to the findings of r: read-differently. The error says that it could not be tried.
// It returns what was compared, one report for each `sql:` entry.
func (p *Project) Confirm(ctx context.Context, r *Report, o confirm.Options) ([]*confirm.Report, error) {
	var reports []*confirm.Report
	for _, u := range r.units {
		report, err := p.confirmUnit(ctx, u, o)
		if err != nil {
			return nil, fmt.Errorf("confirm: %w", err)
		}
		for _, d := range report.Differences {
			r.Diagnostics = append(r.Diagnostics, p.differently(u, report.Server, d))
		}
		reports = append(reports, report)
	}
	return reports, nil
}

// confirmUnit reads in a server of our own, or in a database that is lent and emptied again.
func (p *Project) confirmUnit(ctx context.Context, u *judged, o confirm.Options) (report *confirm.Report, err error) {
	if o.DatabaseURL == "" {
		return confirm.Run(ctx, p.confirmInput(u), o)
	}
	var roles []string
	for _, r := range u.Schema.Roles {
		roles = append(roles, r.Name)
	}
	err = prove.Lend(ctx, o.DatabaseURL, roles, func() (err error) {
		report, err = confirm.Run(ctx, p.confirmInput(u), o)
		return err
	})
	return report, err
}

func (p *Project) confirmInput(u *judged) confirm.Input {
	in := confirm.Input{Schema: u.Schema}
	for _, f := range u.Entry.SchemaFiles {
		in.Files = append(in.Files, confirm.File{Path: p.Config.Rel(f.Path), Text: f.Text, Statements: analyzer.SchemaStatements(f.Text)})
	}
	a := analyzer.New(u.Schema, u.Tenancy, p.Config.Tenant.Functions)
	for _, f := range p.Config.Tenant.Functions {
		in.Vouched = append(in.Vouched, f.Name)
	}
	for _, res := range u.results {
		if q := confirmable(a, res); q != nil {
			in.Queries = append(in.Queries, q)
		}
	}
	return in
}

// confirmable is a query as the second reader takes it, nil where nothing rests on its reading: what
// is refused is refused. A refusal by the parser built in is asked about, too: a newer server may
// know the syntax.
func confirmable(a *analyzer.Analyzer, res *analyzer.Result) *confirm.Query {
	q := &confirm.Query{Name: cmp.Or(res.Name, fmt.Sprintf("line %d", res.Line)), File: res.File, Line: res.Line, SQL: res.Text, Offset: func(at int) int { return at }}
	if res.Verdict == analyzer.Rejected {
		q.Unparsed = slices.ContainsFunc(res.Diagnostics, func(d analyzer.Diagnostic) bool { return d.Rule == "syntax" })
		if !q.Unparsed {
			return nil
		}
		return q
	}
	sent, err := a.Prepared(res)
	if err != nil {
		return nil
	}
	read := res.Reading()
	q.SQL, q.Statement, q.Certificate = sent.SQL, read.Statement, read.Certificate
	q.Offset, q.Origin = func(at int) int { return sent.Offset(at - read.Start) }, read.Origin
	return q
}

// differently is the finding about a difference.
func (p *Project) differently(u *judged, version string, d *confirm.Difference) analyzer.Diagnostic {
	out := analyzer.Diagnostic{Rule: "read-differently", Severity: analyzer.Error, Message: d.String(), Table: d.Table, File: d.Pos.File, Line: max(d.Pos.Line, 1), Column: max(d.Pos.Column, 1),
		Hint: "PostgreSQL " + version + " is right, so that what was proved is not of this statement: please report it; another way to write it may read alike"}
	if d.Query == nil {
		out.Hint = "PostgreSQL " + version + " is right, so that what was proved is not of this schema: please report it; another way to write the DDL may read alike"
		out.File = cmp.Or(out.File, p.Config.Path)
	} else {
		out.Query, out.File, out.Line, out.Column = d.Query.Name, d.Query.File, d.Query.Line, 1
		p.place(u, &out, d.At, d.Query.Origin)
	}
	switch {
	case d.Newer:
		out.Hint = "write it without what is newer than PostgreSQL 16, or declare it with -- tenantgen:cross-tenant <category> <reason>"
	case d.Unread:
		out.Severity = analyzer.Warning
		out.Hint = "add what it names to the schema files"
	case d.Refused:
		out.Hint = "what it names must be in the schema files; where an extension brings it, the server needs that extension"
	}
	if out.EndLine == 0 {
		out.EndLine, out.EndColumn = out.Line, out.Column+1
	}
	return out
}

// place puts a finding where a span of its file is, counted from an origin.
func (p *Project) place(u *judged, d *analyzer.Diagnostic, at query.Span, origin int) {
	for _, f := range u.Entry.QueryFiles {
		if p.Config.Rel(f.Path) == d.File && at.Known() && origin+at.End <= len(f.Text) {
			d.Line, d.Column = lineColumn(f.Text, origin+at.Start)
			d.EndLine, d.EndColumn = lineColumn(f.Text, origin+at.End)
		}
	}
}

// lineColumn counts characters in a line, as all findings do.
func lineColumn(text string, at int) (line, column int) {
	before := text[:at]
	return 1 + strings.Count(before, "\n"), 1 + utf8.RuneCountInString(before[1+strings.LastIndexByte(before, '\n'):])
}
