// Package rules registers everything that tenantgen can report: each rule is a
// value that carries its documentation, its examples and, when it judges the
// schema, the function that does so. The rules about queries are carried out by
// the proof in package analyzer and are only documented here.
package rules

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// Severity is how much a finding matters by default.
type Severity string

// The severities. Only an error makes lint fail; what is off is not reported.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Off     Severity = "off"
)

// Kind is what a rule judges.
type Kind string

// The kinds.
const (
	Query  Kind = "query"  // a finding refuses the query
	Schema Kind = "schema" // a finding is about the DDL
	// Configuration rules judge sqlc.yaml, whose parts their examples are.
	Configuration Kind = "configuration"
	// Database rules judge a live database; package verify has them.
	Database Kind = "database"
	// Go rules judge the application's Go code; package vet has them. Their examples are Go.
	Go Kind = "go"
)

// Rule is one thing that tenantgen reports.
type Rule struct {
	Name     string // as printed and as configured
	Title    string // one line: what is wrong
	Text     string // why it matters and what to write instead, with the source in PostgreSQL's manual
	Severity Severity
	Kind     Kind
	// Schema is what the examples stand on. Bad is reported, Good is not; both are
	// queries for a query rule and DDL for a schema rule.
	Schema, Bad, Good string
	// Scale is the scale setting that the rule is about, "" when it is about all.
	Scale string
	// Levels is true when the examples have two levels, an organization and its projects.
	Levels bool
	// Run reports findings about a schema. A rule that has it is advice, so its
	// severity can be configured; every other rule is a part of the proof.
	Run func(*Pass)
	// Apart is true of an error that no proof rests on, so that its severity can be configured.
	Apart bool
	// Excusable is true when a -- tenantgen:rights directive answers for its findings.
	Excusable bool
}

// Advisory reports whether the rule's severity can be configured: no proof rests on it,
// and no promise about the database.
func (r *Rule) Advisory() bool {
	return r.Run != nil || r.Apart || r.Severity != Error
}

// Example is SQL that shows what a rule is about.
type Example struct{ Head, SQL string }

// Examples lists those that the rule has: what is reported, then what is not.
func (r *Rule) Examples() []Example {
	list := []Example{{"schema", r.Schema}, {"reported", r.Bad}, {"not reported", r.Good}}
	if r.Kind == Database {
		list = []Example{{"reported after", r.Bad}, {"put right by", r.Good}}
	}
	return slices.DeleteFunc(list, func(e Example) bool { return e.SQL == "" })
}

// All registers every rule.
var All = []*Rule{
	unscopedTable,
	unscopedWrite,
	unscopedInsert,
	unscopedConflict,
	tenantChange,
	mixedTenants,
	nullableTenant,
	undeclaredTable,
	undeclaredFunction,
	dangerousFunction,
	systemCatalog,
	effectInCondition,
	errorOfOtherRows,
	againstRestrict,
	unsupportedStatement,
	unsupportedSyntax,
	unknownTable,
	unknownColumn,
	mangledParameter,
	copyfromTrap,
	sqlcRefuses,
	unusableName,
	tenantType,
	nullIntoValue,
	printedText,
	syntax,
	invalidDirective,
	unneededDirective,
	notRoutable,
	missingPrivilege,
	schema,
	unprintableName,
	nullableTenantColumn,
	keyWithoutTenant,
	childWithoutForeignKey,
	foreignKeyWithoutTenant,
	foreignKeyNullsTenant,
	levelsWithoutForeignKey,
	noTenantIndex,
	mutableTenantColumn,
	tenantColumnForChild,
	deepChild,
	leftoverTenantTrigger,
	unseenForeignKey,
	unkeptForeignKey,
	hiddenRows,
	notDistributable,
	viewWithoutSecurityInvoker,
	materializedView,
	securityDefiner,
	unmodelledDDL,
	appRoleAttributes,
	appRoleMembership,
	appRoleOwner,
	appRolePrivileges,
	sessionSettings,
	undoneProtection,
	widerPolicy,
	unmodelledRights,
	globalWithTenant,
	exposedQueries,
	superfluousVouch,
	staleException,
	staleBaseline,
	readDifferently,
	absentTenantColumn,
}

