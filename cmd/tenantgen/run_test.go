package main

import (
	"encoding/json"
	"maps"
	"os"
	"strings"
	"testing"
)

func TestLintText(t *testing.T) {
	project(t, "uuid")
	put(t, "db/queries/leak.sql", "-- name: Leak :many\nSELECT id,\n\tn.title FROM notes n\nWHERE n.id = @id;\n")
	code, out, errOut := cli("lint")
	want := `db/queries/leak.sql:3:15: unscoped-table: reads rows of every tenant in notes n
  3 | 	n.title FROM notes n
    | 	             ^^^^^
  hint: add AND n.org_id = @org_id to its WHERE
10 queries: 7 scoped, 1 global, 1 cross-tenant, 1 rejected
`
	if code != exitFindings || out != want || errOut != "" {
		t.Errorf("code %d\n%s\nwant\n%s\nstderr %q", code, out, want, errOut)
	}
}

func TestLintJSON(t *testing.T) {
	project(t, "uuid")
	put(t, "db/queries/leak.sql", "-- name: Leak :many\nSELECT id FROM notes;\n")
	code, out, _ := cli("lint", "--format", "json")
	if code != exitFindings {
		t.Errorf("code %d", code)
	}
	var got struct {
		Version int
		Summary map[string]int
		Queries []struct {
			Name, File, Verdict string
			Line                int
			TenantParam         int `json:"tenant_param"`
			Relations           []struct {
				Table, Alias string
				Line, Column int
				Proof        []string
			}
		}
		Diagnostics []map[string]any
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	wantSummary := map[string]int{"queries": 10, "scoped": 7, "global": 1, "cross_tenant": 1, "rejected": 1}
	if got.Version != 1 || !maps.Equal(got.Summary, wantSummary) {
		t.Errorf("version %d, summary %v", got.Version, got.Summary)
	}
	wantDiagnostic := map[string]any{"rule": "unscoped-table", "severity": "error", "message": "reads rows of every tenant in notes", "query": "Leak",
		"table": "notes", "file": "db/queries/leak.sql", "line": 2.0, "column": 16.0, "end_line": 2.0, "end_column": 21.0, "hint": "add WHERE notes.org_id = @org_id"}
	if len(got.Diagnostics) != 1 || !maps.Equal(got.Diagnostics[0], wantDiagnostic) {
		t.Errorf("diagnostics %v", got.Diagnostics)
	}
	for _, q := range got.Queries {
		if q.Name != "GetNote" {
			continue
		}
		if q.Verdict != "scoped" || q.TenantParam != 2 || q.Line != 1 || len(q.Relations) != 1 || strings.Join(q.Relations[0].Proof, "; ") != "notes.org_id = @org_id" ||
			q.Relations[0].Line != 3 || q.Relations[0].Column != 15 {
			t.Errorf("GetNote: %+v", q)
		}
		return
	}
	t.Error("GetNote is missing")
}

func TestGenerate(t *testing.T) {
	project(t, "uuid")
	code, out, errOut := cli("generate", "--check")
	if code != exitFindings || !strings.Contains(out, "stale   repo/notes.go") || !strings.Contains(out, "missing db/migrations/00002_tenant_isolation.sql") ||
		!strings.Contains(errOut, "row-level security is not what schema and configuration want: db/migrations/00002_tenant_isolation.sql is missing") {
		t.Fatalf("check before: code %d\n%s%s", code, out, errOut)
	}
	if _, err := os.Stat("repo"); err == nil {
		t.Fatal("--check wrote files")
	}
	if code, out, errOut = cli("generate"); code != exitClean || !strings.Contains(out, "wrote   db/migrations/00002_tenant_isolation.sql") {
		t.Fatalf("generate: code %d\n%s%s", code, out, errOut)
	}
	before := snapshot(t)
	if code, out, errOut = cli("generate", "--check"); code != exitClean || out != "" {
		t.Errorf("check after: code %d\n%s%s", code, out, errOut)
	}
	if code, out, _ = cli("generate"); code != exitClean || !strings.Contains(out, "0 files written") {
		t.Errorf("again: code %d\n%s", code, out)
	}
	if !maps.Equal(before, snapshot(t)) {
		t.Error("generating again changed files")
	}
}

// Whatever fails, no file may be written.
func TestGenerateWritesNothingOnFailure(t *testing.T) {
	cases := map[string]struct {
		spoil func(t *testing.T)
		code  int
		says  string
	}{
		"leak":                         {func(t *testing.T) { put(t, "db/queries/leak.sql", "-- name: Leak :many\nSELECT id FROM notes;\n") }, exitFindings, "unscoped-table"},
		"hand-written file in the way": {func(t *testing.T) { put(t, "repo/notes.go", "package repo\n") }, exitFailed, "repo/notes.go exists and was not generated"},
		"sqlc fails":                   {sqlcFails, exitFailed, "sqlc"},
		"sqlc is missing":              {func(t *testing.T) { t.Setenv("PATH", t.TempDir()) }, exitFailed, "go get -tool -modfile=sqlc.mod github.com/sqlc-dev/sqlc/cmd/sqlc"},
		"a query that sqlc did not generate": {func(t *testing.T) {
			put(t, "db/queries/more.sql", "-- name: More :many\nSELECT id FROM notes WHERE org_id = @org_id;\n")
		}, exitFailed, "More"},
		"no settings": {func(t *testing.T) {
			data, _ := os.ReadFile("sqlc.yaml")
			put(t, "sqlc.yaml", strings.Replace(string(data), "out: repo\n", "\n", 1))
		}, exitFailed, "out is missing"},
		"unknown key": {func(t *testing.T) {
			data, _ := os.ReadFile("sqlc.yaml")
			put(t, "sqlc.yaml", strings.Replace(string(data), "app_role:", "app_roll:", 1))
		}, exitFailed, "sqlc.yaml:13"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			project(t, "uuid")
			c.spoil(t)
			before := snapshot(t)
			code, out, errOut := cli("generate")
			if code != c.code || !strings.Contains(out+errOut, c.says) {
				t.Errorf("code %d, want %d and %q:\n%s%s", code, c.code, c.says, out, errOut)
			}
			if !maps.Equal(before, snapshot(t)) {
				t.Error("files were written")
			}
		})
	}
}

