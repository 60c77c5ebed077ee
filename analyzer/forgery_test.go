package analyzer_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"golang.org/x/tools/txtar"
)

// TestCheckerRefusesForgery shows the checker what no prover of today writes: proofs of
// queries that leak, and statements that say something else than when they were proved.
// Each has one thing wrong, and each refusal of the checker has such a forgery.
func TestCheckerRefusesForgery(t *testing.T) { checkerRefuses(t, forgeries, forgeryCase) }

// forgery is a query with a proof that is wrong in one place.
type forgery struct {
	name, query string
	forge       func(*forger)
	want        string // in what the checker says
}

// checkerRefuses asks the checker of forgeries of a case's proofs, each in a case of its own: the schema is forged too.
func checkerRefuses(t *testing.T, list []forgery, fresh func(testing.TB) *testCase) {
	for _, f := range list {
		t.Run(f.name, func(t *testing.T) {
			if err := f.check(t, fresh(t)); err == nil || !strings.Contains(err.Error(), f.want) {
				t.Errorf("%s\ngot %v, want %q", f.query, err, f.want)
			}
		})
	}
}

// checkerAccepts asks it of what is forged there, as it is.
func checkerAccepts(t *testing.T, c *testCase, queries ...string) {
	t.Helper()
	a := c.analysis()
	for _, sql := range queries {
		st, cert := a.Certify(t, "-- name: Plain :exec\n"+sql+";\n")
		if err := a.Check(st, cert); err != nil {
			t.Errorf("%s\n%v", sql, err)
		}
	}
}

// check forges, and asks the checker.
func (f forgery) check(t *testing.T, c *testCase) error {
	t.Helper()
	a := c.analysis()
	st, cert := a.Certify(t, "-- name: Forged :many\n"+f.query+";\n")
	x := &forger{t: t, db: c.db, st: st, c: cert}
	if len(st.Opaque) > 0 {
		t.Fatal(st.Opaque[0].Reason)
	}
	f.forge(x)
	return a.Check(st, cert)
}

func forgeryCase(t testing.TB) *testCase {
	return newCase(t, "forgery", txtar.Parse([]byte(`
-- schema.sql --
CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY, title text, author_id int, parent_id int, UNIQUE (org_id, id));
CREATE TABLE tasks (org_id int NOT NULL, id int NOT NULL, note_id int, PRIMARY KEY (org_id, id), FOREIGN KEY (org_id, note_id) REFERENCES notes (org_id, id));
CREATE TABLE comments (id int PRIMARY KEY, note_id int NOT NULL REFERENCES notes (id), body text);
CREATE TABLE plans (id int PRIMARY KEY, price numeric);
CREATE TABLE undeclared (id int PRIMARY KEY);
-- tenancy --
parent comments notes note_id=id
global plans
-- queries.sql --
`)))
}

// forger gives names to the parts of a statement and its certificate.
type forger struct {
	t  *testing.T
	db *catalog.Database
	st *query.Statement
	c  *certificate.Certificate
}

// find returns the first part of the statement that is a T and of which is is true.
func find[T any](x *forger, what string, is func(T) bool) T {
	x.t.Helper()
	var found *T
	seen := map[any]bool{}
	var walk func(reflect.Value)
	walk = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Pointer:
			if v.IsNil() || seen[v.Interface()] || found != nil {
				return
			}
			seen[v.Interface()] = true
			if p, ok := v.Interface().(T); ok && is(p) {
				found = &p
				return
			}
			if _, table := v.Interface().(*catalog.Table); !table {
				walk(v.Elem())
			}
		case reflect.Interface:
			walk(v.Elem())
		case reflect.Slice:
			for i := range v.Len() {
				walk(v.Index(i))
			}
		case reflect.Struct:
			for i := range v.NumField() {
				walk(v.Field(i))
			}
		}
	}
	walk(reflect.ValueOf(x.st.Root))
	if found == nil {
		x.t.Fatalf("the statement has no %s", what)
	}
	return *found
}

func (x *forger) base(alias string) *query.Base {
	return find(x, alias, func(b *query.Base) bool { return b.Alias == alias })
}

func (x *forger) derived(alias string) *query.Derived {
	return find(x, alias, func(d *query.Derived) bool { return d.Alias == alias })
}

func (x *forger) inner(alias string) *query.Select { return x.derived(alias).Query.(*query.Select) }

func (x *forger) eq(text string) *query.Eq {
	return find(x, text, func(e *query.Eq) bool { return e.Text == text })
}

func (x *forger) sub() *query.Sub {
	return find(x, "sub-select", func(*query.Sub) bool { return true })
}

func (x *forger) or() *query.Or { return find(x, "OR", func(*query.Or) bool { return true }) }

func (x *forger) write() *query.Write { return x.st.Root.(*query.Write) }

// pin is the proof of the occurrence of a table that goes by alias.
func (x *forger) pin(alias string) *certificate.Pin {
	x.t.Helper()
	i := slices.IndexFunc(x.c.Pins, func(p certificate.Pin) bool { return p.Base.Alias == alias })
	if i < 0 {
		x.t.Fatalf("nothing pins %s", alias)
	}
	return &x.c.Pins[i]
}

