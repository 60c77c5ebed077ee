package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/migrate"
)

var crossTenantRole = &rules.Rule{
	Name: "cross-tenant-role", Kind: rules.Database, Severity: rules.Error,
	Title: "the role of cross-tenant queries may do more than these queries do",
	Text: `No policy applies to cross_tenant_role, so its grants are all that holds it: it may do with each
table what the declared queries do, and nothing else, has BYPASSRLS and no other
attribute that leads on, owns nothing, and becomes no other role that does more.
What is granted to PUBLIC is judged for the application's role. That it can log in
is harmless: it is the role of a pool.`,
}

// cross judges the roles of cross-tenant queries.
func (p *pass) cross() {
	for _, want := range p.promised.crossing {
		r := p.live.roleNamed(want.name)
		if r == nil {
			p.found(missingRole, Finding{Object: "role " + want.name, Message: "does not exist", Is: "no such role", Promised: "a role with BYPASSRLS", Hint: "apply the migrations"})
			continue
		}
		p.crossPowers(r)
		if !r.superuser {
			p.crossGrants(want, r)
		}
	}
}

func (p *pass) crossPowers(r *role) {
	object, ident := "role "+r.name, migrate.QuoteIdent(r.name)
	if list := slices.DeleteFunc(attributes(r), func(a string) bool { return a == "BYPASSRLS" }); len(list) > 0 {
		p.found(crossTenantRole, Finding{Object: object, Message: "has " + strings.Join(list, ", "), Is: strings.Join(list, " "), Promised: "BYPASSRLS only",
			SQL: []string{"ALTER ROLE " + ident + " NO" + strings.Join(list, " NO") + ";"}})
	}
	if !r.bypassRLS && !r.superuser {
		f := Finding{Object: object, Severity: rules.Warning, Message: "lacks BYPASSRLS, so that its queries see no row", Is: "no BYPASSRLS", Promised: "BYPASSRLS", widens: true,
			SQL: []string{"ALTER ROLE " + ident + " BYPASSRLS;"}}
		if p.holders[r.oid] {
			f.SQL, f.Hint = nil, "first take it from the application's role, which can become it and would see every tenant's rows"
		}
		p.found(crossTenantRole, f)
	}
	if owned := p.owns(r, true); len(owned) > 0 {
		p.found(crossTenantRole, Finding{Object: object, Message: "owns " + shortened(owned), Is: strings.Join(owned, ", "), Promised: "it owns nothing",
			Hint: "ALTER … OWNER TO the role that runs the migrations"})
	}
	if r.superuser {
		return
	}
	for _, other := range p.live.reaches(r)[1:] {
		if powers := p.powers(other, true); len(powers) > 0 {
			p.found(crossTenantRole, Finding{Object: object, Message: "can become " + other.name + ", which " + strings.Join(powers, " and "), Is: "a member of " + other.name,
				Promised: "no such membership", SQL: []string{"REVOKE " + migrate.QuoteIdent(p.through(r, other).name) + " FROM " + ident + ";"}})
		}
	}
}

// crossGrants compares the grants of the role, and of those that it becomes, with what
// its queries do.
func (p *pass) crossGrants(want *crossRole, r *role) {
	reached := p.live.reaches(r)
	p.sorted(func(rel *relation) {
		allowed := want.access[rel.name]
		beyond, have := p.beyond(rel, reached, allowed)
		if len(beyond) > 0 {
			p.found(crossTenantRole, Finding{Object: rel.what() + " " + rel.name.String(), Table: p.promisedName(rel), Message: r.name + " may do more with it than cross-tenant queries do",
				Is: joined(beyond), Promised: promisedList(allowed), SQL: p.revokeBeyond(rel, reached, allowed)})
		}
		var lacks []string
		for _, w := range allowed {
			if !slices.Contains(have, w) && !slices.Contains(lacks, strings.ToUpper(w)) && !slices.Contains(reached, p.live.roles[rel.owner]) {
				lacks = append(lacks, strings.ToUpper(w))
			}
		}
		if len(lacks) > 0 {
			p.found(missingGrant, Finding{Object: rel.what() + " " + rel.name.String(), Table: p.promisedName(rel), Message: r.name + " lacks " + joined(lacks), Is: "no such grant", Promised: promisedList(allowed),
				SQL: []string{fmt.Sprintf("GRANT %s ON %s TO %s;", joined(lacks), quote(rel.name), migrate.QuoteIdent(r.name))}})
		}
	})
}

func promisedList(privileges []string) string {
	if len(privileges) == 0 {
		return "nothing"
	}
	var list []string
	for _, p := range privileges {
		list = append(list, strings.ToUpper(p))
	}
	return joined(list)
}

func (p *pass) promisedName(rel *relation) catalog.Name {
	if t := p.promised.byName[rel.name]; t != nil {
		return t.Name
	}
	return catalog.Name{}
}

// beyond lists the grants of some roles that are not allowed, and the privileges that
// they have on the whole relation.
func (p *pass) beyond(rel *relation, reached []*role, allowed []string) (beyond, have []string) {
	for _, g := range rel.grants {
		switch {
		case g.grantee == public || !slices.Contains(reached, p.live.roles[g.grantee]):
			if g.grantee == public && g.column == "" {
				have = append(have, g.privilege)
			}
			continue
		case g.column == "":
			have = append(have, g.privilege)
		}
		if g.grantable || !slices.Contains(allowed, g.privilege) && g.privilege != "maintain" {
			beyond = append(beyond, strings.ToUpper(g.privilege)+" of "+p.live.roleName(g.grantee))
		}
	}
	return beyond, have
}

func (p *pass) revokeBeyond(rel *relation, reached []*role, allowed []string) []string {
	var sql []string
	for _, g := range rel.grants {
		extra := !slices.Contains(allowed, g.privilege) && g.privilege != "maintain"
		if g.grantee == public || !slices.Contains(reached, p.live.roles[g.grantee]) || !g.grantable && !extra {
			continue
		}
		privilege := strings.ToUpper(g.privilege)
		if g.column != "" {
			privilege += " (" + migrate.QuoteIdent(g.column) + ")"
		}
		if !extra {
			privilege = "GRANT OPTION FOR " + privilege
		}
		sql = append(sql, fmt.Sprintf("REVOKE %s ON %s FROM %s;", privilege, quote(rel.name), p.grantee(g.grantee)))
	}
	return sql
}
