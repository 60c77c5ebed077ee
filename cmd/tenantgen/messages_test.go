package main

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite what the tests expect")

// TestMessages holds what lint says of refused queries, for people to read in review.
func TestMessages(t *testing.T) {
	path, err := filepath.Abs("testdata/messages.txtar")
	if err != nil {
		t.Fatal(err)
	}
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	var want *txtar.File
	refused := 0
	for i, f := range archive.Files {
		if f.Name == "want" {
			want = &archive.Files[i]
			continue
		}
		if f.Name == "queries.sql" {
			refused = strings.Count(string(f.Data), "-- name: ")
		}
		put(t, f.Name, string(f.Data))
	}
	code, out, errOut := cli("lint")
	if code != exitFindings || errOut != "" {
		t.Fatalf("code %d\n%s", code, errOut)
	}
	if *update {
		want.Data = []byte(out)
		if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if out != string(want.Data) {
		t.Errorf("the messages have changed; run go test ./cmd/tenantgen -run TestMessages -update and read the diff:\n%s", out)
	}
	if refused < 40 {
		t.Errorf("only %d queries", refused)
	}
}

// What a hint says to add makes the query accepted: it is added to each query of one
// level that has one finding.
func TestHintsWork(t *testing.T) {
	path, err := filepath.Abs("testdata/messages.txtar")
	if err != nil {
		t.Fatal(err)
	}
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	var queries []string
	for _, f := range archive.Files {
		if f.Name == "queries.sql" {
			queries = strings.Split(string(f.Data), "-- name: ")[1:]
		} else if f.Name != "want" {
			put(t, f.Name, string(f.Data))
		}
	}
	tried := 0
	for _, q := range queries {
		if strings.Count(q, "SELECT ")+strings.Count(q, "UPDATE ")+strings.Count(q, "DELETE ") != 1 {
			continue
		}
		put(t, "queries.sql", "-- name: "+q)
		_, out, _ := cli("lint")
		hints := regexp.MustCompile(`(?m)^  hint: add (WHERE|AND) (.*?)(?: to (its WHERE|the ON of its LEFT JOIN))?(?:; or, where .*)?$`).FindAllStringSubmatch(out, -1)
		if len(hints) != 1 || strings.Count(out, "  hint: ") != 1 || strings.Contains(out, " in parentheses: ") {
			continue // what takes parentheses is tenantgen fix's to try
		}
		tried++
		fixed := followed(q, hints[0][2], hints[0][1]+" "+hints[0][3])
		put(t, "queries.sql", "-- name: "+fixed)
		if code, out, errOut := cli("lint"); code != exitClean {
			t.Errorf("the hint %q does not do:\n%s\n%s%s", hints[0][0], fixed, out, errOut)
		}
	}
	if tried < 12 {
		t.Errorf("only %d hints were tried", tried)
	}
}

// followed puts a condition where the hint says.
func followed(q, condition, where string) string {
	end := len(q)
	for _, word := range []string{" GROUP BY", " HAVING", " ORDER BY", " LIMIT", ";"} {
		if i := strings.Index(q, word); i >= 0 {
			end = min(end, i)
		}
	}
	switch where {
	case "WHERE ":
		return q[:end] + " WHERE " + condition + q[end:]
	case "AND its WHERE":
		i := strings.LastIndex(q[:end], "WHERE ") + len("WHERE ")
		return q[:i] + "(" + q[i:end] + ") AND " + condition + q[end:]
	}
	i := strings.Index(q, " WHERE ")
	return q[:i] + " AND " + condition + q[i:]
}
