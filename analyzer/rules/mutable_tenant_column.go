package rules

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// KeepTrigger is the name of the trigger that keeps a row's tenant.
const KeepTrigger = "tenant_immutable"

var mutableTenantColumn = &Rule{
	Name:     "mutable-tenant-column",
	Title:    "an UPDATE can give a row to another tenant",
	Severity: Off,
	Kind:     Schema,
	Text: `No query of a repository can move a row: tenantgen refuses the assignment, and
the policies check the row before and after. Whoever passes the policies can: the
role of the cross-tenant queries, the owner, a superuser at a prompt, or a session
that belongs to several tenants. What refers to the row, what is derived from it
and what was sent out under its old tenant stay behind.

tenantgen advise adds a trigger that refuses it for everybody. A trigger, because
REVOKE UPDATE (org_id) takes nothing from a role that has UPDATE on the whole table
(PostgreSQL manual, REVOKE, notes) and nothing at all from the owner. It is an
AFTER trigger where it can be, so that it sees what the BEFORE triggers made of the
row; a partitioned table has a BEFORE trigger, since moving a row between
partitions is a DELETE and an INSERT (39.1). Its function is known to do nothing
but raise an error, so it needs no entry under functions.

Off unless it is configured; tenantgen advise acts on it unless it is configured
off. Citus refuses such an UPDATE itself, so with scale: citus this is not reported.`,
	Bad: `CREATE TABLE notes (org_id uuid NOT NULL, id uuid, PRIMARY KEY (org_id, id));`,
	Good: `CREATE TABLE notes (org_id uuid NOT NULL, id uuid, PRIMARY KEY (org_id, id));
CREATE FUNCTION tenant_immutable() RETURNS trigger LANGUAGE plpgsql AS $$` + catalog.RefusingBody + `$$;
CREATE TRIGGER tenant_immutable AFTER UPDATE ON notes FOR EACH ROW
    WHEN (OLD.org_id IS DISTINCT FROM NEW.org_id) EXECUTE FUNCTION tenant_immutable();`,
	Run: func(p *Pass) {
		if p.Own.Citus {
			return // Citus refuses the change, and the trigger
		}
		for _, t := range p.DB.Tables {
			column := p.tenantColumn(t)
			if column == "" || t.Temporary || t.IsPartition || p.keepsTenant(t) || t.Column(column).Generated {
				continue
			}
			p.reportFix(t.Pos, t.Name.String(), "add a trigger that refuses it", "an UPDATE can change "+t.Name.String()+"."+column+", which gives the row to another tenant", KeepTenant{t, column})
		}
	},
}

// keepsTenant reports whether the trigger is there. A column that is not the tenant
// column any more has its own: the name stands for what it compares.
func (p *Pass) keepsTenant(t *catalog.Table) bool {
	return slices.ContainsFunc(t.Triggers, func(g *catalog.Trigger) bool {
		return g.Name == KeepTrigger && slices.Contains(g.Events, "update") && p.DB.Refuses(g.Function)
	})
}
