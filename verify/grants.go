package verify

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/migrate"
)

var missingGrant = &rules.Rule{
	Name: "missing-grant", Kind: rules.Database, Severity: rules.Warning,
	Title: "the application's role lacks a privilege that the migrations grant",
	Text:  `Queries fail; nothing leaks.`,
	Bad:   `REVOKE DELETE ON notes FROM app_tenant;`,
	Good:  `GRANT DELETE ON notes TO app_tenant;`,
}

var excessGrant = &rules.Rule{
	Name: "excess-grant", Kind: rules.Database, Severity: rules.Error,
	Title: "the application's role has a privilege that no policy limits",
	Text: `TRUNCATE looks at no row, REFERENCES tells by a foreign key whether a row exists, and
TRIGGER sees what others write (PostgreSQL manual, 5.8 and 5.9). On a table that tenants
share, writes are excess too unless a query of the application makes them: one tenant
would change what all of them read. Privileges count whether they are the role's own,
PUBLIC's or those of a role that it can become, on the table or on columns. On tenant tables what
no query does is a warning: the policies hold it.`,
	Bad:  `GRANT ALL ON notes TO app_tenant;`,
	Good: `REVOKE TRUNCATE, REFERENCES, TRIGGER ON notes FROM app_tenant;`,
}

var publicGrant = &rules.Rule{
	Name: "public-grant", Kind: rules.Database, Severity: rules.Warning,
	Title: "everybody who can connect may use a tenant table",
	Text: `The policies apply to PUBLIC too, so that nobody sees another tenant's rows without
naming the tenant; but naming one is all it takes, and every role of the cluster can.`,
	Bad:  `GRANT SELECT ON notes TO PUBLIC;`,
	Good: `REVOKE SELECT ON notes FROM PUBLIC;`,
}

var schemaCreate = &rules.Rule{
	Name: "schema-create", Kind: rules.Database, Severity: rules.Error,
	Title: "the application's role may create schemas, or objects in a schema",
	Text: `What it creates is there for every tenant: a table without policies to put rows into, a
function or an operator that stands in for the one that the next tenant's query means, a schema
that is called as a role and so comes first in its search_path (PostgreSQL manual, 5.10.6). A role sets its own search_path, so
that no schema is out of the way. PUBLIC may create in the schema public of databases that
PostgreSQL 14 or older made.`,
	Bad:  `GRANT CREATE ON SCHEMA public TO app_tenant;`,
	Good: `REVOKE CREATE ON SCHEMA public FROM app_tenant;`,
}

var defaultPrivileges = &rules.Rule{
	Name: "default-privileges", Kind: rules.Database, Severity: rules.Warning,
	Title: "the application's role gets privileges on every table that will be created",
	Text: `A new table is then usable before its policies are there, and with ALL also by what no
policy limits (PostgreSQL manual, ALTER DEFAULT PRIVILEGES). The migrations grant what is
needed, table by table, after the policies.`,
	Bad:  `ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO app_tenant;`,
	Good: `ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM app_tenant;`,
}

var ordinaryPrivileges = []string{"select", "insert", "update", "delete"}

// unlimited are privileges that are excess wherever tenants' rows are.
var unlimited = []string{"truncate", "references", "trigger"}

// grants compares what the application's roles may do with what they should.
func (p *pass) grants() {
	if slices.ContainsFunc(p.apps, func(r *role) bool { return r.superuser }) {
		return // it may do everything, which is reported already
	}
	p.tables(func(t *promisedTable, rel *relation) {
		p.missing(t, rel)
		if t.protected() {
			p.everybodys(t, rel)
		}
		if !p.excess(t, rel, t.allowed()) && t.protected() {
			p.surplus(t, rel)
		}
		for _, child := range rel.descendants() {
			if p.promised.byName[child.name] == nil {
				p.excess(t, child, t.allowed())
			}
		}
	})
}

