package rules

var securityDefiner = &Rule{
	Name:     "security-definer",
	Title:    "a SECURITY DEFINER function runs with the rights of its owner",
	Severity: Warning,
	Kind:     Schema,
	Text: `Such a function reads and writes as its owner (PostgreSQL manual, CREATE
FUNCTION, "Writing SECURITY DEFINER Functions Safely"): when that is a superuser,
has BYPASSRLS, or owns tables without FORCE ROW LEVEL SECURITY, every policy is
off while it runs, for whoever may call it. tenantgen refuses queries that call
it unless it is declared; nothing refuses the calls of others.

Use SECURITY INVOKER, which is the default. Where the rights of the owner are the
point, revoke EXECUTE from PUBLIC, set search_path, and filter by the tenant in
the body.`,
	Bad:    `CREATE FUNCTION note_count() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM notes';`,
	Good:   `CREATE FUNCTION note_count() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM notes';`,
	Schema: `CREATE TABLE notes (org_id uuid NOT NULL, id uuid, PRIMARY KEY (org_id, id));`,
	Run: func(p *Pass) {
		for _, f := range p.DB.Functions {
			if f.SecurityDefiner {
				p.report(f.Pos, "", "use SECURITY INVOKER, or revoke EXECUTE from PUBLIC and filter by the tenant in its body",
					f.Kind+" "+f.Name.String()+" runs with the rights of its owner, whom row-level security may not stop")
			}
		}
	},
}
