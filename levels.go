package tenantgen

import (
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/migrate"
)

// outer lists the levels around that of a table, as policies ask for them.
func outer(m *tenancy.Map, t *catalog.Table, o tenancy.Owner) []migrate.Outer {
	if o.Kind != tenancy.Column && o.Kind != tenancy.Child {
		return nil
	}
	var list []migrate.Outer
	for level := range o.Level {
		l := migrate.Outer{Setting: m.Levels[level].Setting}
		if i := m.Holder(t, level); i >= 0 {
			l.Column = t.Columns[i].Name
		}
		list = append(list, l)
	}
	return list
}

// roots lists the tables of the tenants that a row of t names, with what no foreign key
// keeps in step.
func roots(m *tenancy.Map, t *catalog.Table) []migrate.Root {
	var list []migrate.Root
	for _, in := range m.Outward(0).Inner(t) {
		if in.Link == nil {
			continue
		}
		to := in.Link.Table
		root := migrate.Root{Level: in.Level, Column: t.Columns[in.Column].Name, Key: to.Columns[in.Link.On[0].Parent].Name, Table: to}
		for level := range in.Level {
			if i := m.Holder(t, level); i >= 0 && !tenancy.Tied(t, i, in, m.Holder(to, level)) {
				root.Untied = append(root.Untied, level)
			}
		}
		list = append(list, root)
	}
	return list
}
