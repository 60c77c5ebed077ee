package tenancy

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// Distribution returns the index of the column by whose value Citus is to place the
// rows of t: the tenant column of the outermost level, so that everything a tenant has
// is in one place. It is -1 when t has none: its rows are nobody's, or they show the
// tenant through a parent only.
func (m *Map) Distribution(t *catalog.Table) int {
	o := m.Of(t)
	switch {
	case o.Kind != Column:
		return -1
	case o.Level == 0:
		return o.Column
	}
	return slices.IndexFunc(t.Columns, func(c *catalog.Column) bool { return slices.Contains(m.Levels[0].Columns, c.Name) })
}
