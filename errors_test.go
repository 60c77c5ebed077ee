package tenantgen_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/tenantgen/tenantgen"
)

// TestErrorsSwitchedOn reports what may fail for another tenant's row where the
// configuration asks for it, in the severity that it gives, and nowhere else.
func TestErrorsSwitchedOn(t *testing.T) {
	for setting, want := range map[string]string{
		"":                                "",
		"{severity: warning}":             "warning",
		"{severity: error}":               "error",
		"{severity: off, reason: nobody}": "",
	} {
		dir := t.TempDir()
		config := `version: "2"
sql:
  - {engine: postgresql, schema: s.sql, queries: q.sql, gen: {go: {package: db, out: db, sql_package: pgx/v5}}}
options:
  tenantgen: {tenant_column: org_id, rules: {no-tenant-index: {severity: "off", reason: small}}}
`
		if setting != "" {
			config = config[:len(config)-3] + ", error-of-other-rows: " + setting + "}}\n"
		}
		for name, text := range map[string]string{"sqlc.yaml": config, "s.sql": "CREATE TABLE notes (org_id int NOT NULL, title text);",
			"q.sql": "-- name: Titles :many\nSELECT title FROM notes WHERE org_id = @org_id AND title::int > 1;\n"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		p, err := tenantgen.Load(filepath.Join(dir, "sqlc.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, d := range p.Check().Diagnostics {
			if d.Rule == "error-of-other-rows" {
				got += string(d.Severity)
			} else {
				t.Errorf("%s: %v", setting, d)
			}
		}
		if got != want {
			t.Errorf("%s: reported as %q, want %q", setting, got, want)
		}
	}
}
