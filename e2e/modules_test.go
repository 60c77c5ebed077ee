package e2e

import (
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"

	"github.com/tenantgen/tenantgen/internal/pgserver"
)

const (
	self    = "github.com/tenantgen/tenantgen"
	runtime = self + "/tenant"
	command = self + "/cmd/tenantgen"
)

// service is an application with versions of its own, older than what sqlc is built on.
const service = `module example.com/service

go 1.26.0

require (
	github.com/spf13/cobra v1.8.0
	google.golang.org/grpc v1.64.0
)
`

const serviceGo = `package main

import (
	_ "github.com/spf13/cobra"
	_ "google.golang.org/grpc"
)

func main() {}
`

// consumer is a module that requires this checkout's as if they were published.
type consumer struct {
	t   *testing.T
	dir string
}

func newConsumer(t *testing.T) *consumer {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	c := &consumer{t, t.TempDir()}
	c.write("go.mod", service+"\nreplace "+self+" => "+root+"\n\nreplace "+runtime+" => "+filepath.Join(root, "tenant")+"\n")
	c.write("main.go", serviceGo)
	c.run("mod", "tidy")
	return c
}

func (c *consumer) write(name, text string) {
	c.t.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// run calls the go command outside of this workspace.
func (c *consumer) run(args ...string) string {
	c.t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Env = c.dir, append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod -buildvcs=false")
	out, err := cmd.Output()
	if err != nil {
		said := ""
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			said = string(exit.Stderr)
		}
		c.t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, said)
	}
	return string(out)
}

// required is what go.mod requires, with versions.
func (c *consumer) required() map[string]string {
	c.t.Helper()
	text, err := os.ReadFile(filepath.Join(c.dir, "go.mod"))
	if err != nil {
		c.t.Fatal(err)
	}
	f, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	versions := map[string]string{}
	for _, r := range f.Require {
		versions[r.Mod.Path] = r.Mod.Version
	}
	return versions
}

// kept wants every requirement of before to be left as it was, but for those that may change.
func (c *consumer) kept(before map[string]string, may map[string]bool) {
	c.t.Helper()
	after := c.required()
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if after[name] != before[name] && !may[name] {
			c.t.Errorf("%s %s became %q", name, before[name], after[name])
		}
	}
	if after["google.golang.org/grpc"] != "v1.64.0" || after["github.com/spf13/cobra"] != "v1.8.0" {
		c.t.Errorf("got %v", after)
	}
}

// builtOn are the modules that a package is compiled from.
func (c *consumer) builtOn(pkg string) map[string]bool {
	c.t.Helper()
	modules := map[string]bool{}
	for name := range strings.FieldsSeq(c.run("list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", pkg)) {
		modules[name] = true
	}
	return modules
}

// Who imports the runtime keeps every version, but for what pgx itself is built on.
func TestServiceWithRuntime(t *testing.T) {
	pgserver.Long(t)
	c := newConsumer(t)
	before := c.required()
	c.write("store.go", "package main\n\nimport (\n\t_ \""+runtime+"\"\n\t_ \""+runtime+"/tenanthttp\"\n)\n")
	c.run("get", runtime+"@v0.1.0")
	c.run("mod", "tidy")
	c.run("build", "./...")
	c.kept(before, c.builtOn("github.com/jackc/pgx/v5/pgxpool"))
}

// Who has the tool in go.mod keeps every version, but for what the tool itself is built on;
// who has it in a file of its own, every one.
func TestServiceWithTool(t *testing.T) {
	c := newConsumer(t)
	before := c.required()
	c.run("mod", "edit", "-require="+self+"@v0.1.0", "-tool="+command) // go get -tool asks the network for what is replaced
	c.run("mod", "tidy")
	if tools := c.run("tool"); !strings.Contains(tools, command) {
		t.Errorf("the service has no such tool:\n%s", tools)
	}
	may := c.builtOn(command)
	// Package vet is built on x/tools/go/packages, and x/tools requires these: who has the tool in go.mod gets its versions of
	// them. A module file of the tool's own keeps all (TestServiceWithModuleFile).
	for _, name := range []string{"golang.org/x/net", "golang.org/x/sys"} {
		may[name] = true
	}
	c.kept(before, may)
}

func TestServiceWithModuleFile(t *testing.T) {
	c := newConsumer(t)
	before, err := os.ReadFile(filepath.Join(c.dir, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	_, replaced, _ := strings.Cut(string(before), "\nreplace ")
	c.write("tools.mod", "module tools\n\ngo 1.26.0\n\nreplace "+replaced)
	c.run("mod", "edit", "-require="+self+"@v0.1.0", "-tool="+command, "tools.mod")
	if tools := c.run("tool", "-modfile=tools.mod"); !strings.Contains(tools, command) {
		t.Errorf("there is no such tool:\n%s", tools)
	}
	if after, err := os.ReadFile(filepath.Join(c.dir, "go.mod")); err != nil || string(after) != string(before) {
		t.Errorf("go.mod changed: %v\n%s", err, after)
	}
}

// What is published requires only what is published, and go install refuses no program of
// the tool's module for a replace.
func TestPublished(t *testing.T) {
	published := map[string][]string{ // module: those of this repository that it may require
		".": nil, "tenant": nil, "tenant/tenantotel": {runtime}, "tenant/tenantjwt": {runtime}, "tenant/tenantblob": {runtime}, "tenant/tenantjobs": {runtime}, "tenant/tenantstream": {runtime}, "tenant/tenanttemporal": {runtime}, "vet/golangci": {self},
	}
	for dir, may := range published {
		text, err := os.ReadFile(filepath.Join("..", dir, "go.mod"))
		if err != nil {
			t.Fatal(err)
		}
		f, err := modfile.Parse("go.mod", text, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range f.Require {
			if strings.HasPrefix(r.Mod.Path, self) && !slices.Contains(may, r.Mod.Path) {
				t.Errorf("%s requires %s", dir, r.Mod.Path)
			}
		}
		if dir == "." && len(f.Replace)+len(f.Exclude)+len(f.Tool) > 0 {
			t.Errorf("go install refuses replace and exclude, and a tool's requirements become those of whoever has ours: %v %v %v", f.Replace, f.Exclude, f.Tool)
		}
		for _, r := range f.Replace {
			if !slices.Contains(may, r.Old.Path) {
				t.Errorf("%s replaces %s", dir, r.Old.Path)
			}
		}
	}
}
