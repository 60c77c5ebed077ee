package checker

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// Whether a change of a column may change whose a row is.
func TestMovable(t *testing.T) {
	k := world(t, "CREATE TABLE notes (org_id int GENERATED ALWAYS AS (a / 2) STORED, a int, b int) PARTITION BY LIST (b); CREATE TABLE part PARTITION OF notes DEFAULT;")
	notes, part := k.table("notes"), k.table("part")
	owner := tenancy.Owner{Kind: tenancy.Column}
	moves := func(c int) bool { return k.movable(notes, owner, c) }
	if !moves(0) || !moves(1) || moves(2) {
		t.Error("the tenant, and what it is computed from")
	}
	notes.Columns[0].Generated = false
	if part.Columns[0].Generated = false; moves(1) {
		t.Error("nothing is computed")
	}
	if part.Columns[0].Generated, part.Columns[0].Reads = true, []string{"b"}; !moves(2) || moves(1) {
		t.Error("computed in a partition")
	}
	part.Columns = part.Columns[1:]
	if notes.Columns[0].Generated = true; moves(2) || !moves(1) {
		t.Error("a partition without the column")
	}
	if notes.Children[0].Name = "nowhere"; !moves(2) {
		t.Error("a partition not known of")
	}
}

// A generated column is a twin where it is one in every table that may receive the row.
func TestTwins(t *testing.T) {
	for name, spoil := range map[string]func(k *checker, part *catalog.Table){
		"":           func(*checker, *catalog.Table) {},
		"plain":      func(_ *checker, part *catalog.Table) { part.Columns[1].Generated = false },
		"of another": func(_ *checker, part *catalog.Table) { part.Columns[1].Copies = "c" },
		"missing":    func(_ *checker, part *catalog.Table) { part.Columns = part.Columns[:1] },
		"no copy":    func(k *checker, _ *catalog.Table) { k.table("notes").Columns[1].Copies = "" },
	} {
		k := world(t, "CREATE TABLE notes (a int, twin int GENERATED ALWAYS AS (a) STORED, c int);")
		spoil(k, k.partition("notes", -1))
		if got := k.twins(k.table("notes"), "a"); (len(got) == 1 && got[0] == 1) != (name == "") || len(got) > 1 {
			t.Errorf("%q: %v", name, got)
		}
	}
}
