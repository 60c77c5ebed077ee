package tenantgen

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/tools/txtar"

	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/confirm"
	"github.com/tenantgen/tenantgen/internal/applied"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// update rewrites golden/*.txtar: it runs the real sqlc and records what it makes.
var update = flag.Bool("update", false, "rewrite the goldens; runs go tool sqlc")

// Prefixes of archive members that are not input.
const (
	recorded = "sqlc/" // what sqlc generated
	want     = "want/" // what tenantgen must produce
)

// golden is one case: a project, what sqlc makes of it, and what is wanted.
type golden struct {
	file     string
	archive  *txtar.Archive
	dir      string            // the project, unpacked
	tests    []byte            // call what was generated, on a server
	own      map[string][]byte // the application's Go, which overrides name
	role     string            // that they run as
	recorded map[string][]byte
	want     map[string]string
	project  *Project // once it is loaded
	report   *Report
}

func TestGolden(t *testing.T) {
	files, err := filepath.Glob("golden/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no goldens: %v", err)
	}
	calls := newGoldenCalls(t)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(name, func(t *testing.T) {
			g := unpack(t, file)
			got := g.run(t)
			if *update {
				g.rewrite(t, got)
				return
			}
			g.compare(t, got)
			if refused(got) {
				if g.tests != nil {
					t.Error("it has a run_test.go, but nothing was generated to be called")
				}
			} else {
				g.confirmed(t)
				calls.add(t, g, name, got)
			}
		})
	}
	calls.run(t)
}

// refused reports that nothing was generated.
func refused(got map[string]string) bool { return got["diagnostics"] != "" || got["error"] != "" }

// unpack writes the inputs of a case to a directory and works in it, so that paths
// in the output are relative.
func unpack(t *testing.T, file string) *golden {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	g := &golden{file: file, archive: archive, dir: t.TempDir(), own: map[string][]byte{}, recorded: map[string][]byte{}, want: map[string]string{}}
	if g.file, err = filepath.Abs(file); err != nil {
		t.Fatal(err)
	}
	for _, f := range archive.Files {
		switch {
		case strings.HasPrefix(f.Name, recorded):
			g.recorded[strings.TrimPrefix(f.Name, recorded)] = f.Data
		case strings.HasPrefix(f.Name, want):
			g.want[strings.TrimPrefix(f.Name, want)] = string(f.Data)
		case f.Name == "run_test.go":
			g.tests = f.Data
		case strings.HasPrefix(f.Name, "own/") || strings.HasSuffix(f.Name, "_fixture_test.go"):
			g.own[f.Name] = f.Data
			write(t, filepath.Join(g.dir, f.Name), f.Data)
		case f.Name == "go.mod" || f.Name == "sqlc.yaml" || strings.HasPrefix(f.Name, "db/"):
			write(t, filepath.Join(g.dir, f.Name), f.Data)
		default:
			t.Fatalf("%s: unexpected member %q; a SQL comment may look like a marker", file, f.Name)
		}
	}
	return g
}

func write(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// run is the pipeline on the case: diagnostics, an error, or the files by path.
func (g *golden) run(t *testing.T) map[string]string {
	t.Helper()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(g.dir)
	defer os.Chdir(root)
	project, err := Load("sqlc.yaml")
	if err != nil {
		return map[string]string{"error": explained(err)}
	}
	g.role = project.Config.Tenant.AppRole
	project.now = func() time.Time { return time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC) }
	report := project.Check()
	g.project, g.report = project, report
	if !report.Clean() {
		return map[string]string{"diagnostics": diagnostics(report)}
	}
	project.sqlc = func(ctx context.Context) (map[string][]byte, error) {
		if !*update {
			return g.recorded, nil
		}
		generated, err := g.realSQLC(ctx, project, root)
		g.recorded = generated
		return generated, err
	}
	out, err := project.Generate(t.Context(), report)
	if err != nil {
		return map[string]string{"error": err.Error() + "\n"}
	}
	got := map[string]string{}
	for _, f := range out.Files {
		if _, sqlcs := g.recorded[f.Path]; !sqlcs {
			got[f.Path] = string(f.Text)
		}
	}
	return got
}