// A repository whose query file is gone must go too, or it would keep an API that
// nobody proves any more; files of people and of other generators stay.
func TestGenerateRemovesSurplus(t *testing.T) {
	project(t, "uuid")
	if code, out, errOut := cli("generate"); code != exitClean {
		t.Fatal(out, errOut)
	}
	put(t, "repo/old.go", "// Code generated by tenantgen from sqlc.yaml. DO NOT EDIT.\n\npackage repo\n")
	put(t, "repo/mine.go", "package repo\n")
	put(t, "repo/mock.go", "// Code generated by mockgen. DO NOT EDIT.\n\npackage repo\n")
	code, out, _ := cli("generate")
	if code != exitClean || !strings.Contains(out, "removed repo/old.go") {
		t.Errorf("code %d\n%s", code, out)
	}
	files := snapshot(t)
	if _, ok := files["repo/old.go"]; ok {
		t.Error("repo/old.go is still there")
	}
	if files["repo/mine.go"] == "" || files["repo/mock.go"] == "" {
		t.Error("a file that tenantgen did not generate was removed")
	}
}

func TestUsage(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"", exitFailed, "usage: tenantgen"},
		{"help", exitClean, "usage: tenantgen"},
		{"-h", exitClean, "usage: tenantgen"},
		{"lint -h", exitClean, "usage: tenantgen [-f sqlc.yaml] lint"},
		{"version", exitClean, "tenantgen "},
		{"frobnicate", exitFailed, `unknown command "frobnicate"`},
		{"lint --format xml", exitFailed, `unknown format "xml"`},
		{"lint", exitFailed, "sqlc.yaml: cannot read"},
		{"-f other.yaml lint", exitFailed, "other.yaml: cannot read"},
		{"lint -f other.yaml", exitFailed, "other.yaml: cannot read"},
		{"generate now", exitFailed, "takes no arguments"},
	} {
		code, out, errOut := cli(strings.Fields(c.args)...)
		if code != c.code || !strings.Contains(out+errOut, c.says) {
			t.Errorf("tenantgen %s: code %d, want %d and %q:\n%s%s", c.args, code, c.code, c.says, out, errOut)
		}
	}
}

// With levels of tenancy, the JSON tells the parameter of each level.
func TestLintJSONLevels(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, "sqlc.yaml", `version: "2"
sql: [{engine: postgresql, schema: s.sql, queries: q.sql}]
options:
  tenantgen:
    levels: [{name: org, column: org_id, setting: app.org_id}, {name: project, column: project_id, setting: app.project_id}]
`)
	put(t, "s.sql", "CREATE TABLE members (org_id int NOT NULL, id int NOT NULL, PRIMARY KEY (org_id, id));\nCREATE TABLE docs (project_id int NOT NULL, id int NOT NULL, PRIMARY KEY (project_id, id));\n")
	put(t, "q.sql", "-- name: Both :many\nSELECT d.id FROM docs d, members m WHERE d.project_id = $1 AND m.org_id = $2;\n")
	code, out, errOut := cli("lint", "--format", "json")
	var got struct {
		Queries []struct {
			TenantParams map[string]int `json:"tenant_params"`
		}
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != exitClean || len(got.Queries) != 1 || !maps.Equal(got.Queries[0].TenantParams, map[string]int{"org": 2, "project": 1}) {
		t.Errorf("code %d, %v\n%s%s", code, err, out, errOut)
	}
}
