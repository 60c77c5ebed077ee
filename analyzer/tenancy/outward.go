package tenancy

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// Inner is a column of a row that says to which tenant of a deeper level it belongs, and so
// says of an outer level, too, whose the row is: a document of a project is the project's
// organization's.
type Inner struct {
	Level, Column int
	// Link is the way to that tenant's own row, nil without a table of them, and for that
	// row itself.
	Link *Parent
	Root bool // the row is that tenant's own
}

// Outward returns whose rows are when only the levels down to the given one are told
// apart: a row of a deeper level is that of the tenant in its own column of the level, or
// else of whom the row of its deeper tenant belongs to. Of the levels of m itself, it is m,
// and so it is where of some table nothing says that.
func (m *Map) Outward(level int) *Map {
	if m.native != nil || level < 0 || level >= len(m.outward) || m.outward[level] == nil {
		return m
	}
	return m.outward[level]
}

// Native returns the map with all levels, of which m may be an outward view.
func (m *Map) Native() *Map {
	if m.native != nil {
		return m.native
	}
	return m
}

// Root is the table whose rows are the tenants of a level, nil without one.
func (m *Map) Root(level int) *catalog.Table {
	if level < 0 || level >= len(m.roots) {
		return nil
	}
	return m.roots[level]
}

// Inner lists what says, in a row of t, to which tenants of deeper levels it belongs that m
// does not tell apart.
func (m *Map) Inner(t *catalog.Table) []Inner {
	if m.native == nil {
		return nil
	}
	return m.native.Inside(t, m.Of(t).Level)
}

// Inside lists what says, in a row of t, to which tenants it belongs of levels inside of the
// outer one.
func (m *Map) Inside(t *catalog.Table, outer int) []Inner {
	var list []Inner
	for level := outer + 1; level <= m.Of(t).Level; level++ {
		c := m.Holder(t, level)
		if c < 0 {
			continue
		}
		in := Inner{Level: level, Column: c}
		root := m.Root(level)
		if in.Root = root == t; root != nil && root != t {
			key := m.Of(root).Column
			if f := Family(t.Columns[c]); f != "" && f == Family(root.Columns[key]) {
				in.Link = &Parent{Table: root, On: []Pair{{c, key}}}
			}
		}
		list = append(list, in)
	}
	return list
}

// folded is the owner of a table of a deeper level when that level is not told apart from
// the outer one.
func (m *Map) folded(t *catalog.Table, outer int) Owner {
	o := m.Of(t)
	out := Owner{Kind: Child, Level: outer, Restrict: o.Restrict, Parents: slices.Clone(o.Parents)}
	for _, in := range m.Inside(t, outer) {
		if in.Link != nil {
			out.Parents = append(out.Parents, *in.Link)
		}
	}
	if c := m.Holder(t, outer); o.Kind == Column && c >= 0 && t.Columns[c].NotNull {
		out.Kind, out.Column = Column, c
	}
	return out
}

// levels finds the roots of the levels, and how the rows of deeper levels belong to outer ones.
func (c *classifier) levels(declared map[*catalog.Table]bool) {
	m := c.m
	for level := range m.Levels {
		m.roots = append(m.roots, c.root(level, declared))
	}
	for outer := range len(m.Levels) - 1 {
		view := &Map{Levels: m.Levels, Citus: m.Citus, Literals: m.Literals, Tests: m.Tests, native: m, owners: map[*catalog.Table]Owner{}}
		for _, t := range c.db.Tables {
			if o := m.Of(t); (o.Kind == Column || o.Kind == Child) && o.Level > outer {
				view.owners[t] = m.folded(t, outer)
			}
		}
		for _, o := range view.owners {
			if o.Kind == Child && len(o.Parents) == 0 {
				view = nil // what deletes a part's row would leave rows of nobody
				break
			}
		}
		m.outward = append(m.outward, view)
	}
}

// root is the table of a level with one row for each of its tenants: the one that is
// declared with its key as the tenant column, or the only one with such a key, unless that
// key is of another table's rows, which belong to somebody: settings of a project are not
// the project, and may name another organization than it.
func (c *classifier) root(level int, declared map[*catalog.Table]bool) *catalog.Table {
	var all, named []*catalog.Table
	for _, t := range c.db.Tables {
		o := c.m.owners[t]
		if o.Kind != Column || o.Level != level || len(t.Parents) > 0 || !hasKey(t, []string{t.Columns[o.Column].Name}) {
			continue
		}
		if c.named(t, level) {
			continue
		}
		all = append(all, t)
		if declared[t] && !slices.Contains(c.m.Levels[level].Columns, t.Columns[o.Column].Name) {
			named = append(named, t)
		}
	}
	switch {
	case len(named) == 1:
		return named[0]
	case len(named) == 0 && len(all) == 1 && !c.extends(all[0]):
		return all[0]
	}
	return nil
}

// named reports whether the tenant column of t refers to another table of its level: then it
// is that table which has the tenants.
func (c *classifier) named(t *catalog.Table, level int) bool {
	own := t.Columns[c.m.owners[t].Column].Name
	return slices.ContainsFunc(t.Foreign, func(f *catalog.ForeignKey) bool {
		i := slices.Index(f.Columns, own)
		to := c.db.Table(f.RefTable)
		if i < 0 || i >= len(f.RefColumns) || to == nil || to == t {
			return false
		}
		o := c.m.owners[to]
		return o.Kind == Column && o.Level == level && to.Columns[o.Column].Name == f.RefColumns[i]
	})
}

// extends reports whether the tenant column of t refers to rows of another table that are
// somebody's.
func (c *classifier) extends(t *catalog.Table) bool {
	own := t.Columns[c.m.owners[t].Column].Name
	return slices.ContainsFunc(t.Foreign, func(f *catalog.ForeignKey) bool {
		to := c.db.Table(f.RefTable)
		return to != t && slices.Contains(f.Columns, own) && (to == nil || c.m.owners[to].Kind != Global)
	})
}

// Tied reports whether a foreign key to the row of the tenant that a new row of t names by
// in keeps its column, too, at that row's column to.
func Tied(t *catalog.Table, column int, in Inner, to int) bool {
	link := in.Link
	if to < 0 || link == nil || Family(t.Columns[column]) == "" || Family(t.Columns[column]) != Family(link.Table.Columns[to]) {
		return false
	}
	return t.Unsure == "" && slices.ContainsFunc(t.Foreign, func(f *catalog.ForeignKey) bool {
		if f.RefTable != link.Table.Name || link.Table.Unsure != "" || f.SwitchedOff || f.Deferrable || f.Class || len(f.Columns) != len(f.RefColumns) {
			return false
		}
		both := 0
		for i, name := range f.Columns {
			c, r := t.ColumnIndex(name), link.Table.ColumnIndex(f.RefColumns[i])
			if c < 0 || !t.Columns[c].NotNull {
				return false
			}
			if c == column && r == to || c == in.Column && r == link.On[0].Parent {
				both++
			}
		}
		return both == 2
	})
}
