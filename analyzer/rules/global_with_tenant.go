package rules

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

var globalWithTenant = &Rule{
	Name:      "global-with-tenant",
	Title:     "a table that is declared global has a column by which its rows belong to tenants",
	Severity:  Error,
	Kind:      Schema,
	Excusable: true,
	Text: `A global table has no policies, and every tenant reads all of it. A column of the
tenant's name, or of a level's, or a foreign key to a tenant table says that its
rows belong to tenants all the same. Take the declaration away, declare a parent, or
say in sqlc.yaml why the column names no tenant: plans: {global: true, no_tenant:
"why"}.`,
	Schema: `CREATE TABLE orgs (id uuid PRIMARY KEY);`,
	Bad:    `CREATE TABLE plans (id int PRIMARY KEY, org_id uuid);`,
	Good:   `CREATE TABLE plans (id int PRIMARY KEY, name text);`,
	Run: func(p *Pass) {
		for _, t := range p.DB.Tables {
			o := p.Own.Of(t)
			if o.Kind != tenancy.Global || o.NoTenant != "" || t.Temporary || t.IsPartition {
				continue
			}
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
					p.report(f.Pos, t.Name.String(), hint, "table "+t.Name.String()+" is declared global and refers to "+f.RefTable.String()+", whose rows belong to tenants")
				}
			}
		}
	},
}
