package e2e

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver that goose runs on
	"github.com/pressly/goose/v3"
	"golang.org/x/tools/txtar"

	"github.com/tenantgen/tenantgen/internal/dblab"
	"github.com/tenantgen/tenantgen/internal/pgserver"
	"github.com/tenantgen/tenantgen/internal/usermodule"
)

// TestReplay is a new user's service from an empty directory on, and the ten steps that it goes on by: what they edit is
// linted and generated, goose brings the database up as its owner, and the database is verified. Nothing is stale then.
// Afterwards every method that was generated in any state is called as the application's role for two tenants, on the
// database as it was in that state, and nothing of the other tenant is returned or changed: testdata/replay/calls.
func TestReplay(t *testing.T) {
	s := newReplay(t)
	s.seed(s.unpack("testdata/replay/service.txtar"))
	s.state()
	for _, step := range replaySteps {
		s.step = step.name
		step.take(s)
		s.state()
	}
	s.calls()
}

// replay is the service, in a module that keeps the repositories of each state, so that all are compiled at once.
type replay struct {
	*testing.T
	step         string
	module, dir  string // the second is the service's
	tool         string
	env          []string // of commands
	admin, owner string   // URLs of the database
	copies       []string // as it was in each state
}

// replayRoles are those that somebody with more rights than who runs the migrations has to make. They are the cluster's.
var replayRoles = map[string]string{
	"replay_owner":  "LOGIN CREATEROLE PASSWORD 'replay'",
	"replay_across": "NOLOGIN BYPASSRLS",
	"replay_login":  "LOGIN PASSWORD 'replay'",
}

func newReplay(t *testing.T) *replay {
	t.Helper()
	pgserver.Long(t)
	s := &replay{T: t, step: "the first service", module: t.TempDir(), tool: filepath.Join(t.TempDir(), "tenantgen"), admin: pgserver.DatabaseForTest(t)}
	if out, err := exec.Command("go", "build", "-ldflags=-s", "-o", s.tool, "../cmd/tenantgen").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := usermodule.Write(s.module, "..", "example.com/workshop"); err != nil {
		t.Fatal(err)
	}
	s.install()
	s.dir = filepath.Join(s.module, "service")
	u, err := url.Parse(s.admin)
	if err != nil {
		t.Fatal(err)
	}
	for role, attributes := range replayRoles {
		dblab.Once(t, s.admin, fmt.Sprintf("DO $$ BEGIN CREATE ROLE %s %s; EXCEPTION WHEN duplicate_object THEN NULL; END $$", role, attributes))
	}
	dblab.Once(t, s.admin, "ALTER DATABASE "+strings.TrimPrefix(u.Path, "/")+" OWNER TO replay_owner", "ALTER SCHEMA public OWNER TO replay_owner")
	u.User = url.UserPassword("replay_owner", "replay")
	s.owner = u.String()
	return s
}

