package analyzer_test

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
)

// The checker keeps rows of two times apart by itself: it refuses what is proved as if nobody changed anything while a
// statement runs, of each query of the case that is refused for that.
func TestCheckerKeepsTimesApart(t *testing.T) {
	refused := 0
	for _, c := range loadCases(t) {
		if c.name != "latest" {
			continue
		}
		a := c.analysis()
		for _, r := range a.File("queries.sql", c.queries) {
			if r.Verdict == analyzer.Scoped || r.Name == "ReturningChildrenOfANewKey" {
				continue // the last is refused whatever happens meanwhile
			}
			st, cert := a.Timeless(t, c.statement(r))
			if a.Check(st, cert) == nil {
				t.Errorf("%s: the checker takes rows of two times for those of one", r.Name)
			}
			refused++
		}
	}
	if refused < 20 {
		t.Errorf("%d queries were refused for it, there used to be more", refused)
	}
}
