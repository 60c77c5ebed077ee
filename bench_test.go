package tenantgen

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/tenantgen/tenantgen/internal/ratio"
)

// benchProject writes a project of the given size: the queries are what
// applications have, joins, subqueries, upserts and CTEs over 50 tables.
func benchProject(tb testing.TB, queries int) string {
	tb.Helper()
	dir := tb.TempDir()
	var schema strings.Builder
	const tables = 50
	for i := range tables {
		fmt.Fprintf(&schema, "CREATE TABLE t%d (id uuid PRIMARY KEY, org_id uuid NOT NULL, parent_id uuid, name text NOT NULL, n int, created_at timestamptz NOT NULL DEFAULT now(), UNIQUE (org_id, id));\n", i)
	}
	for name, text := range map[string]string{
		"sqlc.yaml":     "version: \"2\"\nsql:\n  - {engine: postgresql, schema: schema.sql, queries: queries, gen: {go: {package: db, out: internal/db, sql_package: pgx/v5}}}\noptions: {tenantgen: {tenant_column: org_id}}\n",
		"schema.sql":    schema.String(),
		"queries/x.sql": "",
	} {
		benchWrite(tb, filepath.Join(dir, name), text)
	}
	const perFile = 25
	var file strings.Builder
	for i := range queries {
		fmt.Fprintf(&file, benchQueries[i%len(benchQueries)], i, i%tables, (i+1)%tables, (i+2)%tables)
		if i%perFile == perFile-1 || i == queries-1 {
			benchWrite(tb, filepath.Join(dir, "queries", fmt.Sprintf("q%d.sql", i/perFile)), file.String())
			file.Reset()
		}
	}
	os.Remove(filepath.Join(dir, "queries/x.sql"))
	return dir
}

func benchWrite(tb testing.TB, name, text string) {
	tb.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		tb.Fatal(err)
	}
}

var benchQueries = []string{`-- name: Get%[1]d :one
SELECT a.id, a.name, a.created_at FROM t%[2]d a WHERE a.id = @id AND a.org_id = @org_id;

`, `-- name: List%[1]d :many
SELECT a.id, a.name, b.name AS parent, count(c.id) AS children
FROM t%[2]d a
JOIN t%[3]d b ON b.id = a.parent_id AND b.org_id = a.org_id
LEFT JOIN t%[4]d c ON c.parent_id = a.id AND c.org_id = a.org_id
WHERE a.org_id = @org_id AND (a.name ILIKE @search OR b.name ILIKE @search)
GROUP BY a.id, a.name, b.name
ORDER BY a.name LIMIT 50;

`, `-- name: Put%[1]d :one
INSERT INTO t%[2]d (id, org_id, name, n) VALUES (@id, @org_id, @name, @n)
ON CONFLICT (org_id, id) DO UPDATE SET name = excluded.name, n = excluded.n
RETURNING *;

`, `-- name: Move%[1]d :execrows
WITH picked AS (
    SELECT s.id FROM t%[2]d s WHERE s.org_id = @org_id AND s.n > @least ORDER BY s.n LIMIT 100 FOR UPDATE SKIP LOCKED
)
UPDATE t%[2]d t SET parent_id = p.id, n = t.n + 1
FROM t%[3]d p
WHERE t.id IN (SELECT id FROM picked) AND t.org_id = @org_id AND p.org_id = t.org_id AND p.id = @parent_id;

`}

// benchLint loads a project and judges it, which finds nothing wrong.
func benchLint(tb testing.TB, dir string) (*Project, *Report) {
	tb.Helper()
	project, err := Load(filepath.Join(dir, "sqlc.yaml"))
	if err != nil {
		tb.Fatal(err)
	}
	r := project.Check()
	if !r.Clean() {
		tb.Fatal(diagnostics(r))
	}
	return project, r
}

// benchParse parses the same text on as many processors as lint uses: threads of one
// core slow each other down.
func benchParse(b *testing.B, dir string) {
	files, err := filepath.Glob(filepath.Join(dir, "queries", "*.sql"))
	if err != nil {
		b.Fatal(err)
	}
	work := make(chan string)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for f := range work {
				text, err := os.ReadFile(f)
				if err == nil {
					_, err = pg.Parse(string(text))
				}
				if err != nil {
					b.Error(err)
				}
			}
		})
	}
	for _, f := range append(files, filepath.Join(dir, "schema.sql")) {
		work <- f
	}
	close(work)
	wg.Wait()
}

// BenchmarkLintVersusParse measures the whole lint of 1,000 queries against nothing
// but PostgreSQL's parser on the same text, as a ratio of CPU time. The collector is
// set as the command sets it, for both.
func BenchmarkLintVersusParse(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercent))
	dir := benchProject(b, 1000)
	benchLint(b, dir)
	benchParse(b, dir)
	race := ratio.Of(ratio.Processor, func() { benchParse(b, dir) }, func() { benchLint(b, dir) })
	for b.Loop() {
		race.Turn()
	}
	b.ReportMetric(race.Ratio(1, 0), "lint/parse")
}

// gcPercent is what cmd/tenantgen sets: a lint ends before its garbage matters.
const gcPercent = 400

// BenchmarkLintGrowth measures 10,000 queries against 100, for each query: 1 is linear.
func BenchmarkLintGrowth(b *testing.B) {
	small, large := benchProject(b, 100), benchProject(b, 10000)
	benchLint(b, small)
	race := ratio.Of(ratio.Processor, func() {
		for range 10 {
			benchLint(b, small)
		}
	}, func() { benchLint(b, large) })
	for b.Loop() {
		race.Turn()
	}
	b.ReportMetric(race.Ratio(1, 0)/10, "large/small")
}

// BenchmarkLintVersusCompile measures the wall time of the whole process against
// sqlc compile on the same project.
func BenchmarkLintVersusCompile(b *testing.B) {
	sqlc, err := exec.LookPath("sqlc")
	if err != nil {
		b.Skip("put sqlc on PATH: go build -o sqlc github.com/sqlc-dev/sqlc/cmd/sqlc")
	}
	own := filepath.Join(b.TempDir(), "tenantgen")
	if out, err := exec.Command("go", "build", "-o", own, "./cmd/tenantgen").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	dir := benchProject(b, 1000)
	run := func(name string, args ...string) {
		cmd := exec.Command(name, args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%s: %v\n%s", name, err, out)
		}
	}
	race := ratio.Of(ratio.Wall, func() { run(sqlc, "compile") }, func() { run(own, "lint") })
	for b.Loop() {
		race.Turn()
	}
	b.ReportMetric(race.Ratio(1, 0), "lint/compile")
}

// BenchmarkLintOneFile measures lint of one file against lint of all 1,700 queries,
// by the wall clock.
func BenchmarkLintOneFile(b *testing.B) {
	dir := benchProject(b, 1700)
	lint := func(files ...string) {
		project, err := Load(filepath.Join(dir, "sqlc.yaml"))
		if err == nil {
			err = project.Only(files)
		}
		if err != nil {
			b.Fatal(err)
		}
		if r := project.Check(); !r.Clean() || len(r.Queries) == 0 {
			b.Fatal(diagnostics(r))
		}
	}
	race := ratio.Of(ratio.Wall, func() { lint() }, func() { lint(filepath.Join(dir, "queries", "q7.sql")) })
	for b.Loop() {
		race.Turn()
	}
	b.ReportMetric(race.Ratio(1, 0), "one/all")
}
