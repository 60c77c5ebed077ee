package migrate

import (
	"fmt"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// released takes back what this package put on tables that belong to no tenant any more.
func (p *planner) released() {
	for _, t := range p.db.Tables {
		if p.targets[t.Name] != nil {
			continue
		}
		own := slices.DeleteFunc(slices.Clone(t.Policies), func(pol *catalog.Policy) bool { return !ours(pol) })
		if len(own) > 0 || p.leftLocked(t) {
			p.add(p.release(t, own))
		}
	}
}

// leftLocked reports whether row-level security was left behind on a shared table,
// and hides all of it: the policies went with a column or a table that was dropped
// with CASCADE.
func (p *planner) leftLocked(t *catalog.Table) bool {
	return t.ForceRLS && len(t.Policies) == 0 &&
		slices.ContainsFunc(p.globals, func(g Global) bool { return g.Table == t })
}

func (p *planner) release(t *catalog.Table, own []*catalog.Policy) Step {
	step := Step{
		Comment: fmt.Sprintf("%s: every tenant may see every row from now on.", t.Name),
		Cause:   "the table is declared global, and was a tenant table before",
		Widens:  &Widening{t.Name, "every tenant may see every row from now on"},
	}
	for _, pol := range own {
		step.SQL = append(step.SQL, p.dropPolicy(t.Name, pol.Name))
		step.Reverse = append(step.Reverse, p.restorePolicy(t, pol)...)
	}
	if len(own) < len(t.Policies) {
		return step // somebody else's policies decide now
	}
	var on, off []string
	if t.ForceRLS {
		on, off = append(on, "FORCE ROW LEVEL SECURITY"), append(off, "NO FORCE ROW LEVEL SECURITY")
	}
	if t.RLS {
		on, off = append(on, "ENABLE ROW LEVEL SECURITY"), append(off, "DISABLE ROW LEVEL SECURITY")
	}
	if len(on) > 0 {
		step.SQL = append(step.SQL, p.alterTable(t.Name, off...))
		step.Reverse = append(step.Reverse, p.alterTable(t.Name, on...))
	}
	return step
}

// restorePolicy puts a policy back as it was.
func (p *planner) restorePolicy(t *catalog.Table, pol *catalog.Policy) []string {
	return []string{p.dropPolicy(t.Name, pol.Name), p.createPolicy(t.Name, onOneLine(pol))}
}

// onOneLine keeps what somebody wrote into a policy from ending a line or a
// statement of the migration that restores it.
func onOneLine(pol *catalog.Policy) *catalog.Policy {
	clean := *pol
	clean.Using, clean.Check = oneLine(pol.Using), oneLine(pol.Check)
	return &clean
}
