package rules

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// SharedWrites finds what app_role itself may write of tables that tenants share, and no
// query of the application writes: whoever gets in as a tenant changes what all of them
// read. The next migration takes it back. It is a part of app-role-privileges that only
// those can judge who know the queries.
func SharedWrites(db *catalog.Database, own *tenancy.Map, app App, written map[*catalog.Table]bool) []Finding {
	p := &Pass{DB: db, Own: own, App: app, rule: appRolePrivileges}
	for _, g := range db.Grants {
		if !p.writesShared(g) || written[db.Table(g.On)] || db.Answered(g.Pos) {
			continue
		}
		p.report(g.Pos, "", excuse(revoke(g)), strings.ToUpper(g.Privilege)+" on "+object(g.Kind, g.On)+" for "+g.Role+": every tenant shares the table, and no query writes it")
		p.findings[len(p.findings)-1].Mended = p.mends(g)
	}
	return p.findings
}

// writesShared reports whether app_role may write a table that tenants share by a grant.
func (p *Pass) writesShared(g *catalog.Grant) bool {
	t := p.DB.Table(g.On)
	return g.Kind == "table" && g.Role == p.App.Role && g.Role != "" && t != nil && p.Own.Of(t).Kind == tenancy.Global &&
		(slices.Contains(ordinary[1:], g.Privilege) || g.Privilege == "all")
}
