package rules

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

var globalWithTenant = &Rule{
	Name:      "global-with-tenant",
	Title:     "a table that is declared global has rows that belong to tenants, or are the tenants",
	Severity:  Error,
	Kind:      Schema,
	Excusable: true,
	Text: `A global table has no policies, and every tenant reads all of it. A column of the
tenant's name, or of a level's, or a foreign key to a tenant table says that its
rows belong to tenants all the same; and where tenant columns refer to it, its rows
are the tenants themselves. Take the declaration away, declare a parent or, for the
table of the tenants, {tenant_column: id}; or say in sqlc.yaml why no tenant is
named: plans: {global: true, no_tenant: "why"}.`,
	Schema: `CREATE TABLE orgs (id uuid PRIMARY KEY);`,
	Bad:    `CREATE TABLE plans (id int PRIMARY KEY, org_id uuid);`,
	Good:   `CREATE TABLE plans (id int PRIMARY KEY, name text);`,
	Run: func(p *Pass) {
		for _, t := range p.DB.Tables {
			o := p.Own.Of(t)
			if o.Kind != tenancy.Global || o.NoTenant != "" || t.Temporary || t.IsPartition {
				continue
			}
			p.tenantsThemselves(t)
			const hint = `take "global" away in sqlc.yaml and run tenantgen generate, or say why not: {global: true, no_tenant: "…"}`
			var told []string
			for _, c := range t.Columns {
				if slices.ContainsFunc(p.Own.Levels, func(l tenancy.Level) bool { return slices.Contains(l.Columns, c.Name) }) {
					told = append(told, c.Name)
					p.report(c.Pos, t.Name.String(), hint, "table "+t.Name.String()+" is declared global and has the tenant column "+c.Name+", by which no policy tells its rows apart")
				}
			}
			for _, f := range t.Foreign {
				if ref := p.DB.Table(f.RefTable); ref != t && p.owned(ref) && !f.Inherited && !slices.Contains(told, f.Columns[0]) {
					p.report(f.Pos, t.Name.String(), p.declareInstead(t), "table "+t.Name.String()+" is declared global and refers to "+f.RefTable.String()+", whose rows belong to tenants")
				}
			}
		}
	},
}

// tenantsThemselves reports a global table whose rows are the tenants.
func (p *Pass) tenantsThemselves(t *catalog.Table) {
	r := p.Own.Referrer(p.DB, t)
	if r == nil {
		return
	}
	p.report(r.Key.Pos, t.Name.String(), p.declareInstead(t), "table "+t.Name.String()+" is declared global, and the tenant column "+r.From+" of "+r.Table.Name.String()+" refers to it: its rows are the tenants")
}

// declareInstead is the hint for a global table that the schema's keys give to tenants.
func (p *Pass) declareInstead(t *catalog.Table) string {
	return "declare " + p.Own.Suggest(p.DB, t).Text(t.Name) + ` in sqlc.yaml and run tenantgen generate, or say why not: {global: true, no_tenant: "…"}`
}
