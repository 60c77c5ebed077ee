package checker

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// setWorld is a place where b is updated.
type setWorld struct {
	k *checker
	b *query.Base
	s *scope
}

// proves adds a proof of an assignment that goes from a to b at once.
func (x *setWorld) proves(set *query.Set, a, b certificate.Term) {
	x.s.made = append(x.s.made, equal([][2]certificate.Term{{a, b}})...)
	x.k.cert.Sets = map[*query.Set]certificate.Chain{set: {{A: a, B: b, Kind: certificate.Given}}}
}

// Assignments leave a row with its tenant; each thing that is amiss, alone.
func TestSets(t *testing.T) {
	const computes, changes, ends = "SET computes the owner of tasks", "SET may change the value that it gives to", "a chain ends at"
	org, project := &query.Col{Rel: 1, Index: 0}, &query.Col{Rel: 1, Index: 1}
	for name, c := range map[string]struct {
		set   query.Set
		spoil func(x *setWorld, set *query.Set)
		want  string
	}{
		"another column":         {query.Set{Column: 2, Value: &query.Op{}}, nil, ""},
		"the tenant, computed":   {query.Set{Column: 1, Value: &query.Op{}}, nil, computes},
		"the tenant, DEFAULT":    {query.Set{Column: 1}, nil, computes},
		"the tenant, kept":       {query.Set{Column: 1, Value: project}, nil, ""},
		"the tenant's parameter": {query.Set{Column: 1, Value: &query.Param{Number: 2}}, nil, ""},
		"another parameter":      {query.Set{Column: 1, Value: &query.Param{Number: 1}}, nil, ends},
		"another column of it":   {query.Set{Column: 1, Value: org}, nil, ends},
		"of another row":         {query.Set{Column: 1, Value: &query.Col{Rel: 2, Index: 1}}, nil, ends},
		"of another row, proved": {query.Set{Column: 1, Value: &query.Col{Rel: 2, Index: 1}}, func(x *setWorld, set *query.Set) {
			x.proves(set, certificate.Column(2, 1), certificate.Column(1, 1))
		}, ""},
		"of another row, tenant": {query.Set{Column: 1, Value: &query.Col{Rel: 2, Index: 1}}, func(x *setWorld, set *query.Set) {
			x.proves(set, certificate.Column(2, 1), certificate.Param(2))
		}, ""},
		"of another row, other": {query.Set{Column: 1, Value: &query.Col{Rel: 2, Index: 1}}, func(x *setWorld, set *query.Set) {
			x.proves(set, certificate.Column(2, 1), certificate.Param(1))
		}, ends},
		"the organization, kept":     {query.Set{Column: 0, Value: org}, nil, ""},
		"the organization":           {query.Set{Column: 0, Value: &query.Param{Number: 1}}, nil, ends},
		"the organization, computed": {query.Set{Column: 0, Value: &query.Op{}}, nil, computes},
		"a value that is rounded":    {query.Set{Column: 1, Value: &query.Param{Number: 2}}, func(x *setWorld, _ *query.Set) { x.b.Table.Columns[1].Value.Modified = true }, changes},
		"kept, and rounded":          {query.Set{Column: 1, Value: project}, func(x *setWorld, _ *query.Set) { x.b.Table.Columns[1].Value.Modified = true }, ""},
		"what the tenant is of": {query.Set{Column: 2, Value: &query.Op{}}, func(x *setWorld, _ *query.Set) {
			x.b.Table.Columns[1].Generated, x.b.Table.Columns[1].Reads = true, []string{"up"}
		}, computes},
		"a computed organization": {query.Set{Column: 2, Value: &query.Op{}}, func(x *setWorld, _ *query.Set) { x.b.Table.Columns[0].Generated = true }, "column org_id of table tasks is computed"},
	} {
		k := levels(t)
		x := &setWorld{k: k, b: k.base(1, "tasks"), s: k.root()}
		x.s.rows = []row{{id: 1, table: x.b.Table}, {id: 2, table: x.b.Table}}
		sets := []query.Set{c.set}
		if c.spoil != nil {
			c.spoil(x, &sets[0])
		}
		expectRefusal(t, name, refused(func() { k.sets(sets, x.b, x.s) }), c.want)
	}
	k := levels(t)
	b := k.base(1, "tasks")
	b.Table.Columns[0].Generated = true
	expectRefusal(t, "nothing is set", refused(func() { k.sets(nil, b, k.root()) }), "")
}

// A link of a child is one column that decides the owner, and no parameter stands for it.
func TestSetsOfChild(t *testing.T) {
	for name, c := range map[string]struct {
		column int
		value  query.Expr
		want   string
	}{
		"the link":       {1, &query.Param{Number: 1}, "a chain ends at"},
		"the other link": {2, &query.Op{}, "SET computes the owner of pins"},
		"what is none":   {0, &query.Op{}, ""},
		"kept":           {1, &query.Col{Rel: 1, Index: 1}, ""},
	} {
		k := pins(t)
		expectRefusal(t, name, refused(func() { k.sets([]query.Set{{Column: c.column, Value: c.value}}, k.base(1, "pins"), k.root()) }), c.want)
	}
}

// An update of a key, or of a foreign key, may tie the row to others.
func TestRetied(t *testing.T) {
	k := world(t, "CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY, up int REFERENCES notes, title text);")
	for col, want := range map[int]bool{0: false, 1: true, 2: true, 3: false} {
		if retied(k.table("notes"), map[int]bool{col: true}) != want {
			t.Error(col)
		}
	}
}
