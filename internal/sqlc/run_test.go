package sqlc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test binary play sqlc.
func TestMain(m *testing.M) {
	if mode := os.Getenv("FAKE_SQLC"); mode != "" {
		os.Exit(fake(mode, os.Args[1:]))
	}
	os.Exit(m.Run())
}

// fake does what sqlc does with paths: it joins them to the directory of the
// configuration, and writes the text of the queries to the output.
func fake(mode string, args []string) int {
	if len(args) != 4 || args[0] != "generate" || args[2] != "-f" {
		fmt.Fprintln(os.Stderr, "unexpected arguments", args)
		return 2
	}
	data, err := os.ReadFile(args[3])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	var conf struct {
		SQL []struct {
			Schema, Queries []string
			Gen             map[string]struct{ Out string }
		}
	}
	if err := json.Unmarshal(data, &conf); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	root := filepath.Dir(args[3])
	if mode == "hang" {
		time.Sleep(time.Minute)
	}
	for _, s := range conf.SQL {
		if mode == "fail" {
			fmt.Fprintf(os.Stderr, "# package \n%s:3:8: column \"nope\" does not exist\n", s.Queries[0])
			return 1
		}
		for _, gen := range s.Gen {
			var all []byte
			for _, p := range slices.Concat(s.Schema, s.Queries) {
				text, err := os.ReadFile(filepath.Join(root, p))
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					return 1
				}
				all = append(all, text...)
			}
			out := filepath.Join(root, gen.Out)
			if err := errors.Join(os.MkdirAll(out, 0o755), os.WriteFile(filepath.Join(out, filepath.Base(out)+".go"), all, 0o600)); err != nil {
				fmt.Fprintln(os.Stderr, err)
				return 1
			}
		}
	}
	return 0
}

// tree writes a project and returns its configuration's directory.
func tree(t *testing.T) string {
	root := t.TempDir()
	for name, text := range map[string]string{
		"db/schema.sql":     "schema;",
		"app/sql/notes.sql": "notes;",
		"app/sql/plans.sql": "plans;",
	} {
		path := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(root, "app")
}

func conf(t *testing.T, text string) map[string]any {
	var doc map[string]any
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

const twoBlocks = `{"version": "2", "options": {"tenantgen": {}}, "sql": [
	{"schema": "../db/schema.sql", "queries": ["sql/notes.sql"], "gen": {"go": {"out": "./internal/db"}}},
	{"schema": ["../db/schema.sql"], "queries": "sql/plans.sql", "gen": {"go": {"out": "../other/db"}}}]}`

func listing(t *testing.T, dir string) []string {
	var names []string
	err := filepath.WalkDir(dir, func(p string, _ os.DirEntry, err error) error {
		names = append(names, p)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestRun(t *testing.T) {
	dir, doc := tree(t), conf(t, twoBlocks)
	before := listing(t, filepath.Dir(dir))
	got, err := Run(context.Background(), Options{Dir: dir, Config: doc,
		Command: []string{os.Args[0]}, Env: []string{"FAKE_SQLC=generate"}})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]byte{
		"internal/db/db.go": []byte("schema;notes;"),
		"../other/db/db.go": []byte("schema;plans;"),
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if after := listing(t, filepath.Dir(dir)); !slices.Equal(before, after) {
		t.Errorf("the user's tree changed: %v, was %v", after, before)
	}
	if !reflect.DeepEqual(doc, conf(t, twoBlocks)) {
		t.Errorf("the configuration changed: %v", doc)
	}
	if one := Select(got, "./internal/db/"); len(one) != 1 || string(one["db.go"]) != "schema;notes;" {
		t.Errorf("Select: %q", one)
	}
}

// A link on the way (macOS's /tmp, a linked checkout) must not change what a
// path like ../../x means.
// TestRunKeys hands over keys that YAML does not decode as text.
func TestRunKeys(t *testing.T) {
	doc := conf(t, twoBlocks)
	doc["overrides"] = map[string]any{"go": []any{map[any]any{nil: true, 1: "one", "db_type": "text"}}}
	data, err := (&redirect{root: t.TempDir(), dir: t.TempDir(), outs: map[string]string{}}).apply(doc)
	if want := `"overrides":{"go":[{"1":"one","db_type":"text","null":true}]}`; err != nil || !strings.Contains(string(data), want) {
		t.Errorf("got %s, %v, want %s", data, err, want)
	}
}

func TestRunThroughLink(t *testing.T) {
	dir := tree(t)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	_, err := Run(context.Background(), Options{Dir: link, Config: conf(t, twoBlocks),
		Command: []string{os.Args[0]}, Env: []string{"FAKE_SQLC=generate"}})
	if err != nil {
		t.Error(err)
	}
}

func TestRunErrors(t *testing.T) {
	tests := []struct{ name, config, mode, want string }{
		{"sqlc fails", twoBlocks, "fail", "exit status 1\nsql/notes.sql:3:8: column \"nope\" does not exist"},
		{"version", `{"version": "1"}`, "generate", `version "1", want "2"`},
		{"no version", `{}`, "generate", `want "2"`},
		{"no sql", `{"version": "2"}`, "generate", `no "sql" list`},
		{"not a path", `{"version": "2", "sql": [{"schema": 3}]}`, "generate", "sql[0]: schema: 3 is neither"},
		{"not paths", `{"version": "2", "sql": [{"queries": [3]}]}`, "generate", "queries: 3 is not a path"},
		{"missing input", `{"version": "2", "sql": [{"schema": "none.sql", "gen": {"go": {"out": "x"}}}]}`, "generate", "none.sql"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Run(context.Background(), Options{Dir: tree(t), Config: conf(t, test.config),
				Command: []string{os.Args[0]}, Env: []string{"FAKE_SQLC=" + test.mode}})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), "# package") {
				t.Errorf("an empty heading is left in %v", err)
			}
		})
	}
}

func TestRunCancelled(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := Run(ctx, Options{Dir: tree(t), Config: conf(t, twoBlocks), Command: []string{os.Args[0]}, Env: []string{"FAKE_SQLC=hang"}})
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 30*time.Second {
		t.Errorf("got %v after %v", err, time.Since(start))
	}
}

// Without a tool directive and with nothing on PATH, the error says what to do.
func TestFindNothing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := Run(context.Background(), Options{Dir: tree(t), Config: conf(t, twoBlocks)})
	if !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), "go get -tool -modfile=sqlc.mod") {
		t.Errorf("got %v", err)
	}
}