// step is a step of the proof of alias of a kind.
func (x *forger) step(alias string, kind certificate.Kind) *certificate.Step {
	x.t.Helper()
	var found *certificate.Step
	var look func(certificate.Chain)
	look = func(c certificate.Chain) {
		for i := range c {
			if c[i].Kind == kind && found == nil {
				found = &c[i]
			}
			for _, p := range c[i].Premises {
				look(p)
			}
		}
	}
	look(x.pin(alias).Chain)
	if found == nil {
		x.t.Fatalf("the proof of %s has no step of kind %d", alias, kind)
	}
	return found
}

// proves writes a proof for alias: its tenant column, then the steps.
func (x *forger) proves(alias string, tenant int, steps ...certificate.Step) {
	x.c.Tenants[0] = tenant
	x.pin(alias).Row, x.pin(alias).Chain = x.base(alias).ID, x.proof(alias, steps...)
}

func (x *forger) proof(alias string, steps ...certificate.Step) certificate.Chain {
	b := x.base(alias)
	return append(certificate.Chain{{A: certificate.Owner(b.ID), B: certificate.Column(b.ID, 0), Kind: certificate.Tenant}}, steps...)
}

type term = certificate.Term

// by is a step by the equality that is written so.
func (x *forger) by(text string, a, b term) certificate.Step {
	return certificate.Step{A: a, B: b, Kind: certificate.Condition, Node: x.eq(text), Text: text}
}

// filtered is a step from what an output column of a sub-select in FROM is inside to that column.
func (x *forger) filtered(a term, alias string, col int) certificate.Step {
	return certificate.Step{A: a, B: x.outer(alias, col), Kind: certificate.Output, Node: x.inner(alias), Index: col}
}

// at is a column of a table that goes by alias.
func (x *forger) at(alias string, col int) term { return certificate.Column(x.base(alias).ID, col) }

// outer is a column of a sub-select in FROM.
func (x *forger) outer(alias string, col int) term {
	return certificate.Column(x.derived(alias).ID, col)
}

var param = certificate.Param

// table is a table of the schema.
func (x *forger) table(name string) *catalog.Table {
	return x.db.Table(catalog.Name{Schema: "public", Name: name})
}

// related writes a proof for alias that goes through a step of one of the kinds by which
// two rows have one tenant, to a row whose tenant column equals the tenant parameter.
func (x *forger) related(alias string, s certificate.Step, to string, premises ...certificate.Chain) {
	x.c.Tenants[0] = 1
	b, other := x.base(alias), x.base(to)
	s.A, s.B, s.Premises = certificate.Owner(b.ID), certificate.Owner(other.ID), premises
	x.pin(alias).Row = b.ID
	x.pin(alias).Chain = append(certificate.Chain{s}, x.proof(to, x.by(to+".org_id = $1", x.at(to, 0), param(1)))...)
}

// behind is the only claim about a row behind an output row.
func (x *forger) behind() *certificate.RowClaim {
	x.t.Helper()
	for _, r := range x.c.Rows {
		return r.Claim
	}
	x.t.Fatal("the certificate has no row")
	return nil
}

// claim is what is promised of a relation that tasks t is joined to.
func (x *forger) claim() *certificate.Claim { return x.step("t", certificate.Guaranteed).Claim }

// forgedRow is the id of a row behind another that is forged.
const forgedRow query.RelID = 800

// note claims that behind every row that of yields stands one of notes, base, with its
// id in the first column.
func (x *forger) note(of any, base query.RelID, alias string) *certificate.RowClaim {
	x.c.Tenants[0] = 1
	return &certificate.RowClaim{Of: of, Table: x.table("notes"), Cols: map[int]int{1: 0}, Owner: 1, Row: base,
		ColsProof: map[int]certificate.Chain{}, OwnProof: x.proof(alias, x.by(alias+".org_id = $1", x.at(alias, 0), param(1)))}
}

func (x *forger) place(c *certificate.RowClaim, in query.RelID) {
	x.c.Rows = map[query.RelID]certificate.Row{forgedRow: {ID: forgedRow, In: in, Claim: c}}
}

// child writes a proof that comment c belongs to the forged row, since it refers to what
// is in column id by the equality that is written so.
func (x *forger) child(text string, id term) {
	c, row := x.base("c"), certificate.Owner(forgedRow)
	link := certificate.Chain{x.by(text, x.at("c", 1), id), {A: id, B: certificate.Column(forgedRow, 1), Kind: certificate.Behind}}
	parent := &tenancy.Parent{Table: x.table("notes"), On: []tenancy.Pair{{Child: 1, Parent: 1}}}
	x.pin("c").Row = c.ID
	x.pin("c").Chain = certificate.Chain{
		{A: certificate.Owner(c.ID), B: row, Kind: certificate.ParentRow, Parent: parent, Premises: []certificate.Chain{link}},
		{A: row, B: param(1), Kind: certificate.Behind},
	}
}
