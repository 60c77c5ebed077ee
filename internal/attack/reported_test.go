package attack

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/verify"
)

// report is who tells of an attack that gets through: a rule of the linter, a rule of verify on the database that makes it
// possible, or something else.
type report struct{ rule, verify, other string }

// promises is what the example's sqlc.yaml promises of a database.
var promises = sync.OnceValues(func() (verify.Options, error) {
	p, err := tenantgen.Load("../../sqlc.yaml")
	if err != nil {
		return verify.Options{}, err
	}
	return p.Promises()
})

// verified counts what verify finds in a database by rule.
func verified(t *testing.T, databaseURL string) map[string]int {
	t.Helper()
	options, err := promises()
	if err != nil {
		t.Fatal(err)
	}
	r, err := verify.Run(t.Context(), databaseURL, options)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for _, f := range r.Findings {
		found[f.Rule.Name]++
	}
	return found
}

// Whatever gets through is reported by the rule that the table names: of the application's schema with what the attack
// needs in it, or of the attack's own statements as queries.
func TestWhatGetsThroughIsReported(t *testing.T) {
	without := map[*ground]map[string]int{}
	for _, group := range groups {
		if without[group.ground] == nil {
			without[group.ground] = reportedOf(t, group.ground, "", nil)
		}
		for _, a := range group.attacks {
			if a.report.rule == "" {
				continue
			}
			t.Run(a.name, func(t *testing.T) {
				got := reportedOf(t, group.ground, a.schema, a.steps)
				if got[a.report.rule] <= without[group.ground][a.report.rule] {
					t.Errorf("rule %s does not report it; reported are %v", a.report.rule, got)
				}
			})
		}
	}
}

// reportedOf counts what the linter finds by rule.
func reportedOf(t *testing.T, g *ground, schema string, steps []string) map[string]int {
	t.Helper()
	dir := t.TempDir()
	var queries strings.Builder
	fmt.Fprintf(&queries, "-- name: Attack :many\n%s;\n", g.query)
	for i, step := range steps {
		if strings.HasPrefix(step, "globex: ") {
			continue
		}
		statement, _, _ := strings.Cut(fill(strings.TrimPrefix(step, "next: "), states[0]), "\n")
		fmt.Fprintf(&queries, "-- name: Attack%d :exec\n%s;\n", i, statement)
	}
	if err := os.CopyFS(filepath.Join(dir, "migrations"), os.DirFS(g.migrations(t))); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"sqlc.yaml": g.project(t), "schema.sql": schema + ";\n", "queries.sql": queries.String(),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p, err := tenantgen.Load(filepath.Join(dir, "sqlc.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for _, d := range p.Check().Diagnostics {
		found[d.Rule]++
	}
	return found
}

// A rule that is named exists, under that name.
func TestRulesAreKnown(t *testing.T) {
	known := map[string]bool{"": true}
	for _, name := range rules.Names() {
		known[name] = true
	}
	for _, group := range groups {
		for _, a := range group.attacks {
			if !known[a.report.rule] {
				t.Errorf("%s: there is no rule %s", a.name, a.report.rule)
			}
			if verify.Lookup(a.report.verify) == nil && !known[a.report.verify] {
				t.Errorf("%s: verify has no rule %s", a.name, a.report.verify)
			}
		}
	}
}