// The pin of this repository, in a module file of its own, goes before PATH; also for a
// directory of another module of the workspace.
func TestFindTool(t *testing.T) {
	file, err := filepath.Abs("../../tools/sqlc/go.mod")
	for _, dir := range []string{".", "../../bench"} {
		got, err2 := find(t.Context(), dir, Options{})
		if want := []string{"go", "tool", "-modfile=" + file, Module}; errors.Join(err, err2) != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %v, %v, want %v", dir, got, err2, want)
		}
	}
	out, err := exec.Command("go", "env", "GOWORK").Output()
	if err != nil || len(strings.TrimSpace(string(out))) == 0 {
		t.Fatalf("there is no workspace here, which forbids -modfile: %q, %v", out, err)
	}
	if env := environment([]string{"go", "tool", "-modfile=" + file, Module}, Options{}); !slices.Contains(env, "GOWORK=off") {
		t.Error("the go command refuses -modfile in the workspace")
	}
}

// Where a user pins sqlc: go.mod first, then a module file for tools, under any name.
func TestFindPins(t *testing.T) {
	pin := "\ntool " + Module + "\n\nrequire github.com/sqlc-dev/sqlc v1.31.1\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  string // the file, "" for go.mod itself
	}{
		"go.mod":         {map[string]string{"go.mod": "module app\n" + pin, "sqlc.mod": "module sqlc\n" + pin}, ""},
		"a file of it":   {map[string]string{"go.mod": "module app\n", "sqlc.mod": "module sqlc\n" + pin}, "sqlc.mod"},
		"another's":      {map[string]string{"go.mod": "module app\n", "a.mod": "module a // not /sqlc\n", "go.tool.mod": "module tools\n" + pin}, "go.tool.mod"},
		"a module":       {map[string]string{"go.mod": "module app\n", "tools/go.mod": "module tools\n" + pin}, "tools/go.mod"},
		"one of several": {map[string]string{"go.mod": "module app\n", "tools/sqlc/go.mod": "module tools\n" + pin}, "tools/sqlc/go.mod"},
	} {
		root := t.TempDir()
		for file, text := range c.files {
			file = filepath.Join(root, file)
			if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o600)); err != nil {
				t.Fatal(err)
			}
		}
		dir := filepath.Join(root, "internal", "db")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		want := []string{"go", "tool", Module}
		if c.want != "" {
			want = []string{"go", "tool", "-modfile=" + filepath.Join(root, c.want), Module}
		}
		if got, err := find(t.Context(), dir, Options{}); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %v, %v, want %v", name, got, err, want)
		}
	}
}

func TestFindOnPath(t *testing.T) {
	bin := t.TempDir()
	exe := filepath.Join(bin, "sqlc")
	if err := os.WriteFile(exe, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin)
	got, err := find(context.Background(), t.TempDir(), Options{})
	if err != nil || !slices.Equal(got, []string{exe}) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestPlaceholders(t *testing.T) {
	tests := map[string][]int{
		`a = $1 AND b = $2`:             {1, 2},
		`a = '$1' AND b = $2`:           {2},
		`a = E'it\'s $1' AND b = $2`:    {2},
		`a = 'it''s $1' AND b = $2`:     {2},
		`a = E'it''s\' $1' AND b = $2`:  {2},
		`a = 'x\' AND b = $2`:           {2},
		`"$1" = $2`:                     {2},
		"a -- $1\n = $2":                {2},
		`a /* $1 /* */ $1 */ = $2`:      {2},
		`a = $$ $1 $$ AND b = $2`:       {2},
		`a = $t$ $$ $1 $t$ AND b = $2`:  {2},
		`a$1 = $2`:                      {2},
		`a=$1+$2`:                       {1, 2},
		`a = '$1`:                       nil,
		`a = /* $1`:                     nil,
		`a = $x$ $1`:                    nil,
		`type = 'a' AND sole = E'\'$1'`: nil,
	}
	for sql, want := range tests {
		var got []int
		for n := range numbers(code(sql)) {
			got = append(got, n)
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", sql, got, want)
		}
	}
}
