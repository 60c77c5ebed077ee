package rules

var widerPolicy = &Rule{
	Name:      "wider-policy",
	Title:     "a policy of another's making lets rows of a tenant table through",
	Severity:  Error,
	Kind:      Schema,
	Excusable: true,
	Text: `Policies that are permissive are joined by OR (PostgreSQL manual, CREATE POLICY).
Beside ours such a policy lets through nothing that is meant, and everything it says
wherever the restrictive floor is missing for a moment or for good. It is reported
where tenantgen writes the policies, and does not keep it from that; a restrictive
one only hides rows and is harmless. Say read_also or restrict in sqlc.yaml, or AS
RESTRICTIVE.`,
	Schema: `CREATE TABLE notes (org_id uuid NOT NULL, id uuid, PRIMARY KEY (org_id, id));`,
	Bad:    `CREATE POLICY support ON notes FOR SELECT USING (true);`,
	Good:   `CREATE POLICY mine ON notes AS RESTRICTIVE USING (true);`,
	Run: func(p *Pass) {
		if !p.App.Migrations {
			return
		}
		for _, t := range p.DB.Tables {
			for _, pol := range t.Policies {
				if p.owned(t) && !pol.Restrictive && (p.App.OwnPolicy == nil || !p.App.OwnPolicy(pol.Name)) {
					p.report(pol.Pos, t.Name.String(), excuse("write it AS RESTRICTIVE, or say read_also in sqlc.yaml"),
						"policy "+pol.Name+" lets rows of "+t.Name.String()+" through by a condition of its own, and only the restrictive floor keeps them apart")
					p.findings[len(p.findings)-1].Mended = true
				}
			}
		}
	},
}
