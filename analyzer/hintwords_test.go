package analyzer_test

import (
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/tenantgen/tenantgen/analyzer"
)

// What is wrong stands in the message, what to write in the hint: where both told what to do, they could
// contradict each other.
func TestMessagesLeaveAdviceToHints(t *testing.T) {
	imperative := regexp.MustCompile(`[;:,] (put|use|cast|write|add|filter|move|declare|drop|leave) `)
	for _, c := range loadCases(t) {
		for _, r := range c.analysis().File("queries.sql", c.queries) {
			for _, d := range r.Diagnostics {
				if m := imperative.FindString(d.Message); m != "" && !strings.Contains(d.Message, m+"policy") {
					t.Errorf("%s/%s: %s", c.name, r.Name, d.Message)
				}
				if d.Hint == "" && d.Rule != "unsupported-syntax" && d.Rule != "unsupported-statement" && d.Rule != "mixed-tenants" && d.Rule != "unknown-column" {
					t.Errorf("%s/%s: no hint: %s: %s", c.name, r.Name, d.Rule, d.Message)
				}
			}
		}
	}
}

// Hints to the letter: names are quoted as the query has to, OR is put in parentheses, and where there is no ON or no
// name to write, a subquery takes the condition.
func TestHintsToTheLetter(t *testing.T) {
	c := newCase(t, "hints", txtar.Parse([]byte(`
-- schema.sql --
CREATE TABLE notes (org_id int NOT NULL, id int, title text UNIQUE, PRIMARY KEY (org_id, id));
CREATE TABLE "Pins" (org_id int NOT NULL, "noteId" int, PRIMARY KEY (org_id, "noteId"));
CREATE TABLE "Marks" ("pinId" int, id int UNIQUE);
CREATE SCHEMA old;
CREATE TABLE old.notes (org_id int NOT NULL, id int, PRIMARY KEY (org_id, id));
CREATE TABLE pages (org_id text NOT NULL, id int, PRIMARY KEY (org_id, id));
CREATE TABLE "Shelves" (org_id int NOT NULL, "Id" int PRIMARY KEY);
-- tenancy --
parent Marks Shelves pinId=Id
-- queries.sql --
`)))
	a := c.analysis()
	for _, w := range []struct{ query, message, hint string }{
		{"SELECT id FROM notes WHERE org_id IS NOT DISTINCT FROM id", `"IS NOT DISTINCT FROM" is not an equality with one tenant`, "add AND notes.org_id = @org_id to its WHERE"},
		{"SELECT id FROM notes WHERE org_id IS DISTINCT FROM @org_id", `"IS DISTINCT FROM" is not`, "add AND notes.org_id = @org_id to its WHERE"},
		{"SELECT id FROM notes WHERE org_id = coalesce(@org_id, org_id)", "in notes: COALESCE may be any of its values, and lets every row through where that is the row's own", "add AND notes.org_id = @org_id to its WHERE"},
		{"SELECT id FROM notes WHERE current_setting('app.org_id')::int = org_id", "in notes: current_setting is what the session has: no parameter says whose rows are meant", "add AND notes.org_id = @org_id to its WHERE"},
		{"SELECT id FROM pages WHERE org_id LIKE @x", `"LIKE" is not`, "add AND pages.org_id = @org_id to its WHERE"},
		{"SELECT id FROM pages WHERE org_id NOT ILIKE @x", `"NOT ILIKE" is not`, "add AND pages.org_id = @org_id to its WHERE"},
		{"SELECT id FROM pages WHERE org_id SIMILAR TO @x", `"SIMILAR TO" is not`, "add AND pages.org_id = @org_id to its WHERE"},
		{"SELECT id FROM notes WHERE org_id = ANY (@ids::int[])", `"= ANY" is not`, "add AND notes.org_id = @org_id to its WHERE; or, where it is for several tenants at once, declare the query: -- tenantgen:tenants"},
		{"SELECT id FROM notes WHERE org_id <> ALL (@ids::int[])", `"<> ALL" is not`, "add AND notes.org_id = @org_id to its WHERE"},
		{"SELECT id FROM notes WHERE org_id BETWEEN 1 AND @x", `"BETWEEN" is not`, "add AND notes.org_id = @org_id to its WHERE"},
		{"SELECT id FROM notes WHERE org_id IN (@a, @b)", "IN is true of any of its values", "add AND notes.org_id = @org_id to its WHERE"},
		{"SELECT id FROM notes WHERE title = 'a' OR title = 'b'", "in notes", "add AND notes.org_id = @org_id to its WHERE, and put what stands there in parentheses: WHERE (… OR …) AND notes.org_id = @org_id"},
		{"SELECT id FROM notes WHERE (title = 'a' OR title = 'b') AND id = @id", "in notes", "add AND notes.org_id = @org_id to its WHERE"},
		{"SELECT n.id FROM notes n LEFT JOIN notes m ON m.id = n.id OR m.id = 3 WHERE n.org_id = @org_id", "in notes m", "add AND m.org_id = @org_id to the ON of its LEFT JOIN, and put what stands there in parentheses: ON (… OR …) AND m.org_id = @org_id"},
		{"SELECT n.id FROM notes n LEFT JOIN notes m USING (id) WHERE n.org_id = @org_id", "in notes m", "USING leaves no ON to write into: join (SELECT * FROM notes WHERE …) with the condition inside it"},
		{"SELECT n.id FROM notes n NATURAL LEFT JOIN old.notes m WHERE m.org_id = @org_id OR n.id = 1", "in notes n", "add AND n.org_id = @org_id to its WHERE, and put what stands there in parentheses: WHERE (… OR …) AND n.org_id = @org_id"},
		{"SELECT n.b FROM notes n (a, b)", "in notes n", "its columns go by other names here: read from (SELECT * FROM notes WHERE …) with the condition inside it"},
		{"SELECT j.b FROM (notes n CROSS JOIN \"Pins\") j (a, b) WHERE j.a = @org_id", "in Pins", "its columns go by other names here: read from (SELECT * FROM Pins WHERE …) with the condition inside it"},
		{"SELECT public.notes.id FROM notes, old.notes WHERE old.notes.org_id = @org_id", "in notes", "add AND public.notes.org_id = @org_id to its WHERE"},
		{`SELECT 1 FROM "Pins"`, "in Pins", `add WHERE "Pins".org_id = @org_id`},
		{`SELECT 1 FROM "Pins" AS "P" WHERE "noteId" = 1`, "in Pins P", `add AND "P".org_id = @org_id to its WHERE`},
		{`SELECT 1 FROM "Marks" m WHERE m.id = 1`, "in Marks m", `add AND EXISTS (SELECT 1 FROM "Shelves" WHERE "Shelves"."Id" = m."pinId" AND "Shelves".org_id = @org_id) to its WHERE`},
		{"SELECT id FROM pages WHERE org_id = @org_id::char(1)", "what is compared is converted first", "compare the tenant with a parameter that nothing else gives another type: cast @org_id to one type in every place, or take another one there"},
		{"INSERT INTO notes (org_id, id) VALUES (@org_id, 1) ON CONFLICT (title) DO UPDATE SET id = 2", "can update another tenant's row of notes", "name a conflict target that includes org_id: ON CONFLICT (org_id, id)"},
		{"INSERT INTO notes (org_id, id) VALUES (@org_id, 1) ON CONFLICT DO NOTHING", "already has the key", "name a conflict target that includes org_id: ON CONFLICT (org_id, id)"},
		{"INSERT INTO notes (org_id, id) VALUES (7, 1) ON CONFLICT (title) DO UPDATE SET id = 2", "can update another tenant's row of notes", "put @org_id into column org_id in every row"},
		{`INSERT INTO "Marks" ("pinId", id) SELECT s."Id", 1 FROM "Shelves" s WHERE s.org_id = @org_id ON CONFLICT (id) DO NOTHING`, "already has the key", "add a unique key that includes the columns that refer to the parent, and name its columns as the conflict target"},
		{"MERGE INTO notes n USING (SELECT m.id FROM notes m LEFT JOIN old.notes o ON o.id = m.id WHERE m.org_id = @org_id) s ON n.id = s.id AND n.org_id = @org_id WHEN MATCHED THEN DELETE", "in old.notes o", "add AND o.org_id = @org_id to the ON of its LEFT JOIN"},
	} {
		ds := a.File("queries.sql", "-- name: Q :exec\n"+w.query+";")[0].Diagnostics
		if !told(ds, w.message, w.hint) {
			t.Errorf("%s: %+v", w.query, ds)
		}
	}
}

func told(ds []analyzer.Diagnostic, message, hint string) bool {
	for _, d := range ds {
		if strings.Contains(d.Message, message) && d.Hint == hint {
			return true
		}
	}
	return false
}
