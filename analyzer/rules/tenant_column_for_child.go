package rules

import (
	"fmt"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

var tenantColumnForChild = &Rule{
	Name:     "tenant-column-for-child",
	Title:    "a child table could have the tenant column itself",
	Severity: Off,
	Kind:     Schema,
	Text: `The policy of a child asks its parent for each row. What says whose rows it wants,
as generated methods do, meets few of them; SQL without a condition reads the rows
of all tenants, because no index leads to one tenant's (PostgreSQL manual, 5.8 and
11.3). With the tenant column, policy and filter are one comparison that an index
answers.

tenantgen advise --tenant-column <table> writes the migrations, for use while the
application runs: the column, a trigger that keeps it in step, the rows that are
there, the constraints and the index. Then the declaration goes from sqlc.yaml.`,
	Bad: `CREATE TABLE notes (org_id uuid NOT NULL, id uuid PRIMARY KEY, UNIQUE (org_id, id));
CREATE TABLE comments (note_id uuid NOT NULL REFERENCES notes (id), no int, PRIMARY KEY (note_id, no));`,
	Good: `CREATE TABLE notes (org_id uuid NOT NULL, id uuid, PRIMARY KEY (org_id, id));`,
	Run: func(p *Pass) {
		for _, t := range p.tables() {
			if fix := p.childColumn(t); fix != nil {
				p.report(t.Pos, t.Name.String(), "tenantgen advise --tenant-column "+t.Name.String()+" writes the migrations",
					fmt.Sprintf("%s has no tenant column: SQL that does not say whose rows it wants asks %s for each row of all tenants", t.Name, fix.Parent.Name))
				p.findings[len(p.findings)-1].Offer = *fix
			}
		}
	},
}

// childColumn is the column that a child of a tenant table could have. A child of a child
// comes after its parent.
func (p *Pass) childColumn(t *catalog.Table) *AddTenantColumn {
	o := p.Own.Of(t)
	if o.Kind != tenancy.Child || t.IsPartition || len(o.Parents) == 0 || p.Own.Of(o.Parents[0].Table).Kind != tenancy.Column {
		return nil
	}
	link := o.Parents[0]
	level := p.Own.Levels[o.Level]
	name := p.tenantColumn(link.Table)
	if !slices.Contains(level.Columns, name) {
		name = level.Columns[0]
	}
	if t.Column(name) != nil {
		return nil
	}
	fix := &AddTenantColumn{Table: t, Parent: link.Table, Column: name, Key: tenancy.Kept(p.DB, t, link)}
	fix.Follow, fix.Plain = p.Own.Follow(t, name)
	fix.Levels = len(p.Own.Levels) > 1
	return fix
}
