package main

import (
	"maps"
	"os"
	"strings"
	"testing"
)

// advise writes what makes lint silent and then has nothing more to say; --check and
// --dry-run write nothing.
func TestAdvise(t *testing.T) {
	leakySchema(t, "")
	before := snapshot(t)
	code, out, errOut := cli("advise", "--check")
	if code != exitFindings || !strings.Contains(out, "missing db/migrations/00010_tenant_advice_") || !strings.Contains(errOut, "hint: run tenantgen advise") {
		t.Errorf("--check: code %d\n%s%s", code, out, errOut)
	}
	code, out, errOut = cli("advise", "--dry-run")
	if code != exitClean || !strings.Contains(out, "CREATE UNIQUE INDEX CONCURRENTLY tags_org_id_name_key ON public.tags (org_id, name);") || errOut != "" {
		t.Errorf("--dry-run: code %d\n%s%s", code, out, errOut)
	}
	if !maps.Equal(before, snapshot(t)) {
		t.Error("something was written")
	}
	code, out, errOut = cli("advise")
	if code != exitClean || !strings.HasSuffix(out, "3 files written, 0 findings left to you\nread the migrations, delete what you do not want, and apply them in order\n") || errOut != "" {
		t.Errorf("code %d\n%s%s", code, out, errOut)
	}
	for name, text := range before {
		if now, err := os.ReadFile(name); err != nil || string(now) != text {
			t.Errorf("%s was changed", name)
		}
	}
	if code, out, errOut = cli("lint"); code != exitClean || strings.Contains(out, "warning") {
		t.Errorf("lint afterwards: code %d\n%s%s", code, out, errOut)
	}
	if code, out, errOut = cli("advise", "--check"); code != exitClean || out+errOut != "" {
		t.Errorf("--check afterwards: code %d\n%s%s", code, out, errOut)
	}
	if code, out, _ = cli("advise"); code != exitClean || out != "0 files written, 0 findings left to you\n" {
		t.Errorf("once more: code %d\n%s", code, out)
	}
}

// A rule that is switched off is left alone.
func TestAdviseSettings(t *testing.T) {
	leakySchema(t, "      key-without-tenant: {severity: off, reason: a name is an address}\n      mutable-tenant-column: {severity: off, reason: we merge organizations}\n")
	if code, out, errOut := cli("advise", "--dry-run"); code != exitClean || strings.Contains(out, "TRIGGER") || strings.Contains(out, "UNIQUE") || !strings.Contains(out, "CREATE INDEX") {
		t.Errorf("code %d\n%s%s", code, out, errOut)
	}
}

// A rule that is off by default can be reported.
func TestRuleSwitchedOn(t *testing.T) {
	leakySchema(t, "      mutable-tenant-column: {severity: warning}\n")
	if _, out, _ := cli("lint"); !strings.Contains(out, "tags.org_id, which gives the row to another tenant (warning)") {
		t.Errorf("not reported:\n%s", out)
	}
}

// Advice that would take a proof away is refused, before anything is written.
func TestAdviseKeepsProofs(t *testing.T) {
	leakySchema(t, "")
	put(t, "db/migrations/00009_tags.sql", "-- +goose Up\nCREATE TABLE tags (org_id uuid NOT NULL, name text NOT NULL UNIQUE, PRIMARY KEY (org_id, name));\n")
	put(t, "db/queries/tags.sql", "-- name: TagTwice :many\nSELECT a.name FROM tags a JOIN tags b ON b.name = a.name WHERE a.org_id = @org_id;\n")
	if code, out, errOut := cli("lint"); code != exitClean {
		t.Fatalf("lint: code %d\n%s%s", code, out, errOut)
	}
	before := snapshot(t)
	code, out, errOut := cli("advise")
	if code != exitFailed || !strings.Contains(errOut, "db/queries/tags.sql:1:1: query TagTwice could not be proved any more") || !maps.Equal(before, snapshot(t)) {
		t.Errorf("code %d\n%s%s", code, out, errOut)
	}
}

// Two entries that share a schema are advised once.
func TestAdviseSharedSchema(t *testing.T) {
	leakySchema(t, "")
	put(t, "db/migrations/00010_view.sql", "-- +goose Up\nCREATE VIEW tag_names AS SELECT org_id, name FROM tags;\n")
	_, once, _ := cli("advise", "--dry-run")
	data, err := os.ReadFile("sqlc.yaml")
	if err != nil {
		t.Fatal(err)
	}
	put(t, "sqlc.yaml", strings.Replace(string(data), "sql:\n", "sql:\n  - {engine: postgresql, schema: db/migrations, queries: db/queries}\n", 1))
	if _, twice, errOut := cli("advise", "--dry-run"); once != twice || errOut != "" || !strings.Contains(once, "security_invoker") {
		t.Errorf("got\n%s%s\nwant\n%s", twice, errOut, once)
	}
}

