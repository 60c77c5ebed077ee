package verify

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/migrate"
)

var missingRole = &rules.Rule{
	Name: "missing-role", Kind: rules.Database, Severity: rules.Error,
	Title: "the application's role does not exist",
	Text: `The migrations create the role that app_role names and grant it the tables. Without it
the application runs as some other role, which nobody has verified.`,
}

var roleAttributes = &rules.Rule{
	Name: "role-attributes", Kind: rules.Database, Severity: rules.Error,
	Title: "the application's role has an attribute that row-level security does not stop",
	Text: `SUPERUSER and BYPASSRLS switch every policy off for the role. REPLICATION reads all
changes of all tenants from the write-ahead log. CREATEROLE can make itself a member of
other roles (PostgreSQL manual, CREATE ROLE).`,
	Bad:  `ALTER ROLE app_tenant BYPASSRLS;`,
	Good: `ALTER ROLE app_tenant NOBYPASSRLS;`,
}

var roleMembership = &rules.Rule{
	Name: "role-membership", Kind: rules.Database, Severity: rules.Error,
	Title: "the application's role can become a role that row-level security does not stop",
	Text: `A member inherits privileges, or takes them on by SET ROLE (PostgreSQL manual, 22.3).
Reported are roles with SUPERUSER, BYPASSRLS, REPLICATION or CREATEROLE, owners of
tables, schemas or the database, and predefined roles that read or write files, run
programs, or read and write every table. Since PostgreSQL 16 a membership without INHERIT,
SET and ADMIN counts for nothing; with ADMIN OPTION a member grants itself the others.
Predefined roles that nothing is known of count as powerful.`,
	Bad:  `GRANT pg_read_all_data TO app_tenant;`,
	Good: `REVOKE pg_read_all_data FROM app_tenant;`,
}

var roleOwns = &rules.Rule{
	Name: "role-owns", Kind: rules.Database, Severity: rules.Error,
	Title: "the application's role owns something of the database",
	Text: `An owner may switch row-level security off, drop policies and grant itself whatever it
lacks (PostgreSQL manual, 5.7). Whoever owns a view, a function, a type or a sequence changes what
every tenant's queries run, and large objects have no policies. Everything belongs to the
role that runs the migrations.`,
	Bad: `ALTER TABLE tags OWNER TO app_tenant;`,
	Good: `ALTER TABLE tags OWNER TO CURRENT_USER;
GRANT SELECT, INSERT, UPDATE, DELETE ON tags TO app_tenant;`,
}

var loginRole = &rules.Rule{
	Name: "login-role", Kind: rules.Database, Severity: rules.Warning,
	Title: "a role that can log in and become the application's role is itself above row-level security",
	Text: `The application connects as a member of app_role, or as app_role. A member that is
a superuser, has BYPASSRLS, owns tenant tables or has been granted TRUNCATE and the like
is not held back unless it really does SET ROLE, and RESET ROLE takes that back. Members that only administer the role, WITH
ADMIN OPTION, are left out.`,
	Bad:  `CREATE ROLE verify_worker LOGIN BYPASSRLS IN ROLE app_tenant;`,
	Good: `REVOKE app_tenant FROM verify_worker;`,
}

// role judges the application's roles, what they can become, and who can become them.
func (p *pass) role() {
	for _, name := range p.promised.appRoles {
		r := p.live.roleNamed(name)
		if r == nil {
			p.found(missingRole, Finding{Object: "role " + name, Message: "does not exist", Is: "no such role", Promised: "a role without attributes",
				SQL: []string{"CREATE ROLE " + migrate.QuoteIdent(name) + " NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;"}, Hint: "then apply the migrations, which grant it the tables"})
			continue
		}
		p.appRole(r)
		p.members(r)
	}
}

func (p *pass) appRole(r *role) {
	object, ident := "role "+r.name, migrate.QuoteIdent(r.name)
	if have := attributes(r); len(have) > 0 {
		p.found(roleAttributes, Finding{Object: object, Message: "has " + strings.Join(have, ", "), Is: strings.Join(have, " "), Promised: "none of them",
			SQL: []string{"ALTER ROLE " + ident + " NO" + strings.Join(have, " NO") + ";"}})
	}
	if owned := p.owns(r, true); len(owned) > 0 {
		p.found(roleOwns, Finding{Object: object, Message: "owns " + shortened(owned), Is: strings.Join(owned, ", "), Promised: "it owns nothing",
			Hint: "ALTER … OWNER TO the role that runs the migrations"})
	}
	if r.superuser {
		return // it is a member of everything
	}
	for _, other := range p.live.reaches(r)[1:] {
		if powers := p.powers(other, true); len(powers) > 0 {
			p.found(roleMembership, Finding{Object: object, Message: "can become " + other.name + ", which " + strings.Join(powers, " and "),
				Is: "a member of " + other.name, Promised: "no such membership", SQL: []string{"REVOKE " + migrate.QuoteIdent(p.through(r, other).name) + " FROM " + ident + ";"}})
		}
	}
}

// through returns the role that a role is a direct member of on its way to another.
func (p *pass) through(r, other *role) *role {
	for _, m := range r.memberOf {
		if (m.usable || m.admin) && slices.Contains(p.live.reaches(m.of), other) {
			return m.of
		}
	}
	return other
}

// members judges the roles that log in and become the application's role.
func (p *pass) members(app *role) {
	var names []string
	for _, r := range p.live.roles {
		if r.login && r != app && (r.superuser || slices.Contains(p.live.becomes(r), app)) && slices.ContainsFunc(r.memberOf, func(m membership) bool {
			return m.usable && !m.admin && slices.Contains(p.live.becomes(m.of), app)
		}) {
			names = append(names, r.name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if powers := p.memberPowers(p.live.roleNamed(name)); len(powers) > 0 {
			p.found(loginRole, Finding{Object: "role " + name, Message: "can become " + app.name + ", and itself " + strings.Join(powers, " and "),
				Is: strings.Join(powers, ", "), Promised: "a login that " + app.name + " is all of", SQL: []string{"REVOKE " + migrate.QuoteIdent(app.name) + " FROM " + migrate.QuoteIdent(name) + ";"},
				Hint: "connect the application as a role of its own"})
		}
	}
}

// memberPowers names what a login can do besides the application's role that no policy
// stops: by its attributes and possessions, and by what is granted to it on its own.
func (p *pass) memberPowers(r *role) []string {
	list := p.powers(r, false)
	others := map[oid]bool{}
	for _, b := range p.live.becomes(r) {
		others[b.oid] = !p.holders[b.oid]
		if b != r && others[b.oid] {
			for _, power := range p.powers(b, false) {
				list = append(list, "can become "+b.name+", which "+power)
			}
		}
	}
	var grants []string
	p.sorted(func(rel *relation) {
		copies := rel.kind == materialized && len(p.tenantTables(rel, map[*relation]bool{})) > 0
		t := p.promised.byName[rel.name]
		for _, g := range rel.grants {
			if others[g.grantee] && (copies || (p.owned[rel] || t != nil) && unstopped(g, t.allowed())) {
				grants = append(grants, strings.ToUpper(g.privilege)+" "+rel.name.String())
			}
		}
	})
	if len(grants) > 0 {
		list = append(list, "may "+shortened(slices.Compact(grants)))
	}
	return list
}
