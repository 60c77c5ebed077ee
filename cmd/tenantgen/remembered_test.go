package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/internal/cache"
)

// cached gives a test a cache of its own; other tests have none.
func cached(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	t.Setenv(cache.Variable, filepath.Join(dir, "cache"))
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(dir, "config"))
	t.Setenv("HOME", dir)
}

// outcome is all that a run shows.
type outcome struct {
	code        int
	out, errOut string
}

func shown(args ...string) outcome {
	code, out, errOut := cli(args...)
	return outcome{code, out, errOut}
}

// keys are those of all entries.
func keys(t *testing.T) []cache.Key {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(os.Getenv(cache.Variable), "??", "*"))
	var list []cache.Key
	for _, f := range files {
		if k, err := hex.DecodeString(filepath.Base(f)); err == nil && len(k) == len(cache.Key{}) {
			list = append(list, cache.Key(k))
		}
	}
	return list
}

// forge has every run that is remembered have said something else: whoever prints that has
// believed the cache.
func forge(t *testing.T) {
	t.Helper()
	store, err := cache.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	forged, _ := json.Marshal(said{Out: []byte("forged\n")})
	runs := 0
	for _, k := range keys(t) {
		var s said
		if kept, ok := store.Get(k); ok && json.Unmarshal(kept, &s) == nil {
			runs++
			if err := store.Put(k, forged); err != nil {
				t.Fatal(err)
			}
		}
	}
	if runs == 0 {
		t.Fatal("no run is remembered")
	}
}

var believed = outcome{0, "forged\n", ""}

// Every golden says the same with an empty cache, with a full one and without any: in each format.
func TestRemembered(t *testing.T) {
	goldens, err := filepath.Glob("../../golden/*.txtar")
	if err != nil || len(goldens) < 30 {
		t.Fatal(goldens, err)
	}
	findings := 0
	for _, g := range goldens {
		name := strings.TrimSuffix(filepath.Base(g), ".txtar")
		t.Run(name, func(t *testing.T) {
			project(t, name)
			put(t, "db/queries/leak.sql", "-- name: Leak :many\nSELECT id FROM\tnotes;\n\n-- name: Broken :one\nSELECT é FROM WHERE;\n")
			cached(t)
			list := slices.Sorted(maps.Keys(formats))
			for _, args := range append([][]string{{"lint", "--summary"}, {"lint", "--color=always"}, {"lint", "-q"}, {"lint", "db/queries"}}, formatted(list)...) {
				want := shown(append(args, "--no-cache")...)
				for i := range 3 {
					if got := shown(args...); got != want {
						t.Errorf("%v, run %d: %+v, not %+v", args, i, got, want)
					}
				}
				if want.code == exitFindings {
					findings++
				}
				if want.code == exitFailed {
					return // as it does every time
				}
			}
			forge(t)
			if got := shown("lint"); got != believed {
				t.Errorf("lint judges anew: %+v", got)
			}
		})
	}
	if findings < 30 {
		t.Errorf("%d runs with findings are too few", findings)
	}
}

func formatted(formats []string) [][]string {
	var list [][]string
	for _, f := range formats {
		list = append(list, []string{"lint", "--format", f})
	}
	return list
}