// install puts the sqlc that this repository pins on the PATH of tenantgen.
func (s *replay) install() {
	s.Helper()
	cmd := exec.Command("go", "tool", "-modfile=tools/sqlc/go.mod", "-n", "sqlc")
	cmd.Dir, cmd.Env = "..", append(os.Environ(), "GOWORK=off")
	out, err := cmd.Output()
	if err != nil {
		s.Fatal(err)
	}
	bin := filepath.Join(s.module, "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		s.Fatal(err)
	}
	if err := os.Symlink(strings.TrimSpace(string(out)), filepath.Join(bin, "sqlc")); err != nil {
		s.Fatal(err)
	}
	s.env = append(os.Environ(), "GOWORK=off", "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// unpack writes the service of an archive, and returns the rows that tenants have put in since.
func (s *replay) unpack(file string) (seed string) {
	s.Helper()
	a, err := txtar.ParseFile(file)
	if err != nil {
		s.Fatal(err)
	}
	for _, f := range a.Files {
		if f.Name == "seed.sql" {
			seed = string(f.Data)
		} else {
			s.write(f.Name, string(f.Data))
		}
	}
	s.generate()
	s.up()
	return seed
}

// run calls tenantgen, and wants it to succeed.
func (s *replay) run(args ...string) string {
	s.Helper()
	out, err := s.try(args...)
	if err != nil {
		s.Fatalf("%s: tenantgen %s: %v\n%s", s.step, strings.Join(args, " "), err, out)
	}
	return out
}

func (s *replay) try(args ...string) (string, error) {
	cmd := exec.Command(s.tool, args...)
	cmd.Dir, cmd.Env = s.dir, s.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// refused wants a command to end with findings, one of them with a text.
func (s *replay) refused(want string, args ...string) {
	s.Helper()
	if out, err := s.try(args...); exitCode(err) != 1 || !strings.Contains(out, want) {
		s.Fatalf("%s: tenantgen %s: %v; want %q in\n%s", s.step, strings.Join(args, " "), err, want, out)
	}
}

func exitCode(err error) int {
	if exit, ok := err.(*exec.ExitError); ok {
		return exit.ExitCode()
	}
	return 0
}

// silent wants a command to report nothing but its summary.
func (s *replay) silent(args ...string) {
	s.Helper()
	if out := s.run(args...); strings.Count(out, "\n") != 1 {
		s.Fatalf("%s: %s says\n%s", s.step, args[0], out)
	}
}

// generate lints the service, silently, and generates what follows.
func (s *replay) generate(flags ...string) {
	s.Helper()
	s.silent("lint")
	s.run(append([]string{"generate"}, flags...)...)
}

// up runs the migrations, as the owner.
func (s *replay) up() {
	s.Helper()
	db, err := sql.Open("pgx", s.owner)
	if err != nil {
		s.Fatal(err)
	}
	defer db.Close()
	p, err := goose.NewProvider(goose.DialectPostgres, db, os.DirFS(filepath.Join(s.dir, "db/migrations")))
	if err == nil {
		_, err = p.Up(s.Context())
	}
	if err != nil {
		s.Fatalf("%s: %v", s.step, err)
	}
}

// seedOf is what rows of both workshops are made with.
const seedOf = `CREATE TEMP VIEW both_w AS SELECT w FROM (VALUES ('alpha'), ('bravo')) v (w);
CREATE FUNCTION pg_temp.id(w text, n int) RETURNS uuid LANGUAGE sql AS $$ SELECT (left(w, 1) || '0000000-0000-4000-8000-00000000000' || n)::uuid $$;
`

// seed puts in rows of tenants, past the policies.
func (s *replay) seed(sql string) {
	s.Helper()
	dblab.Once(s, s.admin, seedOf+sql)
}

// state ends a step: nothing is stale, the database is as promised, and a copy of it is kept for the calls.
func (s *replay) state() {
	s.Helper()
	s.silent("lint")
	s.run("generate", "--check")
	s.silent("verify", "--database-url", s.owner)
	server := pgserver.ForTest(s)
	copied, err := server.CopyDatabase(s.Context(), s.admin)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() {
		if err := server.DropDatabase(context.Background(), copied); err != nil {
			s.Error(err)
		}
	})
	s.keep(fmt.Sprintf("s%02d", len(s.copies)))
	s.copies = append(s.copies, copied)
}

// keep copies the repositories to another path.
func (s *replay) keep(name string) {
	s.Helper()
	repo := filepath.Join(s.dir, "repo")
	err := filepath.WalkDir(repo, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		to := filepath.Join(s.module, name, "repo", strings.TrimPrefix(path, repo))
		err = os.MkdirAll(filepath.Dir(to), 0o755)
		return errors.Join(err, os.WriteFile(to, bytes.ReplaceAll(text, []byte("workshop/service/"), []byte("workshop/"+name+"/")), 0o644))
	})
	if err != nil {
		s.Fatal(err)
	}
}

// calls compiles what was generated in all states, and calls it.
func (s *replay) calls() {
	s.Helper()
	dblab.Once(s, s.admin, "GRANT replay_app TO replay_login")
	dir := filepath.Join(s.module, "calls")
	if err := os.CopyFS(dir, os.DirFS("testdata/replay/calls")); err != nil {
		s.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "states_test.go"), s.states(), 0o644); err != nil {
		s.Fatal(err)
	}
	cmd := usermodule.Go(s.module, "test", "-count=1", "-vet=off", "-ldflags=-s", "-gcflags=example.com/...=-N -l", "./calls") // what is compiled once need not be quick
	for i, url := range s.copies {
		cmd.Env = append(cmd.Env, fmt.Sprintf("REPLAY_URL_s%02d=%s", i, url))
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		s.Errorf("the calls: %v\n%s", err, out)
	}
}

// states lists the repositories of all states, and the functions that parse their tenants' ids.
func (s *replay) states() []byte {
	s.Helper()
	var imports, list strings.Builder
	for i := range s.copies {
		name := fmt.Sprintf("s%02d", i)
		ids, err := os.ReadFile(filepath.Join(s.module, name, "repo/ids.go"))
		if err != nil {
			s.Fatal(err)
		}
		parsers := ""
		for _, m := range regexp.MustCompile(`(?m)^func (Parse\w+)\(`).FindAllStringSubmatch(string(ids), -1) {
			parsers += name + "." + m[1] + ", "
		}
		fmt.Fprintf(&imports, "\t%s \"example.com/workshop/%s/repo\"\n", name, name)
		fmt.Fprintf(&list, "\t{%q, func(db *tenant.DB) any { return %s.New(db) }, []any{%s}},\n", name, name, parsers)
	}
	return fmt.Appendf(nil, "package calls\n\nimport (\n\t\"github.com/tenantgen/tenantgen/tenant\"\n%s)\n\nvar states = []state{\n%s}\n", &imports, &list)
}

func (s *replay) write(name, text string) {
	s.Helper()
	name = filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		s.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		s.Fatal(err)
	}
}
