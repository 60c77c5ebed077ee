package tenantgen

import (
	"context"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/verify"
)

// Verify compares the database of a connection string with what the schema files and
// the configuration promise. It only reads; an empty connection string stands for the
// PG* variables of the environment.
func (p *Project) Verify(ctx context.Context, connString string) (*verify.Report, error) {
	o, err := p.Promises()
	if err != nil {
		return nil, err
	}
	return verify.Run(ctx, connString, o)
}

// Promises is what a database has to keep for the proofs and the policies to hold. It
// is an error when the schema files are not understood as a whole.
func (p *Project) Promises() (verify.Options, error) {
	proved := p.check() // tells which tables queries write, too
	o := verify.Options{Classify: p.classify, Same: analyzer.SameCondition, Vouched: p.vouched, Severity: map[string]string{}, Read: p.readLive}
	o.Prove = func(db *catalog.Database) []verify.Unproved { return p.proveAgain(proved, db) }
	for _, u := range proved.units {
		if i := slices.IndexFunc(u.findings, func(d analyzer.Diagnostic) bool { return !advisory(d.Rule) && d.Severity == analyzer.Error }); i >= 0 {
			d := u.findings[i]
			return o, &config.Error{File: d.File, Line: d.Line, Column: d.Column, Msg: d.Message + ", so it is not known what to verify", Hint: d.Hint}
		}
		o.Promises = append(o.Promises, verify.Promise{Schema: u.Schema, Wanted: p.wanted(u)})
	}
	for _, set := range p.Config.Tenant.Rules {
		o.Severity[set.Name] = set.Severity
	}
	return o, nil
}

// readLive reads the DDL of a live database as that of a schema file.
func (p *Project) readLive(ddl string) (*catalog.Database, []verify.Unread) {
	db, findings := analyzer.LoadLive(analyzer.SchemaFile{Path: "the database", Text: ddl}, p.Config.Tenant.Functions...)
	var unread []verify.Unread
	for _, d := range findings {
		unread = append(unread, verify.Unread{Line: d.Line, Message: d.Message})
	}
	return db, unread
}

// proveAgain judges the queries by a live database and returns those that were accepted
// and are no longer. Queries that name a table which it lacks are left to its tables.
func (p *Project) proveAgain(proved *Report, db *catalog.Database) []verify.Unproved {
	var list []verify.Unproved
	for _, u := range proved.units {
		live := *db
		live.SearchPath, live.SessionPaths = u.Schema.SearchPath, u.Schema.SessionPaths // other paths are findings of their own
		own, _ := analyzer.Classify(&live, p.Config.Tenant)
		again := p.checkUnit(&Unit{Index: u.Index, Entry: u.Entry, Schema: &live, Tenancy: own})
		for j, was := range u.results {
			if now := again[j]; was.Verdict != analyzer.Rejected && now.Verdict != was.Verdict {
				list = append(list, unproved(was, now))
			}
		}
	}
	return list
}

func unproved(was, now *analyzer.Result) verify.Unproved {
	u := verify.Unproved{Query: was.Name, File: was.File, Line: was.Line, Why: "it is " + string(now.Verdict) + " instead of " + string(was.Verdict)}
	if i := slices.IndexFunc(now.Diagnostics, func(d analyzer.Diagnostic) bool { return d.Severity == analyzer.Error }); i >= 0 {
		u.Why, u.Hint = now.Diagnostics[i].Message, now.Diagnostics[i].Hint
	}
	return u
}

func advisory(rule string) bool {
	r := rules.Lookup(rule)
	return r != nil && r.Advisory()
}

// classify decides whom live tables belong to, as if they were the schema. What does
// not fit is reported as a difference of the tables.
func (p *Project) classify(db *catalog.Database) *tenancy.Map {
	m, _ := tenancy.Classify(db, p.Config.Tenant)
	return m
}

// vouched reports whether the configuration declares a function: by its name alone, or by
// a signature with its arguments.
func (p *Project) vouched(name catalog.Name, args string) bool {
	return slices.ContainsFunc(p.Config.Tenant.Functions, func(f config.Function) bool {
		return slices.ContainsFunc(p.Units, func(u *Unit) bool { return analyzer.Declares(u.Schema, f, name, args) })
	})
}

// VerifyDiagnostic places a finding where the schema files create the table, or in the
// configuration when it is about no table of theirs.
func (p *Project) VerifyDiagnostic(f verify.Finding) analyzer.Diagnostic {
	d := analyzer.Diagnostic{Rule: f.Rule.Name, Severity: analyzer.Severity(f.Severity), Message: f.Object + ": " + f.Message, File: p.Config.Rel(p.Config.Path), Line: 1, Column: 1, EndLine: 1, EndColumn: 2}
	d.Hint = f.Fix()
	for _, u := range p.Units {
		if t := u.Schema.Table(f.Table); t != nil {
			d.Table, d.File = f.Table.String(), t.Pos.File
			d.Line, d.Column = max(t.Pos.Line, 1), max(t.Pos.Column, 1)
			d.EndLine, d.EndColumn = d.Line, d.Column+1
			break
		}
	}
	return d
}
