package migrate

import (
	"fmt"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// withdrawViews takes back every right to views that read tenants' rows as their owner:
// one that lost security_invoker kept what was granted while it had it. Of other views it
// takes back what no query does.
func (p *planner) withdrawViews() {
	for _, v := range p.owners {
		p.revokeAll(p.appRole, v.Name, nil, "may not read what its owner may", "the view reads tenant tables without security_invoker")
	}
	for _, n := range p.grantedOn(p.appRole) {
		if p.db.Table(n) == nil && !slices.ContainsFunc(p.owners, func(v *catalog.View) bool { return v.Name == n }) {
			p.revokeAll(p.appRole, n, keep(n, p.views), "may not do any more what no query does", "no query needs it")
		}
	}
}

// grantedOn lists the tables and views that a role has been granted something on.
func (p *planner) grantedOn(role string) []catalog.Name {
	var names []catalog.Name
	for _, g := range p.db.Grants {
		if g.Role == role && g.Kind == "table" && !g.System && !slices.Contains(names, g.On) {
			names = append(names, g.On)
		}
	}
	slices.SortFunc(names, catalog.Name.Compare)
	return names
}

// keep lists what is wanted of a table or view.
func keep(n catalog.Name, wanted []access) []string {
	var privileges []string
	for _, a := range wanted {
		if a.name() == n {
			privileges = append(privileges, a.privileges...)
		}
	}
	return privileges
}

// withdrawOthers takes back what the migrations granted to a role beyond what is wanted of
// it, but for statements that somebody answers for.
func (p *planner) withdrawOthers(role string, wanted []access) {
	for _, n := range p.grantedOn(role) {
		p.revokeAll(role, n, keep(n, wanted), "may not do any more what no query does", "no cross-tenant query needs it")
	}
	p.leaveSchemas(role, wanted)
}

// revokeAll takes back what a role has of a table or view, but for what it is to keep.
func (p *planner) revokeAll(role string, on catalog.Name, keep []string, may, cause string) {
	held := slices.DeleteFunc(slices.Clone(tablePrivileges), func(privilege string) bool {
		return slices.Contains(keep, privilege) || !p.mayHold(role, privilege, on) || p.answered(role, privilege, on)
	})
	if len(held) == 0 {
		return
	}
	p.add(Step{
		Comment: fmt.Sprintf("%s: %s %s.", on, role, may),
		SQL:     []string{p.revoke(held, QuoteName(on), role)},
		Reverse: []string{p.grant(held, QuoteName(on), role)},
		Cause:   cause,
	})
}

// answered reports whether somebody answers for a grant, by a directive above it.
func (p *planner) answered(role, privilege string, on catalog.Name) bool {
	return slices.ContainsFunc(p.db.Grants, func(g *catalog.Grant) bool {
		return g.Role == role && g.Kind == "table" && g.On == on && (g.Privilege == privilege || g.Privilege == "all") && p.db.Answered(g.Pos)
	})
}

// leaveSchemas takes back the use of schemas in which a role has nothing to do.
func (p *planner) leaveSchemas(role string, wanted []access) {
	for _, g := range slices.Clone(p.db.Grants) {
		name := g.On.Name + g.On.Schema
		if g.Kind != "schema" || g.Role != role || g.Privilege != "usage" || slices.Contains(schemasOf(wanted), name) || p.db.Answered(g.Pos) {
			continue
		}
		on := "SCHEMA " + QuoteIdent(name)
		p.add(Step{
			Comment: fmt.Sprintf("%s may not look up names in the schema %s any more.", role, name),
			SQL:     []string{p.revoke([]string{"usage"}, on, role)},
			Reverse: []string{p.grant([]string{"usage"}, on, role)},
			Cause:   "no cross-tenant query needs it",
		})
	}
}