func (p *pass) missing(t *promisedTable, rel *relation) {
	if len(p.apps) == 0 || p.holders[rel.owner] {
		return
	}
	var lacks []string
	for _, want := range t.access {
		if !slices.ContainsFunc(p.held(rel), func(g grant) bool { return g.privilege == want && g.column == "" }) {
			lacks = append(lacks, strings.ToUpper(want))
		}
	}
	if len(lacks) == 0 {
		return
	}
	have := p.reach(rel)
	if have == "" {
		have = "no privilege"
	}
	list := strings.Join(slices.Compact(lacks), ", ")
	f := Finding{Object: "table " + t.Name.String(), Table: t.Name, Message: p.apps[0].name + " lacks " + list, Is: have, Promised: strings.ToUpper(strings.Join(t.access, ", ")),
		SQL: []string{fmt.Sprintf("GRANT %s ON %s TO %s;", list, quote(t.Name), migrate.QuoteIdent(p.apps[0].name))}}
	p.found(missingGrant, f)
}

// excess reports what is held beyond what is allowed, one finding for each table, and whether
// there is any.
func (p *pass) excess(t *promisedTable, rel *relation, allowed []string) bool {
	var is []string
	revoked := map[string][]string{} // what to revoke, by how and from whom
	for _, g := range p.held(rel) {
		beyond := unstopped(g, allowed)
		if !beyond && !g.grantable {
			continue
		}
		privilege, option, passes := strings.ToUpper(g.privilege), "", ""
		if g.column != "" {
			privilege += " (" + migrate.QuoteIdent(g.column) + ")"
		}
		if !beyond {
			option, passes = "GRANT OPTION FOR ", " WITH GRANT OPTION"
		}
		is = append(is, privilege+passes+" of "+p.live.roleName(g.grantee))
		key := fmt.Sprintf("REVOKE %s%%s ON %s FROM %s;", option, escaped(quote(rel.name)), escaped(p.grantee(g.grantee)))
		revoked[key] = append(revoked[key], privilege)
	}
	if len(is) == 0 {
		return false
	}
	promise := "nothing"
	if len(allowed) > 0 {
		promise = strings.ToUpper(strings.Join(allowed, ", "))
	}
	var sql []string
	for _, key := range slices.Sorted(maps.Keys(revoked)) {
		sql = append(sql, fmt.Sprintf(key, joined(revoked[key])))
	}
	why := "no policy limits that"
	if !t.protected() {
		why = "every tenant shares the table"
	}
	p.found(excessGrant, Finding{Object: "table " + rel.name.String(), Table: t.Name, Message: "the application's role may do more than it should; " + why,
		Is: joined(is), Promised: promise, SQL: sql})
	return true
}

// surplus reports what the application's roles have been granted themselves of a tenant table
// and no query does, but for grants that somebody answers for in a schema file.
func (p *pass) surplus(t *promisedTable, rel *relation) {
	for _, app := range p.apps {
		var list []string
		for _, g := range rel.grants {
			answered := slices.ContainsFunc(t.db.Grants, func(have *catalog.Grant) bool {
				return have.Role == app.name && have.Kind == "table" && have.On == t.Name && (have.Privilege == g.privilege || have.Privilege == "all") && t.db.Answered(have.Pos)
			})
			if g.grantee == app.oid && g.column == "" && slices.Contains(ordinaryPrivileges, g.privilege) && !slices.Contains(t.access, g.privilege) && !answered {
				list = append(list, strings.ToUpper(g.privilege))
			}
		}
		if len(list) > 0 {
			p.found(excessGrant, Finding{Object: "table " + t.Name.String(), Table: t.Name, Severity: rules.Warning, Message: app.name + " may do what no query does; policies limit it",
				Is: joined(list), Promised: promisedList(t.access), SQL: []string{fmt.Sprintf("REVOKE %s ON %s FROM %s;", joined(list), quote(t.Name), migrate.QuoteIdent(app.name))}})
		}
	}
}

