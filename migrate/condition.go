package migrate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// conditions prints what holds for a row of the current tenant.
type conditions struct {
	*printer
	source  Source
	targets map[catalog.Name]*Target
	flat    bool // no sub-selects, which Citus refuses
	first   bool // the first form of policies, which databases may still have
	set     bool // what holds for a row of one of a set of tenants, in place of the current one's
	sets    sets // whether queries for a set of tenants count
}

// tenantRows returns what holds for the current tenant's rows of a table, and
// what has to hold for a row that it writes.
func (c *conditions) tenantRows(t *Target) (using, check string, err error) {
	self := row{target: t, ref: t.Table.Name.Name, self: true}
	if t.Kind == Column {
		if using, err = c.leveled(self); err != nil {
			return "", "", err
		}
		check, err = c.written(self, using)
		return using, check, err
	}
	each, err := c.perParent(self)
	if err != nil {
		return "", "", err
	}
	using = c.ofParents(self, each)
	if check = using; len(each) > 1 && !exclusive(t.Parents) {
		check = c.agreement(self, each, false)
	}
	if using, err = c.beside(self, using); err != nil {
		return "", "", err
	}
	if check, err = c.beside(self, check); err == nil {
		check, err = c.written(self, check)
	}
	return using, check, err
}

// row is a row of a target under the name that it has in the expression.
type row struct {
	target *Target
	ref    string
	outer  []row // the rows whose names are in scope around it, outermost first
	self   bool  // a row of the policy's own table
}

func (r row) column(name string) string {
	if r.self && r.target.Kind == Column {
		return QuoteIdent(name)
	}
	return QuoteIdent(r.ref) + "." + QuoteIdent(name)
}

// perParent returns, for each parent of a child row, that the row refers to a
// row of the tenant there.
//
// It asks for the direct parent only: a policy's sub-select is itself subject to the
// policies of the tables it reads (PostgreSQL manual, 5.8), so the parent's own policies
// see to the parent's parents. What that rests on is row-level security of the parent,
// enabled and forced. Repeating them would plan every ancestor twice for each level.
func (c *conditions) perParent(r row) ([]string, error) {
	if c.flat {
		return nil, fmt.Errorf("table %s: Citus refuses the sub-select that a policy needs to find its parent; give it the tenant column", r.target.Table.Name)
	}
	if p := c.leadsBack(r.target, nil); p != nil {
		return nil, fmt.Errorf("table %s: its parents lead back to %s, so no tenant column is ever reached", r.target.Table.Name, p.Table.Name)
	}
	var each []string
	for _, p := range r.target.Parents {
		exists, err := c.parent(r, p)
		if err != nil {
			return nil, err
		}
		if len(p.When) > 0 {
			exists = strings.Join(append(r.matches(p), exists), " AND ")
			if len(r.target.Parents) > 1 {
				exists = "(" + exists + ")"
			}
		}
		each = append(each, exists)
	}
	return each, nil
}

// parent returns that the row refers to a row of the tenant in one parent.
func (c *conditions) parent(r row, p Parent) (string, error) {
	inner := row{target: c.targets[p.Table.Name], outer: append(slices.Clip(r.outer), r)}
	inner.ref = inner.alias()
	on, err := c.unlessSeen(inner)
	if err != nil {
		return "", err
	}
	return c.print("exists", map[string]any{
		"Parent": QuoteName(p.Table.Name), "Alias": QuoteIdent(inner.ref), "On": slices.Concat(equalities(p, r, inner), inner.tests(p), on),
		"Once": c.plannedOnce(inner.target),
	}), nil
}

// plannedOnce reports whether OFFSET 0 keeps PostgreSQL from planning the sub-select on a
// parent twice, to look one row up and to hash all of them (make_subplan and
// simplify_EXISTS_query in src/backend/optimizer/plan/subselect.c). Where the parent is a
// child itself, each of the two plans would hold two of the next level, and the executor
// starts them all, chosen or not: at depth 5 a lookup by key took seven times as long. What
// is lost is the hash, which does not fit into work_mem for the tables that it would help.
func (c *conditions) plannedOnce(parent *Target) bool { return parent.Kind != Column && !c.first }

