package checker

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

var (
	when  = tenancy.Match{Column: 3, Value: "note"}
	where = tenancy.Test{Column: 2, Kind: catalog.IsNull}
)

// A key's action may change other rows than those that refer to the changed one where the
// two sides do not compare alike.
func TestReachesOthers(t *testing.T) {
	for name, spoil := range map[string]func(fk *catalog.ForeignKey, a, b *catalog.Column){
		"a class":                func(fk *catalog.ForeignKey, _, _ *catalog.Column) { fk.Class = true },
		"no column":              func(fk *catalog.ForeignKey, _, _ *catalog.Column) { fk.Columns = []string{"nothing"} },
		"no column there":        func(fk *catalog.ForeignKey, _, _ *catalog.Column) { fk.RefColumns = []string{"nothing"} },
		"a collation of the one": func(_ *catalog.ForeignKey, a, _ *catalog.Column) { a.Value.Nondeterministic = true },
		"one of the other":       func(_ *catalog.ForeignKey, _, b *catalog.Column) { b.Value.Nondeterministic = true },
		"another type":           func(_ *catalog.ForeignKey, a, _ *catalog.Column) { a.Value.Type.Name = "numeric" },
		"another kind":           func(_ *catalog.ForeignKey, a, _ *catalog.Column) { a.Value.Kind = "composite" },
		"a list":                 func(_ *catalog.ForeignKey, a, _ *catalog.Column) { a.Value.Array = true },
		"two that are no one's": func(_ *catalog.ForeignKey, a, b *catalog.Column) {
			a.Value.Type.Name, b.Value.Type.Name = "bpchar", "name"
		},
		"":               func(*catalog.ForeignKey, *catalog.Column, *catalog.Column) {},
		" int8 and int4": func(_ *catalog.ForeignKey, a, _ *catalog.Column) { a.Value.Type.Name = "int8" },
		" both char(n)": func(_ *catalog.ForeignKey, a, b *catalog.Column) {
			a.Value.Type.Name, b.Value.Type.Name = "bpchar", "bpchar"
		},
	} {
		k := world(t, "CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY); CREATE TABLE tags (org_id int NOT NULL, note_id int REFERENCES notes);")
		spoil(k.foreign("tags"), k.table("tags").Columns[1], k.table("notes").Columns[1])
		if reachesOthers(k.table("notes"), k.table("tags"), k.foreign("tags")) != (name != "" && name[0] != ' ') {
			t.Error(name)
		}
	}
}

// A foreign key binds a column, or a row to its parent, where it makes the two the same.
func TestBinds(t *testing.T) {
	const schema = `
CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY);
CREATE TABLE comments (note_id int REFERENCES notes, other int);
`
	for name, spoil := range map[string]func(fk *catalog.ForeignKey, a *catalog.Column){
		"":              func(*catalog.ForeignKey, *catalog.Column) {},
		"other columns": func(fk *catalog.ForeignKey, _ *catalog.Column) { fk.Columns = []string{"other"} },
		"another type":  func(_ *catalog.ForeignKey, a *catalog.Column) { a.Value.Type.Name = "numeric" },
	} {
		k := world(t, schema, child("comments", of("notes", "note_id=id")))
		fk, from, to := k.foreign("comments"), k.table("comments"), k.table("notes")
		spoil(fk, from.Columns[0])
		if k.bindsLink(fk, from, to) != (name == "") || k.bindsColumn(fk, from, "note_id", to, "id") != (name == "") {
			t.Errorf("%q", name)
		}
	}
	k := world(t, schema, child("comments", of("notes", "note_id=id")))
	if k.bindsColumn(k.foreign("comments"), k.table("comments"), "", k.table("notes"), "") {
		t.Error("no column is bound to none")
	}
}
