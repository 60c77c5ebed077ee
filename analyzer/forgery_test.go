package analyzer_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"golang.org/x/tools/txtar"
)

// TestCheckerRefusesForgery shows the checker what no prover of today writes: proofs of
// queries that leak, and statements that say something else than when they were proved.
// Each has one thing wrong, and each refusal of the checker has such a forgery.
func TestCheckerRefusesForgery(t *testing.T) {
	a := forgeryCase(t).analysis()
	for _, f := range forgeries {
		t.Run(f.name, func(t *testing.T) {
			if err := f.check(t, a); err == nil || !strings.Contains(err.Error(), f.want) {
				t.Errorf("%s\ngot %v, want %q", f.query, err, f.want)
			}
		})
	}
}

// forgery is a query with a proof that is wrong in one place.
type forgery struct {
	name, query string
	forge       func(*forger)
	want        string // in what the checker says
}

func (f forgery) check(t *testing.T, a *analyzer.Analyzer) error {
	t.Helper()
	st, cert := a.Certify(t, "-- name: Forged :many\n"+f.query+";\n")
	x := &forger{t: t, st: st, c: cert}
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
CREATE TABLE comments (id int PRIMARY KEY, note_id int NOT NULL, body text);
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
	return append(certificate.Chain{{A: certificate.Owner(b.ID), B: term{Rel: b.ID, Col: 0}, Kind: certificate.Tenant}}, steps...)
}

type term = certificate.Term

// by is a step by the equality that is written so.
func (x *forger) by(text string, a, b term) certificate.Step {
	return certificate.Step{A: a, B: b, Kind: certificate.Condition, Node: x.eq(text), Text: text}
}

// passed is a step between two terms that are equal by construction.
func passed(a, b term) certificate.Step {
	return certificate.Step{A: a, B: b, Kind: certificate.Passed}
}

// at is a column of a table that goes by alias.
func (x *forger) at(alias string, col int) term { return term{Rel: x.base(alias).ID, Col: col} }

// outer is a column of a sub-select in FROM.
func (x *forger) outer(alias string, col int) term { return term{Rel: x.derived(alias).ID, Col: col} }

var param = certificate.Param
