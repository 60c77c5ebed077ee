package rules

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// App is what the settings say of the roles that the application's queries run as, and of
// what the migrations of tenantgen itself hold.
type App struct {
	Role, CrossTenantRole string   // "" when there is none
	Settings              []string // that hold the current tenant
	// Migrations tells that row-level security is generated; Policies are those that a tenant
	// table has then, with read_also or without, and OwnPolicy reports whether a policy is
	// generated.
	Migrations bool
	Policies   func(readAlso bool) []string
	OwnPolicy  func(name string) bool
	// Own reports whether a statement is one that tenantgen writes.
	Own func(statement string) bool
	// Vouched reports whether somebody answers for a function.
	Vouched func(*catalog.Function) bool
}

// excused drops the findings about rights in statements that somebody answers for, and
// reports directives that nothing needs.
func (p *Pass) excused() {
	for _, e := range p.DB.Excuses {
		before := len(p.findings)
		p.findings = slices.DeleteFunc(p.findings, func(f Finding) bool {
			return f.Rule.Excusable && e.Covers(f.Pos)
		})
		if len(p.findings) == before && !p.awaited(e) {
			p.rule = unneededDirective
			p.report(e.Pos, "", "remove the directive", "nothing in this statement needs a reason")
		}
	}
}

// awaited reports whether a statement grants what is judged when the queries are known: where none of them needs it, the next
// migration takes it back.
func (p *Pass) awaited(e *catalog.Excuse) bool {
	return slices.ContainsFunc(p.DB.Grants, func(g *catalog.Grant) bool {
		return e.Covers(g.Pos) && (p.writesShared(g) || p.usesTenants(g) || g.Role == p.App.CrossTenantRole && slices.Contains([]string{"table", "schema"}, g.Kind))
	})
}

// usesTenants reports whether a statement lets the application's role use a table of tenants as far as policies let it.
func (p *Pass) usesTenants(g *catalog.Grant) bool {
	t := p.DB.Table(g.On)
	return g.Kind == "table" && g.Role == p.App.Role && t != nil && slices.Contains([]string{"select", "insert", "update", "delete"}, g.Privilege) &&
		(p.Own.Of(t).Kind == tenancy.Column || p.Own.Of(t).Kind == tenancy.Child)
}

// excuse is the hint that ends with how to answer for a statement.
func excuse(hint string) string {
	return hint + "; where it is meant, write -- tenantgen:rights <why> above the statement"
}

// reach is a role that the application's role is or can become, by the membership that
// leads to it first.
type reach struct {
	role string
	by   *catalog.Grant // nil for the role itself
}

// reaches lists the application's role and those that it is a member of, directly or by
// others (PostgreSQL manual, 22.3). WITH INHERIT FALSE and SET FALSE are no comfort: who
// has ADMIN takes them back, and before 16 there is no such thing.
func (p *Pass) reaches() []reach {
	if p.App.Role == "" {
		return nil
	}
	list := []reach{{role: p.App.Role}}
	for i := 0; i < len(list); i++ {
		for _, g := range p.DB.Grants {
			known := slices.ContainsFunc(list, func(r reach) bool { return r.role == g.On.Name })
			if g.Kind == "role" && g.Role == list[i].role && !known {
				list = append(list, reach{g.On.Name, g})
			}
		}
	}
	return list
}

// reached reports whether a role's privileges are the application's: its own, PUBLIC's, or
// those of a role that it can become.
func (p *Pass) reached(role string) bool {
	return role == "public" || slices.ContainsFunc(p.reaches(), func(r reach) bool { return r.role == role })
}

// becomesApp reports whether a role is the application's or can become it.
func (p *Pass) becomesApp(role string) bool {
	seen := []string{role}
	for i := 0; i < len(seen); i++ {
		for _, g := range p.DB.Grants {
			if g.Kind == "role" && g.Role == seen[i] && !slices.Contains(seen, g.On.Name) {
				seen = append(seen, g.On.Name)
			}
		}
	}
	return p.App.Role != "" && slices.Contains(seen, p.App.Role)
}

// roleOf returns the role of a name, nil when no schema file makes it.
func (p *Pass) roleOf(name string) *catalog.Role {
	for _, r := range p.DB.Roles {
		if r.Name == name {
			return r
		}
	}
	return nil
}

// attributes names those that row-level security does not stop, and those by which a role
// can get there.
func attributes(r *catalog.Role) []string {
	var list []string
	for _, a := range []struct {
		has  bool
		name string
	}{{r.Superuser, "SUPERUSER"}, {r.BypassRLS, "BYPASSRLS"}, {r.Replication, "REPLICATION"}, {r.CreateRole, "CREATEROLE"}, {r.CreateDB, "CREATEDB"}} {
		if a.has {
			list = append(list, a.name)
		}
	}
	return list
}

// shortened lists the first few of many.
func shortened(list []string) string {
	if len(list) > 3 {
		list = append(list[:3:3], "more")
	}
	return strings.Join(list, ", ")
}
