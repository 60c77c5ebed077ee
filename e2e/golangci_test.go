package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// golangciVersion is the golangci-lint that the linter is built into.
const golangciVersion = "v2.15.0"

// TestRealGolangci lets golangci-lint itself build the linter into a program, as docs/vet.md says, and run it: with findings, with none, with
// a nolint comment, and after the schema changed under its cache. The build takes many minutes, so it runs on request:
// .ci/nightly golangci. -v shows the transcript.
func TestRealGolangci(t *testing.T) {
	if os.Getenv("TENANTGEN_GOLANGCI") == "" {
		t.Skip("set TENANTGEN_GOLANGCI=1")
	}
	g := newGolangci(t)
	g.wants(0, "", "golangci-lint custom")
	g.wants(1, `store/store.go:9:33: unscoped-write: deletes rows of every tenant in notes (hint: add AND notes.org_id = $2 to its WHERE) (tenantgen)`, "./custom-gcl run")
	g.wants(1, "1 issues:", "./custom-gcl run ./store")
	g.wants(0, "0 issues.", "./custom-gcl run ./ids")
	g.replace("schema.sql", "org_id bigint NOT NULL", "org bigint NOT NULL")
	g.wants(1, "undeclared-table", "./custom-gcl run") // said anew, though no Go file changed
	g.replace("schema.sql", "org bigint NOT NULL", "org_id bigint NOT NULL")
	g.replace("store/store.go", "id = $1\", id)", "org_id = $1\", id)")
	g.wants(1, "untyped-tenant", "./custom-gcl run")
	g.replace("store/store.go", "org_id = $1\", id)", "org_id = $1\", id) //nolint:tenantgen // until next week")
	g.wants(0, "0 issues.", "./custom-gcl run")
	g.replace(".golangci.yml", "{config: sqlc.yaml}", "{config: nowhere.yaml}")
	g.wants(3, "nowhere.yaml", "./custom-gcl run")
}

// golangci is an application with the linter in its configuration.
type golangci struct {
	*testing.T
	dir string
	env []string
}

func newGolangci(t *testing.T) *golangci {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	a, err := txtar.ParseFile("testdata/golangci.txtar")
	if err != nil {
		t.Fatal(err)
	}
	g := &golangci{T: t, dir: t.TempDir()}
	for _, f := range a.Files {
		g.write(f.Name, strings.NewReplacer("$ROOT", root, "$VERSION", golangciVersion).Replace(string(f.Data)))
	}
	bin, home := filepath.Join(t.TempDir(), "bin"), t.TempDir()
	dirs, err := exec.Command("go", "env", "GOPATH", "GOMODCACHE", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	of := strings.Split(string(dirs), "\n")
	g.env = append(os.Environ(), "HOME="+home, "GOPATH="+of[0], "GOMODCACHE="+of[1], "GOCACHE="+of[2], "GOBIN="+bin, "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"),
		"GOWORK=off", "GOFLAGS=-buildvcs=false", "GOLANGCI_LINT_CACHE="+filepath.Join(home, "cache"))
	g.clonable(home)
	g.wants(0, "", "go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@"+golangciVersion)
	return g
}

// clonable is golangci-lint's repository at the version, made of what the module proxy has of it, where git finds it instead of on GitHub: the
// home directory says so, because golangci-lint takes git's variables away.
func (g *golangci) clonable(home string) {
	g.Helper()
	out, err := g.command("go mod download -json github.com/golangci/golangci-lint/v2@" + golangciVersion).Output()
	var module struct{ Dir string }
	if err == nil {
		err = json.Unmarshal(out, &module)
	}
	if err != nil {
		g.Fatalf("go mod download: %v\n%s", err, out)
	}
	repository := filepath.Join(home, "golangci-lint")
	if err := os.CopyFS(repository, os.DirFS(module.Dir)); err != nil {
		g.Fatal(err)
	}
	config := "[user]\n\tname = a\n\temail = a@example.com\n[url \"" + repository + "\"]\n\tinsteadOf = https://github.com/golangci/golangci-lint.git\n"
	if err := os.WriteFile(filepath.Join(home, ".gitconfig"), []byte(config), 0o600); err != nil {
		g.Fatal(err)
	}
	g.wants(0, "", "chmod -R u+w "+repository+" && cd "+repository+" && git init -q . && git add -Af && git commit -q -m version && git tag "+golangciVersion)
}

func (g *golangci) write(name, text string) {
	g.Helper()
	path := filepath.Join(g.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		g.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		g.Fatal(err)
	}
}

func (g *golangci) replace(name, from, to string) {
	g.Helper()
	text, err := os.ReadFile(filepath.Join(g.dir, name))
	if err != nil || !strings.Contains(string(text), from) {
		g.Fatalf("%s: %v, or there is no %q in it", name, err, from)
	}
	g.write(name, strings.Replace(string(text), from, to, 1))
}

func (g *golangci) command(line string) *exec.Cmd {
	cmd := exec.Command("bash", "-c", line)
	cmd.Dir, cmd.Env = g.dir, g.env
	return cmd
}

// wants runs a command, which ends with an exit code and says a text.
func (g *golangci) wants(code int, text, line string) {
	g.Helper()
	cmd := g.command(line)
	out, err := cmd.CombinedOutput()
	g.Logf("$ %s\n%s", line, out)
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != code || !strings.Contains(string(out), text) {
		g.Fatalf("%s: %v; wanted exit code %d and %q:\n%s", line, err, code, text, out)
	}
}
