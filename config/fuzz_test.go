package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func FuzzLoad(f *testing.F) {
	f.Add(entry + "    tenant_column: org_id\n")
	f.Add(entry + "    levels: [{name: a, column: b}, 1, null]\n    tables: {x: {parent: [y, {table: z}], on: {a: b}}}\n")
	f.Add("version: 2\nsql: &a [*a]\noptions: &b {tenantgen: *b, <<: *b}\n")
	f.Add("version: 2\nsql: [{<<: [{<<: {engine: x}}]}]\n? [a]\n: b\n")
	f.Add("[]")
	f.Add("version: '2'\noptions: {tenantgen: {tenant_column: [], rules: {x: }, functions: {'': {}}}}")
	for _, c := range faults {
		f.Add(c.config)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "/proc") || strings.Contains(text, "/dev") {
			t.Skip()
		}
		path := filepath.Join(dir, "sqlc.yaml")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		c, err := Load(path)
		if (c == nil) != (err != nil) {
			t.Fatalf("config %v, error %v", c, err)
		}
		if err != nil && strings.Contains(err.Error(), "%!") && !strings.Contains(text, "%!") {
			t.Fatalf("badly formatted message: %s", err)
		}
		for i := range sqlOf(c) {
			c.RepoDir(i)
		}
	})
}

func sqlOf(c *Config) []SQL {
	if c == nil {
		return nil
	}
	return c.SQL
}
