package analyzer_test

import (
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
)

const clusterSchema = `
CREATE TABLE orgs (id uuid PRIMARY KEY, plan text);
CREATE TABLE plans (id text PRIMARY KEY, n int);
CREATE TABLE notes (org_id uuid NOT NULL, id int NOT NULL UNIQUE, title text, parent int, PRIMARY KEY (org_id, id));
CREATE TABLE tags (org_id uuid NOT NULL, note_id int NOT NULL, name text, PRIMARY KEY (org_id, note_id),
    FOREIGN KEY (org_id, note_id) REFERENCES notes (org_id, id));
CREATE TABLE comments (id int PRIMARY KEY, note_id int NOT NULL REFERENCES notes (id), body text);
CREATE VIEW titles AS SELECT org_id, id, title FROM notes;
CREATE VIEW latest AS SELECT org_id, max(id) AS id FROM notes GROUP BY org_id;
CREATE FUNCTION count_notes(o uuid) RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM notes WHERE org_id = o';`

var clusterSettings = config.Tenant{Columns: []string{"org_id"}, Scale: "citus", Tables: []config.Table{
	{Name: "orgs", TenantColumn: "id"}, {Name: "plans", Global: true},
	{Name: "comments", Parents: []config.Parent{{Table: "notes", On: []config.Pair{{Child: "note_id", Parent: "id"}}}}},
}}

// routing analyses one query against the schema of a cluster.
func routing(t *testing.T, cfg config.Tenant, sql string) *analyzer.Result {
	t.Helper()
	return routingIn(t, clusterSchema, cfg, sql)
}

func routingIn(t *testing.T, schema string, cfg config.Tenant, sql string) *analyzer.Result {
	t.Helper()
	db, ds := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: schema}})
	own, problems := tenancy.Classify(db, cfg)
	if len(ds)+len(problems) > 0 {
		t.Fatal(ds, problems)
	}
	return analyzer.New(db, own, cfg.Functions).File("q.sql", "-- name: Q :many\n"+sql)[0]
}

