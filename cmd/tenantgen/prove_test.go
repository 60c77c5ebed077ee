package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestProveJSON(t *testing.T) {
	project(t, "uuid")
	code, out, errOut := cli("prove", "--rounds", "2", "--seed", "7", "--format", "json")
	var got proveJSON
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v\n%s%s", err, out, errOut)
	}
	if code != exitClean || got.Version != 1 || got.Seed != 7 || got.Rounds != 2 || got.Summary.Held < 8 || got.Summary.Queries != 9 || errOut != "" {
		t.Errorf("code %d, %+v, %s", code, got, errOut)
	}
	for _, q := range got.Queries {
		if q.Runs == 0 || q.File == "" || q.Line == 0 {
			t.Errorf("%+v", q)
		}
	}
}

func TestProveText(t *testing.T) {
	project(t, "uuid")
	put(t, "db/queries/leak.sql", "-- name: Leak :many\nSELECT id, title FROM notes WHERE id = @id;\n")
	code, out, errOut := cli("prove", "--rounds", "1", "--queries", "Leak")
	for _, want := range []string{"db/queries/leak.sql:1: Leak: leaks (lint refuses it): ", "SELECT id, title FROM notes WHERE id = $1", "$1 (id) = ", `INSERT INTO "public"."notes"`, "1 leak"} {
		if !strings.Contains(out, want) {
			t.Errorf("want %s in\n%s", want, out)
		}
	}
	if code != exitFindings || !strings.Contains(errOut, "lint refuses") {
		t.Errorf("code %d, %s", code, errOut)
	}
}

func TestProveCannotRun(t *testing.T) {
	project(t, "uuid")
	for want, args := range map[string][]string{
		"there is no query Nothing":                  {"--queries", "Nothing"},
		"unknown format":                             {"--format", "sarif"},
		"--rounds must be":                           {"--rounds", "0"},
		"prove takes no arguments":                   {"x"},
		"connect to the database":                    {"--database-url", "postgres://127.0.0.1:1/x?connect_timeout=2"},
		"unknown flag: --no-such-flag":               {"--no-such-flag"},
		"the database URL is not valid":              {"--database-url", "postgres://u:secret@%zz"},
		"invalid argument \"x\" for \"--seed\" flag": {"--seed", "x"},
	} {
		code, _, errOut := cli(append([]string{"prove"}, args...)...)
		if code != exitFailed || !strings.Contains(errOut, want) || strings.Contains(errOut, "secret") {
			t.Errorf("%v: code %d, %s", args, code, errOut)
		}
	}
}

// A bar is for terminals only.
func TestBar(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if b := newBar(f, true); b.out != nil {
		t.Error("a bar in a file")
	}
	tty, err := os.OpenFile("/dev/null", os.O_WRONLY, 0) // a device, as a terminal is
	if err != nil {
		t.Skip(err)
	}
	defer tty.Close()
	if newBar(tty, true).out == nil || newBar(tty, false).out != nil {
		t.Error("a bar is shown on a device, when it is wanted")
	}
}