// Nothing that the output depends on may change without being noticed, and what is as it was is known again.
func TestNoticed(t *testing.T) {
	project(t, "uuid")
	put(t, "db/queries/leak.sql", "-- name: Leak :many\nSELECT id FROM notes;\n")
	put(t, "unread/else.sql", "SELECT 1;\n")
	cached(t)
	edit := func(name, old, new string) func(*testing.T) {
		return func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil || !strings.Contains(string(text), old) {
				t.Fatalf("%s has no %q: %v", name, old, err)
			}
			put(t, name, strings.Replace(string(text), old, new, 1))
		}
	}
	migration := must(filepath.Glob("db/migrations/*.sql"))[0]
	lint := []string{"lint"}
	shown(lint...)
	forge(t)
	if got := shown(lint...); got != believed {
		t.Fatalf("lint judges anew: %+v", got)
	}
	for name, c := range map[string]struct {
		args   []string
		change func(*testing.T)
	}{
		"a statement":     {lint, edit("db/queries/leak.sql", "id FROM notes", "id FROM notes WHERE org_id = @org_id")},
		"the line of one": {lint, edit("db/queries/leak.sql", "-- name: Leak", "\n-- name: Leak")},
		"its column":      {lint, edit("db/queries/leak.sql", "SELECT id", "SELECT  id")},
		"its comment":     {lint, edit("db/queries/leak.sql", "Leak :many", "Leak :one")},
		"a declaration":   {lint, edit("db/queries/leak.sql", "SELECT", "-- tenantgen:cross-tenant support asked for it\nSELECT")},
		"the schema":      {lint, edit(migration, "CREATE TABLE notes", "CREATE TABLE extra (id uuid); CREATE TABLE notes")},
		"a comment in it": {lint, edit(migration, "CREATE TABLE notes", "-- x\nCREATE TABLE notes")},
		"another schema file": {lint, func(t *testing.T) {
			put(t, strings.TrimSuffix(migration, ".sql")+"_more.sql", "-- +goose Up\nCREATE TABLE more (id uuid);\n")
		}},
		"another query file":   {lint, func(t *testing.T) { put(t, "db/queries/more.sql", "-- name: More :many\nSELECT id FROM notes;\n") }},
		"a file's name":        {lint, func(t *testing.T) { os.Rename("db/queries/leak.sql", "db/queries/leak2.sql") }},
		"a file less":          {lint, func(t *testing.T) { os.Remove("db/queries/leak.sql") }},
		"the configuration":    {lint, edit("sqlc.yaml", "tenantgen:", "tenantgen:\n    rules: {sqlc-refuses: warning}")},
		"a comment in that":    {lint, edit("sqlc.yaml", "version", "# x\nversion")},
		"a baseline":           {lint, func(t *testing.T) { shown("lint", "--write-baseline") }},
		"the directory":        {[]string{"-f", "../sqlc.yaml", "lint"}, func(t *testing.T) { t.Chdir("db") }},
		"the file's spelling":  {[]string{"-f", "./sqlc.yaml", "lint"}, nil},
		"the format":           {[]string{"lint", "--format", "json"}, nil},
		"what is counted":      {[]string{"lint", "--summary"}, nil},
		"who is silent":        {[]string{"lint", "-q"}, nil},
		"colours":              {[]string{"lint", "--color=always"}, nil},
		"the files":            {[]string{"lint", "db/queries/leak.sql"}, nil},
		"that nothing is kept": {[]string{"lint", "--no-cache"}, nil},
		"standard input":       {[]string{"lint", "--stdin-filename", "db/queries/leak.sql", "-"}, nil},
		"what git knows":       {[]string{"lint", "--changed", "db/queries/leak.sql"}, nil},
		"writing fixes":        {[]string{"lint", "--fix"}, nil},
		"no cache":             {lint, func(t *testing.T) { t.Setenv(cache.Variable, "off") }},
		"another user's":       {lint, func(t *testing.T) { os.Chmod(os.Getenv(cache.Variable), 0o777) }},
		"another secret":       {lint, func(t *testing.T) { os.RemoveAll(filepath.Join(os.Getenv("XDG_CONFIG_HOME"), "tenantgen")) }},
	} {
		t.Run(name, func(t *testing.T) {
			before := snapshot(t)
			if c.change != nil {
				c.change(t)
			}
			got := shown(c.args...)
			if got == believed {
				t.Error("is not noticed")
			}
			if want := shown(append(slices.Clone(c.args), "--no-cache")...); got != want && name != "writing fixes" {
				t.Errorf("%+v, not %+v", got, want)
			}
			if name == "the directory" {
				t.Chdir("..")
			}
			for file := range snapshot(t) {
				if _, ok := before[file]; !ok {
					os.Remove(file)
				}
			}
			for file, text := range before {
				put(t, file, text)
			}
			if strings.HasPrefix(name, "another") && !strings.Contains(name, "file") {
				os.Chmod(os.Getenv(cache.Variable), 0o700)
				return
			}
		})
	}
	// What no entry reads is no input.
	put(t, "unread/else.sql", "SELECT 2;\n")
	os.Chmod(os.Getenv(cache.Variable), 0o700)
	shown(lint...)
	forge(t)
	put(t, "unread/else.sql", "SELECT 3;\n")
	if got := shown(lint...); got != believed {
		t.Errorf("lint judges anew: %+v", got)
	}
}

