package tenantgen

import (
	"fmt"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/migrate"
	"github.com/tenantgen/tenantgen/templates"
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
	for _, in := range m.Native().Inside(t, 0) {
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

// nested is an outer level whose tenant the row of an inner level's tenant names.
type nested struct {
	root         *catalog.Table
	inner, outer int
	column       string // of the outer level
}

// nesting lists what the runtime asks to find out whether the levels of a transaction lie in
// each other. Citus cannot look for the row of the inner tenant on one machine: rows are
// placed by the outermost tenant, and it is the outer one that is in doubt.
func nesting(m *tenancy.Map) []nested {
	var list []nested
	for inner := range m.Levels {
		t := m.Root(inner)
		if t == nil || m.Citus {
			continue
		}
		for outer := range inner {
			if c := m.Holder(t, outer); c >= 0 {
				list = append(list, nested{t, inner, outer, t.Columns[c].Name})
			}
		}
	}
	return list
}

// parts are how the runtime finds out whether the levels of a transaction lie in each other:
// by the row of the inner tenant.
func parts(m *tenancy.Map) []templates.Part {
	var list []templates.Part
	for _, n := range nesting(m) {
		list = append(list, templates.Part{Inner: m.Levels[n.inner].Setting, Outer: m.Levels[n.outer].Setting,
			SQL: fmt.Sprintf("SELECT %s = $2 FROM %s WHERE %s = $1", migrate.QuoteIdent(n.column), migrate.QuoteName(n.root.Name), migrate.QuoteIdent(n.root.Columns[m.Of(n.root).Column].Name))})
	}
	return list
}
