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
	p.grantAll(p.appRole, p.granted, "may use the rows that the policies leave")
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
		on := QuoteName(a.table.Name)
		p.add(Step{
			Comment: fmt.Sprintf("%s: %s %s.", a.table.Name, role, may),
			SQL:     []string{p.grant(missing, on, role)},
			Reverse: []string{p.revoke(missing, on, role)},
			Cause:   a.cause,
		})
		if slices.Contains(missing, "insert") && mayDraw(a.table) {
			drawing = append(drawing, a.table.Name)
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
		names = append(names, a.table.Name.Schema)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// tablePrivileges are all that can be granted on a table. No policy limits the
// last three: TRUNCATE looks at no row, a foreign key of one's own tells whether
// a row exists, and a trigger sees the rows that others write.
var tablePrivileges = []string{"select", "insert", "update", "delete", "truncate", "references", "trigger"}

// withdraw takes away what the migrations granted beyond what is wanted.
func (p *planner) withdraw(a access) {
	held := slices.DeleteFunc(slices.Clone(tablePrivileges), func(privilege string) bool {
		return slices.Contains(a.privileges, privilege) || !p.hasTable(p.appRole, privilege, a.table.Name)
	})
	if len(held) == 0 {
		return
	}
	limits := "do what no policy stops"
	if p.targets[a.table.Name] == nil {
		limits = "change what all tenants share"
	}
	on := QuoteName(a.table.Name)
	p.add(Step{
		Comment: fmt.Sprintf("%s: %s may not %s.", a.table.Name, p.appRole, limits),
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
		return p.hasTable(role, privilege, a.table.Name)
	})
}

func (p *planner) hasTable(role, privilege string, table catalog.Name) bool {
	return slices.ContainsFunc(p.db.Grants, func(g *catalog.Grant) bool {
		return g.Role == role && g.Kind == "table" && g.On == table && (g.Privilege == privilege || g.Privilege == "all")
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
