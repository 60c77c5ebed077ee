package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/migrate"
)

var systemGrant = &rules.Rule{
	Name: "system-grant", Kind: rules.Database, Severity: rules.Error,
	Title: "the application's role has a privilege on what belongs to PostgreSQL or its superusers",
	Text: `Statistics hold values of every tenant's rows, the table behind a table holds its long
values without policies, lo_import and pg_read_file read the server's files, SET on a parameter such as
session_replication_role switches foreign keys and triggers off, a foreign server or a
large object knows nothing of the tenant. Nothing of that has policies. What PostgreSQL and
the scripts of extensions grant themselves (pg_init_privs), and parameters of logging, are left alone.`,
	Bad:  `GRANT SELECT ON pg_statistic TO app_tenant;`,
	Good: `REVOKE SELECT ON pg_statistic FROM app_tenant;`,
}

var loginTrigger = &rules.Rule{
	Name: "login-trigger", Kind: rules.Database, Severity: rules.Error,
	Title: "an event trigger runs when a session begins",
	Text: `Since PostgreSQL 17 an event trigger ON login runs code in every session, and that can
give it a tenant before the application says which. Event triggers on DDL run in migrations, and
what they leave is verified.`,
}

var subscribedTable = &rules.Rule{
	Name: "subscribed-table", Kind: rules.Database, Severity: rules.Error,
	Title: "logical replication writes to a table of the application",
	Text: `A subscription writes rows as a replica: foreign keys are not checked and ordinary triggers do not fire
(PostgreSQL manual, 31.6 and 20.11.1), while proofs rest on them.`,
}

// system reports privileges on objects of the system.
func (p *pass) system() {
	for _, g := range p.live.privileges {
		if !p.holds(g.grantee) {
			continue
		}
		privilege := strings.ToUpper(g.privilege)
		if g.column != "" {
			privilege += " (" + migrate.QuoteIdent(g.column) + ")"
		}
		kind, name, _ := strings.Cut(g.on, " ")
		f := Finding{Object: strings.ToLower(kind) + " " + strings.TrimPrefix(name, "pg_catalog."), Message: "gives a role of the application " + g.say, Is: privilege + " of " + p.live.roleName(g.grantee),
			Promised: "nothing", SQL: []string{fmt.Sprintf("REVOKE %s ON %s FROM %s;", privilege, g.on, p.grantee(g.grantee))}}
		if kind == "LANGUAGE" { // which superusers alone may use once it is not trusted
			f.SQL = append([]string(nil), fmt.Sprintf("UPDATE pg_catalog.pg_language SET lanpltrusted = false WHERE lanname = %s;", migrate.QuoteLiteral(strings.Trim(name, `"`))))
		}
		p.found(systemGrant, f)
	}
	for _, t := range p.live.loginTriggers {
		p.found(loginTrigger, Finding{Object: "event trigger " + t[0], Message: "runs " + t[1] + " when a session begins", Is: "ON login", Promised: "no code before the application's own",
			SQL: []string{"ALTER EVENT TRIGGER " + migrate.QuoteIdent(t[0]) + " DISABLE;"}})
	}
	p.sorted(func(rel *relation) {
		if t := p.promised.byName[rel.name]; t != nil || p.owned[rel] {
			for _, s := range rel.subscriptions {
				p.found(subscribedTable, Finding{Object: "table " + rel.name.String(), Message: "gets rows by subscription " + s, Is: "a subscription", Promised: "none",
					SQL: []string{"ALTER SUBSCRIPTION " + migrate.QuoteIdent(s) + " DISABLE;"}, Hint: "and drop it, or the table from its publication"})
			}
		}
	})
}

// holds reports whether a role's privileges are those of the application or of its
// cross-tenant queries.
func (p *pass) holds(grantee oid) bool {
	return p.holders[grantee] || slices.ContainsFunc(p.crossing, func(r *role) bool { return !r.superuser && slices.Contains(p.live.reaches(r), p.live.roles[grantee]) })
}

// creates reports where the application's role may create objects: what it creates is
// the same for every tenant.
func (p *pass) creates() {
	for _, g := range p.live.databaseGrants {
		if p.holds(g.grantee) && g.privilege == "create" {
			p.found(schemaCreate, Finding{Object: "database " + p.live.database, Message: "a role of the application may create schemas in it", Is: "CREATE of " + p.live.roleName(g.grantee),
				Promised: "no schema of its own", SQL: []string{fmt.Sprintf("REVOKE CREATE ON DATABASE %s FROM %s;", migrate.QuoteIdent(p.live.database), p.grantee(g.grantee))}})
		}
	}
	for _, s := range p.live.sortedSchemas() {
		if p.holders[s.owner] {
			continue // which role-owns reports
		}
		for _, g := range s.grants {
			if p.holds(g.grantee) && g.privilege == "create" {
				p.found(schemaCreate, Finding{Object: "schema " + s.name, Message: "a role of the application may create objects in it", Is: "CREATE of " + p.live.roleName(g.grantee),
					Promised: "USAGE", SQL: []string{fmt.Sprintf("REVOKE CREATE ON SCHEMA %s FROM %s;", migrate.QuoteIdent(s.name), p.grantee(g.grantee))}})
			}
		}
	}
}

func (l *live) sortedSchemas() []*schema {
	list := make([]*schema, 0, len(l.schemas))
	for _, s := range l.schemas {
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b *schema) int { return strings.Compare(a.name, b.name) })
	return list
}
