package migrate

import (
	"fmt"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// grants gives the application's role the use of the schemas, the tables and
// the sequences behind them: never TRUNCATE, which no policy stops.
func (p *planner) grants() {
	if p.appRole == "" {
		return
	}
	for _, a := range p.granted {
		p.withdraw(a)
	}
	p.withdrawViews()
	p.grantAll(p.appRole, slices.Concat(p.granted, p.views), "may use the rows that the policies leave")
}

// viewAccess is what a role needs of views, those without security_invoker only where
// any will do.
func viewAccess(uses []ViewAccess, any bool) []access {
	var list []access
	for _, use := range uses {
		if use.View == nil || !any && (use.View.Materialized || !use.View.SecurityInvoker) {
			continue
		}
		a := access{view: use.View, privileges: []string{"select"}, cause: "a view that queries read"}
		if use.Write {
			a.privileges, a.cause = []string{"select", "insert", "update", "delete"}, "a view that queries write through"
		}
		i := slices.IndexFunc(list, func(have access) bool { return have.view == use.View })
		switch {
		case i < 0:
			list = append(list, a)
		case use.Write:
			list[i] = a
		}
	}
	slices.SortFunc(list, func(a, b access) int { return compareNames(a.name(), b.name()) })
	return list
}

// grantAll grants what a role lacks, and the use of the schemas and sequences for it.
func (p *planner) grantAll(role string, list []access, may string) {
	p.schemas(role, list)
	var drawing []catalog.Name
	for _, a := range list {
		missing := p.missing(role, a)
		if len(missing) == 0 {
			continue
		}
		on := QuoteName(a.name())
		p.add(Step{
			Comment: fmt.Sprintf("%s: %s %s.", a.name(), role, may),
			SQL:     []string{p.grant(missing, on, role)},
			Reverse: []string{p.revoke(missing, on, role)},
			Cause:   a.cause,
		})
		if a.table != nil && slices.Contains(missing, "insert") && mayDraw(a.table) {
			drawing = append(drawing, a.name())
		}
	}
	p.drawFrom(drawing, role)
}

func (p *planner) schemas(role string, list []access) {
	for _, s := range schemasOf(list) {
		if s == "" || p.hasSchema(role, s) {
			continue
		}
		on := "SCHEMA " + QuoteIdent(s)
		p.add(Step{
			Comment: fmt.Sprintf("%s may look up names in the schema %s.", role, s),
			SQL:     []string{p.grant([]string{"usage"}, on, role)},
			Reverse: []string{p.revoke([]string{"usage"}, on, role)},
			Cause:   "it holds tables that queries use",
		})
	}
}

func schemasOf(list []access) []string {
	var names []string
	for _, a := range list {
		names = append(names, a.name().Schema)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// tablePrivileges are all that can be granted on a table. No policy limits the
// last four: TRUNCATE looks at no row, a foreign key of one's own tells whether
// a row exists, a trigger sees the rows that others write, and MAINTAIN locks the table.
var tablePrivileges = []string{"select", "insert", "update", "delete", "truncate", "references", "trigger", "maintain"}

// withdraw takes away what the migrations granted beyond what is wanted.
func (p *planner) withdraw(a access) {
	held := slices.DeleteFunc(slices.Clone(tablePrivileges), func(privilege string) bool {
		return slices.Contains(a.privileges, privilege) || !p.mayHold(p.appRole, privilege, a.name()) || p.answered(p.appRole, privilege, a.name())
	})
	if len(held) == 0 {
		return
	}
	limits := "do what no policy stops"
	if p.targets[a.name()] == nil {
		limits = "change what all tenants share"
	}
	on := QuoteName(a.name())
	p.add(Step{
		Comment: fmt.Sprintf("%s: %s may not %s.", a.name(), p.appRole, limits),
		SQL:     []string{p.revoke(held, on, p.appRole)},
		Reverse: []string{p.grant(held, on, p.appRole)},
		Cause:   a.cause,
	})
}

// missing returns the privileges that no migration grants on the table itself.
// A grant on all tables of a schema counts for the tables of its time, which
// the catalog lists one by one.
func (p *planner) missing(role string, a access) []string {
	return slices.DeleteFunc(slices.Clone(a.privileges), func(privilege string) bool {
		return p.hasTable(role, privilege, a.name())
	})
}

// mayHold is hasTable, what default privileges may have given to it included. PostgreSQL
// knows MAINTAIN since 17, so it is taken back where somebody named it.
func (p *planner) mayHold(role, privilege string, table catalog.Name) bool {
	return slices.ContainsFunc(p.db.Grants, func(g *catalog.Grant) bool {
		return g.Role == role && g.Kind == "table" && !g.System && g.On == table && (g.Privilege == privilege || g.Privilege == "all" && privilege != "maintain")
	})
}

func (p *planner) hasTable(role, privilege string, table catalog.Name) bool {
	return slices.ContainsFunc(p.db.Grants, func(g *catalog.Grant) bool {
		return g.Role == role && g.Kind == "table" && !g.Default && g.On == table && (g.Privilege == privilege || g.Privilege == "all")
	})
}

func (p *planner) hasSchema(role, schema string) bool {
	return slices.ContainsFunc(p.db.Grants, func(g *catalog.Grant) bool {
		return g.Role == role && g.Kind == "schema" && (g.Privilege == "usage" || g.Privilege == "all") &&
			(g.On.Name == schema || g.On.Schema == schema)
	})
}

// mayDraw reports whether a column default may draw from a sequence: that of a
// serial column looks like this in the catalog. Identity columns need no grant.
func mayDraw(t *catalog.Table) bool {
	integers := []string{"int2", "int4", "int8"}
	return slices.ContainsFunc(t.Columns, func(c *catalog.Column) bool {
		return c.HasDefault && !c.Identity && !c.Generated && slices.Contains(integers, c.Type.Name.Name)
	})
}

func (p *planner) drawFrom(tables []catalog.Name, role string) {
	if len(tables) == 0 {
		return
	}
	p.add(Step{
		Comment: fmt.Sprintf("%s may draw from the sequences that column defaults of these tables use.", role),
		SQL:     []string{p.grantSequences(tables, role)},
		Reverse: []string{p.revokeSequences(tables, role)},
		Cause:   "serial columns",
	})
}