// Every query here is scoped. What Citus's router planner can derive is routable; of
// the others the finding says what it does not see, "" for none.
func TestRoutable(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT title FROM notes WHERE org_id = $1":                                                                    "",
		"SELECT title FROM notes WHERE org_id = $1::text::uuid AND id = $2 FOR UPDATE":                                 "",
		"SELECT n.title FROM notes n JOIN tags t ON t.org_id = n.org_id AND t.note_id = n.id WHERE n.org_id = $1":      "",
		"SELECT n.title FROM notes n JOIN tags t ON t.note_id = n.id AND t.org_id = $1 WHERE n.org_id = $1":            "",
		"SELECT a.id FROM notes a JOIN notes b ON b.id = a.id WHERE a.org_id = $1":                                     "b.org_id is the tenant",
		"SELECT n.title FROM notes n LEFT JOIN tags t ON t.org_id = n.org_id AND t.note_id = n.id WHERE n.org_id = $1": "",
		"SELECT n.title FROM notes n LEFT JOIN tags t ON t.org_id = $1 AND t.note_id = n.id WHERE n.org_id = $1":       "",
		"SELECT n.title FROM tags t RIGHT JOIN notes n ON t.org_id = n.org_id WHERE n.org_id = $1":                     "",
		"SELECT n.title, p.n FROM notes n CROSS JOIN plans p WHERE n.org_id = $1":                                      "",
		"SELECT p.n FROM orgs o LEFT JOIN plans p ON p.id = o.plan WHERE o.id = $1":                                    "",
		"SELECT n FROM plans": "",
		"SELECT c.body FROM comments c JOIN notes n ON n.id = c.note_id WHERE n.org_id = $1":                                                                                                                                                         "comments has no tenant column",
		"SELECT s.title FROM (SELECT title FROM notes WHERE org_id = $1 LIMIT 3) s":                                                                                                                                                                  "",
		"SELECT s.n FROM (SELECT org_id, count(*) AS n FROM notes GROUP BY org_id) s WHERE s.org_id = $1":                                                                                                                                            "",
		"SELECT s.title FROM (SELECT org_id, title FROM notes) s WHERE s.org_id = $1":                                                                                                                                                                "",
		"SELECT t.name FROM (SELECT org_id, id FROM notes WHERE org_id = $1) s JOIN tags t ON t.org_id = s.org_id":                                                                                                                                   "",
		"SELECT t.name FROM (SELECT org_id, id FROM notes WHERE org_id = $1 LIMIT 3) s JOIN tags t ON t.org_id = s.org_id":                                                                                                                           "t.org_id is the tenant",
		"SELECT title FROM titles WHERE org_id = $1":                                                                                                                                                                                                 "",
		"SELECT id FROM latest WHERE org_id = $1":                                                                                                                                                                                                    "",
		"SELECT title FROM notes WHERE org_id = $1 UNION SELECT name FROM tags WHERE org_id = $1":                                                                                                                                                    "",
		"SELECT s.x FROM (SELECT org_id, title AS x FROM notes UNION ALL SELECT org_id, name FROM tags) s WHERE s.org_id = $1":                                                                                                                       "",
		"WITH n AS (SELECT id FROM notes WHERE org_id = $1) SELECT * FROM n":                                                                                                                                                                         "",
		"WITH n AS (SELECT org_id, id FROM notes) SELECT id FROM n WHERE org_id = $1":                                                                                                                                                                "notes.org_id is the tenant",
		"WITH n AS (SELECT org_id, id FROM notes WHERE org_id = $1) SELECT t.name FROM n JOIN tags t ON t.org_id = n.org_id":                                                                                                                         "t.org_id is the tenant",
		"WITH RECURSIVE r AS (SELECT id FROM notes WHERE org_id = $1 UNION ALL SELECT n.id FROM notes n JOIN r ON n.parent = r.id WHERE n.org_id = $1) SELECT * FROM r":                                                                              "",
		"WITH RECURSIVE r AS (SELECT org_id, id FROM notes WHERE org_id = $1 UNION ALL SELECT n.org_id, n.id FROM notes n JOIN r ON n.parent = r.id AND n.org_id = r.org_id) SELECT * FROM r":                                                        "n.org_id is the tenant",
		"SELECT title FROM notes n WHERE org_id = $1 AND EXISTS (SELECT 1 FROM tags t WHERE t.org_id = n.org_id AND t.note_id = n.id)":                                                                                                               "",
		"SELECT title FROM notes n WHERE org_id = $1 AND NOT EXISTS (SELECT 1 FROM tags t WHERE t.org_id = n.org_id AND t.note_id = n.id)":                                                                                                           "",
		"SELECT title FROM notes n WHERE org_id = $1 AND (title = $2 OR EXISTS (SELECT 1 FROM tags t WHERE t.org_id = n.org_id))":                                                                                                                    "t.org_id is the tenant",
		"SELECT title FROM notes n WHERE org_id = $1 AND id IN (SELECT note_id FROM tags WHERE org_id = $1)":                                                                                                                                         "",
		"SELECT title FROM notes n WHERE org_id = $1 AND id IN (SELECT note_id FROM tags t WHERE t.org_id = n.org_id)":                                                                                                                               "t.org_id is the tenant",
		"SELECT (SELECT count(*) FROM tags t WHERE t.org_id = n.org_id) FROM notes n WHERE n.org_id = $1":                                                                                                                                            "t.org_id is the tenant",
		"SELECT (SELECT count(*) FROM tags t WHERE t.org_id = $1) FROM notes n WHERE n.org_id = $1":                                                                                                                                                  "",
		"SELECT count(*) FROM notes WHERE org_id = $1 GROUP BY GROUPING SETS ((title), ())":                                                                                                                                                          "",
		"SELECT id, count_notes(org_id) FROM notes WHERE org_id = $1":                                                                                                                                                                                "a function cannot query distributed tables",
		"INSERT INTO notes (org_id, id) VALUES ($1, $2), ($1, $3)":                                                                                                                                                                                   "",
		"INSERT INTO notes (org_id, id) VALUES ($1, (SELECT max(id) + 1 FROM notes WHERE org_id = $1))":                                                                                                                                              "VALUES has a subquery",
		"INSERT INTO notes (org_id, id, title) VALUES ($1, $2, $3) ON CONFLICT (org_id, id) DO UPDATE SET title = excluded.title":                                                                                                                    "",
		"INSERT INTO notes (org_id, id, title) VALUES ($1, $2, $3) ON CONFLICT (org_id, id) DO UPDATE SET org_id = excluded.org_id":                                                                                                                  "it assigns org_id",
		"INSERT INTO tags (org_id, note_id) SELECT n.org_id, n.id FROM notes n WHERE n.org_id = $1":                                                                                                                                                  "",
		"INSERT INTO tags (org_id, note_id) SELECT $1, n.id FROM notes n WHERE n.org_id = $1":                                                                                                                                                        "no column of a table that it reads",
		"INSERT INTO tags (org_id, note_id) SELECT n.org_id, n.id FROM notes n WHERE n.org_id = $1 LIMIT 1":                                                                                                                                          "more than FROM and WHERE",
		"SELECT a.title FROM notes k JOIN notes a ON a.id = k.id LEFT JOIN tags t ON t.org_id = a.org_id AND t.org_id = $1 WHERE k.org_id = $1":                                                                                                      "a.org_id is the tenant",
		"SELECT a.title FROM notes k JOIN notes a ON a.id = k.id WHERE k.org_id = $1 AND NOT EXISTS (SELECT 1 FROM tags t WHERE t.org_id = a.org_id AND t.org_id = $1)":                                                                              "a.org_id is the tenant",
		"SELECT t.name FROM (SELECT org_id, max(id) AS id FROM notes WHERE org_id = $1 GROUP BY org_id) s JOIN tags t ON t.org_id = s.org_id":                                                                                                        "t.org_id is the tenant",
		"MERGE INTO notes n USING (SELECT org_id, note_id FROM tags WHERE org_id = $1) t ON t.org_id = n.org_id AND t.note_id = n.id AND n.org_id = $1 WHEN NOT MATCHED THEN INSERT (org_id, id) VALUES ($1, t.note_id)":                             "the tenant that MERGE inserts",
		"MERGE INTO notes n USING (SELECT org_id, note_id FROM tags WHERE org_id = $1) t ON t.org_id = n.org_id AND t.note_id = n.id WHEN NOT MATCHED THEN INSERT (org_id, id) VALUES (t.org_id, t.note_id)":                                         "",
		"MERGE INTO notes n USING (SELECT b.org_id, b.id FROM notes a JOIN notes b ON b.id = a.id WHERE a.org_id = $1) t ON t.org_id = n.org_id AND t.id = n.id AND n.org_id = $1 WHEN NOT MATCHED THEN INSERT (org_id, id) VALUES (t.org_id, t.id)": "b.org_id is the tenant",
		"UPDATE notes SET title = $2 WHERE org_id = $1 AND id = $3":                                                                                                                                                                                  "",
		"UPDATE notes SET org_id = $1, title = $2 WHERE org_id = $1":                                                                                                                                                                                 "it assigns org_id",
		"UPDATE notes n SET title = t.name FROM tags t WHERE t.org_id = n.org_id AND t.note_id = n.id AND n.org_id = $1":                                                                                                                             "",
		"DELETE FROM notes WHERE org_id = $1 RETURNING id":                                                                                                                                                                                           "",
		"DELETE FROM notes n USING tags t WHERE t.note_id = n.id AND n.org_id = $1 AND t.org_id = $1":                                                                                                                                                "",
		"DELETE FROM notes n WHERE n.org_id = $1 RETURNING (SELECT count(*) FROM tags t WHERE t.org_id = n.org_id)":                                                                                                                                  "t.org_id is the tenant",
		"DELETE FROM notes n WHERE n.org_id = $1 RETURNING (SELECT count(*) FROM tags t WHERE t.org_id = $1)":                                                                                                                                        "",
		"INSERT INTO notes AS n (org_id, id) VALUES ($1, $2) ON CONFLICT (org_id, id) DO UPDATE SET title = 'x' WHERE n.title <> (SELECT max(t.name) FROM tags t WHERE t.org_id = n.org_id)":                                                         "t.org_id is the tenant",
		"INSERT INTO notes AS n (org_id, id) VALUES ($1, $2) ON CONFLICT (org_id, id) DO UPDATE SET title = (SELECT max(t.name) FROM tags t WHERE t.org_id = n.org_id)":                                                                              "t.org_id is the tenant",
		"UPDATE titles SET title = $2 WHERE org_id = $1":                                                                                                                                                                                             "by way of view titles",
		"WITH gone AS (DELETE FROM tags WHERE org_id = $1 RETURNING note_id) SELECT count(*) FROM gone":                                                                                                                                              "",
		"WITH made AS (INSERT INTO notes (org_id, id) VALUES ($1, $2) RETURNING id) SELECT id FROM made":                                                                                                                                             "WITH has an INSERT",
		"UPDATE plans SET n = (SELECT count(*) FROM notes WHERE org_id = $1) WHERE id = $2":                                                                                                                                                          "writes the reference table plans",
		"MERGE INTO notes n USING tags t ON t.org_id = n.org_id AND t.note_id = n.id AND n.org_id = $1 AND t.org_id = $1 WHEN MATCHED THEN UPDATE SET title = t.name":                                                                                "",
	} {
		r := routing(t, clusterSettings, sql)
		if r.Verdict != analyzer.Scoped && r.Verdict != analyzer.Global {
			t.Errorf("%s: %s: %+v", sql, r.Verdict, r.Diagnostics)
			continue
		}
		var got []string
		for _, d := range r.Diagnostics {
			if d.Rule != "not-routable" || d.Severity != analyzer.Warning || d.Hint == "" {
				t.Errorf("%s: %+v", sql, d)
			}
			got = append(got, d.Message)
		}
		if text := strings.Join(got, "\n"); *r.Routable != (want == "") || (want == "") != (text == "") || !strings.Contains(text, want) {
			t.Errorf("%s\n  routable %v: %q, want %q", sql, *r.Routable, got, want)
		}
	}
}

