package tenantgen

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"
	"golang.org/x/tools/txtar"

	"github.com/tenantgen/tenantgen/internal/applied"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// envSplinter names a checkout of github.com/supabase/splinter, the linter that Supabase shows
// its users the findings of. Its queries are not ours to copy.
const envSplinter = "TENANTGEN_SPLINTER"

// splinterWorld is what the linter expects of a database, in a transaction that nobody commits:
// roles are the whole server's.
const splinterWorld = `BEGIN; CREATE ROLE anon; CREATE ROLE authenticated; CREATE SCHEMA lint; CREATE SCHEMA IF NOT EXISTS auth;
	CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid'; CREATE FUNCTION auth.role() RETURNS text LANGUAGE sql AS 'SELECT NULL::text';
	SET search_path = ''`

// policyLints judge policies.
var policyLints = []string{"0003_auth_rls_initplan", "0006_multiple_permissive_policies", "0007_policy_exists_rls_disabled", "0008_rls_enabled_no_policy",
	"0013_rls_disabled_in_public", "0015_rls_references_user_metadata", "0024_rls_policy_always_true"}

// readBeside is what it finds of read_also: a policy for SELECT beside the one for every command.
// PostgreSQL joins the two by OR, as one condition would (manual, CREATE POLICY), so that they
// cost what one would; apart, what may be read cannot become what may be written.
const readBeside = "`{tenant_isolation,tenant_isolation_read}"

// Supabase's linter finds nothing else in the policies of the example, of the goldens, nor of the
// schemas that are attacked, which have every clause.
func TestSplinter(t *testing.T) {
	dir := os.Getenv(envSplinter)
	if dir == "" {
		t.Skip(envSplinter + " names no checkout of github.com/supabase/splinter")
	}
	if _, err := os.Stat(filepath.Join(dir, "lints", policyLints[0]+".sql")); err != nil {
		t.Fatal(err)
	}
	for name, files := range splinted(t) {
		t.Run(name, func(t *testing.T) {
			conn := pgserver.ConnForTest(t)
			d, err := applied.Open(conn, files)
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Up(t.Context()); err != nil {
				t.Fatal(err)
			}
			pgserver.ExecForTest(t, conn, splinterWorld)
			policies := 0
			if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM pg_catalog.pg_policies").Scan(&policies); err != nil || policies == 0 {
				t.Fatal(policies, err)
			}
			beside, each := 0, 0
			for _, lint := range policyLints {
				for _, f := range splinter(t, conn, dir, lint) {
					switch {
					case lint == policyLints[0] && name == "golden citus":
						each++
					case strings.HasPrefix(lint, "0006") && strings.Contains(f, readBeside):
						beside++
					default:
						t.Errorf("%s: %s", lint, f)
					}
				}
			}
			if name == "golden citus" && each == 0 {
				t.Error("the form for Citus, which reads the setting for each row, is not found")
			}
			t.Logf("%d policies, %d lints, %d times read_also", policies, len(policyLints), beside)
		})
	}
}

// splinted are migrations of which we write the last.
func splinted(t *testing.T) map[string]fs.FS {
	t.Helper()
	all := map[string]fs.FS{"example": os.DirFS("example/db/migrations")}
	for _, name := range []string{"levels", "read_also", "jwt_claim", "citus"} {
		archive, err := txtar.ParseFile("golden/" + name + ".txtar")
		if err != nil {
			t.Fatal(err)
		}
		files := fstest.MapFS{}
		for _, f := range archive.Files {
			if path := strings.TrimPrefix(f.Name, "want/"); strings.HasPrefix(path, "db/migrations/") {
				files[filepath.Base(path)] = &fstest.MapFile{Data: f.Data}
			}
		}
		all["golden "+name] = files
	}
	for _, name := range []string{"casts", "claims", "forms"} {
		all["attacked "+name] = attacked(t, "internal/attack/testdata/"+name)
	}
	return all
}

// attacked generates the migration of a schema that is attacked.
func attacked(t *testing.T, dir string) fs.FS {
	t.Helper()
	project, err := Load(filepath.Join(dir, "sqlc.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	steps, err := project.plan(project.Check().units)
	if err != nil {
		t.Fatal(err)
	}
	schema, err := os.ReadFile(filepath.Join(dir, "migrations", "00001_schema.sql"))
	if err != nil {
		t.Fatal(err)
	}
	var sql strings.Builder
	for _, s := range steps {
		for _, one := range s.SQL {
			fmt.Fprintf(&sql, "-- +goose StatementBegin\n%s\n-- +goose StatementEnd\n", one)
		}
	}
	return fstest.MapFS{"00001_schema.sql": {Data: schema}, "00002_policies.sql": {Data: []byte("-- +goose Up\n" + sql.String() + "-- +goose Down\n")}}
}

// splinter runs one lint and returns its findings.
func splinter(t *testing.T, conn *pgx.Conn, dir, lint string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "lints", lint+".sql"))
	if err != nil {
		t.Fatal(err)
	}
	pgserver.ExecForTest(t, conn, string(text))
	rows, err := conn.Query(t.Context(), "SELECT detail FROM lint."+pgx.Identifier{lint}.Sanitize())
	if err != nil {
		t.Fatal(err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	set := map[string]bool{}
	for _, f := range found {
		set[f] = true
	}
	return slices.Sorted(maps.Keys(set))
}
