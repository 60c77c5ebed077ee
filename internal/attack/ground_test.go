package attack

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/internal/dblab"
	"github.com/tenantgen/tenantgen/migrate"
)

// ground is where attacks take place: a schema with the policies that are generated for it,
// and rows for two tenants.
type ground struct {
	name        string
	migrations  func(*testing.T) string // writes them, and tells where
	project     func(*testing.T) string // the configuration with which the linter reads an attack
	query       string                  // a harmless one
	seed, empty string
	tools       string
	theirs      func(*testing.T, *pgx.Conn) string // all that is not Acme's
}

// generated returns the ground of a folder of testdata, whose migration is generated. In
// its tables the ids of rows that are not the attacker's begin with b.
func generated(folder, seed string) *ground {
	g := &ground{name: folder, seed: seed, query: "SELECT 1", theirs: beginWithB, tools: "grant select, insert, update, delete on all tables in schema public to app_tenant;"}
	g.project = func(t *testing.T) string {
		text, err := os.ReadFile(filepath.Join("testdata", folder, "sqlc.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Replace(string(text), "schema: migrations", "schema: [migrations, schema.sql]", 1)
	}
	g.migrations = func(t *testing.T) string {
		t.Helper()
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", folder))); err != nil {
			t.Fatal(err)
		}
		writeMigration(t, dir)
		return filepath.Join(dir, "migrations")
	}
	g.empty = `do $$ begin execute (select 'truncate ' || string_agg(oid::regclass::text, ', ') from pg_class
		where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace); end $$;`
	return g
}

// writeMigration writes the migration that a project needs.
func writeMigration(t *testing.T, dir string) {
	t.Helper()
	p, err := tenantgen.Load(filepath.Join(dir, "sqlc.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	o, err := p.Promises()
	if err != nil {
		t.Fatal(err)
	}
	steps, err := migrate.Plan(o.Promises[0].Schema, o.Promises[0].Wanted)
	if err != nil {
		t.Fatal(err)
	}
	files, err := migrate.Render(steps, migrate.Goose, []string{"00001_schema.sql"}, migrate.Options{})
	if err != nil || len(files) != 1 {
		t.Fatalf("%d migrations, %v", len(files), err)
	}
	if err := os.WriteFile(filepath.Join(dir, "migrations", files[0].Name), files[0].Text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func beginWithB(t *testing.T, super *pgx.Conn) string {
	t.Helper()
	var all string
	if err := super.QueryRow(t.Context(), fill(`select string_agg(query_to_xml(format(
			'select t::text from only %s t where to_jsonb(t)->>''id'' like ''b%%'' or to_jsonb(t)->>''org_id'' = ''$B'' or to_jsonb(t)->>''project_id'' like ''b%%'' order by 1', oid::regclass), true, false, '')::text, ',' order by relname)
		from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`, nil)).Scan(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

// cut takes a clause out of the policies of a table: what matches the pattern becomes
// something else.
type cut struct{ table, clause, becomes string }

// outOf takes it out of every policy that has it, and returns what puts it back.
func (c cut) outOf(t *testing.T, super *pgx.Conn) (undo func()) {
	t.Helper()
	if c.table == "" {
		return func() {}
	}
	rows, err := super.Query(t.Context(), "select policyname::text, coalesce(qual, ''), coalesce(with_check, '') from pg_policies where tablename = $1 order by 1", c.table)
	if err != nil {
		t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[policy])
	if err != nil {
		t.Fatal(err)
	}
	clause := regexp.MustCompile("(?s)" + c.clause)
	var with []policy
	for _, p := range list {
		less := policy{p.Name, clause.ReplaceAllString(p.Using, c.becomes), clause.ReplaceAllString(p.Check, c.becomes)}
		if less != p {
			with = append(with, p)
			dblab.Exec(t, super, less.alter(c.table))
		}
	}
	if len(with) == 0 {
		t.Fatalf("no policy of %s has the clause %s: %q", c.table, c.clause, list)
	}
	return func() {
		for _, p := range with {
			dblab.Exec(t, super, p.alter(c.table))
		}
	}
}

// policy is what can be altered of one.
type policy struct{ Name, Using, Check string }

func (p policy) alter(table string) string {
	sql := "alter policy " + p.Name + " on " + table
	if p.Using != "" {
		sql += " using (" + p.Using + ")"
	}
	if p.Check != "" {
		sql += " with check (" + p.Check + ")"
	}
	return sql
}
