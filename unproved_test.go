package tenantgen

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A query of the baseline gets a method when row-level security makes up for all that is not
// proved of it: each thing that keeps it from that, alone.
func TestExcused(t *testing.T) {
	const schema = `CREATE TABLE notes (org_id int NOT NULL, id int NOT NULL, title text, PRIMARY KEY (org_id, id));
CREATE TABLE plans (id int PRIMARY KEY);
CREATE SEQUENCE numbers;
CREATE FUNCTION counted() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM notes); END';
CREATE VIEW titles AS SELECT org_id, title FROM notes;
CREATE VIEW own_titles WITH (security_invoker) AS SELECT org_id, title FROM notes;
`
	for name, c := range map[string]struct {
		query  string
		method bool
	}{
		"reads":           {"SELECT title FROM notes", true},
		"own view":        {"SELECT title FROM own_titles", true},
		"function":        {"SELECT counted()::bigint AS n FROM notes", true},
		"owner's rights":  {"SELECT counted()::bigint AS n FROM notes", false},
		"not its matter":  {"SELECT title FROM notes", true},
		"owner's view":    {"SELECT title FROM titles", false},
		"shared writes":   {"DELETE FROM plans WHERE id IN (SELECT id FROM notes)", false},
		"some sequence":   {"SELECT nextval(title::text::regclass)::bigint AS n FROM notes", false},
		"system catalogs": {"SELECT title FROM notes, pg_catalog.pg_class", false},
		"other files":     {"SELECT pg_read_file(title)::text AS text FROM notes", false},
	} {
		for _, migrations := range []string{"    migrations: {dir: db, format: goose}\n", ""} {
			dir := t.TempDir()
			all := schema
			if name == "owner's rights" || name == "not its matter" { // which another function has
				all += "CREATE FUNCTION by_owner() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN (SELECT count(*) FROM notes); END';\n"
			}
			for file, text := range map[string]string{"schema.sql": all, "queries.sql": "-- name: Q :exec\n" + c.query + ";\n",
				"sqlc.yaml": "version: \"2\"\nsql:\n  - {engine: postgresql, schema: schema.sql, queries: queries.sql}\noptions:\n  tenantgen:\n    tenant_column: org_id\n" + migrations + "    tables: {plans: {global: true}}\n"} {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			for range 2 {
				p, err := Load(filepath.Join(dir, "sqlc.yaml"))
				if err != nil {
					t.Fatal(err)
				}
				if _, n, err := p.WriteBaseline(); err != nil || n != 1 {
					t.Fatalf("%s: %d entries, %v", name, n, err)
				}
			}
			p, _ := Load(filepath.Join(dir, "sqlc.yaml"))
			with, without := p.Excused(p.Check())
			if got := strings.Join(with, " ") + "|" + strings.Join(without, " "); got != map[bool]string{true: "Q|", false: "|Q"}[c.method && migrations != ""] {
				t.Errorf("%s, with %q: %s", name, migrations, got)
			}
		}
	}
}
