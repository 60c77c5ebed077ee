package rules

var unmodelledRights = &Rule{
	Name:      "unmodelled-rights",
	Title:     "a schema statement may change rights in a way that tenantgen does not follow",
	Severity:  Error,
	Kind:      Schema,
	Excusable: true,
	Text: `What a DO block, a CALL, a trigger or a function does to roles, privileges, owners
and policies cannot be told from its text, so the other rules about rights cannot
judge it. Write the statements out, or say why they are right: -- tenantgen:rights
<why> above the statement. A block that creates a role without attributes is
harmless, and so are those that tenantgen itself writes.`,
	Schema: `CREATE ROLE boss;`,
	Bad:    `DO $$ BEGIN EXECUTE 'GRANT boss TO app_tenant'; END $$;`,
	Good:   `GRANT boss TO app_tenant;`,
	Run: func(p *Pass) {
		for _, u := range p.DB.UnknownRights {
			if p.App.Own == nil || !p.App.Own(u.Text) {
				p.report(u.Pos, "", excuse("write out what it does"), "tenantgen does not follow what this does to rights: "+u.What+" with "+u.Rights)
			}
		}
	},
}
