package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/migrate"
)

var rlsDisabled = &rules.Rule{
	Name: "rls-disabled", Kind: rules.Database, Severity: rules.Error,
	Title: "row-level security is not enabled on a tenant table",
	Text:  `No policy applies then, whatever policies there are (PostgreSQL manual, 5.9).`,
	Bad:   `ALTER TABLE notes DISABLE ROW LEVEL SECURITY;`,
	Good:  `ALTER TABLE notes ENABLE ROW LEVEL SECURITY;`,
}

var rlsNotForced = &rules.Rule{
	Name: "rls-not-forced", Kind: rules.Database, Severity: rules.Error,
	Title: "row-level security does not apply to the owner of a tenant table",
	Text: `Views and SECURITY DEFINER functions of the owner, and whoever connects as it, then
see every tenant's rows (PostgreSQL manual, 5.9, ALTER TABLE … FORCE ROW LEVEL SECURITY).`,
	Bad:  `ALTER TABLE notes NO FORCE ROW LEVEL SECURITY;`,
	Good: `ALTER TABLE notes FORCE ROW LEVEL SECURITY;`,
}

var missingPolicy = &rules.Rule{
	Name: "missing-policy", Kind: rules.Database, Severity: rules.Error,
	Title: "a policy that the migrations create is missing",
	Text: `Without the permissive tenant_isolation nobody sees a row. Without the restrictive
tenant_isolation_floor nobody is held back when somebody adds another policy: policies
that are permissive are joined by OR (PostgreSQL manual, CREATE POLICY).`,
	Bad: `DROP POLICY tenant_isolation_floor ON notes;`,
	Good: `CREATE POLICY tenant_isolation_floor ON notes AS RESTRICTIVE
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);`,
}

var alteredPolicy = &rules.Rule{
	Name: "altered-policy", Kind: rules.Database, Severity: rules.Error,
	Title: "a policy is not what the migrations make it",
	Text: `The live expression is parsed and compared with the wanted one; what PostgreSQL itself
rewrites and spells out is known, anything else is a difference. A policy that happens to
mean the same in other words is reported too.`,
	Bad: `ALTER POLICY tenant_isolation_floor ON notes USING (true);`,
	Good: `ALTER POLICY tenant_isolation_floor ON notes
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);`,
}

var formerPolicies = &rules.Rule{
	Name: "former-policies", Kind: rules.Database, Severity: rules.Warning,
	Title: "a table has the policies that tenantgen made before their second form",
	Text: `They keep tenants apart, too; the migration that generate writes replaces them: a child's
policy repeated the conditions of all its parents, so that planning takes time that doubles
with each of them. Where the first form cast the tenant to a type with a length, it let
rows of another tenant through: altered-policy reports that.`,
	Bad: `ALTER POLICY tenant_isolation ON notes
    USING (org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid))
    WITH CHECK (org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid));
ALTER POLICY tenant_isolation_floor ON notes
    USING (org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid))
    WITH CHECK (org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid));`,
	Good: `ALTER POLICY tenant_isolation ON notes
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);
ALTER POLICY tenant_isolation_floor ON notes
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);`,
}

var extraPolicy = &rules.Rule{
	Name: "extra-policy", Kind: rules.Database, Severity: rules.Warning,
	Title: "a tenant table has a policy that no migration of ours creates",
	Text: `A permissive policy cannot let through more than the restrictive floor does, as long
as the floor is there, and a restrictive one lets through less. It is reported because
somebody who wrote it expects something else.`,
	Bad:  `CREATE POLICY support ON notes FOR SELECT USING (true);`,
	Good: `DROP POLICY support ON notes;`,
}

var foreignTable = &rules.Rule{
	Name: "foreign-table", Kind: rules.Database, Severity: rules.Error,
	Title: "a tenant table, or a part of one, is a foreign table",
	Text: `Row-level security cannot be enabled on a foreign table, and the other server knows
nothing of the tenant. As a partition it can also be addressed directly.`,
	Bad: `CREATE FOREIGN DATA WRAPPER elsewhere;
CREATE SERVER archive FOREIGN DATA WRAPPER elsewhere;
CREATE FOREIGN TABLE notes_archive () INHERITS (notes) SERVER archive;`,
	Good: `DROP FOREIGN TABLE notes_archive;`,
}

