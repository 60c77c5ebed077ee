package analyzer_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"golang.org/x/tools/txtar"
)

// Where the schema declares casts, the checker by itself asks that a parameter is never
// converted.
func TestCheckerAsksForOneType(t *testing.T) {
	for _, c := range []struct {
		name              string
		equals, elsewhere []query.Type
		casts, refused    bool
	}{
		{"text elsewhere, no casts", []query.Type{"int"}, []query.Type{"text"}, false, false},
		{"text elsewhere", []query.Type{"int"}, []query.Type{"text"}, true, true},
		{"the same elsewhere", []query.Type{"int"}, []query.Type{"int"}, true, false},
		{"two types elsewhere", nil, []query.Type{"int", "text"}, true, true},
		{"nowhere else", []query.Type{"int"}, nil, true, false},
	} {
		tc := whereCase(t)
		a := tc.analysis()
		st, cert := a.Certify(t, "-- name: Q :many\nSELECT id FROM notes WHERE org_id = $1;\n")
		if c.casts {
			tc.db.Unknown = append(tc.db.Unknown, &catalog.Unknown{What: "CREATE CAST"})
		}
		st.Params[0].Equals, st.Params[0].Elsewhere = c.equals, c.elsewhere
		if err := a.Check(st, cert); (err != nil) != c.refused || err != nil && !strings.Contains(err.Error(), "need not be the same") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// Where a row is put decides what it holds: a partition may compute the link that is left NULL.
func TestCheckerLooksAtPartitionsForLinks(t *testing.T) {
	const add = "INSERT INTO pins (kind, card_id, note_id) SELECT 'other', c.id, NULL FROM cards c WHERE c.org_id = $1"
	for _, computed := range []bool{false, true} {
		c := newCase(t, "links", txtar.Parse([]byte(`
-- schema.sql --
CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY);
CREATE TABLE cards (org_id int NOT NULL, id int PRIMARY KEY);
CREATE TABLE pins (kind text, note_id int, card_id int);
-- tenancy --
parent pins notes note_id=id
parent pins cards card_id=id
-- queries.sql --
`)))
		a := c.analysis()
		st, cert := a.Certify(t, "-- name: Q :exec\n"+add+";\n")
		pins := c.db.Table(catalog.Name{Schema: "public", Name: "pins"})
		part := *pins
		part.Name, part.IsPartition, part.Columns = catalog.Name{Schema: "public", Name: "part"}, true, slices.Clone(pins.Columns)
		link := *part.Columns[1]
		link.Generated = computed
		part.Columns[1] = &link
		c.db.Tables = append(c.db.Tables, &part)
		pins.Children, pins.PartitionBy = []catalog.Name{part.Name}, "list"
		if err := a.Check(st, cert); (err != nil) != computed {
			t.Errorf("computed %v: %v", computed, err)
		}
	}
}

// A foreign key by an operator class holds nothing together, and its action may reach anybody.
func TestCheckerDistrustsKeysByClass(t *testing.T) {
	for _, sql := range []string{
		"SELECT t.name FROM tags t JOIN notes n ON n.id = t.note_id WHERE n.org_id = $1",
		"SELECT c.body FROM comments c JOIN notes n ON n.id = c.note_id WHERE n.org_id = $1",
		"DELETE FROM notes WHERE org_id = $1",
	} {
		c := newCase(t, "class", txtar.Parse([]byte(`
-- schema.sql --
CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY, UNIQUE (org_id, id));
CREATE TABLE tags (org_id int NOT NULL, note_id int NOT NULL, name text, FOREIGN KEY (org_id, note_id) REFERENCES notes (org_id, id) ON DELETE CASCADE);
CREATE TABLE comments (note_id int NOT NULL REFERENCES notes, body text);
-- tenancy --
parent comments notes note_id=id
-- queries.sql --
`)))
		a := c.analysis()
		st, cert := a.Certify(t, "-- name: Q :exec\n"+sql+";\n")
		for _, class := range []bool{false, true} {
			for _, tbl := range c.db.Tables {
				for _, fk := range tbl.Foreign {
					fk.Class = class
				}
			}
			if err := a.Check(st, cert); (err != nil) != class {
				t.Errorf("%s, by class %v: %v", sql, class, err)
			}
		}
	}
}
