package migrate

import (
	"slices"
	"strings"
)

// ofParents returns that a row is the current tenant's by its parents. One of them tells, as
// they belong to one tenant; parents of several levels tell different tenants, and the row
// is of each that is set.
func (c *conditions) ofParents(r row, each []string) string {
	if c.first || exclusive(r.target.Parents) || !c.uneven(r.target) {
		return anyOf(each)
	}
	return c.agreement(r, each, true)
}

// uneven reports whether the parents of t are of several levels.
func (c *conditions) uneven(t *Target) bool {
	return slices.ContainsFunc(t.Parents, func(p Parent) bool {
		return len(c.targets[p.Table.Name].Outer) != len(c.targets[t.Parents[0].Table.Name].Outer)
	})
}

// agreement is what a written row with several parents must fulfil: it refers
// to at least one, and every one that it refers to is the tenant's. With any
// one of them alone, a tenant could write a row that another tenant reads.
// For a row that is seen, the parents do not count whose levels have no tenant.
func (c *conditions) agreement(r row, each []string, seen bool) string {
	if sharedKey(r.target.Parents) != nil {
		return anyOf(each)
	}
	var all, some []string
	for i, p := range r.target.Parents {
		var null, set []string
		for _, pair := range p.On {
			null = append(null, r.column(pair.Child)+" IS NULL")
			set = append(set, r.column(pair.Child)+" IS NOT NULL")
		}
		for _, m := range p.When {
			null = append(null, r.column(m.Column)+" IS DISTINCT FROM "+QuoteLiteral(m.Value))
		}
		set = append(set, r.matches(p)...)
		if seen {
			of := c.none(c.targets[p.Table.Name])
			null, set = append(null, of), append(set, "NOT "+of)
		}
		all = append(all, "("+anyOf(append(null, each[i]))+")")
		some = append(some, strings.Join(set, " AND "))
	}
	return strings.Join(append(all, "("+anyOf(some)+")"), " AND ")
}

// none says that there is no tenant of any level that tells t's rows apart.
func (c *conditions) none(t *Target) string {
	var unset []string
	for level := range len(t.Outer) + 1 {
		unset = append(unset, c.unset(t, level))
	}
	return "(" + strings.Join(unset, " AND ") + ")"
}
