package tenancy

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// Follow is what a trigger has to do so that a column of a child holds the tenant of its
// parent row. It reports false where the parent row does not say it alone, or has no
// column of its own that does.
func (m *Map) Follow(t *catalog.Table, column string) (catalog.Follow, bool) {
	o := m.Of(t)
	if o.Kind != Child || len(o.Parents) != 1 {
		return catalog.Follow{}, false
	}
	p := o.Parents[0]
	parent := m.Of(p.Table)
	if parent.Kind != Column || len(p.When)+len(p.Where) > 0 || slices.ContainsFunc(p.On, func(on Pair) bool { return t.Columns[on.Child].Name == column }) {
		return catalog.Follow{}, false
	}
	f := catalog.Follow{Column: column, Parent: p.Table.Name, ParentColumn: p.Table.Columns[parent.Column].Name}
	for _, on := range p.On {
		f.On = append(f.On, [2]string{t.Columns[on.Child].Name, p.Table.Columns[on.Parent].Name})
	}
	return f, true
}

// Followed reports whether a trigger of t needs nobody's word for it when columns are
// assigned, or rows inserted. In a child it gives the row's column the tenant that the row
// has anyway. In a table that has become a tenant table since, it leaves rows alone that
// have a tenant and stay with their parent; without RLS, one that gets another parent row
// would go to that one's tenant.
func (m *Map) Followed(db *catalog.Database, t *catalog.Table, tr *catalog.Trigger, assigned []string) bool {
	switch o := m.Of(t); o.Kind {
	case Child:
		return slices.ContainsFunc(t.Columns, func(c *catalog.Column) bool {
			f, ok := m.Follow(t, c.Name)
			return ok && db.Follows(tr, f) && !m.says(t, c.Name) && (!touches(t, f, assigned) || !carriedOn(db, t, c.Name))
		})
	case Column:
		f := m.formerly(db, t, tr)
		return f != nil && !touches(t, *f, assigned)
	}
	return false
}

// says reports whether a column names another level's tenant: the tenant of the parent row,
// which the trigger puts there, is none of that level.
func (m *Map) says(t *catalog.Table, column string) bool {
	for level := range m.Of(t).Level {
		if i := m.Holder(t, level); i >= 0 && t.Columns[i].Name == column {
			return true
		}
	}
	return false
}

// touches reports whether an update can give a row of t another parent row, and so the
// column of the trigger another value.
func touches(t *catalog.Table, f catalog.Follow, assigned []string) bool {
	return slices.ContainsFunc(f.On, func(on [2]string) bool {
		c := t.Column(on[0])
		return c == nil || c.Generated || slices.Contains(assigned, on[0])
	})
}

// carriedOn reports whether foreign keys do something with the rows that refer to one of t
// when its column changes, or one that is computed from it, which nobody has followed here.
func carriedOn(db *catalog.Database, t *catalog.Table, column string) bool {
	changed := []string{column}
	for _, c := range t.Columns {
		if c.Generated && slices.Contains(c.Reads, column) {
			changed = append(changed, c.Name)
		}
	}
	return slices.ContainsFunc(db.Tables, func(from *catalog.Table) bool {
		return slices.ContainsFunc(from.Foreign, func(fk *catalog.ForeignKey) bool {
			return fk.Acts(false, changed) && (fk.RefTable == t.Name || slices.Contains(t.Parents, fk.RefTable) || slices.Contains(t.Children, fk.RefTable))
		})
	})
}

// Leftover returns the trigger that filled the tenant column of a table while it was a
// child, nil when there is none.
func (m *Map) Leftover(db *catalog.Database, t *catalog.Table) *catalog.Trigger {
	i := slices.IndexFunc(t.Triggers, func(tr *catalog.Trigger) bool {
		return tr.Name == catalog.FollowTrigger && m.Of(t).Kind == Column && m.formerly(db, t, tr) != nil
	})
	if i < 0 {
		return nil
	}
	return t.Triggers[i]
}

// formerly is what the trigger did for t when it was a child by way of the foreign key
// that now includes the tenant.
func (m *Map) formerly(db *catalog.Database, t *catalog.Table, tr *catalog.Trigger) *catalog.Follow {
	o := m.Of(t)
	for _, fk := range t.Foreign {
		to := db.Table(fk.RefTable)
		if to == nil || m.Of(to).Kind != Column || len(fk.Columns) != len(fk.RefColumns) || !t.Columns[o.Column].NotNull {
			continue
		}
		f := catalog.Follow{Column: t.Columns[o.Column].Name, Parent: to.Name, ParentColumn: to.Columns[m.Of(to).Column].Name}
		for i, c := range fk.Columns {
			if c != f.Column {
				f.On = append(f.On, [2]string{c, fk.RefColumns[i]})
			}
		}
		if len(f.On) > 0 && db.Follows(tr, f) {
			return &f
		}
	}
	return nil
}
