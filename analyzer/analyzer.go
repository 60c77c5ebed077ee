// Package analyzer proves that SQL statements are confined to one tenant. One
// statement goes in; a certificate or diagnostics come out. A statement is cut out of its
// text (internal/sqltext), turned into the small IR of package query (internal/lower) and
// proved on that alone (internal/prover); what cannot be proved is refused, and what has
// been is checked once more (checker).
package analyzer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/checker"
	"github.com/tenantgen/tenantgen/analyzer/internal/ddl"
	"github.com/tenantgen/tenantgen/analyzer/internal/finding"
	"github.com/tenantgen/tenantgen/analyzer/internal/lower"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/analyzer/internal/prover"
	"github.com/tenantgen/tenantgen/analyzer/internal/refusal"
	"github.com/tenantgen/tenantgen/analyzer/internal/restrict"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/routing"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
)

// SchemaFile is a schema or migration file whose rollback parts are blanked out, with
// offsets preserved.
type SchemaFile struct {
	Path, Text string
	// InTransaction tells that the tool which runs the file begins a transaction for it and commits that.
	InTransaction bool
	// Together tells that the tool sends the file as one text, which is a transaction where the text begins none.
	Together bool
}

// LoadSchema applies the DDL of files in order and returns what they declare.
// Findings name every statement that could not be understood.
// Functions are those that the settings vouch for: DDL in them is no reason to doubt the rest.
func LoadSchema(files []SchemaFile, functions ...config.Function) (*catalog.Database, []Diagnostic) {
	read := make([]ddl.SchemaFile, len(files))
	for i, f := range files {
		read[i] = ddl.SchemaFile(f)
	}
	db, errs := ddl.Load(read, declarations(functions)...)
	return db, append(schemaErrors(errs), printedSchema(files, db)...)
}

// LoadLive reads DDL that describes a database as it is, as LoadSchema reads that which
// makes it.
func LoadLive(f SchemaFile, functions ...config.Function) (*catalog.Database, []Diagnostic) {
	db, errs := ddl.LoadLive(ddl.SchemaFile(f), declarations(functions)...)
	return db, schemaErrors(errs)
}

func declarations(functions []config.Function) []ddl.Declaration {
	declared := make([]ddl.Declaration, len(functions))
	for i, f := range functions {
		declared[i] = ddl.Declaration{Key: f.Name, Kind: f.Kind}
	}
	return declared
}

func schemaErrors(errs []ddl.SchemaError) []Diagnostic {
	var ds []Diagnostic
	for _, e := range errs {
		ds = append(ds, Diagnostic{Rule: "schema", Severity: Error, Message: e.Message, Hint: e.Hint, File: e.Pos.File,
			Line: e.Pos.Line, Column: e.Pos.Column, EndLine: e.Pos.Line, EndColumn: e.Pos.Column + 1})
	}
	return ds
}

// SchemaStatements finds the statements in the text of a schema file.
func SchemaStatements(text string) []query.Span {
	return ddl.Statements(ddl.SchemaFile{Text: text})
}

// Verdict is the outcome for one query.
type Verdict string

// The verdicts.
const (
	Scoped      Verdict = "scoped"
	Global      Verdict = "global"       // touches no tenant table
	CrossTenant Verdict = "cross_tenant" // declared
	OfTenants   Verdict = "tenants"      // declared, and confined to a set of tenants
	Rejected    Verdict = "rejected"
)

