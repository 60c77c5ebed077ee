package verify_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/internal/pgserver"
	"github.com/tenantgen/tenantgen/migrate"
	"github.com/tenantgen/tenantgen/verify"
)

// newWorld makes a database of a schema and the policies that are wanted for it, and
// returns what is promised then.
func newWorld(t *testing.T, settings, schema string) (*pgx.Conn, verify.Options) {
	t.Helper()
	return newWorldOf(t, settings, schema, "")
}

// newWorldOf has queries, too.
func newWorldOf(t *testing.T, settings, schema, queries string) (*pgx.Conn, verify.Options) {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("schema.sql", schema)
	write("queries.sql", queries)
	write("sqlc.yaml", "version: \"2\"\nsql:\n  - {engine: postgresql, schema: schema.sql, queries: queries.sql}\noptions:\n  tenantgen:\n"+settings)
	load := func() verify.Options {
		project, err := tenantgen.Load(filepath.Join(dir, "sqlc.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		o, err := project.Promises()
		if err != nil {
			t.Fatal(err)
		}
		return remembering(o)
	}
	o := load()
	conn := connection(t, pgserver.DatabaseForTest(t), "DO $$ BEGIN CREATE ROLE "+reader+" LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$", "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
	steps, err := migrate.Plan(o.Promises[0].Schema, o.Promises[0].Wanted)
	if err != nil {
		t.Fatal(err)
	}
	var migration strings.Builder
	for _, s := range steps {
		migration.WriteString(strings.Join(s.SQL, "\n") + "\n")
	}
	for _, sql := range []string{schema, migration.String()} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	write("schema.sql", schema+migration.String())
	return conn, load()
}
