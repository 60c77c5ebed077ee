package attack

// The role that cross-tenant queries run as has BYPASSRLS, and what these queries need: to
// read the trees. attack_clerk is a login that may become it.
var crossing = []attack{
	{name: "SET ROLE of the cross-tenant role, by the application", does: reads, stop: "member of no such role", without: control{as: "attack_clerk"},
		steps: []string{"SET ROLE attack_cross", "SELECT * FROM trees"}},
	{name: "Membership in the cross-tenant role, without becoming it", does: reads, stop: "PostgreSQL: BYPASSRLS is not inherited", as: "attack_clerk", without: control{as: "attack_exempt"},
		steps: []string{"SELECT * FROM trees"}},
	{name: "Cross-tenant role: a table that its queries do not use", does: reads, stop: noPrivilege, as: "attack_clerk", without: control{sql: "grant select on documents to attack_cross"},
		steps: []string{"SET ROLE attack_cross", "SELECT * FROM documents"}},
	{name: "Cross-tenant role: a verb that its queries do not use", does: changes, stop: noPrivilege, as: "attack_clerk", without: control{sql: "grant update on trees to attack_cross"},
		steps: []string{"SET ROLE attack_cross", "UPDATE trees SET word = 'mine'"}},
	{name: "Cross-tenant role: making a policy or a grant", does: reads, stop: "it owns no table", as: "attack_clerk", without: control{sql: "alter table documents owner to attack_cross"},
		steps: []string{"SET ROLE attack_cross", "GRANT SELECT ON documents TO attack_cross", "ALTER TABLE documents DISABLE ROW LEVEL SECURITY", "SELECT * FROM documents"}},
}
