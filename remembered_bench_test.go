package tenantgen

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/internal/ratio"
)

// programs builds tenantgen and the sqlc that tools/sqlc pins.
func programs(b *testing.B) (own, sqlc string) {
	b.Helper()
	dir := b.TempDir()
	own, sqlc = filepath.Join(dir, "tenantgen"), filepath.Join(dir, "sqlc")
	for _, args := range [][]string{
		{"build", "-buildvcs=false", "-o", own, "./cmd/tenantgen"},
		{"build", "-buildvcs=false", "-modfile=tools/sqlc/go.mod", "-o", sqlc, "github.com/sqlc-dev/sqlc/cmd/sqlc"},
	} {
		c := exec.Command("go", args...)
		if strings.Contains(args[2], "modfile") {
			c.Env = append(os.Environ(), "GOWORK=off")
		}
		if out, err := c.CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
	}
	return own, sqlc
}

// generating makes a project of benchProject's one that generates.
func generating(b *testing.B, dir string) {
	b.Helper()
	schema, err := os.ReadFile(filepath.Join(dir, "schema.sql"))
	if err != nil {
		b.Fatal(err)
	}
	benchWrite(b, filepath.Join(dir, "migrations", "00001_init.sql"), "-- +goose Up\n"+string(schema))
	benchWrite(b, filepath.Join(dir, "go.mod"), "module example.com/app\n\ngo 1.26\n")
	benchWrite(b, filepath.Join(dir, "sqlc.yaml"), "version: \"2\"\nsql:\n  - {engine: postgresql, schema: migrations, queries: queries, gen: {go: {package: db, out: repo/internal/db, sql_package: pgx/v5}}}\n"+
		"options: {tenantgen: {tenant_column: org_id, out: repo, migrations: {dir: migrations, format: goose}, app_role: app}}\n")
}

// BenchmarkRemembered measures whole processes on 1,700 queries by their processor time: a lint that finds what another one
// found against one that judges, a lint after an edit in one query, which judges that one,
// generate --check that finds nothing changed against one that generates, that against sqlc alone, and generate after an edit against sqlc alone.
func BenchmarkRemembered(b *testing.B) {
	own, sqlc := programs(b)
	dir, written, home := benchProject(b, 1700), benchProject(b, 1700), b.TempDir()
	generating(b, dir)
	generating(b, written)
	env := append(os.Environ(), "HOME="+home, "XDG_CACHE_HOME=", "XDG_CONFIG_HOME=", "TENANTGEN_CACHE="+filepath.Join(home, "cache"),
		"GOCACHE="+filepath.Join(home, "go"), "GOFLAGS=", "PATH="+filepath.Dir(sqlc)+string(os.PathListSeparator)+os.Getenv("PATH"))
	in := func(dir, program string, args ...string) func() {
		return func() {
			c := exec.Command(program, args...)
			c.Dir, c.Env = dir, env
			if out, err := c.CombinedOutput(); err != nil {
				b.Fatalf("%s %v: %v\n%s", program, args, err, out)
			}
		}
	}
	run := func(program string, args ...string) func() { return in(dir, program, args...) }
	run(own, "generate")()
	in(written, own, "generate")()
	check := run(own, "generate", "--check")
	check() // is remembered from now on
	run(own, "lint")()
	turn := 0
	edit := func(dir string, args ...string) func() {
		name := filepath.Join(dir, "queries", "q7.sql")
		text, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		return func() {
			turn++
			benchWrite(b, name, strings.Replace(string(text), "a.org_id = @org_id;", fmt.Sprintf("a.org_id = @org_id AND a.n <> %d;", turn), 1))
			in(dir, own, args...)()
			benchWrite(b, name, string(text))
		}
	}
	race := ratio.Of(ratio.Processes, run(own, "lint", "--no-cache"), run(own, "lint"), run(own, "generate", "--check", "--no-cache"), check, run(sqlc, "generate"), edit(dir, "lint"), edit(written, "generate"))
	for b.Loop() {
		race.Turn()
	}
	b.ReportMetric(race.Ratio(1, 0), "warm/cold")
	b.ReportMetric(race.Ratio(5, 0), "edited/cold")
	b.ReportMetric(race.Ratio(3, 2), "unchanged/full")
	b.ReportMetric(race.Ratio(2, 4), "generate/sqlc")
	b.ReportMetric(race.Ratio(6, 4), "edited/sqlc")
}
