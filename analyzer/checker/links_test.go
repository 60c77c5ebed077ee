package checker

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// What keeps a child with its parent row is a foreign key that is checked, and cannot be
// switched off; each thing that is amiss with it, alone.
func TestHoldsOnto(t *testing.T) {
	const schema = `
CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY, other int UNIQUE, UNIQUE (org_id, id));
CREATE TABLE files (org_id int NOT NULL, id int PRIMARY KEY);
CREATE TABLE comments (tag text NOT NULL, note_id int, FOREIGN KEY (note_id) REFERENCES notes) PARTITION BY LIST (tag);
CREATE TABLE part PARTITION OF comments DEFAULT;
`
	type key = *catalog.ForeignKey
	for name, spoil := range map[string]func(k *checker, t *catalog.Table, f key){
		"":                         func(*checker, *catalog.Table, key) {},
		"no key":                   func(_ *checker, t *catalog.Table, _ key) { t.Foreign = nil },
		"a child that is unsure":   func(_ *checker, t *catalog.Table, _ key) { t.Unsure = "DO" },
		"a parent that is unsure":  func(k *checker, _ *catalog.Table, _ key) { k.table("notes").Unsure = "DO" },
		"another table":            func(k *checker, _ *catalog.Table, f key) { f.RefTable = k.table("files").Name },
		"NOT VALID":                func(_ *checker, _ *catalog.Table, f key) { f.NotValid = true },
		"unseen":                   func(_ *checker, _ *catalog.Table, f key) { f.Unseen = true },
		"a class":                  func(_ *checker, _ *catalog.Table, f key) { f.Class = true },
		"another key":              func(_ *checker, _ *catalog.Table, f key) { f.RefColumns = []string{"other"} },
		"another column":           func(_ *checker, _ *catalog.Table, f key) { f.Columns = []string{"tag"} },
		"no columns":               func(_ *checker, _ *catalog.Table, f key) { f.Columns = nil },
		"fewer columns there":      func(_ *checker, _ *catalog.Table, f key) { f.RefColumns = nil },
		"one that may be null":     func(_ *checker, t *catalog.Table, f key) { more(f); t.Columns[0].NotNull = false },
		" one more":                func(_ *checker, _ *catalog.Table, f key) { more(f) },
		"one that is not there":    func(_ *checker, _ *catalog.Table, f key) { more(f); f.Columns[1] = "nothing" },
		"a partition without":      func(k *checker, _ *catalog.Table, _ key) { k.table("part").Foreign = nil },
		"a partition not known of": func(_ *checker, t *catalog.Table, _ key) { t.Children[0].Name = "nowhere" },
	} {
		k := world(t, schema, child("comments", of("notes", "note_id=id")))
		comments := k.table("comments")
		parent := k.own.Of(comments).Parents[0]
		spoil(k, comments, k.foreign("comments"))
		want := ""
		if name != "" && name[0] != ' ' {
			want = "does not say that parent-link"
		}
		expectRefusal(t, name, refused(func() { k.linked(comments, parent) }), want)
	}
	k := world(t, schema, child("comments", of("notes", "note_id=id")))
	parent := k.own.Of(k.table("comments")).Parents[0]
	parent.Where = append(parent.Where, where)
	expectRefusal(t, "some rows of the parent", refused(func() { k.linked(k.table("comments"), parent) }), "does not say that parent-link")
}

func more(f *catalog.ForeignKey) {
	f.Columns, f.RefColumns = append(f.Columns, "tag"), append(f.RefColumns, "other")
}
