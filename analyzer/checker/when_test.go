package checker

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// A row has the values by which it belongs to a parent; each thing that is amiss with the
// proof, alone.
func TestTold(t *testing.T) {
	kind := certificate.Column(1, 0)
	for name, spoil := range map[string]func(k *checker, st *certificate.Step, r *row){
		"":                   func(*checker, *certificate.Step, *row) {},
		"no column":          func(_ *checker, st *certificate.Step, _ *row) { st.Parent.When[0].Column = -1 },
		"no such column":     func(_ *checker, st *certificate.Step, _ *row) { st.Parent.When[0].Column = 3 },
		"a column not known": func(_ *checker, _ *certificate.Step, r *row) { r.has = func(c int) bool { return c != 0 } },
		"no equality": func(k *checker, _ *certificate.Step, _ *row) {
			k.table("pins").Columns[0].Value.Nondeterministic = true
		},
		"no chain":        func(_ *checker, st *certificate.Step, _ *row) { st.Premises[1] = nil },
		"no literal":      func(_ *checker, st *certificate.Step, _ *row) { st.Premises[1][0].B = certificate.Column(5, 1) },
		"another literal": func(_ *checker, st *certificate.Step, _ *row) { st.Premises[1][0].B = certificate.Literal(2) },
		"no such literal": func(_ *checker, st *certificate.Step, _ *row) { st.Premises[1][0].B = certificate.Literal(3) },
		"another column":  func(_ *checker, st *certificate.Step, _ *row) { st.Premises[1][0].A = certificate.Column(1, 1) },
	} {
		k := pins(t)
		k.st.Literals = []string{"note", "card"}
		st := &certificate.Step{Parent: &tenancy.Parent{On: make([]tenancy.Pair, 1), When: []tenancy.Match{{Column: 0, Value: "note"}}},
			Premises: []certificate.Chain{nil, {{A: kind, B: certificate.Literal(1), Kind: certificate.Given}}}}
		r := &row{id: 1, table: k.table("pins")}
		s := &scope{rows: []row{*r}, seen: k.seen, made: equal([][2]certificate.Term{{kind, certificate.Literal(1)}, {kind, certificate.Literal(2)}, {kind, certificate.Literal(3)}, {kind, certificate.Column(5, 1)}, {certificate.Column(1, 1), certificate.Literal(1)}, {certificate.Column(1, -1), certificate.Literal(1)}, {certificate.Column(1, 3), certificate.Literal(1)}})}
		spoil(k, st, r)
		told := false
		if said := refused(func() { told = k.told(st, r, s) }); told != (name == "") || said != "" {
			t.Errorf("%s: %v, %s", name, told, said)
		}
	}
}

// A number beyond the statement's literals is none.
func TestLiteral(t *testing.T) {
	k := &checker{st: &query.Statement{Literals: []string{"a"}}}
	if k.literal(1) != "a" || k.literal(0) != "" || k.literal(2) != "" || k.literal(-1) != "" {
		t.Error("literals are counted from one")
	}
}

// A literal that is not recognised is no value, not even of a parent for the empty one.
func TestValueOfAnother(t *testing.T) {
	k := world(t, pinsSchema, child("pins", byKind("notes", "note_id=id", "note"), byKind("cards", "card_id=id", "card")))
	k.own.Of(k.table("pins")).Parents[1].When[0].Value = ""
	if k.valueOfAnother(k.table("pins"), k.own.Of(k.table("pins")).Parents[0].When[0], &query.Const{}) {
		t.Error("what is not recognised is a value")
	}
	if k.table("pins").Columns[0].Value.Nondeterministic = true; k.given(k.table("pins"), 0) {
		t.Error("of a column without an equality it is said what it has")
	}
}