// protection compares row-level security and the policies of each tenant table.
func (p *pass) protection() {
	p.tables(func(t *promisedTable, rel *relation) {
		if !t.protected() {
			return
		}
		if rel.kind == foreign {
			p.foreign(t.Name, rel)
			return
		}
		p.enabled(t, rel)
		if p.inForce(t, rel, t.first) && !p.inForce(t, rel, t.policies) {
			p.former(t, rel)
			t.policies = t.first
		}
		for _, want := range t.policies {
			p.policy(t, rel, want)
		}
		for _, have := range rel.table.Policies {
			if named(t.policies, have.Name) == nil {
				p.extra(t, rel, have)
			}
		}
	})
}

func (p *pass) foreign(table catalog.Name, rel *relation) {
	reach := p.reach(rel)
	if reach == "" {
		reach = "no grant to the application's role"
	}
	p.found(foreignTable, Finding{Object: "table " + rel.name.String(), Table: table, Message: "is a foreign table, on which there is no row-level security",
		Is: reach, Promised: "a table with policies", SQL: p.revokeAll(rel), Hint: "move the rows into a table of this database"})
}

func (p *pass) enabled(t *promisedTable, rel *relation) {
	f := Finding{Object: "table " + t.Name.String(), Table: t.Name, Promised: "enabled and forced"}
	switch {
	case !rel.table.RLS:
		f.Message, f.Is = "row-level security is not enabled", "disabled"
		f.SQL = []string{fmt.Sprintf("ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;", quote(t.Name))}
		p.found(rlsDisabled, f)
	case !rel.table.ForceRLS:
		f.Message, f.Is = "row-level security does not apply to the owner "+p.live.roleName(rel.owner), "enabled, not forced"
		f.SQL = []string{fmt.Sprintf("ALTER TABLE %s FORCE ROW LEVEL SECURITY;", quote(t.Name))}
		p.found(rlsNotForced, f)
	}
}

func named(list []*catalog.Policy, name string) *catalog.Policy {
	for _, pol := range list {
		if pol.Name == name {
			return pol
		}
	}
	return nil
}

func (p *pass) policy(t *promisedTable, rel *relation, want *catalog.Policy) {
	have := named(rel.table.Policies, want.Name)
	f := Finding{Object: "table " + t.Name.String(), Table: t.Name, Promised: policyText(want), SQL: migrate.PolicySQL(t.Name, want)}
	if have == nil {
		f.Message, f.Is = "policy "+want.Name+" is missing", policyNames(rel.table)
		p.found(missingPolicy, f)
		return
	}
	if d := p.differences(t, want, have); len(d) > 0 {
		f.Message, f.Is = "policy "+want.Name+" differs in "+strings.Join(d, " and "), policyText(have)
		f.Hint = "run the statements in one transaction, so that the policy is never missing"
		p.found(alteredPolicy, f)
	}
}

// inForce reports whether policies are in force as they are given.
func (p *pass) inForce(t *promisedTable, rel *relation, policies []*catalog.Policy) bool {
	return len(policies) > 0 && !slices.ContainsFunc(policies, func(want *catalog.Policy) bool {
		have := named(rel.table.Policies, want.Name)
		return have == nil || len(p.differences(t, want, have)) > 0
	})
}

// former reports policies of the first form.
func (p *pass) former(t *promisedTable, rel *relation) {
	f := Finding{Object: "table " + t.Name.String(), Table: t.Name, Message: "has policies of the form before, which are to be replaced",
		Is: policyText(rel.table.Policies[0]), Promised: policyText(t.policies[0]),
		Hint: "apply the migration that tenantgen generate writes, or run the statements in one transaction, so that no policy is ever missing"}
	for _, had := range t.first {
		if named(t.policies, had.Name) == nil {
			f.SQL = append(f.SQL, fmt.Sprintf("DROP POLICY %s ON %s;", migrate.QuoteIdent(had.Name), quote(t.Name)))
		}
	}
	for _, want := range t.policies {
		f.SQL = append(f.SQL, migrate.PolicySQL(t.Name, want)...)
	}
	p.found(formerPolicies, f)
}

