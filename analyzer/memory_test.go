package analyzer_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
)

// A file that is judged again is judged as it would be at once: the first time, after an edit
// in front of everything, and when a statement has changed.
func TestFileAgain(t *testing.T) {
	for _, c := range loadCases(t) {
		a, m := c.analysis(), &analyzer.Memory{}
		edited := "/* é */ SELECT 1; " + strings.TrimSuffix(strings.TrimSpace(c.queries), ";")
		for i, text := range []string{c.queries, edited, strings.Replace(edited, "org_id", "orgid", 1), "SELECT FROM WHERE;\n" + c.queries,
			"SELECT ';' AS a; /* ; */ SELECT 1 -- ;\n; ; CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END;\n" + c.queries + "\n-- ;", "CREATE RULE r AS ON DELETE TO t DO (SELECT 1; SELECT 2);" + c.queries} {
			got, want := a.FileAgain(m, "q.sql", text), c.analysis().File("q.sql", text)
			if len(got) != len(want) {
				t.Fatalf("%s, text %d: %d results, not %d", c.name, i, len(got), len(want))
			}
			for j := range want {
				if g, w := said(t, got[j]), said(t, want[j]); g != w {
					t.Errorf("%s, text %d\ngot  %s\nwant %s", c.name, i, g, w)
				}
			}
		}
	}
}

func said(t *testing.T, r *analyzer.Result) string {
	t.Helper()
	short := struct {
		Name, Verdict, Text string
		Line                int
		Tenants             []int
		Relations           []analyzer.Relation
		Diagnostics         []analyzer.Diagnostic
		Draws               []analyzer.Draw
	}{r.Name, string(r.Verdict), r.Text, r.Line, r.Tenants, r.Relations, r.Diagnostics, r.Draws}
	text, err := json.Marshal(short)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
