package analyzer_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/config"
)

// A file in parts is judged as it is in one piece: findings, places, proofs and what sqlc makes of it.
func TestParts(t *testing.T) {
	cut := 0
	for _, c := range loadCases(t) {
		a := c.analysis()
		a.SQLC, _ = analyzer.NewSQLC([]analyzer.SchemaFile{{Path: "schema.sql", Text: c.schema}}, c.db, config.SQL{}, true)
		for i, text := range []string{c.queries, "-- é\n" + strings.ReplaceAll(c.queries, "\n", " ") + " ;;; /* ; */ ;\n-- the end", strings.TrimSuffix(strings.TrimSpace(c.queries), ";") + ";SELECT 1", c.queries + "\nSELECT FROM WHERE;"} {
			whole, parts := a.File("q.sql", text), []*analyzer.Result(nil)
			spans := analyzer.Parts(text, 1)
			at := 0
			for _, p := range spans {
				if p.Start != at {
					t.Fatalf("%s, text %d: a part starts at %d, not %d", c.name, i, p.Start, at)
				}
				at = p.End
				parts = append(parts, a.Part("q.sql", text, p)...)
			}
			if at != len(text) || len(parts) != len(whole) {
				t.Fatalf("%s, text %d: the parts end at %d of %d, with %d results, not %d", c.name, i, at, len(text), len(parts), len(whole))
			}
			if len(spans) > 1 {
				cut++
			}
			for j := range whole {
				if g, w := all(t, parts[j]), all(t, whole[j]); g != w {
					t.Errorf("%s, text %d\ngot  %s\nwant %s", c.name, i, g, w)
				}
				if g, w := parts[j].Reading(), whole[j].Reading(); g.Origin+g.Start != w.Start {
					t.Errorf("%s, text %d: a statement is read at %d + %d, not %d", c.name, i, g.Origin, g.Start, w.Start)
				}
			}
		}
	}
	if cut < 20 {
		t.Errorf("%d texts in parts are too few", cut)
	}
}

// all is what is said of a statement, with the links of its proofs.
func all(t *testing.T, r *analyzer.Result) string {
	t.Helper()
	var links [][]analyzer.Link
	for _, rel := range r.Relations {
		links = append(links, rel.Links())
	}
	text, err := json.Marshal([]any{links, r.Command, r.Assumes, r.Comments, r.Category, r.Reason, r.Params, r.TenantParams(), r.Routable})
	if err != nil {
		t.Fatal(err)
	}
	return said(t, r) + string(text)
}
