package analyzer_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/tenantgen/tenantgen/analyzer"
)

var update = flag.Bool("update", false, "rewrite testdata/fix.txtar")

// Fixes keep the author's text and style: each file before/N is turned into after/N. One that
// is left alone has no after.
func TestFixText(t *testing.T) {
	const file = "testdata/fix.txtar"
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var c *testCase
	var out []txtar.File
	for i, f := range a.Files {
		name, before := strings.CutPrefix(f.Name, "before/")
		if !before {
			if c == nil || f.Name == "schema.sql" {
				c = newCase(t, "fix", &txtar.Archive{Files: a.Files[:2]})
			}
			if i < 2 {
				out = append(out, f)
			}
			continue
		}
		text := strings.ReplaceAll(string(f.Data), "^M\n", "\r\n")
		fixed := analyzer.ApplyFixes(text, c.analysis().Fix("q.sql", text))
		out = append(out, f)
		if fixed != text {
			out = append(out, txtar.File{Name: "after/" + name, Data: []byte(strings.ReplaceAll(fixed, "\r\n", "^M\n"))})
		}
	}
	got := txtar.Format(&txtar.Archive{Comment: a.Comment, Files: out})
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := txtar.Format(a); string(got) != string(want) {
		t.Errorf("the fixes have changed; run go test ./analyzer -run TestFixText -update and read the diff:\n%s", got)
	}
}