// Result is what the analysis says of one statement.
type Result struct {
	Name, Command string
	File          string
	Line          int    // of the name comment
	Text          string // the statement, without the comments in front of it
	Verdict       Verdict
	// Routable tells of a scoped or global query whether Citus can send it to one
	// machine, nil when the tables are not distributed.
	Routable *bool
	// Tenants holds the number of the tenant parameter of each level that the query
	// uses, by level; 0 where a level is unused.
	Tenants []int
	// TenantTypes tells what sqlc takes these parameters for: uuid, bigint, integer, smallint or text, the name of another
	// type, "any" where it cannot tell, "" where that is not known.
	TenantTypes []string
	// Apart is how many levels, the outermost, the proof tells apart, 0 for all: with fewer
	// the rows of deeper levels are those of the outer tenant.
	Apart   int
	levels  []tenancy.Level
	outside []query.RelID // occurrences that only a condition outside of their level pins
	// Relations has one entry for each occurrence of a tenant table.
	Relations []Relation
	// Params are the parameters in the order of their numbers.
	Params      []Param
	Assumes     []Premise // what the proof rests on and nothing guarantees
	Comments    []string  // the author's, without the name and directives
	Category    string    // of a cross-tenant declaration
	Reason      string
	Targets     []*catalog.Table    // the tables that it writes to
	Uses        []Use               // what it does with which table or view
	Draws       []Draw              // the sequences that it takes numbers from
	Calls       []*catalog.Function // of the schema files
	Diagnostics []Diagnostic
	reading     Reading
}

// Param is a parameter of a statement: its name is that of @org_id or sqlc.arg(org_id), "" of $1.
type Param struct {
	Number int
	Name   string
}

// Relation is an occurrence of a tenant table with the chain that pins it.
type Relation struct {
	Table, Alias string
	Line, Column int
	Proof        []string
	chain        certificate.Chain
	recalled     *recalledLinks // in place of all below
	src          *source
	statement    *query.Statement
	certificate  *certificate.Certificate
}

// TenantParam returns the number of the innermost tenant parameter, 0 for none.
func (r *Result) TenantParam() int {
	for _, n := range slices.Backward(r.Tenants) {
		if n > 0 {
			return n
		}
	}
	return 0
}

// TenantParams returns the tenant parameters by the names of their levels, nil when
// there is but one level, without a name.
func (r *Result) TenantParams() map[string]int {
	var params map[string]int
	for level, n := range r.Tenants {
		if n > 0 && r.levels[level].Name != "" {
			if params == nil {
				params = map[string]int{}
			}
			params[r.levels[level].Name] = n
		}
	}
	return params
}

// Analyzer analyses the queries of one schema. It is not safe for concurrent use;
// Clone gives another goroutine its own.
type Analyzer struct {
	// Errors has what may fail for a row of another tenant reported: error-of-other-rows.
	Errors bool
	// SQLC has what sqlc refuses or types wrongly reported, too; nil for no report.
	SQLC    *SQLC
	db      *catalog.Database
	own     *tenancy.Map
	lowerer *lower.Lowerer
	// restricts are the conditions without which policies show no row and let none be written.
	restricts restrict.Conditions
	// insists has the rule by which queries are refused that rest on premises of a kind.
	insists map[certificate.PremiseKind]string
	// tamper stands between prover and checker, nil but in the test that the second
	// listens to the first.
	tamper func(*certificate.Certificate)
}

// New prepares the analysis of queries against db.
func New(db *catalog.Database, own *tenancy.Map, functions []config.Function) *Analyzer {
	forms := slices.ContainsFunc(db.Tables, func(t *catalog.Table) bool { return own.Of(t).Readable != nil })
	return &Analyzer{db: db, own: own, restricts: restrictions(db, own), lowerer: &lower.Lowerer{DB: db, Forms: forms, Literals: own.Literals, Vouched: vouches(db, functions), Followed: followed(db, own)}}
}

// followed tells lowering what a trigger does for whose rows a table has.
func followed(db *catalog.Database, own *tenancy.Map) func(*catalog.Table, *catalog.Trigger, []string) bool {
	return func(t *catalog.Table, tr *catalog.Trigger, assigned []string) bool {
		return own.Followed(db, t, tr, assigned)
	}
}

// vouches reads the declarations of functions. One that is no signature vouches for
// nothing.
func vouches(db *catalog.Database, functions []config.Function) []pgtype.Vouch {
	var out []pgtype.Vouch
	for _, f := range functions {
		if v, err := ddl.ParseVouch(db, f.Name, f.Kind); err == nil {
			out = append(out, v)
		}
	}
	return out
}