// One file named from two directories has findings with two names, and a baseline that excuses something else is another one.
func TestNoticedWithin(t *testing.T) {
	project(t, "uuid")
	put(t, "db/queries/leak.sql", "-- name: Leak :many\nSELECT id FROM notes;\n")
	cached(t)
	args := []string{"-f", must(filepath.Abs("sqlc.yaml")), "lint"}
	noticed := func(what string, change func()) {
		t.Helper()
		shown(args...)
		forge(t)
		if got := shown(args...); got != believed {
			t.Fatalf("%s: lint judges anew: %+v", what, got)
		}
		if change(); shown(args...) == believed {
			t.Errorf("%s is not noticed", what)
		}
	}
	noticed("the working directory", func() { t.Chdir("db") })
	t.Chdir("..")
	shown("lint", "--write-baseline")
	noticed("what the baseline says", func() {
		text := string(must(os.ReadFile(".tenantgen-baseline.json")))
		put(t, ".tenantgen-baseline.json", strings.Replace(text, `"hash": "`, `"hash": "x`, 1))
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// An entry that is damaged, or lies elsewhere, is none.
func TestDamagedRun(t *testing.T) {
	project(t, "uuid")
	cached(t)
	want := shown("lint")
	for i, damage := range []func(path string, text []byte){
		func(path string, text []byte) { os.WriteFile(path, text[:len(text)/2], 0o600) },
		func(path string, text []byte) { os.WriteFile(path, nil, 0o600) },
		func(path string, text []byte) {
			os.WriteFile(path, []byte(strings.Replace(string(text), "F", "G", 1)), 0o600)
		},
		func(path string, _ []byte) { os.Remove(path); os.Mkdir(path, 0o700) },
		func(path string, _ []byte) { os.RemoveAll(path); os.Symlink("/dev/zero", path) },
	} {
		files := must(filepath.Glob(filepath.Join(os.Getenv(cache.Variable), "??", "*")))
		for _, f := range files {
			text, _ := os.ReadFile(f)
			damage(f, text)
		}
		if got := shown("lint"); got != want {
			t.Errorf("damage %d: %+v, not %+v", i, got, want)
		}
	}
}

// Another build of the program judges for itself, and runs side by side are all right.
func TestAnotherProgram(t *testing.T) {
	project(t, "uuid")
	cached(t)
	self, err := os.ReadFile(must(os.Executable()))
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	build := func(folder, more string) string {
		path := filepath.Join(bin, folder, "tenantgen")
		put(t, path, "")
		if err := os.WriteFile(path, append(slices.Clone(self), more...), 0o700); err != nil {
			t.Fatal(err)
		}
		return path
	}
	first, second := build("first", ""), build("second", "another build")
	os.Chmod(first, 0o700)
	os.Chmod(second, 0o700)
	says := func(path string) string {
		out, err := exec.Command(path, "lint").CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return string(out)
	}
	want := says(first)
	forge(t)
	if got := says(first); got != believed.out {
		t.Errorf("the same program judges anew: %s", got)
	}
	if got := says(second); got != want {
		t.Errorf("another program believes the first: %s", got)
	}
	outs := make(chan string)
	for i := range 6 {
		go func() {
			out, err := exec.Command(second, "lint", "--format", []string{"json", "sarif"}[i%2]).Output()
			outs <- fmt.Sprint(i%2, err, string(out))
		}()
	}
	seen := map[string]bool{}
	for range 6 {
		seen[<-outs] = true
	}
	if len(seen) != 2 {
		t.Errorf("six runs side by side say %d things", len(seen))
	}
}
