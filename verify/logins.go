package verify

import (
	"maps"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/migrate"
)

var crossTenantLogin = &rules.Rule{
	Name: "cross-tenant-login", Kind: rules.Database, Severity: rules.Error,
	Title: "a login is a member of the role of cross-tenant queries, and sees no row as such",
	Text: `BYPASSRLS is an attribute of the role that a session runs as, and no privilege that a
member inherits (PostgreSQL manual, 22.2). A pool that connects as a mere member reads no row,
changes none, and gets no error for it. Its sessions have to run as the role itself: by
ALTER ROLE … SET role, for which the login needs the membership, or by the connection
string's options=-c role=…, which no catalog shows; or the login has BYPASSRLS itself.`,
}

var compiledPlans = &rules.Rule{
	Name: "compiled-plans", Kind: rules.Database, Severity: rules.Warning,
	Title: "sessions of the application's role compile the plans of queries under policies",
	Text: `What PostgreSQL estimates policies to cost reaches jit_above_cost where executing them
does not (PostgreSQL manual, 32.2): compiling a count took 2.9 of 3.2 seconds. The runtime switches jit
off in its own transactions; whatever else connects does not: psql, another language, a pool
of its own. A setting of a role counts for sessions that log in as that role, and neither for those of its
members nor after SET ROLE, so it belongs to each login.`,
	Bad: `CREATE ROLE verify_worker LOGIN IN ROLE app_tenant;
ALTER ROLE verify_worker SET jit = on;`,
	Good: `ALTER ROLE verify_worker SET jit = off;`,
}

// logins judges what the sessions begin as and with that become a role of the application.
func (p *pass) logins() {
	for _, r := range p.crossing {
		p.boundMembers(r)
	}
	for _, r := range p.loginsOf(p.apps...) {
		if on(p.startsWith(r, "jit")) && p.startsWith(r, "jit_above_cost") != "-1" {
			p.found(compiledPlans, Finding{Object: "role " + r.name, Message: "its sessions compile plans, but for those of the runtime", Is: "jit is on", Promised: "jit = off",
				SQL: []string{p.sets(r, "jit", "off")}})
		}
	}
}

// boundMembers reports logins that come to the role of cross-tenant queries by membership
// alone. A role without BYPASSRLS is reported itself.
func (p *pass) boundMembers(cross *role) {
	if !cross.bypassRLS {
		return
	}
	for _, r := range p.loginsOf(cross) {
		as := r
		if name := p.startsWith(r, "role"); name != "" && name != "none" {
			as = p.live.roleNamed(name)
		}
		if r.superuser || as != nil && (as.superuser || as.bypassRLS) {
			continue
		}
		f := Finding{Object: "role " + r.name, Message: "is a member of " + cross.name + ", which does not pass BYPASSRLS on: its sessions see no row, unless the connection string sets their role",
			Is: "its sessions run as " + nameOf(as, r) + ", without BYPASSRLS", Promised: "sessions that run as " + cross.name,
			SQL: []string{p.sets(r, "role", migrate.QuoteLiteral(cross.name))}, Hint: "or ALTER ROLE " + migrate.QuoteIdent(r.name) + " BYPASSRLS"}
		if p.isApp(r) { // whose sessions must stay below the policies
			f.SQL, f.Hint = nil, "connect cross-tenant queries as a login of their own: this one is the application's, too"
		}
		p.found(crossTenantLogin, f)
	}
}

// sets is the statement that gives a role's sessions in this database a value, whatever they
// have by other settings.
func (p *pass) sets(r *role, name, value string) string {
	return "ALTER ROLE " + migrate.QuoteIdent(r.name) + " IN DATABASE " + migrate.QuoteIdent(p.live.database) + " SET " + name + " = " + value + ";"
}

func nameOf(r, otherwise *role) string {
	if r == nil {
		r = otherwise
	}
	return r.name
}

// loginsOf lists the roles that can log in and are one of some roles, or become it by more
// than administering it.
func (p *pass) loginsOf(roles ...*role) []*role {
	becomes := func(r *role) bool {
		return slices.ContainsFunc(p.live.becomes(r), func(b *role) bool { return slices.Contains(roles, b) })
	}
	return slices.SortedFunc(func(yield func(*role) bool) {
		for r := range maps.Values(p.live.roles) {
			is := slices.Contains(roles, r) || slices.ContainsFunc(r.memberOf, func(m membership) bool { return m.usable && !m.admin && becomes(m.of) })
			if r.login && is && !yield(r) {
				return
			}
		}
	}, func(a, b *role) int { return strings.Compare(a.name, b.name) })
}

// startsWith is what a setting is in sessions that log in as a role: what is said of the role
// and the database goes before what is said of the role, of the database, of all roles, and
// of the server (PostgreSQL manual, ALTER ROLE).
func (p *pass) startsWith(r *role, name string) string {
	value, best := p.live.builtin[name], -1
	for _, s := range p.live.settings {
		if !strings.EqualFold(s.name, name) || s.role != 0 && s.role != r.oid {
			continue
		}
		rank := 1
		switch {
		case s.server:
			rank = 0
		case s.role != 0 && s.database:
			rank = 4
		case s.role != 0:
			rank = 3
		case s.database:
			rank = 2
		}
		if rank > best {
			value, best = s.value, rank
		}
	}
	return value
}

// on reads a boolean as PostgreSQL does.
func on(value string) bool {
	v := strings.ToLower(value)
	return v == "1" || v == "on" || v != "" && (strings.HasPrefix("true", v) || strings.HasPrefix("yes", v))
}
