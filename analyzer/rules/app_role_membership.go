package rules

import (
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

var appRoleMembership = &Rule{
	Name:      "app-role-membership",
	Title:     "the application's role can become a role that row-level security does not stop",
	Severity:  Error,
	Kind:      Schema,
	Excusable: true,
	Text: `A member inherits privileges, or takes them on by SET ROLE (PostgreSQL manual,
22.3). Reported are memberships, also by way of other roles, in roles with
SUPERUSER, BYPASSRLS, REPLICATION, CREATEROLE or CREATEDB, in owners of tables,
schemas and the like, in PostgreSQL's predefined roles, in cross_tenant_role, and in
roles that no schema file makes, of which nothing is known. What a harmless role is
granted counts as granted to the application's role.`,
	Bad:  `GRANT pg_read_all_data TO app_tenant;`,
	Good: `CREATE ROLE reports; GRANT reports TO app_tenant;`,
	Run: func(p *Pass) {
		for _, r := range p.reaches() {
			if r.by == nil {
				continue
			}
			if powers := p.powers(r.role); len(powers) > 0 {
				p.report(r.by.Pos, "", excuse("REVOKE "+ident(r.role)+" FROM "+ident(r.by.Role)),
					"role "+p.App.Role+" can become "+r.role+", which "+strings.Join(powers, " and "))
			}
		}
	},
}

// predefined are roles of PostgreSQL's own that no policy or grant holds back, with what
// they do (PostgreSQL manual, 22.5).
var predefined = map[string]string{
	"pg_read_all_data":          "reads every table",
	"pg_write_all_data":         "writes every table",
	"pg_read_server_files":      "reads the server's files",
	"pg_write_server_files":     "writes the server's files",
	"pg_execute_server_program": "runs programs on the server",
	"pg_maintain":               "locks and rebuilds every table",
	"pg_create_subscription":    "copies tables from other servers",
}

// powers names what of a role row-level security does not stop.
func (p *Pass) powers(name string) []string {
	var list []string
	r := p.roleOf(name)
	switch what := predefined[name]; {
	case what != "":
		list = append(list, what)
	case strings.HasPrefix(name, "pg_"):
		list = append(list, "PostgreSQL predefines")
	case name == p.App.CrossTenantRole:
		list = append(list, "no policy binds")
	case r == nil || r.Partial:
		list = append(list, "no schema file makes, so that what it may do is not known")
	}
	if r != nil {
		for _, a := range attributes(r) {
			list = append(list, "has "+a)
		}
	}
	if owned := p.ownedBy(name); len(owned) > 0 {
		list = append(list, "owns "+shortened(owned))
	}
	return list
}

func (p *Pass) ownedBy(role string) []string {
	var list []string
	for _, o := range p.DB.Owners {
		if o.Role == role {
			list = append(list, object(o.Kind, o.On))
		}
	}
	return list
}

func object(kind string, on catalog.Name) string {
	if on.Name == "" && on.Schema != "" {
		return kind + " in schema " + on.Schema
	}
	if on.Name == "" {
		return "all " + kind
	}
	return kind + " " + on.String()
}
