package attack

// wide is a policy that somebody adds by hand.
const wide = "CREATE POLICY wide ON documents USING (true) WITH CHECK (true)"

func withoutFloor(command string) control {
	return control{sql: "drop policy tenant_isolation_floor_" + command + " on documents"}
}

// besidePublic lets the commands that write have what may be read.
var besidePublic = cutting("documents", `^\(`+isOrg+`\)$`, "(public OR ${0})")

const (
	ownFloor     = "the floor of that command"
	byOwnTenant  = "the clause that asks for the parent's tenant beside its policies"
	parentsOrg   = `\(parent\.` + isOrg + `\)`
	grandparents = `\(EXISTS \( SELECT 1\s+FROM documents parent2\s+WHERE .*?::uuid\)\)\)\)`
)

// What read_also shows to others, and what restrict takes away.
var shared = []attack{
	{name: "UPDATE and DELETE of rows that others may read", does: changes, stop: "the policies of commands that write ask for the tenant alone", without: besidePublic,
		steps: []string{"UPDATE documents SET word = 'mine' WHERE public", "UPDATE documents SET org_id = '$A' WHERE public", "DELETE FROM documents WHERE id = 'bq'"}},
	{name: "DELETE of rows that others may read, where AS RESTRICTIVE is lost", does: changes, stop: "a floor for each command",
		without: control{sql: "update pg_policy set polcmd = '*' where polname = 'tenant_isolation_floor_select'"},
		super:   true, schema: "UPDATE pg_policy SET polpermissive = true",
		steps: []string{"DELETE FROM documents WHERE id = 'bq'"}},
	{name: "Locking rows that others may read", does: disturbs, stop: "the policies of commands that write ask for the tenant alone", without: besidePublic,
		steps: []string{"BEGIN", "SELECT id FROM documents WHERE public FOR UPDATE", "SELECT id FROM documents WHERE public FOR KEY SHARE", "globex: DELETE FROM documents WHERE id = 'bp' AND word = ''", "globex: UPDATE documents SET word = word WHERE public", "ROLLBACK"}},
	{name: "A policy of somebody's, with SELECT", does: reads, stop: ownFloor, without: withoutFloor("select"), schema: wide,
		steps: []string{"SELECT * FROM documents"}},
	{name: "A policy of somebody's, with INSERT", does: changes, stop: ownFloor, without: withoutFloor("insert"), schema: wide,
		steps: []string{"INSERT INTO documents VALUES ('bx', '$B', true, 'planted')"}},
	{name: "A policy of somebody's, with UPDATE", does: changes, stop: ownFloor, without: withoutFloor("update"), schema: wide,
		steps: []string{"UPDATE documents SET word = 'mine' WHERE public"}},
	{name: "A policy of somebody's, with DELETE", does: changes, stop: ownFloor, without: withoutFloor("delete"), schema: wide,
		steps: []string{"DELETE FROM documents WHERE id = 'bq'"}},
	{name: "Children of a row that others may read", does: reads, stop: byOwnTenant, without: cutting("pages", parentsOrg, "true"),
		steps: []string{"SELECT * FROM pages"}},
	{name: "Children of a row that others may read, by one of several parents", does: reads, stop: byOwnTenant, without: cutting("files", parentsOrg, "true"),
		steps: []string{"SELECT * FROM files"}},
	{name: "Writing children of a row that others may read", does: changes, stop: byOwnTenant, without: cutting("pages", parentsOrg, "true"),
		steps: []string{"INSERT INTO pages VALUES ('bx', 'bp', true, 'planted')", "UPDATE pages SET word = 'mine'", "DELETE FROM pages"}},
	{name: "Writing a child that others may read", does: changes, stop: "the policies of commands that write ask for the tenant alone", without: cutting("pages", `^(\(EXISTS .*\))$`, "(public OR ${1})"),
		steps: []string{"UPDATE pages SET word = 'mine' WHERE public", "DELETE FROM pages WHERE public"}},
	{name: "Children of a child that others may read", does: reads, stop: byOwnTenant, without: cutting("lines", grandparents, "true"),
		steps: []string{"SELECT * FROM lines"}},
	{name: "Writing children of a child that others may read", does: changes, stop: byOwnTenant, without: cutting("lines", grandparents, "true"),
		steps: []string{"INSERT INTO lines VALUES ('bx', 'b+', 'planted')", "DELETE FROM lines"}},
	{name: "Rows that others might read, but for restrict", does: reads, stop: "the clause for `restrict:`", without: cutting("drafts", ` AND \(deleted IS NULL\)`, ""),
		steps: []string{"SELECT * FROM drafts"}},
}
