package analyzer

import (
	"fmt"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// views holds the declarations of views to what the views read.
func (c *conditions) views() {
	for _, d := range c.own.Views {
		name := catalog.QuoteIdent(d.View.Name.Schema) + "." + catalog.QuoteIdent(d.View.Name.Name)
		fail := func(hint, format string, args ...any) {
			c.problems = append(c.problems, tenancy.Problem{Line: d.Place.Line, Column: d.Place.Column, Hint: hint,
				Msg: fmt.Sprintf("view %s ", d.View.Name) + fmt.Sprintf(format, args...)})
		}
		column := "*"
		if d.Column != "" {
			column = catalog.QuoteIdent(d.Column)
		}
		tenants, ok := c.tenantsOf("SELECT " + column + " FROM " + name)
		const leave = "leave it out: the tables that it reads are declared, and it is read through to them"
		switch {
		case !ok && d.Column != "":
			fail(leave, "has no column %s, or reads what tenantgen does not understand", d.Column)
		case !ok:
			fail(leave, "reads what tenantgen does not understand, so it cannot be said to belong to nobody")
		case d.Global && len(tenants) > 0:
			fail(leave, "reads %s, whose rows belong to tenants, so it is not global", tenants[0])
		case d.Column != "" && len(tenants) == 0:
			fail("declare it {global: true}, or leave it out", "reads no table whose rows belong to tenants, so %s is no tenant", d.Column)
		}
	}
}

// tenantsOf names the tables with tenants' rows that a query reads, and reports whether all of it is understood.
func (c *conditions) tenantsOf(text string) (tables []string, ok bool) {
	units := sqltext.Split(text + ";")
	if len(units) != 1 || units[0].Stmt == nil {
		return nil, false
	}
	st := c.lowerer.Lower(units[0], text)
	var visit func(query.Node)
	visit = func(n query.Node) {
		if b, is := n.(*query.Base); is && c.own.Of(b.Table).Kind != tenancy.Global && !slices.Contains(tables, b.Table.Name.String()) {
			tables = append(tables, b.Table.Name.String())
		}
		query.Children(n, visit)
	}
	visit(st.Root)
	return tables, len(st.Opaque) == 0
}
