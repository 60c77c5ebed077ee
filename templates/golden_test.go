package templates

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"go/format"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/tenantgen/tenantgen/internal/sqlc"
	"github.com/tenantgen/tenantgen/internal/usermodule"
)

var (
	update   = flag.Bool("update", false, "rewrite the expected output in testdata")
	recorder = flag.String("sqlc", "", "record the output of this sqlc binary in testdata")
)

// A golden is an archive with a project for sqlc, what sqlc made of it
// (internal/sqlcgen/), what the analyzer would say of it (facts.json), and the
// expected repositories (repo/), with tests to run in their package (test/).
type golden struct {
	path    string
	archive *txtar.Archive
	facts   struct {
		Options Options
		Queries []QueryFacts
	}
}

// importPath is the module that the goldens are compiled in.
const importPath = "example.com/golden/"

func readGoldens(t *testing.T, pattern string) []*golden {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no goldens in %s: %v", pattern, err)
	}
	var list []*golden
	for _, path := range paths {
		a, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		g := &golden{path: path, archive: a}
		if *recorder != "" {
			g.record(t)
		}
		decoder := json.NewDecoder(bytes.NewReader(g.members("facts.json")["facts.json"]))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&g.facts); err != nil {
			t.Fatalf("%s: facts.json: %v", path, err)
		}
		g.facts.Options.SQLCImportPath = importPath + g.name() + "/internal/sqlcgen"
		list = append(list, g)
	}
	return list
}

func (g *golden) name() string { return strings.TrimSuffix(filepath.Base(g.path), ".txtar") }

// members returns the members whose names begin with prefix.
func (g *golden) members(prefix string) map[string][]byte {
	m := map[string][]byte{}
	for _, f := range g.archive.Files {
		if strings.HasPrefix(f.Name, prefix) {
			m[f.Name] = f.Data
		}
	}
	return m
}

// replace puts files in the place of the members below prefix, and writes the
// archive.
func (g *golden) replace(t *testing.T, prefix string, files map[string][]byte) {
	t.Helper()
	g.archive.Files = slices.DeleteFunc(g.archive.Files, func(f txtar.File) bool { return strings.HasPrefix(f.Name, prefix) })
	for _, name := range slices.Sorted(maps.Keys(files)) {
		g.archive.Files = append(g.archive.Files, txtar.File{Name: prefix + name, Data: files[name]})
	}
	if err := os.WriteFile(g.path, txtar.Format(g.archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// record runs the real sqlc. Only -sqlc makes it.
func (g *golden) record(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	for name, data := range g.members("") {
		if filepath.Ext(name) == ".sql" {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	var config map[string]any
	if err := json.Unmarshal(g.members("sqlc.json")["sqlc.json"], &config); err != nil {
		t.Fatal(err)
	}
	files, err := sqlc.Run(context.Background(), sqlc.Options{Dir: dir, Config: config, Command: []string{*recorder}})
	if err != nil {
		t.Fatalf("%s: %v", g.path, err)
	}
	g.replace(t, "internal/sqlcgen/", sqlc.Select(files, "internal/sqlcgen"))
}

func (g *golden) build() (Model, error) {
	files := map[string][]byte{}
	for name, data := range g.members("internal/sqlcgen/") {
		files[filepath.Base(name)] = data
	}
	pkg, err := sqlc.Read(files)
	if err != nil {
		return Model{}, err
	}
	opts := g.facts.Options
	opts.Config = "sqlc.yaml"
	return Build(pkg, g.facts.Queries, opts)
}

func TestRepositories(t *testing.T) {
	for _, g := range readGoldens(t, "testdata/*.txtar") {
		t.Run(g.name(), func(t *testing.T) {
			model, err := g.build()
			if err != nil {
				t.Fatal(err)
			}
			got, err := Repositories(model)
			if err != nil {
				t.Fatal(err)
			}
			for name, data := range got {
				if formatted, err := format.Source(data); err != nil || !bytes.Equal(formatted, data) {
					t.Errorf("%s is not as gofmt has it (%v)", name, err)
				}
			}
			if *update || *recorder != "" {
				g.replace(t, "repo/", got)
				return
			}
			compare(t, g.members("repo/"), got)
		})
	}
}

func compare(t *testing.T, want, got map[string][]byte) {
	t.Helper()
	for name, data := range want {
		if have := got[strings.TrimPrefix(name, "repo/")]; !bytes.Equal(have, data) {
			t.Errorf("%s: got:\n%s\nwant:\n%s", name, have, data)
		}
	}
	for name := range got {
		if want["repo/"+name] == nil {
			t.Errorf("%s was not expected:\n%s", name, got[name])
		}
	}
}

// Build and Repositories go through maps; their output must not show it.
func TestDeterministic(t *testing.T) {
	for _, g := range readGoldens(t, "testdata/*.txtar") {
		var first map[string][]byte
		for range 5 {
			model, err := g.build()
			if err != nil {
				t.Fatal(err)
			}
			files, err := Repositories(model)
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = files
			} else if !maps.EqualFunc(first, files, bytes.Equal) {
				t.Errorf("%s: two runs differ", g.name())
			}
		}
	}
}

// TestGoldensCompile vets every golden against the runtime, in a module of its
// own as a user's would be, and runs the tests that some goldens have (test/).
func TestGoldensCompile(t *testing.T) {
	if testing.Short() {
		t.Skip("-short compiles nothing")
	}
	dir := t.TempDir()
	write := func(name string, data []byte) {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, data, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if err := usermodule.Write(dir, "..", strings.TrimSuffix(importPath, "/")); err != nil {
		t.Fatal(err)
	}
	for _, g := range readGoldens(t, "testdata/*.txtar") {
		for _, prefix := range []string{"repo/", "test/", "internal/sqlcgen/"} {
			for name, data := range g.members(prefix) {
				write(g.name()+"/"+strings.Replace(name, "test/", "repo/", 1), data)
			}
		}
	}
	for _, args := range [][]string{{"vet", "./..."}, {"test", "-vet=off", "-ldflags=-s", "./..."}} {
		cmd := usermodule.Go(dir, args...)
		cmd.Env = append(cmd.Env, "GOPROXY=off")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
}
