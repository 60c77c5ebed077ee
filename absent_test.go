package tenantgen_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/analyzer/rules"
)

// TestAbsentTenantColumn: a column of tenants that no table of any entry has is reported where
// it is written, with the one that may be meant.
func TestAbsentTenantColumn(t *testing.T) {
	r := rules.Lookup("absent-tenant-column")
	for _, c := range []struct {
		settings, want string // as hint and line are parts of it
		line           int
	}{
		{r.Good, "", 0},
		{r.Bad, `no table of the schema has a column orgid | did you mean "orgId"? If not, name the column`, 7},
		{"tenant_column: [org_id, orgId]", "", 0}, // one of each entry
		{"tenant_column: [org_id, workspace]", "no table of the schema has a column workspace | name the column", 7},
		{"tenant_column: [org_id, workspace]\n    rules: {absent-tenant-column: {severity: \"off\", reason: it comes}}", "", 0},
		{"tenant_column: workspace\n    tables: {notes: {tenant_column: org_id}, jobs: {tenant_column: orgId}}", "", 0}, // nothing asks for it
		{"levels:\n      - {name: a, column: org_id}\n      - {name: b, column: projekt}", "no table of the schema has a column projekt | name the column", 9},
	} {
		dir := t.TempDir()
		for name, text := range map[string]string{"a.sql": notesTable, "b.sql": `CREATE TABLE jobs ("orgId" int NOT NULL, id int, PRIMARY KEY ("orgId", id));`, "q.sql": "-- name: A :one\nSELECT 1;\n",
			"sqlc.yaml": "version: \"2\"\nsql:\n  - {engine: postgresql, schema: a.sql, queries: q.sql}\n  - {engine: postgresql, schema: b.sql, queries: q.sql}\noptions:\n  tenantgen:\n    " + c.settings + "\n"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		p, err := tenantgen.Load(filepath.Join(dir, "sqlc.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		var got string
		line := 0
		for _, d := range p.Check().Diagnostics {
			if d.Rule == r.Name {
				got, line = got+d.Message+" | "+d.Hint, d.Line
			}
		}
		if !strings.HasPrefix(got, c.want) || (got == "") != (c.want == "") || line != c.line {
			t.Errorf("%s: line %d: %q", c.settings, line, got)
		}
	}
}