// unlessSeen returns what the policies of a parent leave open: where read_also lets rows
// of other tenants be read, or a set of tenants may read them, seeing a row does not make it the
// tenant's. A child must be no more readable than declared for that, and not writable.
func (c *conditions) unlessSeen(r row) ([]string, error) {
	if r.target.ReadAlso == "" && !c.shownToSets(r.target) && !c.first {
		return nil, nil
	}
	if r.target.Kind == Column {
		own, err := c.leveled(r)
		if len(r.target.Outer) > 0 && !c.first {
			own = "(" + own + ")"
		}
		return []string{own}, err
	}
	each, err := c.perParent(r)
	if len(each) > 1 {
		each = []string{"(" + c.ofParents(r, each) + ")"}
	}
	return each, err
}

// leadsBack returns a target that is among its own ancestors, nil when there is none.
func (c *conditions) leadsBack(t *Target, below []*Target) *Target {
	if slices.Contains(below, t) {
		return t
	}
	if t.Kind == Column {
		return nil
	}
	for _, p := range t.Parents {
		if found := c.leadsBack(c.targets[p.Table.Name], append(slices.Clip(below), t)); found != nil {
			return found
		}
	}
	return nil
}

// alias returns a name for the row that hides none of the rows around it.
func (r row) alias() string {
	name := "parent"
	for n := 2; slices.ContainsFunc(r.outer, func(o row) bool { return o.ref == name }); n++ {
		name = fmt.Sprintf("parent%d", n)
	}
	return name
}

func equalities(p Parent, child, parent row) []string {
	var on []string
	for _, pair := range p.On {
		on = append(on, parent.column(pair.Parent)+" = "+child.column(pair.Child))
	}
	return on
}

// matches are the conditions under which a row refers to parent p.
func (r row) matches(p Parent) []string {
	var all []string
	for _, m := range p.When {
		all = append(all, r.column(m.Column)+" = "+QuoteLiteral(m.Value))
	}
	return all
}

// tests are what is true of a row of parent p that rows refer to.
func (r row) tests(p Parent) []string {
	var all []string
	for _, t := range p.Where {
		column := p.Table.Column(t.Column)
		is := " = " + QuoteLiteral(t.Value)
		switch {
		case t.Kind == catalog.IsNull:
			is = " IS NULL"
		case t.Kind == catalog.IsNotNull:
			is = " IS NOT NULL"
		case column != nil && column.Value.Type.Name == "bool":
			is = " = " + t.Value
		}
		all = append(all, r.column(t.Column)+is)
	}
	return all
}

func anyOf(conditions []string) string { return strings.Join(conditions, " OR ") }

// sharedKey returns a parent whose key columns all serve another parent too,
// so that the row does not say to which of the two it refers; nil when there is none.
func sharedKey(parents []Parent) *Parent {
	for i := range parents {
		for j := range parents {
			if i != j && parents[j].keyHolds(parents[i].On) && !parents[i].excludes(parents[j]) {
				return &parents[i]
			}
		}
	}
	return nil
}

// exclusive reports whether a row refers to one of the parents at most.
func exclusive(parents []Parent) bool {
	for i, p := range parents {
		if slices.ContainsFunc(parents[i+1:], func(q Parent) bool { return !p.excludes(q) }) {
			return false
		}
	}
	return true
}

// excludes reports whether a row that refers to q does not refer to p: they want different
// values in one column.
func (p *Parent) excludes(q Parent) bool {
	return slices.ContainsFunc(p.When, func(a Match) bool {
		return slices.ContainsFunc(q.When, func(b Match) bool { return a.Column == b.Column && a.Value != b.Value })
	})
}

// keyHolds reports whether every child column of the pairs is in the key of p.
func (p *Parent) keyHolds(pairs []Pair) bool {
	return !slices.ContainsFunc(pairs, func(a Pair) bool {
		return !slices.ContainsFunc(p.On, func(b Pair) bool { return a.Child == b.Child })
	})
}