// differences names what of a live policy is not as wanted.
func (p *pass) differences(t *promisedTable, want, have *catalog.Policy) []string {
	var list []string
	if want.Restrictive != have.Restrictive {
		list = append(list, "being restrictive")
	}
	if want.Command != have.Command {
		list = append(list, "its command")
	}
	if !sameSet(everybody(want.Roles), everybody(have.Roles)) {
		list = append(list, "its roles")
	}
	if !p.same(t, want.Using, have.Using) {
		list = append(list, "USING")
	}
	check := have.Check
	if check == "" && (have.Command == "all" || have.Command == "update") {
		check = have.Using // PostgreSQL manual, CREATE POLICY, check_expression
	}
	if !p.same(t, want.Check, check) {
		list = append(list, "WITH CHECK")
	}
	return list
}

func everybody(roles []string) []string {
	if len(roles) == 0 || slices.Contains(roles, "public") {
		return []string{"public"}
	}
	return roles
}

// same compares expressions; "" is an absent one.
func (p *pass) same(t *promisedTable, want, have string) bool {
	if want == "" || have == "" {
		return want == have
	}
	return p.options.Same(t.db, t.Table, want, have)
}

func policyText(pol *catalog.Policy) string {
	as := "PERMISSIVE"
	if pol.Restrictive {
		as = "RESTRICTIVE"
	}
	text := fmt.Sprintf("AS %s FOR %s TO %s", as, strings.ToUpper(pol.Command), strings.Join(everybody(pol.Roles), ", "))
	if pol.Using != "" {
		text += " USING (" + oneLine(pol.Using) + ")"
	}
	if pol.Check != "" && pol.Check != pol.Using {
		text += " WITH CHECK (" + oneLine(pol.Check) + ")"
	}
	return text
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

func policyNames(t *catalog.Table) string {
	if len(t.Policies) == 0 {
		return "no policy"
	}
	var list []string
	for _, pol := range t.Policies {
		list = append(list, pol.Name)
	}
	return "policies " + strings.Join(list, ", ")
}

// extra judges a policy by whether the floor that makes it harmless is there.
func (p *pass) extra(t *promisedTable, rel *relation, have *catalog.Policy) {
	f := Finding{Object: "table " + t.Name.String(), Table: t.Name, Is: policyText(have), Promised: "no such policy",
		SQL: []string{fmt.Sprintf("DROP POLICY %s ON %s;", migrate.QuoteIdent(have.Name), quote(t.Name))}}
	switch {
	case have.Restrictive:
		f.Message = "policy " + have.Name + " is not ours; it hides rows of the tenant from itself"
		f.SQL, f.Hint = nil, "declare what it hides as restrict of the table, in sqlc.yaml; without the policy the tenant sees those rows"
	case rel.placed:
		f.Message, f.Severity = "policy "+have.Name+" is not ours, and the floor keeps nothing back on the shards, where Citus makes every policy permissive", rules.Error
	case p.floored(t, rel):
		f.Message = "policy " + have.Name + " is not ours; the restrictive floor keeps it from letting through more"
	default:
		f.Message, f.Severity = "policy "+have.Name+" is not ours, and no floor keeps it from letting other tenants' rows through", rules.Error
	}
	p.found(extraPolicy, f)
}

// floored reports whether every wanted restrictive policy is in force as it should be.
func (p *pass) floored(t *promisedTable, rel *relation) bool {
	return !slices.ContainsFunc(t.policies, func(want *catalog.Policy) bool {
		have := named(rel.table.Policies, want.Name)
		return want.Restrictive && (have == nil || len(p.differences(t, want, have)) > 0)
	})
}