// Clone returns an Analyzer for another goroutine.
func (a *Analyzer) Clone() *Analyzer {
	return &Analyzer{Errors: a.Errors, SQLC: a.SQLC, db: a.db, own: a.own, restricts: a.restricts, insists: a.insists, lowerer: &lower.Lowerer{DB: a.db, Forms: a.lowerer.Forms, Literals: a.lowerer.Literals, Vouched: a.lowerer.Vouched, Followed: a.lowerer.Followed}}
}

// File analyses the statements of one query file. file names it in results.
func (a *Analyzer) File(file, text string) []*Result {
	return a.Part(file, text, query.Span{End: len(text)})
}

// Parts cuts the text of a query file between statements, into parts of about a size in bytes, that Part can analyse side
// by side. What cannot be cut for sure is one part.
func Parts(text string, size int) []query.Span { return sqltext.Cut(text, size) }

// Part analyses one of the Parts of a query file, as File does all of it.
func (a *Analyzer) Part(file, text string, part query.Span) []*Result {
	before, text := text[:part.Start], text[part.Start:part.End]
	src := newSource(file, text)
	src.line, src.column = strings.Count(before, "\n"), startBytes(before[strings.LastIndexByte(before, '\n')+1:])
	results := a.statements(src, sqltext.Split(text))
	for _, r := range results {
		r.reading.Origin = part.Start
	}
	return results
}

func (a *Analyzer) statements(src *source, units []*sqltext.Unit) []*Result {
	results := make([]*Result, 0, len(units))
	for _, u := range units {
		results = append(results, a.statement(src, u))
	}
	a.SQLC.file(src, units, results)
	return results
}

func (a *Analyzer) statement(src *source, u *sqltext.Unit) (r *Result) {
	r = &Result{Name: u.Name, Command: u.Command, File: src.file, Comments: u.Comments, Text: src.text[u.Span.Start:u.Span.End]}
	r.Line, _ = src.lineColumn(u.NameAt)
	r.reading.Start = u.Span.Start
	at := func(f finding.Finding) Diagnostic {
		if !f.Pos.Known() { // it is about the statement as a whole
			f.Pos = query.Span{Start: u.Span.Start, End: u.Span.Start + 1}
		}
		return src.diagnostic(r.Name, f)
	}
	// A panic is a bug of this package; it must neither pass for a proof nor hide the
	// verdicts of other statements.
	defer func() {
		if p := recover(); p != nil {
			r.Verdict, r.Relations, r.Tenants, r.Assumes = Rejected, nil, nil, nil
			r.Diagnostics = []Diagnostic{at(finding.Finding{Rule: "unsupported-syntax", Message: fmt.Sprintf("tenantgen cannot analyse this statement (internal error: %v)", p),
				Hint: "rewrite the query, and report this", Pos: u.Span})}
		}
	}()
	if u.Err != nil {
		r.Verdict = Rejected
		r.Diagnostics = []Diagnostic{at(finding.Finding{Rule: "syntax", Message: u.Err.Msg, Hint: cmp.Or(u.Err.Hint, "PostgreSQL's own parser refuses it"), Pos: query.Span{Start: u.Err.Offset, End: u.Err.Offset + 1}})}
		return r
	}
	st := a.lowerer.Lower(u, src.text)
	for _, param := range st.Params {
		r.Params = append(r.Params, Param{param.Number, param.Name})
	}
	r.reading = Reading{Statement: st, Start: u.Span.Start}
	r.Targets, r.Uses, r.Draws, r.Calls = st.Targets, privilegesOf(st), drawsOf(st, src), st.Calls
	fails := a.judge(u, st, src, r)
	if more := slices.Concat(a.restricted(st), uncopied(u.Command, r, st), misgenerated(u.Command, st), sameForEach(u, r), printed(u, st, src.text)); len(more) > 0 {
		fails, r.Verdict = append(fails, more...), Rejected
	}
	for _, f := range fails {
		r.Diagnostics = append(r.Diagnostics, at(possibleFor(u.Command, f)))
	}
	r.declare(u, at, a.restricts.Mentions(st))
	if r.Verdict != Scoped && r.Verdict != Global && r.Verdict != OfTenants {
		r.Assumes = nil // nothing is proved
	}
	a.route(st, r, at)
	a.errors(st, r, at)
	slices.SortStableFunc(r.Diagnostics, func(x, y Diagnostic) int {
		return cmp.Or(cmp.Compare(x.Line, y.Line), cmp.Compare(x.Column, y.Column))
	})
	return r
}

