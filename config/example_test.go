package config_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tenantgen/tenantgen/config"
)

// A misspelled key is an error with its place, for otherwise it would weaken a proof without anybody noticing.
func ExampleLoad() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "sqlc.yaml")
	for name, text := range map[string]string{
		"schema.sql": "CREATE TABLE notes (id bigint PRIMARY KEY, org_id uuid NOT NULL);",
		"notes.sql":  "-- name: CountNotes :one\nSELECT count(*) FROM notes WHERE org_id = @org_id;\n",
		"sqlc.yaml": `version: "2"
sql:
  - engine: postgresql
    schema: schema.sql
    queries: notes.sql
    gen: {go: {package: sqlcgen, out: repo/internal/sqlcgen, sql_package: pgx/v5}}
options:
  tenantgen:
    tenant_colunm: org_id
`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			panic(err)
		}
	}
	_, err = config.Load(path)
	var all config.Errors
	if errors.As(err, &all) {
		for _, e := range all {
			fmt.Printf("%d:%d: %s (%s)\n", e.Line, e.Column, e.Msg, e.Hint)
		}
	}
	// Output:
	// 9:5: options.tenantgen: unknown key "tenant_colunm" (did you mean "tenant_column"?)
	// 9:5: options.tenantgen: tenant_column is missing (name the column that holds the tenant, e.g. tenant_column: org_id)
}
