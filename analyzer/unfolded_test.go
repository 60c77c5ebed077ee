package analyzer_test

import (
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// TestCheckerFindsAggregates takes every SELECT for one that yields a row for a row, as
// lowering did where an aggregate belonged to an outer level: the checker finds the level
// by itself.
func TestCheckerFindsAggregates(t *testing.T) {
	found := 0
	for _, c := range loadCases(t) {
		if c.name != "aggregates" && c.name != "subquery" {
			continue
		}
		a := c.analysis()
		for _, r := range a.File("queries.sql", c.queries) {
			if r.Verdict != analyzer.Rejected || !strings.HasPrefix(r.Diagnostics[0].Rule, "unscoped") {
				continue
			}
			st, cert := a.Unfolded(t, c.statement(r))
			err := a.Check(st, cert)
			if err == nil {
				t.Errorf("%s: the checker takes it for a row for a row", r.Name)
			} else if strings.Contains(err.Error(), "makes one row of many") {
				found++
			}
		}
	}
	if found < 25 {
		t.Errorf("the checker found %d aggregates", found)
	}
}

// TestCheckerDoubts: what rests on a key, a foreign key or a parent link does not hold when
// the table that has it is in doubt.
func TestCheckerDoubts(t *testing.T) {
	steps := map[certificate.Kind]int{}
	for _, c := range loadCases(t) {
		a := c.analysis()
		for _, r := range a.File("queries.sql", c.queries) {
			if r.Verdict != analyzer.Scoped {
				continue
			}
			st, cert := a.Certify(t, c.statement(r))
			for _, kind := range kindsOf(cert) {
				steps[kind]++
				for _, table := range c.db.Tables {
					table.Unsure = "a test"
				}
				if a.Check(st, cert) == nil {
					t.Errorf("%s/%s: the checker trusts a key in doubt", c.name, r.Name)
				}
				for _, table := range c.db.Tables {
					table.Unsure = ""
				}
			}
		}
	}
	for _, kind := range []certificate.Kind{certificate.SameRow, certificate.ParentRow, certificate.ForeignKey} {
		if steps[kind] == 0 {
			t.Errorf("no proof has a step of kind %d", kind)
		}
	}
}

// kindsOf lists the kinds of the steps on which pins rest that need a key.
func kindsOf(c *certificate.Certificate) []certificate.Kind {
	var kinds []certificate.Kind
	for _, p := range c.Pins {
		for _, s := range p.Chain {
			switch s.Kind {
			case certificate.SameRow, certificate.ParentRow, certificate.ForeignKey:
				kinds = append(kinds, s.Kind)
			}
		}
	}
	return kinds
}

// TestCheckerDoubtsConflicts: of a table in doubt only named columns tell what conflicts.
func TestCheckerDoubtsConflicts(t *testing.T) {
	any, named := 0, 0
	for _, c := range loadCases(t) {
		a := c.analysis()
		for _, r := range a.File("queries.sql", c.queries) {
			if r.Verdict != analyzer.Scoped {
				continue
			}
			st, cert := a.Certify(t, c.statement(r))
			w, ok := st.Root.(*query.Write)
			if !ok || w.Conflict == nil || !w.Conflict.Any && w.Conflict.Constraint == "" {
				continue
			}
			w.Target.Table.Unsure = "a test"
			if a.Check(st, cert) == nil {
				t.Errorf("%s/%s: the checker trusts keys in doubt", c.name, r.Name)
			}
			w.Target.Table.Unsure = ""
			if w.Conflict.Any {
				any++
			} else {
				named++
			}
		}
	}
	if any == 0 || named == 0 {
		t.Errorf("%d statements without a target, %d with a constraint", any, named)
	}
}

// TestUnsaid: whoever is refused for a function that may be an aggregate is told to say
// what it is.
func TestUnsaid(t *testing.T) {
	for _, c := range loadCases(t) {
		if c.name != "aggregates" {
			continue
		}
		for _, r := range c.analysis().File("queries.sql", c.queries) {
			told := len(r.Diagnostics) > 0 && strings.Contains(r.Diagnostics[0].Hint, "functions: {unseen: {kind: function}}")
			if want := strings.Contains(r.Text, "unseen(") && r.Verdict == analyzer.Rejected; told != want {
				t.Errorf("%s: told %v", r.Name, told)
			}
		}
	}
}
