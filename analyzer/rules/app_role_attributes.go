package rules

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

var appRoleAttributes = &Rule{
	Name:      "app-role-attributes",
	Title:     "a role of the application has an attribute that row-level security does not stop",
	Severity:  Error,
	Kind:      Schema,
	Excusable: true,
	Text: `SUPERUSER and BYPASSRLS switch every policy off for the role. REPLICATION reads all
changes of all tenants from the write-ahead log. CREATEROLE can make itself a member
of other roles, and CREATEDB copies a database without its connections (PostgreSQL
manual, CREATE ROLE). Judged are app_role, the roles that log in and can become it,
which are not held back unless they really SET ROLE, and cross_tenant_role, which
has BYPASSRLS and must have nothing more.`,
	Bad:  `CREATE ROLE app_tenant NOLOGIN BYPASSRLS;`,
	Good: `CREATE ROLE app_tenant NOLOGIN NOBYPASSRLS;`,
	Run: func(p *Pass) {
		for _, r := range p.DB.Roles {
			have := attributes(r)
			if r.Name == p.App.CrossTenantRole && r.Name != "" {
				have = slices.DeleteFunc(have, func(a string) bool { return a == "BYPASSRLS" })
			} else if !p.becomesApp(r.Name) || r.Name != p.App.Role && !r.Login {
				continue
			}
			if len(have) > 0 {
				p.report(attributesAt(r), "", excuse("ALTER ROLE "+ident(r.Name)+" NO"+strings.Join(have, " NO")), "role "+r.Name+" has "+strings.Join(have, ", ")+what(p, r.Name))
			}
		}
	},
}

func attributesAt(r *catalog.Role) catalog.Pos {
	if r.Altered.File != "" {
		return r.Altered
	}
	return r.Pos
}

// what says what a role is to the application.
func what(p *Pass, role string) string {
	switch role {
	case p.App.Role:
		return ", and the application's queries run as it"
	case p.App.CrossTenantRole:
		return ", and the application's cross-tenant queries run as it"
	}
	return ", logs in, and can become " + p.App.Role
}
