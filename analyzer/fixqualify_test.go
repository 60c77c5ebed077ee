package analyzer_test

import (
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/config"
)

// A condition brings a second table into a statement, or is about a column that two tables have, which is enough for sqlc
// to take a column without its table for ambiguous: a fix names the table. What else sqlc refuses is left alone.
func TestFixQualifies(t *testing.T) {
	const schema = `CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY, title text NOT NULL);
CREATE TABLE comments (id int PRIMARY KEY, note_id int NOT NULL REFERENCES notes ON DELETE CASCADE, body text NOT NULL);`
	db, _ := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "s.sql", Text: schema}})
	cfg := config.Tenant{Columns: []string{"org_id"}, Tables: []config.Table{{Name: "comments", Parents: []config.Parent{{Table: "notes", On: []config.Pair{{Child: "note_id", Parent: "id"}}}}}}}
	own, problems := analyzer.Classify(db, cfg)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	a := analyzer.New(db, own, nil)
	a.SQLC, _ = analyzer.NewSQLC([]analyzer.SchemaFile{{Path: "s.sql", Text: schema}}, db, config.SQL{}, true)
	for before, after := range map[string]string{
		"UPDATE comments SET body = @body WHERE id = @id":                                "UPDATE comments SET body = @body WHERE comments.id = @id AND EXISTS (SELECT 1 FROM notes WHERE notes.id = comments.note_id AND notes.org_id = @org_id)",
		"SELECT body FROM comments AS c WHERE @id = id":                                  "SELECT body FROM comments AS c WHERE @id = c.id AND EXISTS (SELECT 1 FROM notes WHERE notes.id = c.note_id AND notes.org_id = @org_id)",
		"SELECT id FROM notes UNION SELECT id FROM notes":                                "SELECT id FROM notes WHERE notes.org_id = @org_id UNION SELECT id FROM notes WHERE org_id = @org_id",
		"SELECT note_id FROM (SELECT id, note_id FROM comments) x WHERE id = @id":        "",
		"INSERT INTO notes (id, title) WITH x AS (SELECT 1 AS id) SELECT id, 'a' FROM x": "",
	} {
		head := "-- name: Q :many\n"
		if !strings.HasPrefix(before, "SELECT") {
			head = "-- name: Q :exec\n"
		}
		text, want := head+before+";\n", head+after+";\n"
		if after == "" {
			want = text
		}
		if got := analyzer.ApplyFixes(text, a.Fix("q.sql", text)); got != want {
			t.Errorf("%s\n\tbecomes %s", before, got)
		}
	}
}
