package migrate

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// Widening is what a step lets tenants see or change beyond what the migrations before it do,
// or may let them: it is one unless it is shown to be none.
type Widening struct {
	Table catalog.Name
	What  string
}

// widening compares the policies of ours that a table has with those that it is to have. It
// returns nil where none protects it yet, where they are those of the first form, which let
// the same rows through or more but for the rows of an inner level (an organization alone did
// not see its projects'), and where every row that is let through was so before.
func (p *planner) widening(t *Target, wanted []policy) *Widening {
	have := slices.DeleteFunc(slices.Clone(t.Table.Policies), func(pol *catalog.Policy) bool { return !ours(pol) })
	if len(have) == 0 || !t.Table.RLS || len(t.Outer) == 0 && p.ofFirstForm(t, have) {
		return nil
	}
	if !p.anySets(have) {
		return widened(t, wanted, have)
	}
	forms, err := p.singly(t)
	if err != nil {
		return widened(t, wanted, have)
	}
	for _, form := range forms {
		if widened(t, form, have) == nil {
			return nil
		}
	}
	return widened(t, wanted, have)
}

// widened is what policies let through beyond what others do, nil where that is nothing.
func widened(t *Target, wanted []policy, have []*catalog.Policy) *Widening {
	var want []*catalog.Policy
	for _, w := range wanted {
		want = append(want, w.catalog())
	}
	var more []string
	for _, c := range []struct {
		command string
		checks  bool
		does    string
	}{{"select", false, "see"}, {"insert", true, "insert"}, {"update", false, "update"}, {"update", true, "update to"}, {"delete", false, "delete"}} {
		if !narrower(want, have, c.command, c.checks) && !slices.Contains(more, c.does) {
			more = append(more, c.does)
		}
	}
	if len(more) == 0 {
		return nil
	}
	return &Widening{t.Table.Name, "tenants may " + strings.Join(more, ", ") + " rows that they could not before, or it is not known that they could"}
}

// ofFirstForm reports whether policies are those that the first form of the same wants.
func (p *planner) ofFirstForm(t *Target, have []*catalog.Policy) bool {
	former := *p.conditions
	former.first = true
	list, err := former.policiesFor(t)
	return err == nil && len(list) == len(have) && !slices.ContainsFunc(list, func(want policy) bool {
		return !slices.ContainsFunc(have, func(pol *catalog.Policy) bool { return pol.Name == want.name && samePolicy(pol, want) })
	})
}

// narrower reports whether every row that some policies let a command through with is one that
// others do: of permissive ones one has to let it, and all that are restrictive (PostgreSQL
// manual, CREATE POLICY).
func narrower(want, have []*catalog.Policy, command string, checks bool) bool {
	may, must := rowsOf(want, command, checks)
	could, had := rowsOf(have, command, checks)
	for _, one := range may {
		all := append([][]string{one}, must...)
		implied := func(b []string) bool {
			return slices.ContainsFunc(all, func(a []string) bool { return implies(a, b) })
		}
		if !slices.ContainsFunc(could, implied) || slices.ContainsFunc(had, func(b []string) bool { return !implied(b) }) {
			return false
		}
	}
	return true
}

// rowsOf lists the conditions of the permissive and of the restrictive policies for a command.
func rowsOf(policies []*catalog.Policy, command string, checks bool) (may, must [][]string) {
	for _, p := range policies {
		if p.Command != command && p.Command != "all" {
			continue
		}
		text := p.Using
		if checks && p.Check != "" {
			text = p.Check
		}
		if p.Restrictive {
			must = append(must, condition(text))
		} else {
			may = append(may, condition(text))
		}
	}
	return may, must
}

// condition splits a condition, the names of settings left out: another setting holds the
// tenant, not another tenant.
func condition(text string) []string {
	ts := tokens(text)
	for i := range ts {
		if i > 1 && ts[i-1] == "(" && ts[i-2] == "current_setting" {
			ts[i] = "''"
		}
	}
	return ts
}

// implies reports whether a condition holds only where another does, as far as AND, OR and
// the same words tell.
func implies(a, b []string) bool {
	a, b = stripParens(a), stripParens(b)
	if slices.Equal(a, b) {
		return true
	}
	all := func(parts [][]string, f func([]string) bool) bool {
		return len(parts) > 1 && !slices.ContainsFunc(parts, func(part []string) bool { return !f(part) })
	}
	some := func(parts [][]string, f func([]string) bool) bool {
		return len(parts) > 1 && slices.ContainsFunc(parts, f)
	}
	of := func(part []string) bool { return implies(part, b) }
	to := func(part []string) bool { return implies(a, part) }
	if or := operands(a, "or"); len(or) > 1 {
		return all(or, of)
	}
	if and := operands(b, "and"); len(operands(b, "or")) == 1 && len(and) > 1 {
		return all(and, to)
	}
	return some(operands(b, "or"), to) || some(operands(a, "and"), of)
}

// operands splits a condition at an operator outside of parentheses. One in which the words
// may mean something else is one operand.
func operands(ts []string, operator string) [][]string {
	if slices.Contains(ts, "between") || slices.Contains(ts, "case") {
		return [][]string{ts}
	}
	parts, depth := [][]string{nil}, 0
	for _, t := range ts {
		switch t {
		case "(", "[":
			depth++
		case ")", "]":
			depth--
		}
		if depth == 0 && t == operator {
			parts = append(parts, nil)
			continue
		}
		parts[len(parts)-1] = append(parts[len(parts)-1], t)
	}
	return parts
}
