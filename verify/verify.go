// Package verify compares a live database with what the schema files and the
// configuration promise of it. It only reads the system catalogs, in one read-only
// transaction, and needs no privilege that PostgreSQL does not give to everybody.
//
// It works in two steps: read.go and its neighbours read what there is into plain
// values, and each rule of [All] then compares those with the promise. What could
// not be read is an error, never a pass.
package verify

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/migrate"
)

// Promise is what one schema says about the database.
type Promise struct {
	Schema *catalog.Database
	Wanted migrate.Wanted
}

// Options is everything to verify, and how.
type Options struct {
	// Promises are kept by one database together.
	Promises []Promise
	// Classify decides whom the tables of the live database belong to.
	Classify func(*catalog.Database) *tenancy.Map
	// Same reports whether a live policy's expression, as pg_get_expr shows it while
	// search_path is pg_catalog, is what PostgreSQL makes of the wanted one.
	Same func(db *catalog.Database, table *catalog.Table, want, have string) bool
	// Vouched reports whether somebody has declared that a function, with the arguments as
	// PostgreSQL writes them, is safe to call.
	Vouched func(name catalog.Name, args string) bool
	// Read reads the live schema, given as DDL, and Prove judges every query by it.
	Read  Reader
	Prove func(*catalog.Database) []Unproved
	// Severity overrides the severity of a rule by its name: error, warning or off.
	Severity map[string]string
	// Progress is told what is done next; nil when nobody wants to know.
	Progress func(Progress)
}

// Progress tells what is being done, and how many of the steps are done.
type Progress struct {
	Doing       string // "read pg_class", "compare"
	Done, Total int
}

// Finding is something in the live database that is not as promised.
type Finding struct {
	Rule     *rules.Rule
	Severity rules.Severity
	Object   string       // what it is about, such as "table notes" or "role app_tenant"
	Table    catalog.Name // the promised table that it is about, zero when there is none
	Message  string
	Is       string   // what is there
	Promised string   // what should be
	SQL      []string // statements that put it right, where there are any
	Hint     string   // what to do besides, or instead
	widens   bool     // SQL lets a role do more
}

// Report is the outcome of a comparison.
type Report struct {
	Server   string // PostgreSQL's version
	Database string
	User     string   // the role that looked
	AppRoles []string // the roles that were judged
	Tables   int      // promised, and compared
	Policies int
	Findings []Finding // by object, in a stable order
}

// Clean reports whether every promise is kept. A warning keeps none from that.
func (r *Report) Clean() bool {
	return !slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Severity == rules.Error })
}

// Inspect compares the database that a transaction is in. The transaction should be
// REPEATABLE READ and READ ONLY; its search_path is set to pg_catalog.
func Inspect(ctx context.Context, tx pgx.Tx, o Options) (*Report, error) {
	promised, err := merge(o.Promises)
	if err != nil {
		return nil, err
	}
	if o.Progress == nil {
		o.Progress = func(Progress) {}
	}
	live, err := read(ctx, tx, promised.settings, o.Progress)
	if err != nil {
		return nil, err
	}
	p := newPass(o, promised, live)
	for i, c := range checks {
		o.Progress(Progress{"compare", live.steps + i, live.steps + len(checks)})
		c(p)
	}
	p.withhold()
	return p.report(), nil
}

// report applies the configured severities and sorts what was found.
func (p *pass) report() *Report {
	r := &Report{Server: p.live.serverVersion, Database: p.live.database, User: p.live.user, AppRoles: p.promised.appRoles, Tables: len(p.promised.tables)}
	for _, t := range p.promised.tables {
		r.Policies += len(t.policies)
	}
	for _, f := range p.findings {
		switch s := p.options.Severity[f.Rule.Name]; {
		case f.Rule.Severity != rules.Warning:
		case s == "off":
			continue
		case s != "":
			f.Severity = rules.Severity(s)
		}
		r.Findings = append(r.Findings, f)
	}
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		return cmp.Or(strings.Compare(a.Object, b.Object), strings.Compare(a.Rule.Name, b.Rule.Name), strings.Compare(a.Message, b.Message))
	})
	return r
}

// Fix is everything to do about a finding, as one text: statements first.
func (f Finding) Fix() string {
	lines := slices.Clone(f.SQL)
	if f.Hint != "" {
		lines = append(lines, f.Hint)
	}
	return strings.Join(lines, "\n")
}
