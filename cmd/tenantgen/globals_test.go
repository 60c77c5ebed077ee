package main

import (
	"strings"
	"testing"
)

// The audit says by which queries a global table is written: by their statement, by a trigger or
// by a foreign key's action, by the application's queries and by those that cross tenants.
func TestAuditGlobalTables(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, "schema.sql", `CREATE TABLE kinds (id int PRIMARY KEY, name text);
CREATE TABLE words (id int, kind int REFERENCES kinds (id) ON DELETE CASCADE, UNIQUE (id));
CREATE TABLE letters (word int REFERENCES words (id) ON DELETE SET NULL);
CREATE TABLE seen (at timestamptz);
CREATE TABLE quiet (id int);
CREATE TABLE notes (org_id int NOT NULL, id int UNIQUE, kind int, PRIMARY KEY (org_id, id));
CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO seen (at) VALUES (now()); RETURN NEW; END';
CREATE TRIGGER see AFTER UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION see();
`)
	put(t, "queries.sql", `-- name: ListKinds :many
SELECT k.id FROM kinds k, quiet q WHERE q.id = k.id;
-- name: AddKind :exec
INSERT INTO kinds (id, name) VALUES (@id, @name);
-- name: DropKind :exec
DELETE FROM kinds WHERE id = @id;
-- name: Touch :exec
UPDATE notes SET kind = @kind WHERE org_id = @org_id AND id = @id;
-- name: Everybody :exec
-- tenantgen:cross-tenant admin the words of one kind are rewritten
UPDATE words SET kind = n.kind FROM notes n WHERE n.id = words.id;
-- name: Leaks :exec
UPDATE kinds SET name = n.org_id::text FROM notes n WHERE n.kind = kinds.id;
`)
	put(t, "sqlc.yaml", `version: "2"
sql:
  - {engine: postgresql, schema: schema.sql, queries: queries.sql, gen: {go: {package: s, out: gen, sql_package: pgx/v5}}}
options:
  tenantgen:
    tenant_column: org_id
    tables: {kinds: {global: true}, words: {global: true}, letters: {global: true}, seen: {global: true}, public.quiet: {global: true}}
    functions: {see: {safe: "notes that something was seen"}}
`)
	_, out, errOut := cli("audit")
	for _, want := range []string{
		": global: kinds\n  written by: AddKind, DropKind, Leaks\n", ": global: words\n  written by: DropKind, Everybody\n", ": global: letters\n  written by: DropKind\n",
		": global: seen\n  written by: Touch\n", ": global: public.quiet\nsqlc.yaml",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s%s", want, out, errOut)
		}
	}
	if _, out, _ := cli("audit", "--format", "json"); !strings.Contains(out, `"written_by": [`) {
		t.Error(out)
	}
}
