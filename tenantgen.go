// Package tenantgen makes a tenant leak a build error: Load reads an application's
// sqlc.yaml, schema and queries, Check proves every query, and Generate returns the
// repositories and the row-level-security migration. Nothing is written until
// Commit.
package tenantgen

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
)

// Project is an application as its sqlc.yaml describes it.
type Project struct {
	Config *config.Config
	Units  []*Unit // one for each `sql:` entry
	// schemas are the texts of the schemas, one for each entry.
	schemas []readSchema
	// SQLCDatabase lets sqlc connect to the databases that the configuration names, and
	// gives it the whole environment.
	SQLCDatabase bool
	// AllowWidening lets Generate write a migration that shows tenants more than before.
	AllowWidening bool
	// command ran sqlc, and beyond is true when Generate has read Go code that Inputs.GenerateDigest is not of.
	command []string
	beyond  bool
	// sqlc runs sqlc; tests put what it generated earlier in its place.
	sqlc func(context.Context) (map[string][]byte, error)
	now  func() time.Time // numbers a migration by time
	// baseline excuses refused queries; partial tells that Only left files out.
	baseline *baseline
	partial  bool
	recall   *recall // of statements that earlier runs have judged; nil judges all
}

// Unit is one `sql:` entry with its schema.
type Unit struct {
	Index    int // in Config.SQL
	Entry    config.SQL
	Schema   *catalog.Database
	Tenancy  *tenancy.Map
	findings []analyzer.Diagnostic // of the schema
	absent   []tenancy.Problem     // declarations of tables that this schema lacks
	sqlc     *analyzer.SQLC
	memory   *analyzer.Memory // of an entry whose files are edited
}

// Report is the outcome of Check.
type Report struct {
	Queries     []*analyzer.Result
	Diagnostics []analyzer.Diagnostic // of the schema first, then of the queries
	Fixes       []analyzer.Fix        // what Fix would write; Check leaves them out
	units       []*judged
	baselined   map[*analyzer.Result]string // the reason, by excused query
}

// judged is an entry with what Check says of its queries, and what these need of their roles.
type judged struct {
	*Unit
	results  []*analyzer.Result
	app      *needs // of queries that are not declared cross-tenant
	crossing *needs // of queries that are
}

// Clean reports whether nothing stands in the way of generating.
func (r *Report) Clean() bool {
	return !slices.ContainsFunc(r.Diagnostics, func(d analyzer.Diagnostic) bool { return d.Severity == analyzer.Error })
}

// Blocks reports whether something stands in the way that generating does not put right.
func (r *Report) Blocks() bool {
	return slices.ContainsFunc(r.Diagnostics, func(d analyzer.Diagnostic) bool { return d.Severity == analyzer.Error && !d.Mended })
}

// Load reads the sqlc.yaml at path and the schema files it names. The error holds
// every problem of the configuration, each a *config.Error with its position.
func Load(path string) (*Project, error) {
	in, err := Read(path)
	if err != nil {
		return nil, err
	}
	return in.Load()
}

// Load reads the schema out of the texts. Its error is Load's.
func (in *Inputs) Load() (*Project, error) {
	p := &Project{Config: in.config, now: time.Now, schemas: in.schemas}
	p.sqlc = p.runSQLC
	errs := []error{checkRules(p.Config)}
	for i, entry := range p.Config.SQL {
		u, err := p.unit(i, entry)
		errs = append(errs, err)
		p.Units = append(p.Units, u)
	}
	errs = append(errs, p.absent(), in.baselineErr)
	p.baseline = in.baseline
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *Project) unit(i int, entry config.SQL) (*Unit, error) {
	if u := p.sharedSchema(i, entry); u != nil {
		return u, nil
	}
	asSQLC := entry.SchemaFiles
	files, unreadable, err := p.schemas[i].files, slices.Clone(p.schemas[i].unreadable), p.schemas[i].err
	if err != nil {
		return nil, err
	}
	entry.SchemaFiles = files
	u := &Unit{Index: i, Entry: entry, findings: unreadable}
	db, problems := analyzer.LoadSchema(p.schemaFiles(u), p.Config.Tenant.Functions...)
	u.Schema, u.findings = db, append(u.findings, problems...)
	var refused []analyzer.Diagnostic
	u.sqlc, refused = analyzer.NewSQLC(p.named(asSQLC), db, entry, p.Config.Tenant.Out != "")
	u.findings = append(u.findings, p.severities(refused)...)
	var undecided []tenancy.Problem
	u.Tenancy, undecided = analyzer.Classify(u.Schema, p.Config.Tenant)
	var errs []error
	for _, pr := range undecided {
		switch {
		case pr.Table != nil:
			u.findings = append(u.findings, undeclared(pr))
		case pr.Absent != "":
			u.absent = append(u.absent, pr)
		default:
			errs = append(errs, p.misdeclared(pr))
		}
	}
	u.findings = append(u.findings, p.advice(u)...)
	if len(errs) > 0 { // which what could not be read may have caused
		for _, d := range unreadable {
			errs = append(errs, &config.Error{File: d.File, Line: d.Line, Column: d.Column, Msg: d.Message, Hint: d.Hint})
		}
	}
	return u, errors.Join(errs...)
}

