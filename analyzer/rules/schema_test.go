package rules_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/rules"
)

var wants = regexp.MustCompile(`--\s*want\s+"(.*)"\s*$`)

// Each file of testdata is a schema for the rule that it is named after. A comment
// `-- want "…"` at the end of a line is a finding there; there are no others.
func TestSchemaRules(t *testing.T) {
	for _, r := range rules.All {
		if r.Run == nil {
			continue
		}
		t.Run(r.Name, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("testdata", r.Name+".sql"))
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for i, line := range strings.Split(string(text), "\n") {
				if m := wants.FindStringSubmatch(line); m != nil {
					want = append(want, fmt.Sprintf("%d: %s", i+1, m[1]))
				}
			}
			got := findings(t, r, string(text))
			if !slices.Equal(got, want) {
				t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
			}
		})
	}
}

// findings lists what one rule reports of a schema.
func findings(t *testing.T, r *rules.Rule, text string) []string {
	t.Helper()
	db, own, errs := load(t, text, r)
	for _, d := range errs {
		t.Errorf("%d: %s", d.Line, d.Message)
	}
	var list []string
	for _, f := range rules.CheckApp(db, own, []rules.File{{Path: "schema.sql", Text: text}}, app) {
		if f.Rule == r {
			list = append(list, fmt.Sprintf("%d: %s", f.Pos.Line, f.Message))
		}
	}
	return list
}
