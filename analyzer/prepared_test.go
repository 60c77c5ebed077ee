package analyzer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/parameters"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
)

// TestSent rewrites statements to what a server takes, and finds the columns that
// parameters meet.
func TestSent(t *testing.T) {
	db, ds := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "s.sql", Text: `
CREATE TABLE notes (id int PRIMARY KEY, org_id int, body text, ids int[], at timestamptz);
CREATE TABLE tags (org_id int, note_id int, name text);`}})
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	own, _ := tenancy.Classify(db, config.Tenant{Columns: []string{"org_id"}})
	a := analyzer.New(db, own, nil)
	for _, c := range []struct{ sql, want, meets string }{
		{"SELECT sqlc.embed(n) FROM notes n WHERE id = @id AND org_id = sqlc.arg('org_id') -- @no\n AND body <> '@no' AND \"at\" < sqlc.narg(at)",
			"SELECT n.* FROM notes n WHERE id = $1 AND org_id = $2 -- @no\n AND body <> '@no' AND \"at\" < $3", "org_id:notes.org_id at:notes.at"},
		{"SELECT 1 FROM notes WHERE ids <@ @ids AND ids @> $1 AND body = $$@no$$", "SELECT 1 FROM notes WHERE ids <@ $2 AND ids @> $1 AND body = $$@no$$", ":notes.ids ids:notes.ids"},
		{"INSERT INTO tags (org_id, name, note_id) SELECT @org_id, x.name, n.id FROM notes n JOIN unnest(@names::text[], @ids::int[]) AS x(name, id) ON x.id = n.id",
			"INSERT INTO tags (org_id, name, note_id) SELECT $1, x.name, n.id FROM notes n JOIN unnest($2::text[], $3::int[]) AS x(name, id) ON x.id = n.id",
			"org_id:tags.org_id names:tags.name ids:notes.id"},
		{"WITH w AS (SELECT @id::int AS id) UPDATE notes SET body = @body FROM w WHERE notes.id = w.id AND notes.id IN (SELECT note_id FROM tags WHERE name LIKE @name)",
			"", "id:notes.id body:notes.body name:tags.name"},
		{"SELECT count(*) FROM notes WHERE id = ANY(sqlc.slice(ids)) AND body = E'\\'' || @x", "SELECT count(*) FROM notes WHERE id = ANY($2) AND body = E'\\'' || $1", "x:notes.body"},
	} {
		r := a.File("q.sql", c.sql)
		sent, err := a.Prepared(r[0])
		if err != nil {
			t.Fatal(err)
		}
		if c.want != "" && sent.SQL != c.want {
			t.Errorf("%s\nis sent as\n%s\nwant\n%s", c.sql, sent.SQL, c.want)
		}
		var meets []string
		for _, p := range sent.Params {
			for _, col := range p.Columns {
				meets = append(meets, fmt.Sprintf("%s:%s", p.Name, columnText(col)))
			}
		}
		for _, want := range strings.Fields(c.meets) {
			if !slices.Contains(meets, want) {
				t.Errorf("%s: parameters meet %v, want %s", c.sql, meets, want)
			}
		}
	}
}

func columnText(c parameters.Column) string {
	return catalog.Name{Schema: c.Table.Name.Name, Name: c.Table.Columns[c.Column].Name}.String()
}
