package vet_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/go/analysis"

	"github.com/tenantgen/tenantgen/vet"
)

// Whoever keeps verdicts by the names of analyzers has to ask again when schema or settings change, and knows facts by them as well.
func TestCached(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	names := func() string {
		all, err := vet.Cached("tenantgen", filepath.Join(dir, "sqlc.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		if err := analysis.Validate(all); err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, a := range append(all, all[0].Requires...) {
			names = append(names, a.Name)
		}
		return strings.Join(names, " ")
	}
	config := "version: \"2\"\nsql: [{engine: postgresql, schema: schema.sql}]\noptions: {tenantgen: {tenant_column: org_id, vet: {plain_ids: they are numbers}}}\n"
	write("sqlc.yaml", config)
	write("schema.sql", "CREATE TABLE notes (org_id bigint NOT NULL);\n")
	before := names()
	if again := names(); again != before || !strings.HasPrefix(before, "tenantgen tenantgen_") || strings.Count(before, "_") != 5 {
		t.Errorf("%s, then %s", before, again)
	}
	write("schema.sql", "CREATE TABLE notes (org_id bigint NOT NULL, title text);\n")
	schema := names()
	write("sqlc.yaml", strings.Replace(config, "they are numbers", "nobody knows", 1))
	if settings := names(); before == schema || schema == settings {
		t.Errorf("%s, then %s, then %s", before, schema, settings)
	}
	if _, err := vet.Cached("tenantgen", filepath.Join(dir, "nowhere.yaml")); err == nil {
		t.Error("there is no nowhere.yaml")
	}
}
