package analyzer_test

import (
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
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
			for _, table := range c.db.Tables { // a forger would assume anything
				for _, fk := range table.Foreign {
					cert.Assume(analyzer.Premise{Kind: certificate.ForeignKeyPremise, Table: table.Name, Constraint: fk.Name, Columns: fk.Columns})
				}
			}
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
