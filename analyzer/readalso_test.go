package analyzer_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
)

// TestCheckerKnowsReadAlso gives the checker certificates for what the prover refuses:
// that read_also allows it. It must come to the same verdict by itself.
func TestCheckerKnowsReadAlso(t *testing.T) {
	forged, accepted := 0, 0
	for _, c := range loadCases(t) {
		if !strings.HasPrefix(c.name, "readalso") || len(c.own.Levels) > 1 { // Forge knows one level
			continue
		}
		a := c.analysis()
		for _, r := range a.File("queries.sql", c.queries) {
			st, certs := a.Forge(t, c.statement(r))
			ok := slices.ContainsFunc(certs, func(x *certificate.Certificate) bool { forged++; return a.Check(st, x) == nil })
			if ok && r.Verdict == analyzer.Rejected {
				t.Errorf("line %d: %s is refused, and the checker accepts it", r.Line, r.Name)
			}
			if ok {
				accepted++
			}
		}
	}
	if accepted < 10 {
		t.Errorf("only %d of %d forged certificates are right, so the test forges nothing of use", accepted, forged)
	}
}