// unstopped reports whether a privilege is more than what is allowed. Reading what tenants
// share is always allowed, and so is what PostgreSQL may add in later versions, such as
// MAINTAIN, which shows and changes no row.
func unstopped(g grant, allowed []string) bool {
	return !slices.Contains(allowed, g.privilege) && (slices.Contains(unlimited, g.privilege) || slices.Contains(ordinaryPrivileges[1:], g.privilege))
}

// allowed lists what the application's role may do with a promised table, or with a
// part of one; policies limit it on tenant tables.
func (t *promisedTable) allowed() []string {
	if t == nil || t.protected() {
		return ordinaryPrivileges
	}
	return t.access
}

// escaped keeps a name from being read as a format.
func escaped(name string) string { return strings.ReplaceAll(name, "%", "%%") }

// everybodys reports a tenant table that PUBLIC may use as the policies allow.
func (p *pass) everybodys(t *promisedTable, rel *relation) {
	var list []string
	for _, g := range rel.grants {
		if g.grantee == public && slices.Contains(ordinaryPrivileges, g.privilege) {
			list = append(list, strings.ToUpper(g.privilege))
		}
	}
	if len(list) == 0 {
		return
	}
	is := joined(list)
	p.found(publicGrant, Finding{Object: "table " + t.Name.String(), Table: t.Name, Message: "everybody who can connect may " + is, Is: is + " of PUBLIC",
		Promised: "grants to the application's role only", SQL: []string{fmt.Sprintf("REVOKE %s ON %s FROM PUBLIC;", is, quote(t.Name))}})
}

// schemaGrants looks for USAGE that is missing.
func (p *pass) schemaGrants() {
	if len(p.apps) == 0 || slices.ContainsFunc(p.apps, func(r *role) bool { return r.superuser }) {
		return
	}
	app := migrate.QuoteIdent(p.apps[0].name)
	for _, name := range p.promised.schemas {
		for _, s := range p.live.schemas {
			if s.name != name || p.holders[s.owner] {
				continue
			}
			ident, usage := migrate.QuoteIdent(name), false
			for _, g := range s.grants {
				if !p.holders[g.grantee] {
					continue
				}
				usage = usage || g.privilege == "usage"
			}
			if !usage {
				p.found(missingGrant, Finding{Object: "schema " + name, Message: p.apps[0].name + " lacks USAGE", Is: "no USAGE", Promised: "USAGE",
					SQL: []string{fmt.Sprintf("GRANT USAGE ON SCHEMA %s TO %s;", ident, app)}})
			}
		}
	}
}

// createdKinds names what default privileges are about (PostgreSQL manual, 53.16).
var createdKinds = map[byte]string{'r': "TABLES", 'n': "SCHEMAS", 'L': "LARGE OBJECTS"}

// defaults reports what the application's roles will get on tables and schemas to come, one
// finding for each rule of ALTER DEFAULT PRIVILEGES.
func (p *pass) defaults() {
	found := map[string]int{}
	for _, d := range p.live.defaults {
		if !p.holders[d.grantee] || d.grantee == d.creator {
			continue
		}
		where, in := "every schema", ""
		if d.schema != "" {
			where, in = "schema "+d.schema, " IN SCHEMA "+migrate.QuoteIdent(d.schema)
		}
		creator, privilege := p.live.roleName(d.creator), strings.ToUpper(d.privilege)
		key := fmt.Sprint(d.creator, d.schema, d.grantee, d.kind)
		if at, ok := found[key]; ok {
			p.findings[at].Is += ", " + privilege
			continue
		}
		found[key] = len(p.findings)
		p.found(defaultPrivileges, Finding{Object: "role " + creator, Message: fmt.Sprintf("the %s that it creates in %s are granted to %s at once", strings.ToLower(createdKinds[d.kind]), where, p.live.roleName(d.grantee)),
			Is: privilege, Promised: "grants after the policies are there",
			SQL: []string{fmt.Sprintf("ALTER DEFAULT PRIVILEGES FOR ROLE %s%s REVOKE ALL ON %s FROM %s;", migrate.QuoteIdent(creator), in, createdKinds[d.kind], p.grantee(d.grantee))}})
	}
}
