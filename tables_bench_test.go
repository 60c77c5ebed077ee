package tenantgen

import (
	"fmt"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/tenantgen/tenantgen/internal/pgserver"
	"github.com/tenantgen/tenantgen/internal/ratio"
	"github.com/tenantgen/tenantgen/migrate"
)

// tablesProject writes a project of many tables whose policies are still to be generated. Of each table there is something
// to advise on: a foreign key without the tenant.
func tablesProject(tb testing.TB, tables int) string {
	tb.Helper()
	dir := tb.TempDir()
	var schema strings.Builder
	schema.WriteString("-- +goose Up\n")
	for i := range tables {
		fmt.Fprintf(&schema, "CREATE TABLE t%d (id uuid PRIMARY KEY, org_id uuid NOT NULL, parent_id uuid REFERENCES t%d, name text NOT NULL, n int, created_at timestamptz NOT NULL DEFAULT now(), UNIQUE (org_id, id));\n", i, max(i-1, 0))
	}
	schema.WriteString("-- +goose Down\n")
	var queries strings.Builder
	for i := range 100 {
		fmt.Fprintf(&queries, benchQueries[i%len(benchQueries)], i, i%tables, (i+1)%tables, (i+2)%tables)
	}
	for name, text := range map[string]string{
		"sqlc.yaml": "version: \"2\"\nsql:\n  - {engine: postgresql, schema: migrations, queries: queries, gen: {go: {package: sqlcgen, out: repo/internal/sqlcgen, sql_package: pgx/v5}}}\n" +
			"options: {tenantgen: {tenant_column: org_id, out: repo, app_role: app_bench, migrations: {dir: migrations, format: goose}}}\n",
		"migrations/00001_tables.sql": schema.String(),
		"queries/q.sql":               queries.String(),
	} {
		benchWrite(tb, filepath.Join(dir, name), text)
	}
	return dir
}

// plannedMigration is what generate adds to the migrations of a project.
func plannedMigration(tb testing.TB, dir string) *Output {
	tb.Helper()
	p, r := benchLint(tb, dir)
	out := &Output{}
	if err := p.migration(out, r); err != nil {
		tb.Fatal(err)
	}
	return out
}

// protect writes the migration of a project's policies.
func protect(tb testing.TB, dir string) {
	tb.Helper()
	for _, f := range plannedMigration(tb, dir).Files {
		benchWrite(tb, filepath.Join(dir, "migrations", filepath.Base(f.Path)), string(f.Text))
	}
}

// BenchmarkTables measures what each command does with 5,000 tables and their policies against 500: 10 is linear. The
// collector is set as the command sets it.
func BenchmarkTables(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercent))
	bare, protected := map[int]string{}, map[int]string{}
	sizes := []int{500, 5000}
	for _, n := range sizes {
		bare[n], protected[n] = tablesProject(b, n), tablesProject(b, n)
		protect(b, protected[n])
	}
	for _, of := range []struct {
		name string
		run  func(b *testing.B, tables int)
	}{
		{"lint", func(b *testing.B, n int) { benchLint(b, protected[n]) }},
		{"generate", func(b *testing.B, n int) {
			if len(plannedMigration(b, bare[n]).Files) == 0 {
				b.Fatal("nothing was planned")
			}
		}},
		{"generate again", func(b *testing.B, n int) {
			if len(plannedMigration(b, protected[n]).Files) > 0 {
				b.Fatal("what is there is planned again")
			}
		}},
		{"advise", func(b *testing.B, n int) {
			p, r := benchLint(b, protected[n])
			if a, err := p.Advise(r); err != nil || len(a.Files) == 0 {
				b.Fatal("no advice", err)
			}
		}},
	} {
		b.Run(of.name, func(b *testing.B) {
			race := ratio.Of(ratio.Processor, func() { of.run(b, sizes[0]) }, func() { of.run(b, sizes[1]) })
			for b.Loop() {
				race.Turn()
			}
			b.ReportMetric(race.Ratio(1, 0), "5000/500")
			b.ReportMetric(race.Least(1).Seconds(), "s")
		})
	}
}

// migrationFiles are the files that are planned for a project, not rehearsed yet.
func migrationFiles(tb testing.TB, p *Project, r *Report) []migrate.File {
	tb.Helper()
	steps, err := p.plan(r.units)
	if err != nil {
		tb.Fatal(err)
	}
	files, err := migrate.Render(steps, migrate.Goose, []string{"00001_tables.sql"}, migrate.Options{})
	if err != nil || len(files) == 0 {
		tb.Fatal("nothing was planned", err)
	}
	return files
}

// BenchmarkRehearsal measures reading and planning anew with the planned migration, which is done before it is written.
func BenchmarkRehearsal(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercent))
	var ways []func()
	for _, n := range []int{500, 5000} {
		p, r := benchLint(b, tablesProject(b, n))
		files := migrationFiles(b, p, r)
		ways = append(ways, func() {
			if err := p.confirm(r, files); err != nil {
				b.Fatal(err)
			}
		})
	}
	race := ratio.Of(ratio.Processor, ways...)
	for b.Loop() {
		race.Turn()
	}
	b.ReportMetric(race.Ratio(1, 0), "5000/500")
	b.ReportMetric(race.Least(1).Seconds(), "s")
}

// live makes the database of a project with its policies, one statement after another: a transaction of thousands of tables
// takes more locks than a server has at first.
func live(tb testing.TB, dir string) (url string) {
	tb.Helper()
	url = pgserver.DatabaseForTest(tb)
	conn, err := pgx.Connect(tb.Context(), url)
	if err != nil {
		tb.Fatal(err)
	}
	defer conn.Close(tb.Context())
	p, err := Load(filepath.Join(dir, "sqlc.yaml"))
	if err != nil {
		tb.Fatal(err)
	}
	for _, f := range p.Units[0].Entry.SchemaFiles {
		statements, err := pg.SplitWithScanner(f.Text, true)
		if err != nil {
			tb.Fatal(err)
		}
		for _, sql := range statements {
			if _, err := conn.Exec(tb.Context(), sql, pgx.QueryExecModeSimpleProtocol); err != nil {
				tb.Fatalf("%v\n%s", err, sql)
			}
		}
	}
	if _, err := conn.Exec(tb.Context(), "ANALYZE"); err != nil { // as a server does by itself after a while
		tb.Fatal(err)
	}
	return url
}

// BenchmarkVerifyTables measures verify by the clock, the server's work with it.
func BenchmarkVerifyTables(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercent))
	for _, sizes := range [][2]int{{200, 2000}, {500, 5000}} {
		b.Run(fmt.Sprint(sizes[1]), func(b *testing.B) {
			var ways []func()
			for _, n := range sizes {
				dir := tablesProject(b, n)
				protect(b, dir)
				url := live(b, dir)
				ways = append(ways, func() {
					p, err := Load(filepath.Join(dir, "sqlc.yaml"))
					if err != nil {
						b.Fatal(err)
					}
					if r, err := p.Verify(b.Context(), url); err != nil || r.Tables != n || !r.Clean() {
						b.Fatalf("%v, %+v", err, r)
					}
				})
			}
			race := ratio.Of(ratio.Wall, ways...)
			for b.Loop() {
				race.Turn()
			}
			b.ReportMetric(race.Ratio(1, 0), "large/small")
			b.ReportMetric(race.Least(1).Seconds(), "s")
		})
	}
}
