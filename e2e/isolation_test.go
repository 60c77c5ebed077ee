package e2e

import (
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/internal/sqlc"
)

// draws is how many parameter combinations each query is run with on each pair.
const draws = 24

// oracles are the keys that tell of another organization's row by an error. They
// are the schema's wish: each is a name or secret that the whole installation
// shares. No query may depend on others' rows in any other way.
var oracles = map[string]string{
	"organizations_slug_key":        "a slug is part of a URL, so there is one of each",
	"organization_domains_verified": "a verified domain routes people to one organization",
	"api_tokens_token_hash_key":     "a token is looked up by its hash alone",
	"invitations_token_hash_key":    "an invitation is looked up by its hash alone",
}

// TestExampleTwoStates runs every scoped query of the example for Acme on pairs of
// databases that differ in other organizations' rows only. The result, and what is
// left of Acme's rows, must be the same, and nobody else's row may change: that is
// what scoped means. Row-level security is off, so that only the queries count.
func TestExampleTwoStates(t *testing.T) {
	statements := exampleStatements(t)
	labs := twoLabs(t)
	exercised, met, runs := map[string]bool{}, map[string]int{}, 0
	for _, p := range pairs {
		states := p.states()
		labs.fill(t, states)
		for _, st := range statements {
			for _, values := range drawSome(t, st, states, p.seed, draws) {
				runs++
				a, b := labs.run(t, st, values)
				exercised[st.name] = exercised[st.name] || a.affected+b.affected > 0
				if a.oracle(b) != "" {
					met[a.oracle(b)]++
				} else if leak := a.leak(b, st.ordered); leak != "" {
					t.Errorf("%s leaks on %s with %s: %s", st.name, p, values, leak)
					break
				}
			}
		}
	}
	for _, st := range statements {
		if !exercised[st.name] {
			t.Errorf("%s is not exercised: it never touched a row", st.name)
		}
	}
	reportOracles(t, met)
	t.Logf("%d scoped queries, %d pairs of states, %d pairs of runs; told by keys: %v", len(statements), len(pairs), runs, met)
}

// reportOracles holds the list of oracles to what was met.
func reportOracles(t *testing.T, met map[string]int) {
	t.Helper()
	for _, key := range slices.Sorted(maps.Keys(oracles)) {
		if met[key] == 0 {
			t.Errorf("%s was never met: it is no oracle, or the data does not show it", key)
		}
	}
}

// drawSome draws the parameter values for one statement on one pair: n of them, or
// one where there is nothing to choose.
func drawSome(t *testing.T, st *statement, states [2]state, seed uint64, n int) [][][]byte {
	t.Helper()
	d := &drawer{rand.New(rand.NewPCG(seed, 11)), states}
	if !slices.ContainsFunc(st.params, func(p param) bool { return p.name != "orgid" || p.nullable }) {
		n = 1
	}
	all := make([][][]byte, n)
	for i := range all {
		all[i] = d.values(t, st)
	}
	return all
}

// exampleProject loads the example as tenantgen does.
func exampleProject(t *testing.T) *tenantgen.Project {
	t.Helper()
	p, err := tenantgen.Load("../sqlc.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// exampleStatements are the scoped queries of the example, as sqlc sends them.
func exampleStatements(t *testing.T) []*statement {
	t.Helper()
	scoped := map[string]bool{}
	for _, r := range exampleProject(t).Check().Queries {
		scoped[r.Name] = r.Verdict == analyzer.Scoped
	}
	var statements []*statement
	for _, q := range exampleCode(t).Queries {
		if scoped[q.Name] {
			statements = append(statements, sentStatement(q))
		}
		delete(scoped, q.Name)
	}
	if len(scoped) > 0 || len(statements) < 50 {
		t.Fatalf("%d scoped statements; in no generated code: %v", len(statements), slices.Sorted(maps.Keys(scoped)))
	}
	return statements
}

// exampleCode is what sqlc generated for the example.
func exampleCode(t *testing.T) *sqlc.Package {
	t.Helper()
	files, err := filepath.Glob("../example/repo/internal/sqlcgen/*.go")
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string][]byte{}
	for _, name := range files {
		if filepath.Base(name) == "tenantgen.go" {
			continue // it is ours, and lists the others
		}
		if texts[filepath.Base(name)], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	pkg, err := sqlc.Read(texts)
	if err != nil {
		t.Fatal(err)
	}
	return pkg
}