// confirmed has PostgreSQL read the schema and the queries, as we do.
func (g *golden) confirmed(t *testing.T) {
	t.Helper()
	for _, u := range g.report.units {
		report, err := confirm.Run(t.Context(), g.project.confirmInput(u), confirm.Options{DatabaseURL: pgserver.DatabaseForTest(t)})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range report.Differences {
			t.Error(d)
		}
		if report.Queries == 0 {
			t.Error("no query was compared")
		}
	}
}

// explained is an error with the hints of the command line.
func explained(err error) string {
	var list config.Errors
	if !errors.As(err, &list) {
		return err.Error() + "\n"
	}
	var b strings.Builder
	for _, e := range list {
		fmt.Fprintln(&b, e)
		if e.Hint != "" {
			fmt.Fprintf(&b, "  hint: %s\n", e.Hint)
		}
	}
	return b.String()
}

func diagnostics(r *Report) string {
	var b strings.Builder
	for _, d := range r.Diagnostics {
		fmt.Fprintf(&b, "%s:%d:%d-%d:%d: %s: %s\n  hint: %s\n", d.File, d.Line, d.Column, d.EndLine, d.EndColumn, d.Rule, d.Message, d.Hint)
	}
	return b.String()
}

func (g *golden) compare(t *testing.T, got map[string]string) {
	t.Helper()
	for name, text := range got {
		if g.want[name] != text {
			t.Errorf("%s differs; run go test -run TestGolden -update and look at the diff\n--- got\n%s--- want\n%s", name, text, g.want[name])
		}
	}
	for name := range g.want {
		if _, ok := got[name]; !ok {
			t.Errorf("%s is wanted, but not generated", name)
		}
	}
}

// applies runs the migrations up, down to the last one, and up again.
func (g *golden) applies(t *testing.T, got map[string]string, url string) {
	t.Helper()
	for name, text := range got {
		if path.Ext(name) == ".sql" {
			write(t, filepath.Join(g.dir, name), []byte(text))
		}
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	dir, err := applied.Open(conn, os.DirFS(filepath.Join(g.dir, "db/migrations")))
	if err != nil {
		t.Fatal(err)
	}
	if err := dir.Up(t.Context()); err != nil {
		t.Fatalf("up: %v", err)
	}
	if err := dir.Down(t.Context()); err != nil {
		t.Fatalf("down: %v", err)
	}
	if err := dir.Up(t.Context()); err != nil {
		t.Fatalf("up again: %v", err)
	}
}

// realSQLC runs the sqlc that this repository pins on the case.
func (g *golden) realSQLC(ctx context.Context, p *Project, root string) (map[string][]byte, error) {
	cmd := exec.CommandContext(ctx, "go", "tool", "-modfile="+filepath.Join(root, "tools/sqlc/go.mod"), "-n", "sqlc")
	cmd.Dir, cmd.Env = root, append(os.Environ(), "GOWORK=off")
	bin, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	return p.runSQLCWith(ctx, []string{strings.TrimSpace(string(bin))})
}

// rewrite keeps the inputs of the case and replaces the rest.
func (g *golden) rewrite(t *testing.T, got map[string]string) {
	t.Helper()
	out := &txtar.Archive{Comment: g.archive.Comment}
	for _, f := range g.archive.Files {
		if !strings.HasPrefix(f.Name, recorded) && !strings.HasPrefix(f.Name, want) {
			out.Files = append(out.Files, f)
		}
	}
	if got["diagnostics"] == "" {
		for _, name := range sortedKeys(g.recorded) {
			out.Files = append(out.Files, txtar.File{Name: recorded + name, Data: g.recorded[name]})
		}
	}
	for _, name := range sortedKeys(got) {
		out.Files = append(out.Files, txtar.File{Name: want + name, Data: []byte(got[name])})
	}
	if err := os.WriteFile(g.file, txtar.Format(out), 0o644); err != nil {
		t.Fatal(err)
	}
}
