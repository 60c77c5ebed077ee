package rules

var appRoleOwner = &Rule{
	Name:      "app-role-owner",
	Title:     "a role of the application owns a table, a schema or the like",
	Severity:  Error,
	Kind:      Schema,
	Excusable: true,
	Text: `An owner may switch row-level security off, drop policies, replace functions and
grant itself whatever it lacks (PostgreSQL manual, 5.7). Objects belong to the role
that runs the migrations. Owners come by OWNER TO, REASSIGN OWNED, CREATE SCHEMA
AUTHORIZATION, and by SET ROLE or SET SESSION AUTHORIZATION before a CREATE.`,
	Schema: `CREATE TABLE notes (org_id uuid NOT NULL, id uuid, PRIMARY KEY (org_id, id));`,
	Bad:    `ALTER TABLE notes OWNER TO app_tenant;`,
	Good:   `GRANT SELECT, INSERT, UPDATE, DELETE ON notes TO app_tenant;`,
	Run: func(p *Pass) {
		for _, o := range p.DB.Owners {
			if o.Role != "" && (o.Role == p.App.Role || o.Role == p.App.CrossTenantRole) {
				p.report(o.Pos, "", excuse("let the role own it that runs the migrations, and grant "+ident(o.Role)+" what queries need"),
					"role "+o.Role+" owns "+object(o.Kind, o.On)+", and may do with it whatever it likes")
			}
		}
	},
}