// clusterProject is a project with scale: citus and the given schema and query.
func clusterProject(t *testing.T, schema, query, settings string) {
	t.Helper()
	t.Chdir(t.TempDir())
	put(t, "sqlc.yaml", `version: "2"
sql: [{engine: postgresql, schema: m, queries: q.sql}]
options:
  tenantgen:
    tenant_column: org_id
    scale: citus
    migrations: {dir: m, format: goose}
    tables:
      orgs: {tenant_column: id}
      plans: {global: true}
`+settings)
	put(t, "m/00001_schema.sql", "-- +goose Up\n"+schema)
	command := ":many"
	if strings.HasPrefix(query, "INSERT") {
		command = ":exec"
	}
	put(t, "q.sql", "-- name: Q "+command+"\n"+query+"\n")
}

const clusterTables = `CREATE TABLE plans (id text PRIMARY KEY);
CREATE TABLE orgs (id uuid PRIMARY KEY, plan text REFERENCES plans);
CREATE TABLE notes (org_id uuid NOT NULL REFERENCES orgs, id uuid PRIMARY KEY, parent uuid REFERENCES notes);
`

// What Citus would refuse goes first, then the tables are distributed, in one call.
func TestAdviseCitus(t *testing.T) {
	clusterProject(t, clusterTables, "SELECT id FROM notes WHERE org_id = $1;", "")
	if code, out, _ := cli("lint"); code != exitClean || !strings.Contains(out, "not-distributable: Citus cannot distribute notes: primary key notes_pkey does not include org_id (warning)") {
		t.Errorf("lint: code %d\n%s", code, out)
	}
	code, out, errOut := cli("advise")
	files := snapshot(t)
	last := files["m/00006_tenant_citus.sql"]
	if code != exitClean || errOut != "" || !strings.Contains(last, "SELECT create_reference_table('public.plans');") ||
		!strings.Contains(last, "SELECT create_distributed_table('public.notes', 'org_id', colocate_with => 'public.orgs');") || len(files) != 8 {
		t.Errorf("code %d\n%s%s\n%s", code, out, errOut, last)
	}
	if code, out, errOut := cli("lint"); code != exitClean || strings.Contains(out, "warning") {
		t.Errorf("lint afterwards: code %d\n%s%s", code, out, errOut)
	}
	if code, out, _ := cli("advise"); code != exitClean || out != "0 files written, 0 findings left to you\n" {
		t.Errorf("once more: code %d\n%s", code, out)
	}
}

// Nothing is distributed while something is in the way: the tables go together.
func TestAdviseCitusBlocked(t *testing.T) {
	clusterProject(t, clusterTables+"CREATE TABLE links (org_id uuid NOT NULL, slug text UNIQUE, note uuid, PRIMARY KEY (org_id, slug), FOREIGN KEY (note) REFERENCES notes (id) ON DELETE SET NULL);", "SELECT id FROM notes WHERE org_id = $1;", "")
	code, out, errOut := cli("advise")
	if code != exitClean || strings.Contains(out, "tenant_citus") || !strings.Contains(out, "by hand m/00001_schema.sql") || errOut != "" {
		t.Errorf("code %d\n%s%s", code, out, errOut)
	}
}

// lint states which queries run on one machine; the severity of the finding can be set.
func TestRoutableJSON(t *testing.T) {
	const query = "SELECT a.id FROM notes a JOIN notes b ON b.id = a.id WHERE a.org_id = $1;"
	for settings, c := range map[string]struct {
		code int
		says string
	}{
		"": {exitClean, `"severity": "warning"`},
		"    rules: {not-routable: {severity: error}}\n":                      {exitFindings, `"severity": "error"`},
		"    rules: {not-routable: {severity: off, reason: a small cluster}}": {exitClean, `"diagnostics": []`},
	} {
		clusterProject(t, "CREATE TABLE plans (id int PRIMARY KEY); CREATE TABLE orgs (id uuid PRIMARY KEY); CREATE TABLE notes (org_id uuid NOT NULL, id int, UNIQUE (id), PRIMARY KEY (org_id, id));", query, settings+"\n")
		if settings != "" && !strings.Contains(settings, "error") {
			put(t, "sqlc.yaml", strings.Replace(read(t, "sqlc.yaml"), "rules: {", "rules: {not-distributable: {severity: off, reason: later}, ", 1))
		}
		code, out, errOut := cli("lint", "--format", "json")
		if code != c.code || !strings.Contains(out, `"routable": false`) || !strings.Contains(out, c.says) || errOut != "" {
			t.Errorf("%s: code %d\n%s%s", settings, code, out, errOut)
		}
	}
	clusterProject(t, clusterTables, "SELECT id FROM notes WHERE org_id = $1;", "")
	if _, out, _ := cli("lint", "--format", "json"); !strings.Contains(out, `"routable": true`) {
		t.Errorf("got\n%s", out)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
