package verify_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/internal/corpora"
)

// A real application's database keeps what is promised of it, as far as its schema, with
// 22 partitioned tables, lets it.
func TestHatchet(t *testing.T) {
	hatchet := corpora.Dir(t, corpora.Hatchet+"/schema")
	var schema strings.Builder
	var files []analyzer.SchemaFile
	for _, name := range []string{"sql__schema__v0", "sql__schema__v1-core", "sql__schema__v1-olap", "pkg__repository__sqlcv1__concurrency-additional-tables"} {
		text, err := os.ReadFile(filepath.Join(hatchet, name+".sql"))
		if err != nil {
			t.Fatal(err)
		}
		// All of it runs as one transaction.
		schema.WriteString(strings.ReplaceAll(string(text), "INDEX CONCURRENTLY", "INDEX"))
		schema.WriteString("\n")
		files = append(files, analyzer.SchemaFile{Path: name, Text: string(text)}) // of the tables only
	}
	db, _ := analyzer.LoadSchema(files)
	settings := "    tenant_column: [tenantId, tenant_id]\n    tenant_source: {setting: app.tenant_id}\n    app_role: tenantgen_hatchet_app\n    tables:\n      Tenant: {tenant_column: id}\n"
	for _, table := range db.Tables {
		if table.Column("tenantId") == nil && table.Column("tenant_id") == nil && table.Name.Name != "Tenant" {
			settings += fmt.Sprintf("      %s: {global: true}\n", table.Name)
		}
	}
	conn, o := newWorld(t, settings, schema.String())
	report := inspectAll(t, conn, o)
	rules := map[string]int{}
	for _, f := range report.Findings {
		rules[f.Rule.Name]++
	}
	t.Logf("%d tables, %d policies: %v", report.Tables, report.Policies, rules)
	if errs := errorsOf(report); len(errs) > 0 {
		t.Errorf("found:\n%s", briefs(errs))
	}
	if report.Tables < 100 || report.Policies < 150 {
		t.Error("the schema has shrunk")
	}
}
