package main

import (
	"strings"
	"testing"
)

// premised writes a project whose DeleteNote holds only if no tag refers across tenants.
func premised(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	put(t, "schema.sql", `CREATE TABLE notes (org_id int NOT NULL, id int UNIQUE, PRIMARY KEY (org_id, id));
CREATE TABLE tags (org_id int NOT NULL, note_id int REFERENCES notes (id) ON DELETE CASCADE);
`)
	put(t, "queries.sql", `-- name: DeleteNote :exec
DELETE FROM notes WHERE id = @id AND org_id = @org_id;
-- name: ListNotes :many
SELECT id FROM notes WHERE org_id = @org_id;
`)
	put(t, "sqlc.yaml", `version: "2"
sql:
  - {engine: postgresql, schema: schema.sql, queries: queries.sql, gen: {go: {package: s, out: gen, sql_package: pgx/v5}}}
options:
  tenantgen:
    tenant_column: org_id
    rules: {key-without-tenant: {severity: "off", reason: test}}
`)
}

const premise = "every row of tags refers by foreign key tags_note_id_fkey (note_id) to a row of notes of its own tenant"

// What a proof rests on though nothing guarantees it is in the JSON of its query alone.
func TestAssumes(t *testing.T) {
	premised(t)
	code, out, errOut := cli("lint", "--format", "json")
	want := `"assumes": [
        {
          "kind": "foreign-key",
          "table": "tags",
          "constraint": "tags_note_id_fkey",
          "text": "` + premise + `"
        }
      ]`
	if code != exitClean || !strings.Contains(out, want) || strings.Count(out, "assumes") != 1 {
		t.Errorf("code %d\n%s%s", code, out, errOut)
	}
}

// The audit lists each premise once, with where the key stands and what rests on it.
func TestAuditPremises(t *testing.T) {
	premised(t)
	edit(t, "queries.sql", "-- name: ListNotes", "-- name: DeleteNotes :exec\nDELETE FROM notes WHERE org_id = @org_id;\n-- name: ListNotes")
	code, out, errOut := cli("audit")
	want := "schema.sql:2:"
	for _, part := range []string{want, ": premise foreign-key: tags tags_note_id_fkey\n  reason: " + premise + "\n  queries: DeleteNote, DeleteNotes\n", ", 1 premises\n"} {
		if code != exitClean || !strings.Contains(out, part) {
			t.Errorf("code %d, no %q\n%s%s", code, part, out, errOut)
		}
	}
	if _, out, _ := cli("audit", "--format", "json"); !strings.Contains(out, `"kind": "premise"`) || !strings.Contains(out, `"queries": [`) {
		t.Error(out)
	}
}

// As an error the rule refuses what rests on the key, which may then be declared.
func TestForeignKeyAsError(t *testing.T) {
	premised(t)
	edit(t, "sqlc.yaml", "rules: {", "rules: {foreign-key-without-tenant: {severity: error}, ")
	code, out, errOut := cli("lint")
	for _, part := range []string{"queries.sql:2:13: foreign-key-without-tenant: this is confined to one tenant only if " + premise + "\n", "2 queries: 1 scoped, 0 global, 0 cross-tenant, 1 rejected"} {
		if code != exitFindings || !strings.Contains(out, part) {
			t.Errorf("code %d, no %q\n%s%s", code, part, out, errOut)
		}
	}
	edit(t, "queries.sql", ":exec\n", ":exec\n-- tenantgen:cross-tenant admin the key is to be replaced\n")
	if _, out, _ := cli("lint"); strings.Contains(out, "queries.sql") || !strings.Contains(out, "1 cross-tenant, 0 rejected") {
		t.Error(out)
	}
}

// leveled writes a project whose queries hold only if no document contradicts itself about
// its organization.
func leveled(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	put(t, "migrations/00001_init.sql", `-- +goose Up
CREATE TABLE orgs (id int PRIMARY KEY);
CREATE TABLE projects (id int PRIMARY KEY, org_id int NOT NULL REFERENCES orgs);
CREATE TABLE documents (org_id int NOT NULL, project_id int NOT NULL REFERENCES projects ON DELETE CASCADE, id int, PRIMARY KEY (project_id, id));
CREATE INDEX ON projects (org_id);
-- +goose Down
DROP TABLE documents, projects, orgs;
`)
	put(t, "queries.sql", `-- name: ListDocuments :many
SELECT d.id FROM projects p JOIN documents d ON d.project_id = p.id WHERE d.org_id = @org_id AND p.org_id = @org_id;
-- name: DeleteDocument :exec
DELETE FROM documents WHERE project_id = @project_id AND id = @id;
`)
	put(t, "sqlc.yaml", `version: "2"
sql:
  - {engine: postgresql, schema: migrations, queries: queries.sql, gen: {go: {package: s, out: gen, sql_package: pgx/v5}}}
options:
  tenantgen:
    levels: [{name: org, column: org_id, setting: app.org_id}, {name: project, column: project_id, setting: app.project_id}]
    migrations: {dir: migrations, format: goose}
    tables:
      orgs: {tenant_column: id, level: org}
      projects: {tenant_column: id, level: project}
    rules: {mutable-tenant-column: {severity: "off", reason: test}}
`)
}

// Levels that need not agree are a warning, which as an error refuses what rests on them, and
// which advise's migrations end.
func TestLevelsAsError(t *testing.T) {
	leveled(t)
	const found = "migrations/00001_init.sql:4:70: levels-without-foreign-key: no foreign key keeps org_id of documents with the row of projects that its project_id names"
	if code, out, errOut := cli("lint"); code != exitClean || !strings.Contains(out, found) || !strings.Contains(out, "2 scoped, 0 global, 0 cross-tenant, 0 rejected") {
		t.Errorf("code %d\n%s%s", code, out, errOut)
	}
	edit(t, "sqlc.yaml", "rules: {", "rules: {levels-without-foreign-key: {severity: error}, ")
	code, out, errOut := cli("lint")
	for _, part := range []string{found, "queries.sql:2:34: levels-without-foreign-key: this is confined to one tenant only if every row of documents names in org_id the org of its own project",
		"queries.sql:4:13: levels-without-foreign-key: ", "hint: add the key that the finding about the table names, or declare", "2 queries: 0 scoped, 0 global, 0 cross-tenant, 2 rejected"} {
		if code != exitFindings || !strings.Contains(out, part) {
			t.Errorf("code %d, no %q\n%s%s", code, part, out, errOut)
		}
	}
	if code, out, errOut := cli("advise"); code != exitClean || !strings.Contains(out, "4 files written, 0 findings left to you") {
		t.Errorf("code %d\n%s%s", code, out, errOut)
	}
	if code, out, errOut := cli("lint"); code != exitClean || strings.Contains(out, "levels-") || !strings.Contains(out, "2 scoped, 0 global, 0 cross-tenant, 0 rejected") {
		t.Errorf("after advise: code %d\n%s%s", code, out, errOut)
	}
}
