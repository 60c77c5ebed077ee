package migrate

import (
	"fmt"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// grants gives the application's role the use of the schemas, the tables, views and
// sequences, as far as queries need it: never TRUNCATE, which no policy stops.
func (p *planner) grants() {
	if p.appRole == "" {
		return
	}
	for _, a := range p.granted {
		p.withdraw(a)
	}
	p.withdrawViews()
	list := slices.Concat(p.granted, p.views)
	p.grantAll(p.appRole, list, "may use the rows that the policies leave")
	p.draws(p.appRole, list, p.sequences)
}

func targetAccess(t *Target) access {
	privileges := t.Privileges
	if privileges == nil {
		privileges = []string{"select", "insert", "update", "delete"}
	}
	return access{table: t.Table, privileges: privileges, cause: t.Why}
}

func globalAccess(g Global) access {
	a := access{table: g.Table, privileges: g.Privileges, cause: "a global table that queries only read"}
	if a.privileges == nil {
		a.privileges = []string{"select"}
	}
	if slices.ContainsFunc(a.privileges, func(privilege string) bool { return privilege != "select" }) {
		a.cause = "a global table that queries write"
	}
	return a
}

// viewAccess is what a role needs of views, but for some.
func viewAccess(uses []ViewAccess, without []*catalog.View) []access {
	var list []access
	for _, use := range uses {
		if use.View == nil || slices.ContainsFunc(without, func(v *catalog.View) bool { return v.Name == use.View.Name }) {
			continue
		}
		cause := "a view that queries read"
		if !slices.Equal(use.Privileges, []string{"select"}) {
			cause = "a view that queries write through"
		}
		list = append(list, access{view: use.View, privileges: use.Privileges, cause: cause})
	}
	slices.SortFunc(list, func(a, b access) int { return a.name().Compare(b.name()) })
	return list
}

// grantAll grants what a role lacks, and the use of the schemas for it.
func (p *planner) grantAll(role string, list []access, may string) {
	p.schemas(role, list)
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
	}
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
		if len(a.privileges) > 0 {
			names = append(names, a.name().Schema)
		}
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
	switch {
	case p.targets[a.name()] != nil && !slices.ContainsFunc(held, func(privilege string) bool { return !slices.Contains(tablePrivileges[:4], privilege) }):
		limits = "do what no query does"
	case p.targets[a.name()] == nil && slices.Equal(held, []string{"select"}):
		limits = "read what no query reads"
	case p.targets[a.name()] == nil:
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
