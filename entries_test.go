package tenantgen_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen"
)

// entries writes a project with an entry for each pair of a schema file and a query file, and loads it.
func entries(t testing.TB, options string, files map[string]string, pairs ...string) (*tenantgen.Project, error) {
	t.Helper()
	dir := t.TempDir()
	text := "version: \"2\"\nsql:\n"
	for i, pair := range pairs {
		schema, queries, _ := strings.Cut(pair, " ")
		text += fmt.Sprintf("  - {engine: postgresql, schema: %s, queries: %s, gen: {go: {package: p%d, out: p%[3]d, sql_package: pgx/v5}}}\n", schema, queries, i)
	}
	files["sqlc.yaml"] = text + "options:\n  tenantgen:\n    tenant_column: org_id\n    app_role: app\n" + options
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return tenantgen.Load(filepath.Join(dir, "sqlc.yaml"))
}

const notesTable = "CREATE TABLE notes (org_id int NOT NULL, id int NOT NULL, PRIMARY KEY (org_id, id));\n"

// TestEntriesOfOneSchema holds that a schema of several entries is read once, and what is wrong with it said once.
func TestEntriesOfOneSchema(t *testing.T) {
	p, err := entries(t, "", map[string]string{
		"a.sql": notesTable + "CREATE TABLE loose (id int PRIMARY KEY);\n", "b.sql": "CREATE TABLE more (id int);\n",
		"qa.sql": "-- name: A :many\nSELECT id FROM notes WHERE org_id = @org_id;\n", "qb.sql": "-- name: B :many\nSELECT id FROM notes;\n",
	}, "a.sql qa.sql", "a.sql qb.sql", "[a.sql,b.sql] qb.sql")
	if err != nil {
		t.Fatal(err)
	}
	if p.Units[0].Schema != p.Units[1].Schema || p.Units[1].Schema == p.Units[2].Schema {
		t.Error("the first two entries have one schema, the third has its own")
	}
	var got []string
	for _, d := range p.Check().Diagnostics {
		got = append(got, d.File[strings.LastIndex(d.File, "/")+1:]+" "+d.Rule)
	}
	if got := strings.Join(got, ", "); got != "a.sql undeclared-table, qb.sql unscoped-table, b.sql undeclared-table" {
		t.Error(got)
	}
}

// TestTableOfOneEntry holds that a declaration is about the entries that have its table, and that one has to.
func TestTableOfOneEntry(t *testing.T) {
	files := map[string]string{"a.sql": notesTable, "b.sql": "CREATE TABLE plans (id int);\n", "qa.sql": "-- name: A :many\nSELECT id FROM notes WHERE org_id = @org_id;\n",
		"qb.sql": "-- name: B :many\nSELECT id FROM plans;\n"}
	p, err := entries(t, "    tables: {plans: {global: true}}\n", files, "a.sql qa.sql", "b.sql qb.sql")
	if err != nil {
		t.Fatal(err)
	}
	if r := p.Check(); len(r.Diagnostics) != 0 || len(r.Queries) != 2 {
		t.Errorf("%+v", r.Diagnostics)
	}
	_, err = entries(t, "    tables: {plans: {global: true}, planes: {global: true}}\n", files, "a.sql qa.sql", "b.sql qb.sql", "b.sql qb.sql")
	if err == nil || strings.Count(err.Error(), "table planes does not exist in the schema") != 1 || strings.Contains(err.Error(), "plans does not") {
		t.Errorf("got %v", err)
	}
}

// TestSharedWritesOfAllEntries holds that what one entry writes of a global table is no surplus to another.
func TestSharedWritesOfAllEntries(t *testing.T) {
	files := map[string]string{"a.sql": "CREATE ROLE app;\nCREATE TABLE plans (id int);\nCREATE TABLE tiers (id int);\nGRANT SELECT, INSERT ON plans, tiers TO app;\n",
		"qa.sql": "-- name: A :many\nSELECT id FROM plans;\n", "qb.sql": "-- name: B :exec\nINSERT INTO plans (id) VALUES (@id);\n"}
	p, err := entries(t, "    tables: {plans: {global: true}, tiers: {global: true}}\n", files, "a.sql qa.sql", "a.sql qb.sql")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range p.Check().Diagnostics {
		got = append(got, d.Message)
	}
	if len(got) != 1 || !strings.HasPrefix(got[0], "INSERT on table tiers for app") {
		t.Errorf("got %q", got)
	}
}
