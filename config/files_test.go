package config

import (
	"strings"
	"testing"
)

func names(files []File) string {
	var out []string
	for _, f := range files {
		out = append(out, f.Path)
	}
	return strings.Join(out, " ")
}

// What sqlc reads, and in which order.
func TestFiles(t *testing.T) {
	files := app("")
	for _, f := range []string{
		"m/10_c.up.sql", "m/10_c.down.sql", "m/2_b.sql", "m/1_a.sql", "m/.hidden.sql", "m/README.md",
		"m/nested/z.sql", "n/b.sql", "n/a.sql", "n/a.txt",
	} {
		files[f] = "SELECT 1;"
	}
	for schema, want := range map[string]string{
		"m":                            "m/10_c.up.sql m/1_a.sql m/2_b.sql",
		"m/":                           "m/10_c.up.sql m/1_a.sql m/2_b.sql",
		"m/*.sql":                      "m/10_c.up.sql m/1_a.sql m/2_b.sql",
		"'*/?.sql'":                    "n/a.sql n/b.sql",
		"n/[ab].sql":                   "n/a.sql n/b.sql",
		"m/*":                          "m/10_c.up.sql m/1_a.sql m/2_b.sql m/nested/z.sql",
		"[n/b.sql, m/1_a.sql, n]":      "n/b.sql m/1_a.sql n/a.sql n/b.sql",
		"[n/../n/a.sql, './n/b.sql']":  "n/a.sql n/b.sql",
		"[\"n/b*.sql\", \"n/a*.sql\"]": "n/b.sql n/a.sql",
	} {
		t.Run(schema, func(t *testing.T) {
			files["sqlc.yaml"] = strings.Replace(entry, "db/schema.sql", schema, 1) + "    tenant_column: org_id\n"
			c := mustLoad(t, files)
			equal(t, "files", names(c.SQL[0].SchemaFiles), want)
		})
	}
}
