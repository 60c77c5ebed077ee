package rules

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

var undoneProtection = &Rule{
	Name:      "undone-protection",
	Title:     "a statement takes away what keeps tenants apart in the database",
	Severity:  Error,
	Kind:      Schema,
	Excusable: true,
	Text: `Row-level security that was switched on is switched off or does not bind the owner
any more, a policy of ours is dropped or altered, a view loses security_invoker
(also by CREATE OR REPLACE VIEW without it, PostgreSQL manual, CREATE VIEW), or
triggers of a tenant table, those of foreign keys among them, stay off. tenantgen
generate puts policies and row-level security of tenant tables back in its next
migration; until that is applied the table is open.

Policies are what generate makes them: change the settings, not the policy.
security_barrier is harmless to lose: with security_invoker the policies of the
tables apply to whoever reads, whatever is evaluated first.`,
	Schema: `CREATE TABLE notes (org_id uuid NOT NULL, id uuid, PRIMARY KEY (org_id, id));
ALTER TABLE notes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;`,
	Bad:  `ALTER TABLE notes DISABLE ROW LEVEL SECURITY;`,
	Good: `ALTER TABLE notes ENABLE ROW LEVEL SECURITY;`,
	Run: func(p *Pass) {
		for _, u := range p.DB.Undone {
			if p.matters(u) {
				p.report(u.Pos, u.On.String(), excuse(p.restored(u)), u.On.String()+" loses "+u.What+" by "+u.How)
				p.findings[len(p.findings)-1].Mended = p.App.Migrations && !strings.HasPrefix(u.What, "trigger") && p.DB.View(u.On) == nil
			}
		}
	},
}

// restored says how to put it back.
func (p *Pass) restored(u *catalog.Undone) string {
	switch {
	case p.DB.View(u.On) != nil:
		return "ALTER VIEW " + u.On.SQL() + " SET (security_invoker = true)"
	case strings.HasPrefix(u.What, "trigger"):
		return "ALTER TABLE " + u.On.SQL() + " ENABLE TRIGGER in the same file"
	}
	return "leave it as it is; tenantgen generate puts it back"
}

// matters reports whether it is a tenant table or a view of one that lost something, and
// whether that is something that it keeps: row-level security, and the policies that it has
// as it is declared.
func (p *Pass) matters(u *catalog.Undone) bool {
	if v := p.DB.View(u.On); v != nil {
		return p.readsTenants(v, nil)
	}
	policy, isPolicy := strings.CutPrefix(u.What, "policy ")
	t := p.DB.Table(u.On)
	if !p.owned(t) {
		return false
	}
	if !isPolicy {
		return true
	}
	return p.App.Policies != nil && slices.Contains(p.App.Policies(p.Own.Of(t).ReadAlso != ""), policy) || u.How == "ALTER POLICY" && p.App.OwnPolicy != nil && p.App.OwnPolicy(policy)
}
