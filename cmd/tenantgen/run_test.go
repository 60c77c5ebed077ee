package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"runtime"
	"strings"
	"testing"
)

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

// A large file is judged in parts on several processors, and says what it says on one.
func TestSideBySide(t *testing.T) {
	project(t, "uuid")
	var file strings.Builder
	for i := range 1000 {
		where := " WHERE n.org_id = @org_id"
		if i%50 == 7 {
			where = "" // which leaks
		}
		fmt.Fprintf(&file, "-- name: Large%d :many\nSELECT n.id, 'é;' AS text FROM notes n%s ORDER BY n.id; ", i, where)
		if i%3 > 0 {
			file.WriteByte('\n')
		}
	}
	put(t, "db/queries/large.sql", file.String())
	for _, format := range []string{"json", "text", "sarif"} {
		before := runtime.GOMAXPROCS(1)
		want := shown("lint", "--format", format)
		runtime.GOMAXPROCS(4)
		got := shown("lint", "--format", format)
		runtime.GOMAXPROCS(before)
		if got != want || want.code != exitFindings || strings.Count(want.out, "unscoped-table") < 20 {
			t.Errorf("%s: what several processors say of a file is another thing than what one says: %d bytes, not %d", format, len(got.out), len(want.out))
		}
	}
}
