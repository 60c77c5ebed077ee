package migrate

import (
	"fmt"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// crossTenant creates the role of cross-tenant queries and grants it what they do, and
// nothing else. The role has BYPASSRLS: an exemption in the policies themselves would
// be one that a later policy or role could come into, and would cost every other query
// its index. It is the cluster's superusers who decide about that attribute (PostgreSQL
// manual, CREATE ROLE), so the migration asks for the role where it may not create it.
func (p *planner) crossTenant(w Wanted) {
	role := w.CrossTenantRole
	if role == "" {
		return
	}
	var list []access
	for _, a := range w.CrossTenant {
		list = append(list, access{table: a.Table, privileges: a.Privileges, cause: "queries declared cross-tenant use it"})
	}
	slices.SortFunc(list, func(a, b access) int { return a.table.Name.Compare(b.table.Name) })
	list = append(list, viewAccess(w.CrossTenantViews, nil)...)
	p.withdrawOthers(role, list)
	if len(list) == 0 {
		p.draws(role, nil, nil)
		return
	}
	if !p.established(role) {
		p.add(Step{
			Comment: fmt.Sprintf("Create the role %s, which cross-tenant queries run as, where it is missing. No policy applies to it. "+
				"It cannot log in, and membership does not pass BYPASSRLS on: let the sessions of the pool's login run as it (GRANT %[1]s TO the login, then ALTER ROLE of the login SET role = '%[1]s', "+
				"or options=-c%%20role=%[1]s in the connection string), or give the login BYPASSRLS itself. Undoing this migration keeps it, because other databases may use it.", role),
			SQL:   []string{p.createCrossTenantRole(role, p.appRole)},
			Cause: "cross_tenant_role is " + role,
		})
	}
	p.grantAll(role, list, "may do what cross-tenant queries do")
	p.draws(role, list, w.CrossTenantSequences)
}

// established reports whether the migrations know a role.
func (p *planner) established(role string) bool {
	return slices.ContainsFunc(p.db.Roles, func(r *catalog.Role) bool { return r.Name == role }) ||
		slices.ContainsFunc(p.db.Grants, func(g *catalog.Grant) bool {
			return g.Role == role || g.Kind == "role" && g.On.Name == role
		})
}

func (w *Wanted) checkCrossTenant(db *catalog.Database) error {
	switch {
	case w.CrossTenantRole == "":
		return nil
	case w.CrossTenantRole == w.AppRole:
		return fmt.Errorf("cross_tenant_role %s is app_role too, which the policies must bind", w.AppRole)
	}
	for _, r := range db.Roles {
		if r.Name == w.CrossTenantRole && (r.Superuser || !r.BypassRLS) {
			return fmt.Errorf("cross_tenant_role %s is created without BYPASSRLS or as a superuser (%s:%d): it needs BYPASSRLS and nothing more", r.Name, r.Pos.File, r.Pos.Line)
		}
	}
	for _, g := range db.Grants {
		if g.Kind == "role" && g.On.Name == w.CrossTenantRole && g.Role == w.AppRole && w.AppRole != "" {
			return fmt.Errorf("app_role %s is a member of cross_tenant_role %s, so that no policy binds it", w.AppRole, w.CrossTenantRole)
		}
	}
	return nil
}
