package tenantgen

import (
	"os"
	"path/filepath"
	"slices"
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
CREATE FUNCTION switched() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN PERFORM set_config(''app.org_id'', ''2'', true); RETURN (SELECT count(*) FROM notes); END';
CREATE FUNCTION sets() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN SET LOCAL app.org_id = 2; RETURN (SELECT count(*) FROM notes); END';
CREATE FUNCTION has_set() RETURNS bigint LANGUAGE plpgsql SET app.org_id = '2' AS 'BEGIN RETURN (SELECT count(*) FROM notes); END';
CREATE FUNCTION has_path() RETURNS bigint LANGUAGE plpgsql SET search_path = public AS 'BEGIN RETURN (SELECT count(*) FROM notes); END';
CREATE FUNCTION counts(text) RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM notes WHERE title = $1); END';
CREATE FUNCTION by_default(text DEFAULT set_config('app.org_id', '2', true)) RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM notes); END';
CREATE FUNCTION unseen() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN queued(); END';
CREATE FUNCTION last_unseen() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN PERFORM count(*) FROM notes; RETURN queued(); END';
CREATE TABLE old (n int);
CREATE FUNCTION stale() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM old WHERE set_config('app.org_id', '2', true) = '2'; END;
ALTER TABLE old RENAME TO new;
CREATE TABLE watched (org_id int NOT NULL, id int NOT NULL);
CREATE TRIGGER watches BEFORE INSERT ON watched FOR EACH ROW EXECUTE FUNCTION queue();
CREATE FUNCTION in_perl() RETURNS bigint LANGUAGE plperl AS 'return 1;';
CREATE FUNCTION makes_sql() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN EXECUTE ''SE'' || ''T app.org_id = 2''; RETURN (SELECT count(*) FROM notes); END';
CREATE FUNCTION by_xml() RETURNS xml LANGUAGE plpgsql AS 'BEGIN RETURN query_to_xmlschema(''SELECT 1'', true, true, ''x''); END';
CREATE FUNCTION by_view() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM titles); END';
CREATE FUNCTION by_call() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN by_view(); END';
CREATE FUNCTION by_catalog() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT sum(reltuples) FROM pg_class); END';
CREATE FUNCTION far() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT n FROM dblink(''dbname=x'', ''SELECT 1'') AS d (n bigint)); END';
CREATE FUNCTION same(int, int) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN $1 = $2; END';
CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = same);
CREATE TABLE fired (org_id int NOT NULL, id int NOT NULL);
CREATE FUNCTION fires() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM set_config(''app.org_id'', ''2'', true); RETURN NEW; END';
CREATE TRIGGER fires BEFORE INSERT ON fired FOR EACH ROW EXECUTE FUNCTION fires();
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
		"set_config":      {"SELECT switched()::bigint AS n FROM notes", false},
		"SET":             {"SELECT sets()::bigint AS n FROM notes", false},
		"SET clause":      {"SELECT has_set()::bigint AS n FROM notes", false},
		"dynamic SQL":     {"SELECT makes_sql()::bigint AS n FROM notes", false},
		"search_path":     {"SELECT has_path()::bigint AS n FROM notes", true},
		"language":        {"SELECT in_perl()::bigint AS n FROM notes", false},
		"XML":             {"SELECT by_xml()::xml AS n FROM notes", false},
		"view in a body":  {"SELECT by_view()::bigint AS n FROM notes", false},
		"at second hand":  {"SELECT by_call()::bigint AS n FROM notes", false},
		"pg_class":        {"SELECT by_catalog()::bigint AS n FROM notes", false},
		"dblink":          {"SELECT far()::bigint AS n FROM notes", false},
		"operator":        {"SELECT title FROM notes WHERE id === 1", false},
		"system column":   {"SELECT ctid::text FROM notes", false},
		"trigger":         {"INSERT INTO fired (org_id, id) SELECT org_id, id FROM notes", false},
		"shared writes":   {"DELETE FROM plans WHERE id IN (SELECT id FROM notes)", false},
		"some sequence":   {"SELECT nextval(title::text::regclass)::bigint AS n FROM notes", false},
		"system catalogs": {"SELECT title FROM notes, pg_catalog.pg_class", false},
		"argument":        {"SELECT counts(title)::bigint AS n FROM notes", true},
		"in an argument":  {"SELECT counts(set_config('app.org_id', '2', true))::bigint AS n FROM notes", false},
		"in a filter":     {"SELECT counts(title) FILTER (WHERE pg_read_file(title) = '')::bigint AS n FROM notes", false},
		"in FROM":         {"SELECT n.title FROM notes n, counts(set_config('app.org_id', '2', true)) c", false},
		"in a default":    {"SELECT by_default()::bigint AS n FROM notes", false},
		"the session's":   {"SELECT query::text AS text FROM pg_stat_get_activity(NULL)", false},
		"never seen":      {"SELECT queued(title)::bigint AS n FROM notes", false},
		"seen by nobody":  {"SELECT unseen()::bigint AS n FROM notes", false},
		"seen too late":   {"SELECT last_unseen()::bigint AS n FROM notes", false},
		"stale body":      {"SELECT stale()::bigint AS n FROM notes", false},
		"unseen trigger":  {"INSERT INTO watched (org_id, id) SELECT org_id, id FROM notes", false},
		"of three names":  {"SELECT x.public.counts(title)::bigint AS n FROM notes", false},
		"other files":     {"SELECT pg_read_file(title)::text AS text FROM notes", false},
	} {
		for _, migrations := range []string{"    migrations: {dir: db, format: goose}\n", ""} {
			dir := t.TempDir()
			all := schema
			if name == "owner's rights" || name == "not its matter" { // which another function has
				all += "CREATE FUNCTION by_owner() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN (SELECT count(*) FROM notes); END';\n"
			}
			for file, text := range map[string]string{"schema.sql": all, "queries.sql": "-- name: Q :exec\n" + c.query + ";\n",
				"sqlc.yaml": "version: \"2\"\nsql:\n  - {engine: postgresql, schema: schema.sql, queries: queries.sql}\noptions:\n  tenantgen:\n    tenant_column: org_id\n" + migrations + "    tables: {plans: {global: true}, new: {global: true}}\n"} {
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

// Row-level security does not confine what a foreign key does to the rows that refer to one.
func TestExcusedCascade(t *testing.T) {
	const confined, all = "DELETE FROM cats WHERE org_id = $1", "DELETE FROM cats"
	for _, c := range []struct{ severity, query, method, none string }{
		{"error", confined, "", "Q"}, {"warning", confined, "", ""}, // with a warning it is accepted
		{"error", all, "", "Q"}, {"warning", all, "Q", ""}, // which is said of the method that is there
	} {
		severity, none := c.severity, c.none
		dir := t.TempDir()
		for file, text := range map[string]string{
			"schema.sql": "CREATE TABLE cats (id int PRIMARY KEY, org_id int NOT NULL);\nCREATE TABLE toys (org_id int NOT NULL, cat int NOT NULL REFERENCES cats ON DELETE CASCADE);\n",
			"q.sql":      "-- name: Q :exec\n" + c.query + ";\n",
			"sqlc.yaml":  "version: \"2\"\nsql:\n  - {engine: postgresql, schema: schema.sql, queries: q.sql}\noptions:\n  tenantgen:\n    tenant_column: org_id\n    migrations: {dir: db, format: goose}\n    rules: {foreign-key-without-tenant: {severity: " + severity + "}}\n",
		} {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		p, err := Load(filepath.Join(dir, "sqlc.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := p.WriteBaseline(); err != nil {
			t.Fatal(err)
		}
		p, _ = Load(filepath.Join(dir, "sqlc.yaml"))
		if with, without := p.Excused(p.Check()); strings.Join(with, " ") != c.method || strings.Join(without, " ") != none {
			t.Errorf("%s: methods %v, none for %v", severity, with, without)
		}
	}
}

// Each word by which code gets past the policies counts, alone.
func TestUnpoliced(t *testing.T) {
	for _, w := range append([]string{"pg_class", "lo_get", "dblink_exec", "query_to_xml"}, unpolicedWords...) {
		if !unpoliced(w) || !slices.ContainsFunc(words("BEGIN "+strings.ToUpper(w)+"(1); END"), unpoliced) {
			t.Errorf("%s is passed over", w)
		}
	}
	for _, w := range []string{"pg_catalog", "select", "count", "notes", "offset", "settings"} {
		if unpoliced(w) {
			t.Errorf("%s counts", w)
		}
	}
}
