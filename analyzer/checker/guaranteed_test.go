package checker

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// A step that a query promises is about the column that the claim names, of a row of that
// query; each thing that is amiss, alone.
func TestGuaranteed(t *testing.T) {
	of := &query.Select{Out: []query.Output{{Expr: &query.Param{Number: 1}}}}
	is, same := &certificate.Claim{Of: of, Col: 0, Is: certificate.Param(1)}, &certificate.Claim{Of: of, Col: 0, Is: certificate.Out(1)}
	outside := &certificate.Claim{Of: of, Col: 0, Is: certificate.Column(7, 1)}
	for _, c := range []struct {
		name  string
		a, b  certificate.Term
		claim *certificate.Claim
		row   row
		want  bool
	}{
		{"a parameter", certificate.Column(5, 0), certificate.Param(1), is, row{id: 5, of: of}, true},
		{"backwards", certificate.Param(1), certificate.Column(5, 0), is, row{id: 5, of: of}, true},
		{"two columns", certificate.Column(5, 0), certificate.Column(5, 1), same, row{id: 5, of: of}, true},
		{"two columns, backwards", certificate.Column(5, 1), certificate.Column(5, 0), same, row{id: 5, of: of}, true},
		{"no claim", certificate.Column(5, 0), certificate.Param(1), nil, row{id: 5, of: of}, false},
		{"no row", certificate.Column(6, 0), certificate.Param(1), is, row{id: 5, of: of}, false},
		{"of a table", certificate.Column(5, 0), certificate.Param(1), &certificate.Claim{Is: certificate.Param(1)}, row{id: 5}, false},
		{"of another query", certificate.Column(5, 0), certificate.Param(1), is, row{id: 5, of: &query.Select{}}, false},
		{"another column", certificate.Column(5, 1), certificate.Param(1), is, row{id: 5, of: of}, false},
		{"another parameter", certificate.Column(5, 0), certificate.Param(2), is, row{id: 5, of: of}, false},
		{"another column there", certificate.Column(5, 0), certificate.Column(5, 2), same, row{id: 5, of: of}, false},
		{"a column of another row", certificate.Column(5, 0), certificate.Column(7, 1), same, row{id: 5, of: of}, false},
		{"a column of another row, claimed", certificate.Column(5, 0), certificate.Column(7, 1), outside, row{id: 5, of: of}, false},
		{"two columns of others", certificate.Column(7, 0), certificate.Column(8, 1), same, row{id: 5, of: of}, false},
	} {
		k := &checker{cert: &certificate.Certificate{}, claims: map[*certificate.Claim]bool{is: true, same: true, outside: true}}
		s := &scope{rows: []row{c.row, {id: 7}}}
		got := false
		if said := refused(func() {
			got = k.guaranteed(&certificate.Step{A: c.a, B: c.b, Kind: certificate.Guaranteed, Claim: c.claim}, s)
		}); got != c.want || said != "" {
			t.Errorf("%s: %t %s", c.name, got, said)
		}
	}
}

// A key that names a column which its table does not have relates no rows, whatever the
// certificate says of it: the column before the first stands for the owner.
func TestRelatesByNoColumn(t *testing.T) {
	for _, side := range []tenancy.Pair{{Child: -1, Parent: 1}, {Child: 0, Parent: -1}} {
		x := relate(t, certificate.ParentRow, "comments", "notes", side)
		parent := &x.k.own.Of(x.from.table).Parents[0]
		parent.On = []tenancy.Pair{side}
		x.st.Parent, x.from.written = parent, true // the parent of a new row needs no foreign key
		if ok, said := x.holds(); ok || said != "" {
			t.Errorf("%v: %t %s", side, ok, said)
		}
	}
}

// What ON CONFLICT says beside its columns is read like any expression.
func TestConflictRest(t *testing.T) {
	k := world(t, "CREATE TABLE notes (org_id int NOT NULL, id int, PRIMARY KEY (org_id, id)); CREATE TABLE kinds (id int);", global("kinds"))
	for name, c := range map[string]struct {
		rest []query.Expr
		want string
	}{
		"nothing":      {nil, ""},
		"a sub-select": {[]query.Expr{&query.Sub{Kind: query.Scalar, Query: &query.Select{From: []query.Rel{k.base(7, "notes")}}}}, "nothing pins table notes"},
	} {
		w := &query.Write{Kind: query.Insert, Target: k.base(1, "notes"), Conflict: &query.Conflict{Rest: c.rest, Columns: []int{0, 1}, Excluded: 3}}
		expectRefusal(t, name, refused(func() { k.conflict(w) }), c.want)
	}
}
