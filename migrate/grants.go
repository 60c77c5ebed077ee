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
	p.schemas()
	var drawing []catalog.Name
	for _, a := range p.granted {
		p.withdraw(a)
		missing := p.missing(a)
		if len(missing) == 0 {
			continue
		}
		on := QuoteName(a.table.Name)
		p.add(Step{
			Comment: fmt.Sprintf("%s: %s may use the rows that the policies leave.", a.table.Name, p.appRole),
			SQL:     []string{p.grant(missing, on, p.appRole)},
			Reverse: []string{p.revoke(missing, on, p.appRole)},
			Cause:   a.cause,
		})
		if slices.Contains(missing, "insert") && mayDraw(a.table) {
			drawing = append(drawing, a.table.Name)
		}
	}
	p.drawFrom(drawing)
}

func (p *planner) schemas() {
	for _, s := range p.schemasUsed() {
		if s == "" || p.hasSchema(s) {
			continue
		}
		on := "SCHEMA " + QuoteIdent(s)
		p.add(Step{
			Comment: fmt.Sprintf("%s may look up names in the schema %s.", p.appRole, s),
			SQL:     []string{p.grant([]string{"usage"}, on, p.appRole)},
			Reverse: []string{p.revoke([]string{"usage"}, on, p.appRole)},
			Cause:   "it holds tables that queries use",
		})
	}
}

func (p *planner) schemasUsed() []string {
	var list []string
	for _, a := range p.granted {
		list = append(list, a.table.Name.Schema)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// tablePrivileges are all that can be granted on a table. No policy limits the
// last three: TRUNCATE looks at no row, a foreign key of one's own tells whether
// a row exists, and a trigger sees the rows that others write.
var tablePrivileges = []string{"select", "insert", "update", "delete", "truncate", "references", "trigger"}

// withdraw takes away what the migrations granted beyond what is wanted.
func (p *planner) withdraw(a access) {
	held := slices.DeleteFunc(slices.Clone(tablePrivileges), func(privilege string) bool {
		return slices.Contains(a.privileges, privilege) || !p.hasTable(privilege, a.table.Name)
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
func (p *planner) missing(a access) []string {
	return slices.DeleteFunc(slices.Clone(a.privileges), func(privilege string) bool {
		return p.hasTable(privilege, a.table.Name)
	})
}

func (p *planner) hasTable(privilege string, table catalog.Name) bool {
	return slices.ContainsFunc(p.db.Grants, func(g *catalog.Grant) bool {
		return g.Role == p.appRole && g.Kind == "table" && g.On == table && (g.Privilege == privilege || g.Privilege == "all")
	})
}

func (p *planner) hasSchema(schema string) bool {
	return slices.ContainsFunc(p.db.Grants, func(g *catalog.Grant) bool {
		return g.Role == p.appRole && g.Kind == "schema" && (g.Privilege == "usage" || g.Privilege == "all") &&
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

func (p *planner) drawFrom(tables []catalog.Name) {
	if len(tables) == 0 {
		return
	}
	p.add(Step{
		Comment: fmt.Sprintf("%s may draw from the sequences that column defaults of these tables use.", p.appRole),
		SQL:     []string{p.grantSequences(tables, p.appRole)},
		Reverse: []string{p.revokeSequences(tables, p.appRole)},
		Cause:   "serial columns",
	})
}