// Lookup returns the named rule, or nil.
func Lookup(name string) *Rule {
	for _, r := range All {
		if r.Name == name {
			return r
		}
	}
	return nil
}

// Names lists the names of All.
func Names() []string {
	names := make([]string, len(All))
	for i, r := range All {
		names[i] = r.Name
	}
	return names
}

// Finding is what a schema rule reports.
type Finding struct {
	Rule          *Rule
	Pos           catalog.Pos
	Table         string // "" when it is about no table
	Message, Hint string
	Fix           Fix // nil when it takes a person
	// Offer is a Fix for whoever asks for it.
	Offer Fix
	// Mended is true when the migrations that generate writes put it right, or keep it from
	// doing harm: it does not keep generate from writing them.
	Mended bool
}

// File is a schema file.
type File struct{ Path, Text string }

// Pass is one run of the schema rules.
type Pass struct {
	DB       *catalog.Database
	Own      *tenancy.Map
	App      App
	Files    []File // in the order in which they are applied
	rule     *Rule
	findings []Finding
}

// Check runs every schema rule and returns what they find, in the order of the files.
func Check(db *catalog.Database, own *tenancy.Map, files []File) []Finding {
	return CheckApp(db, own, files, App{})
}

// CheckApp is Check with what is known of the application's roles.
func CheckApp(db *catalog.Database, own *tenancy.Map, files []File, app App) []Finding {
	p := &Pass{DB: db, Own: own, App: app, Files: files}
	for _, r := range All {
		if r.Run != nil {
			p.rule = r
			r.Run(p)
		}
	}
	p.excused()
	slices.SortStableFunc(p.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(p.file(a.Pos), p.file(b.Pos)), cmp.Compare(a.Pos.Offset, b.Pos.Offset))
	})
	return p.findings
}

// file returns the index of the file of a position, -1 when it has none.
func (p *Pass) file(at catalog.Pos) int {
	return slices.IndexFunc(p.Files, func(f File) bool { return f.Path == at.File })
}

// text returns what stands at a position and behind it, "" when that is not known.
func (p *Pass) text(at catalog.Pos) string {
	i := p.file(at)
	if i < 0 || at.Offset < 0 || at.Offset > len(p.Files[i].Text) {
		return ""
	}
	return p.Files[i].Text[at.Offset:]
}

// ident writes identifiers for SQL in a hint.
func ident(names ...string) string {
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = catalog.QuoteIdent(n)
	}
	return strings.Join(list, ", ")
}

func (p *Pass) report(at catalog.Pos, table, hint, message string) {
	p.findings = append(p.findings, Finding{Rule: p.rule, Pos: at, Table: table, Message: message, Hint: hint})
}

// tables lists the tables that belong to a tenant. A partition or inheriting table
// has what its parent declares, so the parent alone is judged.
func (p *Pass) tables() []*catalog.Table {
	var list []*catalog.Table
	for _, t := range p.DB.Tables {
		if p.owned(t) && !t.Temporary && len(t.Parents) == 0 {
			list = append(list, t)
		}
	}
	return list
}

// owned reports whether the rows of t belong to tenants.
func (p *Pass) owned(t *catalog.Table) bool {
	if t == nil {
		return false
	}
	k := p.Own.Of(t).Kind
	return k == tenancy.Column || k == tenancy.Child
}

// tenantColumn returns the name of a table's own tenant column, "" when it has none.
func (p *Pass) tenantColumn(t *catalog.Table) string {
	o := p.Own.Of(t)
	if o.Kind != tenancy.Column || o.Column < 0 || o.Column >= len(t.Columns) {
		return ""
	}
	return t.Columns[o.Column].Name
}
