package tenantgen_test

import (
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/rules"
)

// TestExposedQueries says for where sqlc writes to whether code outside of the repositories can import it.
func TestExposedQueries(t *testing.T) {
	r := rules.Lookup("exposed-queries")
	out := func(example string) string {
		return strings.TrimSuffix(strings.TrimPrefix(example, "gen: {go: {out: "), "}}")
	}
	for _, c := range []struct {
		repo, out string
		reported  bool
	}{
		{"internal/repo", out(r.Bad), true}, {"internal/repo", out(r.Good), false},
		{"internal/repo", "internal/repo/db", true}, {"repo", "repo/internal/a/b", false}, {"repo", "repository/internal/db", true},
		{"repo", "internal/db", true}, {"repo", "db", true}, {"repo", "repo/x/internal/db", false}, {"repo", "repo/internal", false},
		{"repo", "repo/internals/db", true}, {"repo", "../outside/internal/db", true}, {"", "db", false},
	} {
		options := ""
		if c.repo != "" {
			options = "    out: " + c.repo + "\n"
		}
		p, err := entries(t, options, map[string]string{"a.sql": notesTable, "q.sql": "-- name: A :many\nSELECT id FROM notes WHERE org_id = @org_id;\n"}, "a.sql q.sql")
		if err != nil {
			t.Fatal(err)
		}
		p.Units[0].Entry.Go.Out = c.out
		ds := p.Check().Diagnostics
		if reported := len(ds) == 1 && ds[0].Rule == r.Name && ds[0].Line == 3; reported != c.reported || len(ds) > 0 && !reported {
			t.Errorf("out %s, sqlc's out %s: %+v", c.repo, c.out, ds)
		}
	}
}
