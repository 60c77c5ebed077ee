package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/internal/pgserver"
)

func TestProveJSON(t *testing.T) {
	pgserver.Long(t)
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
	pgserver.Long(t)
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
