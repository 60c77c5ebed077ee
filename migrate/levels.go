package migrate

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// Outer is a level of tenancy around that of a table. Where its tenant is set, a row has to
// be that tenant's as well; where no tenant of a deeper level is set, that is enough.
type Outer struct {
	Setting string
	// Column holds its tenant in the table's own rows, "" where the way is through a root.
	Column string
}

// Root is the way from a row to the row of a tenant of a level that it names, in the table
// of these tenants, which is a target itself.
type Root struct {
	Level  int // as an index of [Target.Outer], whose length is the table's own level
	Column string
	Key    string // the column of Table that Column names
	Table  *catalog.Table
	// Untied are the outer levels of which the row has a column that no foreign key keeps in
	// step with this one.
	Untied []int
}

// leveled returns what holds for the rows of a table of a deeper level: they are of every
// tenant that is set, and one is. There is an alternative for each level, by the innermost
// that is set, so that an index on its column serves it.
func (c *conditions) leveled(r row) (string, error) {
	t := r.target
	own, err := c.own(t, r.column(t.Column))
	if err != nil || c.first || len(t.Outer) == 0 {
		return own, err
	}
	var arms []string
	for innermost := len(t.Outer); innermost >= 0; innermost-- {
		of := own
		if innermost < len(t.Outer) {
			if of, err = c.outer(r, innermost, false); err != nil || of == "" {
				continue // nothing tells
			}
		}
		all := []string{of}
		for level := innermost + 1; level <= len(t.Outer); level++ {
			all = append(all, c.unset(t, level))
		}
		for level := range innermost {
			of, err := c.outer(r, level, innermost == len(t.Outer))
			if err != nil {
				return "", err
			}
			if of != "" {
				all = append(all, "("+c.unset(t, level)+" OR "+of+")")
			}
		}
		arms = append(arms, strings.Join(all, " AND "))
	}
	if len(arms) == 1 {
		return arms[0], err
	}
	for i := range arms {
		arms[i] = "(" + arms[i] + ")"
	}
	return anyOf(arms), err
}

// unset says that there is no tenant of a level.
func (c *conditions) unset(t *Target, level int) string {
	setting := c.setting(t)
	if level < len(t.Outer) {
		setting = t.Outer[level].Setting
	}
	return c.print("set", c.once(c.read(setting))) + " IS NULL"
}

// outer returns that a row is of the tenant of an outer level: by its own column, or, where
// it need not have one, by what the policies of the deeper tenants' table let through. It is
// "" where nothing tells. Where the deepest tenant is set, one looks at that tenant's row
// alone, once for all rows.
func (c *conditions) outer(r row, level int, deepest bool) (string, error) {
	t := r.target
	o, own := t.Outer[level], ""
	if o.Column != "" {
		var err error
		if own, err = c.own(&Target{Table: t.Table, Column: o.Column, Setting: o.Setting}, r.column(o.Column)); err != nil {
			return "", err
		}
		if t.Table.Column(o.Column).NotNull {
			return own, nil
		}
	}
	i := slices.IndexFunc(t.Roots, func(root Root) bool { return root.Level > level })
	if i < 0 || c.flat {
		return "", nil
	}
	through, err := c.names(r, t.Roots[i], deepest && t.Roots[i].Level == len(t.Outer))
	if own != "" {
		through += " AND (" + r.column(o.Column) + " IS NULL OR " + own + ")"
	}
	return through, err
}

// names returns that the policies of its table let the tenant through that a row names: of
// all rows the one that is set, where it is fixed, and those that are the same in more columns.
func (c *conditions) names(r row, root Root, fixed bool, same ...[2]string) (string, error) {
	inner := row{target: c.targets[root.Table.Name], outer: append(slices.Clip(r.outer), r)}
	inner.ref = inner.alias()
	on, err := c.unlessSeen(inner)
	if err != nil {
		return "", err
	}
	key := inner.column(root.Key)
	is := key + " = " + QuoteIdent(r.ref) + "." + QuoteIdent(root.Column)
	if fixed {
		is, err = c.own(&Target{Table: root.Table, Column: root.Key, Setting: c.setting(r.target), Type: r.target.Type}, key)
	}
	for _, pair := range same {
		is += " AND " + inner.column(pair[0]) + " = " + QuoteIdent(r.ref) + "." + QuoteIdent(pair[1])
	}
	return c.print("exists", map[string]any{"Parent": QuoteName(root.Table.Name), "Alias": QuoteIdent(inner.ref), "On": append([]string{is}, on...)}), err
}

// written adds what a row of a deeper level has to fulfil that is written: each deeper tenant
// that it names lies in the outer one that it names, where no foreign key sees to it. Else an
// organization could put a row into another's project, or a project one into another organization.
func (c *conditions) written(r row, using string) (string, error) {
	all := []string{"(" + using + ")"}
	for _, root := range r.target.Roots {
		for _, level := range root.Untied {
			lies, err := c.lies(r, root, level)
			if err != nil {
				return "", err
			}
			if lies != "" {
				all = append(all, lies)
			}
		}
	}
	if len(all) == 1 {
		return using, nil
	}
	return strings.Join(all, " AND "), nil
}

// lies returns that the tenant which a row names by root lies in the outer tenant in its
// column of the level.
func (c *conditions) lies(r row, root Root, level int) (string, error) {
	if c.flat || c.first {
		return "", nil
	}
	column, otherwise := r.target.Outer[level].Column, ""
	if !r.target.Table.Column(column).NotNull {
		otherwise = QuoteIdent(r.ref) + "." + QuoteIdent(column) + " IS NULL"
	}
	var same [][2]string
	if theirs := c.targets[root.Table.Name].Outer[level].Column; theirs != "" {
		same = append(same, [2]string{theirs, column})
	} else {
		otherwise = c.unset(r.target, level) // its policies tell, where they are asked
	}
	of, err := c.names(r, root, false, same...)
	if otherwise != "" {
		of = "(" + otherwise + " OR " + of + ")"
	}
	return of, err
}

// beside adds to the condition of a child that its column of an outer level, where it has
// one, says nothing else than its parent.
func (c *conditions) beside(r row, condition string) (string, error) {
	all := []string{"(" + condition + ")"}
	for level, o := range r.target.Outer {
		if o.Column == "" || c.first {
			continue
		}
		own, err := c.own(&Target{Table: r.target.Table, Column: o.Column, Setting: o.Setting}, r.column(o.Column))
		if err != nil {
			return "", err
		}
		ways := []string{c.unset(r.target, level)}
		if !r.target.Table.Column(o.Column).NotNull {
			ways = append(ways, r.column(o.Column)+" IS NULL")
		}
		all = append(all, "("+anyOf(append(ways, own))+")")
	}
	if len(all) == 1 {
		return condition, nil
	}
	return strings.Join(all, " AND "), nil
}