// Without a cluster nothing is said of it.
func TestRoutableOnlyOnCitus(t *testing.T) {
	cfg := clusterSettings
	cfg.Scale = ""
	if r := routing(t, cfg, "SELECT a.id FROM notes a JOIN notes b ON b.id = a.id WHERE a.org_id = $1"); r.Routable != nil || len(r.Diagnostics) > 0 {
		t.Errorf("got %v, %+v", r.Routable, r.Diagnostics)
	}
	if r := routing(t, clusterSettings, "SELECT id FROM notes"); r.Routable != nil || r.Verdict != analyzer.Rejected {
		t.Errorf("a refused query: %v", r.Routable)
	}
}

// With levels the rows are placed by the outermost: a query that names the project
// only does not say where they are.
func TestRoutableLevels(t *testing.T) {
	cfg := config.Tenant{Scale: "citus", Levels: []config.Level{{Name: "org", Column: "org_id"}, {Name: "project", Column: "project_id"}}}
	const schema = `CREATE TABLE members (org_id int NOT NULL, id int, PRIMARY KEY (org_id, id));
CREATE TABLE docs (org_id int NOT NULL, project_id int NOT NULL, id int, PRIMARY KEY (org_id, project_id, id));
CREATE TABLE files (project_id int NOT NULL, id int, PRIMARY KEY (project_id, id));`
	for sql, want := range map[string]string{
		"SELECT id FROM members WHERE org_id = $1":                                                                          "",
		"SELECT id FROM docs WHERE project_id = $1 AND org_id = $2":                                                         "",
		"SELECT id FROM docs WHERE project_id = $1":                                                                         "docs.org_id is the tenant",
		"SELECT d.id FROM docs d JOIN members m ON m.org_id = d.org_id WHERE d.project_id = $1 AND m.org_id = $2":           "",
		"SELECT d.id FROM docs d JOIN members m ON m.id = d.id WHERE d.project_id = $1 AND m.org_id = $2 AND d.org_id = $3": "another parameter",
		"SELECT id FROM files WHERE project_id = $1":                                                                        "files has no tenant column",
	} {
		r := routingIn(t, schema, cfg, sql)
		if r.Verdict != analyzer.Scoped {
			t.Errorf("%s: %s: %+v", sql, r.Verdict, r.Diagnostics)
			continue
		}
		if *r.Routable != (want == "") || want != "" && !strings.Contains(r.Diagnostics[0].Message, want) {
			t.Errorf("%s\n  routable %v: %+v, want %q", sql, *r.Routable, r.Diagnostics, want)
		}
	}
}
