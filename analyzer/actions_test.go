package analyzer_test

import (
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
)

// The checker follows foreign-key actions and the columns of outer levels itself: it
// refuses the certificate of each query that the prover refuses for them, where the prover's own finding
// is left out. It used to see no action at all.
func TestCheckerFollowsActions(t *testing.T) {
	refused := 0
	for _, c := range loadCases(t) {
		if !strings.HasPrefix(c.name, "foreign") && c.name != "levelsouter" {
			continue
		}
		a := c.analysis()
		for _, r := range a.File("queries.sql", c.queries) {
			if r.Verdict != analyzer.Rejected {
				continue
			}
			st, cert := a.Certify(t, c.statement(r))
			if err := a.Check(st, cert); err == nil {
				t.Errorf("%s: the checker accepts %s", c.name, r.Name)
			}
			refused++
		}
	}
	if refused < 40 {
		t.Errorf("only %d queries were tried", refused)
	}
}
