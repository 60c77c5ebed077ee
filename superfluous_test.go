package tenantgen

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSuperfluousVouch: an entry of functions is reported where nobody needs it, and there only.
func TestSuperfluousVouch(t *testing.T) {
	const schema = `CREATE TABLE orgs (id int PRIMARY KEY);
CREATE TABLE notes (org_id int NOT NULL, id int NOT NULL, title text, n int, PRIMARY KEY (org_id, id));
CREATE TABLE logs (org_id int NOT NULL, id int NOT NULL, PRIMARY KEY (org_id, id));
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.n := 1; RETURN NEW; END';
CREATE FUNCTION moves() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.org_id := OLD.org_id; RETURN NEW; END';
CREATE FUNCTION counts() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.n := (SELECT count(*) FROM logs); RETURN NEW; END';
CREATE FUNCTION unused() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION twice(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1 * 2; END';
CREATE FUNCTION twice(text) RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM logs';
CREATE FUNCTION thrice(int) RETURNS int LANGUAGE sql AS 'SELECT $1 * 3';
CREATE FUNCTION helper_x(int) RETURNS int LANGUAGE c AS 'x';
CREATE FUNCTION calls(int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN helper_x($1); END';
`
	const triggers = "CREATE TRIGGER %s BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION %s();\n"
	for functions, want := range map[string]string{
		"touch":                  "touch",
		"moves":                  "", // which assigns whose the row is
		"counts":                 "", // which reads
		"unused":                 "", // of which nothing is known where it runs
		"twice":                  "", // one of the two reads
		"twice(integer)":         "twice(integer)",
		"twice(text)":            "",
		"thrice":                 "thrice",
		"helper_x":               "",
		"calls":                  "", // which calls one of whom nothing is known
		"calls helper_x":         "calls",
		"touch moves":            "touch",
		"touch thrice twice":     "touch thrice",
		"elsewhere":              "",
		"moves counts elsewhere": "",
	} {
		dir := t.TempDir()
		var list []string
		ddl := schema
		for name := range strings.FieldsSeq(functions) {
			kind := ""
			if name == "elsewhere" {
				kind = ", kind: function"
			}
			list = append(list, "'"+name+"': {safe: why"+kind+"}")
			if strings.Contains(schema, "FUNCTION "+name+"() RETURNS trigger") && name != "unused" {
				ddl += strings.ReplaceAll(triggers, "%s", name)
			}
		}
		for name, text := range map[string]string{
			"schema.sql": ddl, "q.sql": "-- name: Q :exec\nUPDATE notes SET title = 'x' WHERE org_id = @org_id;\n-- name: R :many\nSELECT id, thrice(id), twice(id) FROM notes WHERE org_id = @org_id;\n",
			"sqlc.yaml": "version: '2'\nsql: [{engine: postgresql, schema: schema.sql, queries: q.sql, gen: {go: {package: db, out: repo/internal/db, sql_package: pgx/v5}}}]\n" +
				"options: {tenantgen: {tenant_column: org_id, out: repo, tables: {orgs: {tenant_column: id}}, functions: {" + strings.Join(list, ", ") + "}}}\n",
		} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		p, err := Load(filepath.Join(dir, "sqlc.yaml"))
		if err != nil {
			t.Fatalf("%s: %v", functions, err)
		}
		var got []string
		for _, d := range p.Check().Diagnostics {
			if d.Rule == "superfluous-vouch" {
				_, name, _ := strings.Cut(d.Message, "the body of ")
				name, _, _ = strings.Cut(name, " is read")
				got = append(got, name)
				if d.Line != 3 || d.Column == 0 {
					t.Errorf("%s: at %d:%d", functions, d.Line, d.Column)
				}
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: reported %q, want %q", functions, got, want)
		}
	}
}