// sharedSchema is the entry with what an earlier one of the same schema files has found of them; nil where there is none.
func (p *Project) sharedSchema(i int, entry config.SQL) *Unit {
	for _, e := range p.Units {
		if e != nil && slices.Equal(p.Config.SQL[e.Index].SchemaFiles, entry.SchemaFiles) {
			u := *e
			u.Index, u.Entry = i, entry
			u.Entry.SchemaFiles = e.Entry.SchemaFiles
			u.sqlc = e.sqlc.For(entry)
			return &u
		}
	}
	return nil
}

func (p *Project) misdeclared(pr tenancy.Problem) error {
	return &config.Error{File: p.Config.Path, Line: pr.Line, Column: pr.Column, Msg: pr.Msg, Hint: pr.Hint}
}

// absent is the error about declared tables that no entry's schema has.
func (p *Project) absent() error {
	var errs []error
	if len(p.Units) == 0 || slices.Contains(p.Units, nil) {
		return nil // which the entry that cannot be read may have
	}
	for _, pr := range p.Units[0].absent {
		everywhere := !slices.ContainsFunc(p.Units, func(u *Unit) bool {
			return !slices.ContainsFunc(u.absent, func(q tenancy.Problem) bool { return q.Absent == pr.Absent })
		})
		if everywhere {
			errs = append(errs, p.misdeclared(pr))
		}
	}
	return errors.Join(errs...)
}

func undeclared(p tenancy.Problem) analyzer.Diagnostic {
	at := p.Table.Pos
	return analyzer.Diagnostic{Rule: "undeclared-table", Severity: analyzer.Error, Message: p.Msg, Hint: p.Hint, Table: p.Table.Name.String(),
		File: at.File, Line: max(at.Line, 1), Column: max(at.Column, 1), EndLine: max(at.Line, 1), EndColumn: max(at.Column, 1) + len(p.Table.Name.Name)}
}

// Check analyses every query file of the project, and leaves the project as it is. Queries
// that the baseline excuses stay refused, but their findings are left out.
func (p *Project) Check() *Report {
	r := p.check()
	r.Diagnostics = append(r.Diagnostics, p.superfluous(r)...)
	p.except(r)
	p.excuse(r, p.baseline) // a finding for each query that has it: an entry excuses one
	r.Diagnostics = once(r.Diagnostics)
	return r
}

func (p *Project) check() *Report {
	r := &Report{}
	for _, u := range p.Units {
		results := p.withRights(u, p.checkUnit(u))
		r.units = append(r.units, &judged{u, results, u.needs(results, false), u.needs(results, true)})
	}
	r.Diagnostics = p.absentColumns()
	for _, u := range r.units {
		r.Diagnostics = slices.Concat(r.Diagnostics, p.exposed(u.Unit), u.findings, p.shared(r, u.Unit), p.unusable(u.Unit, u.results), p.tenantTypes(u.Unit, u.results))
		for _, q := range u.results {
			p.configure(q)
			r.Queries = append(r.Queries, q)
			r.Diagnostics = append(r.Diagnostics, q.Diagnostics...)
		}
	}
	return r
}

// once leaves out what was said before: entries read the same schema files.
func once(ds []analyzer.Diagnostic) []analyzer.Diagnostic {
	seen := map[analyzer.Diagnostic]bool{}
	return slices.DeleteFunc(ds, func(d analyzer.Diagnostic) bool {
		said := seen[d]
		seen[d] = true
		return said
	})
}
