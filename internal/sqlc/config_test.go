package sqlc

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// everything is a configuration with all that sqlc can be told to do.
const everything = `{"version": "2", "options": {"tenantgen": {}}, "cloud": {"project": "p"}, "servers": [{"uri": "postgres://x"}],
	"plugins": [{"name": "p", "process": {"cmd": "./p.sh"}}], "rules": [{"name": "r"}], "overrides": {"go": {}},
	"sql": [
		{"name": "n", "engine": "postgresql", "schema": "../db/schema.sql", "queries": "sql/notes.sql", "strict_order_by": true,
		 "codegen": [{"plugin": "p", "out": "x"}], "rules": ["r"], "analyzer": {"database": false}, "later": 1,
		 "gen": {"go": {"out": "db"}, "json": {"out": "../../../etc"}, "python": {"out": "p"}}},
		{"engine": "mysql", "schema": "../db/schema.sql", "queries": "sql/notes.sql", "gen": {"json": {"out": "x"}}}]}`

func keysOf(m map[string]any) string {
	var keys []string
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return strings.Join(keys, " ")
}

// TestConfigHolds what decides the Go code, and nothing that runs, connects or writes.
func TestConfigHolds(t *testing.T) {
	for _, database := range []bool{false, true} {
		r := &redirect{root: t.TempDir(), dir: t.TempDir(), database: database, outs: map[string]string{}}
		data, err := r.apply(conf(t, everything))
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			SQL []map[string]any `json:"sql"`
		}
		all := map[string]any{}
		if err := errors.Join(json.Unmarshal(data, &got), json.Unmarshal(data, &all)); err != nil || len(got.SQL) != 1 {
			t.Fatalf("%v, %s", err, data)
		}
		top, entry := "overrides sql version", "engine gen name queries schema strict_order_by"
		if database {
			top, entry = "cloud overrides servers sql version", "analyzer engine gen name queries schema strict_order_by"
		}
		if keysOf(all) != top || keysOf(got.SQL[0]) != entry || keysOf(got.SQL[0]["gen"].(map[string]any)) != "go" {
			t.Errorf("database=%v: got %s", database, data)
		}
		if len(r.outs) != 1 {
			t.Errorf("outs %v", r.outs)
		}
	}
}

func TestDatabaseIsAskedFor(t *testing.T) {
	doc := conf(t, strings.Replace(everything, `"later": 1`, `"database": {"uri": "postgres://x:${MY_SECRET}@127.0.0.1/db"}`, 1))
	if _, err := (&redirect{root: t.TempDir(), dir: t.TempDir(), outs: map[string]string{}}).apply(doc); !errors.Is(err, ErrDatabase) {
		t.Errorf("got %v", err)
	}
	data, err := (&redirect{root: t.TempDir(), dir: t.TempDir(), database: true, outs: map[string]string{}}).apply(doc)
	if err != nil || !strings.Contains(string(data), "MY_SECRET") {
		t.Errorf("got %s, %v", data, err)
	}
}

// TestEnvironment: sqlc does not get what it has no use for, unless it is to connect.
func TestEnvironment(t *testing.T) {
	t.Setenv("MY_SECRET", "x")
	t.Setenv("DATABASE_URL", "x")
	t.Setenv("SQLC_AUTH_TOKEN", "x")
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", "x")
	t.Setenv("GOPROXY", "off")
	names := func(command []string, opts Options) string {
		var list []string
		for _, v := range environment(command, opts) {
			name, _, _ := strings.Cut(v, "=")
			list = append(list, name)
		}
		return " " + strings.Join(list, " ") + " "
	}
	for _, name := range []string{"MY_SECRET", "DATABASE_URL", "SQLC_AUTH_TOKEN", "GOOGLE_APPLICATION_CREDENTIALS"} {
		for _, command := range [][]string{{"/usr/bin/sqlc"}, {"go", "tool", Module}} {
			if strings.Contains(names(command, Options{}), " "+name+" ") {
				t.Errorf("%v gets %s", command, name)
			}
			if !strings.Contains(names(command, Options{Database: true}), " "+name+" ") {
				t.Errorf("%v does not get %s", command, name)
			}
		}
	}
	if got := names([]string{"/usr/bin/sqlc"}, Options{Env: []string{"A=b"}}); strings.Contains(got, " GOPROXY ") || !strings.Contains(got, " PATH ") || !strings.Contains(got, " A ") {
		t.Errorf("sqlc gets %s", got)
	}
	if got := names([]string{"go", "tool", Module}, Options{}); !strings.Contains(got, " GOPROXY ") {
		t.Errorf("go gets %s", got)
	}
}

// TestWorkspace: what a killed run left goes with the next one in the same directory.
func TestWorkspace(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	dir := tree(t)
	left, err := workspace(dir)
	other, err2 := workspace(filepath.Dir(dir))
	if err := errors.Join(err, err2, os.WriteFile(filepath.Join(left, "sqlc.json"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(context.Background(), Options{Dir: dir, Config: conf(t, twoBlocks), Command: []string{os.Args[0]}, Env: []string{"FAKE_SQLC=generate"}}); err != nil {
		t.Fatal(err)
	}
	if found := listing(t, os.TempDir()); !slices.Equal(found, []string{os.TempDir(), other}) {
		t.Errorf("left: %q", found)
	}
}