// route tells whether Citus can send a query to one machine, and why not.
func (a *Analyzer) route(st *query.Statement, r *Result, at func(finding.Finding) Diagnostic) {
	if !a.own.Citus || r.Verdict != Scoped && r.Verdict != Global {
		return
	}
	obstacles := routing.Obstacles(a.own, st)
	routable := len(obstacles) == 0
	r.Routable = &routable
	for _, o := range obstacles {
		d := at(finding.Finding{Rule: "not-routable", Message: o.Message, Hint: o.Hint, Base: o.Base, Pos: o.Pos})
		d.Severity = Warning
		r.Diagnostics = append(r.Diagnostics, d)
	}
}

// prove fills in the verdict and the relations and returns what is wrong.
func (a *Analyzer) prove(st *query.Statement, src *source, r *Result) []finding.Finding {
	r.Verdict = Rejected
	if len(st.Opaque) > 0 {
		return refusal.Opaque(st)
	}
	r.levels = a.own.Levels
	return a.proved(prover.Prove(a.db, a.own, st), Scoped, st, src, r)
}

// proved is what a proof says: with verdict where tenants' rows are touched.
func (a *Analyzer) proved(proof *prover.Proof, verdict Verdict, st *query.Statement, src *source, r *Result) []finding.Finding {
	if r.Tenants = proof.Tenants; len(proof.Failures) > 0 {
		return refusal.Of(st, proof.Failures)
	}
	cert := proof.Certify(r.Tenants)
	if a.tamper != nil {
		a.tamper(cert)
	}
	if err := checker.Check(a.db, st, a.own, cert); err != nil {
		return []finding.Finding{refusal.Unchecked(err)}
	}
	if fails := a.insisted(proof, cert); len(fails) > 0 {
		return fails
	}
	r.Verdict, r.Assumes, r.Apart, r.reading.Certificate = Global, cert.Assumes, cert.Levels, cert
	for _, at := range proof.Occurrences() {
		r.Verdict = verdict
		line, column := src.lineColumn(at.Base.Pos.Start)
		if passesOut(cert.Chain(at.Base, at.Role, at.Action)) {
			r.outside = append(r.outside, at.Base.ID)
		}
		rel := Relation{Table: at.Base.Table.Name.String(), Alias: at.Base.Alias, Line: line, Column: column, src: src, statement: st, certificate: cert}
		if !at.Moved {
			rel.chain = cert.Chain(at.Base, at.Role, at.Action)
		}
		if rel.Proof = rel.chain.Texts(); len(rel.Proof) == 0 {
			rel.Proof = []string{a.own.Levels[at.Level].Columns[0] + " = " + st.ParamText(r.Tenants[at.Level])}
		}
		if !slices.ContainsFunc(r.Relations, func(x Relation) bool { return x.Line == rel.Line && x.Column == rel.Column && x.Table == rel.Table }) {
			r.Relations = append(r.Relations, rel)
		}
	}
	slices.SortStableFunc(r.Relations, func(x, y Relation) int {
		return cmp.Or(cmp.Compare(x.Line, y.Line), cmp.Compare(x.Column, y.Column))
	})
	return nil
}
