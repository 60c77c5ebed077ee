package rules

var nullableTenantColumn = &Rule{
	Name:     "nullable-tenant-column",
	Title:    "a tenant column can be NULL, so a row can belong to nobody",
	Severity: Warning,
	Kind:     Schema,
	Text: `A row whose tenant column is NULL belongs to no tenant: every scoped query and
every policy skips it, because NULL equals nothing, so it is lost to the
application and is found only by work that crosses tenants. A key that includes a
nullable column does not hold for such rows either, since NULLs are distinct
(PostgreSQL manual, 5.4.2 and 5.4.3).

Fill the column in and declare it NOT NULL.`,
	Bad:  `CREATE TABLE notes (org_id uuid, id uuid, title text, PRIMARY KEY (id)); CREATE INDEX ON notes (org_id);`,
	Good: `CREATE TABLE notes (org_id uuid NOT NULL, id uuid, title text, PRIMARY KEY (org_id, id));`,
	Run: func(p *Pass) {
		for _, t := range p.tables() {
			c := t.Column(p.tenantColumn(t))
			if c != nil && !c.NotNull {
				p.reportFix(c.Pos, t.Name.String(), "ALTER TABLE "+t.Name.SQL()+" ALTER COLUMN "+ident(c.Name)+" SET NOT NULL",
					t.Name.String()+"."+c.Name+" can be NULL, so a row can belong to no tenant", SetNotNull{t, c.Name})
			}
		}
	},
}
