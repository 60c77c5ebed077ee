package analyzer_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
)

// TestCheckerRefusesByItself gives the checker what the prover has of each query that it
// refuses: were the prover's own refusal lost, the checker must still say no, by what it
// knows itself of foreign keys, conflicts and aggregates.
func TestCheckerRefusesByItself(t *testing.T) {
	refused, accepted := 0, 0
	for _, c := range loadCases(t) {
		a := c.analysis()
		for _, r := range a.File("queries.sql", c.queries) {
			switch said, ok := c.withoutProver(t, a, r); {
			case !ok:
			case said == "":
				accepted++
				if !proversAlone(r) {
					t.Errorf("%s line %d: %s is refused (%s), and the checker accepts it", c.name, r.Line, r.Name, r.Diagnostics[0].Rule)
				}
			default:
				refused++
			}
		}
	}
	t.Logf("the checker refuses %d queries too; of %d the refusal is not about the proof", refused, accepted)
}

// withoutProver asks the checker about what the prover has of a query that it refuses:
// the refusal, or "" when there is none. It is not ok when there is nothing to ask.
func (c *testCase) withoutProver(t *testing.T, a *analyzer.Analyzer, r *analyzer.Result) (said string, ok bool) {
	if r.Verdict != analyzer.Rejected || len(r.Diagnostics) == 0 || r.Diagnostics[0].Rule == "syntax" {
		return "", false
	}
	defer func() {
		if why := recover(); why != nil {
			said, ok = fmt.Sprint("panic: ", why), true
		}
	}()
	st, cert := a.Certify(t, c.statement(r))
	if len(st.Opaque) > 0 {
		return "", false
	}
	if err := a.Check(st, cert); err != nil {
		return err.Error(), true
	}
	return "", true
}

// proversAlone reports whether a query is refused for something that a certificate does
// not speak of.
func proversAlone(r *analyzer.Result) bool {
	for _, d := range r.Diagnostics {
		switch {
		case d.Message == "the query is declared twice", d.Rule == "mixed-tenants", d.Rule == "nullable-tenant", d.Rule == "against-restrict", strings.HasSuffix(d.Rule, "-trap"):
			return true
		}
	}
	return false
}
