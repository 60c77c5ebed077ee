package main

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// childProject has a child and queries that write it, as they are before it has the tenant
// column.
func childProject(t *testing.T) {
	t.Helper()
	clusterProject(t, `CREATE TABLE plans (id text PRIMARY KEY); CREATE TABLE orgs (id uuid PRIMARY KEY);
CREATE TABLE notes (id int PRIMARY KEY, org_id uuid NOT NULL REFERENCES orgs, UNIQUE (org_id, id));
CREATE TABLE comments (id int PRIMARY KEY, note_id int NOT NULL REFERENCES notes ON DELETE CASCADE, body text NOT NULL);`,
		"INSERT INTO comments (id, note_id, body) SELECT 1, n.id, 'x' FROM notes n WHERE n.org_id = $1 AND n.id = $2;", "")
	text := strings.Replace(read(t, "sqlc.yaml"), "    scale: citus\n", "", 1)
	put(t, "sqlc.yaml", strings.Replace(text, "tables:", "tables:\n      comments: {parent: notes, on: {note_id: id}}", 1))
}

// The tenant column for a child is offered, written for the one that is named, and leaves
// the queries proved; once the table is a tenant table, the trigger goes.
func TestAdviseTenantColumn(t *testing.T) {
	childProject(t)
	before := snapshot(t)
	if code, out, errOut := cli("advise", "--dry-run"); code != exitClean || !strings.Contains(out, "offer   m/00001_schema.sql:4:14: comments has no tenant column") || strings.Contains(out, "ADD COLUMN") {
		t.Errorf("--dry-run: code %d\n%s%s", code, out, errOut)
	}
	for _, none := range []string{"notes", "nothing"} {
		if code, _, errOut := cli("advise", "--tenant-column", none); code != exitFailed || !strings.Contains(errOut, none+" is no child of a tenant table") {
			t.Errorf("%s: code %d: %s", none, code, errOut)
		}
	}
	code, out, errOut := cli("advise", "--tenant-column", "comments")
	files := slices.Sorted(maps.Keys(snapshot(t)))
	if code != exitClean || errOut != "" || len(files) != len(before)+5 || !strings.Contains(out, "once they are applied, make comments a tenant table") {
		t.Errorf("code %d\n%s%s%s", code, out, errOut, files)
	}
	if code, out, errOut := cli("lint"); code != exitClean || !strings.Contains(out, "1 scoped") {
		t.Errorf("lint as a child: code %d\n%s%s", code, out, errOut)
	}
	switchDeclaration(t)
	code, out, errOut = cli("advise")
	if code != exitClean || errOut != "" || !strings.Contains(strings.Join(values(snapshot(t)), ""), "DROP TRIGGER IF EXISTS tenant_of_parent ON public.comments;") {
		t.Errorf("advise afterwards: code %d\n%s%s", code, out, errOut)
	}
}

// switchDeclaration makes comments a tenant table, and has its queries name the tenant.
func switchDeclaration(t *testing.T) {
	t.Helper()
	put(t, "sqlc.yaml", strings.Replace(read(t, "sqlc.yaml"), "      comments: {parent: notes, on: {note_id: id}}\n", "", 1))
	if code, out, _ := cli("lint"); code != exitFindings || !strings.Contains(out, "unscoped-insert") {
		t.Errorf("lint of the old query: code %d\n%s", code, out)
	}
	for name, text := range snapshot(t) {
		if strings.Contains(text, "INSERT INTO comments") {
			put(t, name, strings.Replace(text, "comments (id, note_id, body) SELECT 1, n.id, 'x' FROM notes n WHERE n.org_id = $1 AND n.id = $2", "comments (org_id, id, note_id, body) VALUES ($1, 1, $2, 'x')", 1))
		}
	}
	if code, out, errOut := cli("lint"); code != exitClean || !strings.Contains(out, "1 scoped") {
		t.Errorf("lint as a tenant table: code %d\n%s%s", code, out, errOut)
	}
}

func values(m map[string]string) []string { return slices.Collect(maps.Values(m)) }
