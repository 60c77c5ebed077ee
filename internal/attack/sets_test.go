package attack

var sets = generated("sets", setRows)

const setRows = `
insert into trees values ('a', '$A', '17'), ('b', '$B', '$S');
insert into boughs values ('a', 'a', '17'), ('b', 'b', '$S');
insert into twigs values ('a', 'a', '17'), ('b', 'b', '$S');
insert into moss values ('a', 'a', '17'), ('b', 'b', '$S');
insert into documents values ('a', '$A', false, '17'), ('b', '$B', false, '$S'), ('bp', '$B', true, 'known');
insert into pages values ('a', 'a', '17'), ('bp', 'bp', '$S');
insert into drafts values ('a', '$A', null, '17'), ('b', '$B', '2030-01-01', '$S');
insert into secrets values ('a', '$A', '17'), ('b', '$B', '$S');`

const (
	setOrgs = `\( SELECT \(` + setIDs + `\)::uuid\[\] AS "nullif"\s+WHERE \(` + setOrg + ` IS NULL\)\)`
	setIDs  = `NULLIF\(\( SELECT current_setting\('app\.org_ids'::text, true\) AS current_setting\), ''::text\)`
	oneOf   = `org_id = ANY \(` + setOrgs + `::uuid\[\]\)`
	// bySet is what a call that reads rows of a set of tenants comes with.
	bySet = "RESET app.org_id; SET app.org_ids = '{$A,$B}'"
)

// noOneTenant lets a set count that comes beside a tenant.
func noOneTenant(table string) control {
	return cutting(table, `\s+WHERE \(`+setOrg+` IS NULL\)`, "")
}

// toAll has what lets a set be read let all commands through, without the floors that are left.
func toAll(table string) control {
	return control{sql: "update pg_policy set polcmd = '*' where polname in ('tenant_isolation_set', 'tenant_isolation_floor_select') and polrelid = '" + table + "'::regclass; " +
		"drop policy tenant_isolation_floor_insert on " + table + "; drop policy tenant_isolation_floor_update on " + table + "; drop policy tenant_isolation_floor_delete on " + table}
}

const (
	forSelect = "the policy for a set is for SELECT alone"
	besideOne = "the clause by which a set counts only where there is no tenant alone"
)

// What a set of tenants may read, and what it may not.
var several = []attack{
	{name: "A set that a connection came with, beside one's own tenant", does: reads, stop: besideOne, without: noOneTenant("trees"),
		steps: []string{"SET app.org_ids = '{$A,$B}'", "SELECT * FROM trees"}},
	{name: "A set beside one's own tenant, for children", does: reads, stop: besideOne, without: control{cut: noOneTenant("boughs").cut, sql: `do $$ begin
		execute (select format('alter policy tenant_isolation_set on trees using (%s)', replace(qual, 'IS NULL', 'IS NOT NULL')) from pg_policies where tablename = 'trees' and policyname = 'tenant_isolation_set');
		execute (select format('alter policy tenant_isolation_floor_select on trees using (%s)', replace(qual, 'IS NULL', 'IS NOT NULL')) from pg_policies where tablename = 'trees' and policyname = 'tenant_isolation_floor_select'); end $$`},
		steps: []string{"SET app.org_ids = '{$A,$B}'", "SELECT * FROM boughs"}},
	{name: "UPDATE and DELETE in the name of a set", does: changes, stop: forSelect, without: toAll("trees"),
		steps: []string{bySet, "UPDATE trees SET word = 'mine'", "DELETE FROM trees WHERE id = 'b'"}},
	{name: "INSERT in the name of a set", does: changes, stop: forSelect, without: toAll("trees"),
		steps: []string{bySet, "INSERT INTO trees VALUES ('bx', '$B', 'planted')"}},
	{name: "Locking rows in the name of a set", does: disturbs, stop: forSelect, without: toAll("trees"),
		steps: []string{bySet, "BEGIN", "SELECT count(*) FROM (SELECT id FROM trees WHERE id = 'b' FOR UPDATE) x", "globex: SET lock_timeout = '200ms'; UPDATE trees SET word = word", "ROLLBACK"}},
	{name: "Writing children in the name of a set", does: changes, stop: byOwnTenant, without: cutting("boughs", `\(parent\.`+isOrg+`\)`, "true"),
		steps: []string{bySet, "INSERT INTO boughs VALUES ('bx', 'b', 'planted')", "DELETE FROM boughs WHERE id = 'b'"}},
	{name: "Children that no query for a set reads", does: reads, stop: byOwnTenant, without: cutting("moss", `\(parent\.`+isOrg+`\)`, "true"),
		steps: []string{bySet, "SELECT * FROM moss"}},
	{name: "Tables that no query for a set reads", does: reads, stop: "that only what such queries read is theirs", without: cutting("secrets", everything, "true"),
		steps: []string{bySet, "SELECT * FROM secrets"}},
	{name: "Children of what others may read, in the name of a set", does: reads, stop: "the clause that asks for a parent of the set beside its policies", without: cutting("pages", `\(parent\.`+oneOf+`\)`, "true"),
		steps: []string{"RESET app.org_id; SET app.org_ids = '{$A}'", "SELECT * FROM pages"}},
	{name: "Rows that restrict hides, in the name of a set", does: reads, stop: "the clause for `restrict:`", without: cutting("drafts", ` AND \(deleted IS NULL\)`, ""),
		steps: []string{bySet, "SELECT * FROM drafts"}},
	{name: "A set without tenants, and none", does: reads, stop: "PostgreSQL: no row is = ANY of nothing", without: cutting("trees", everything, "true"),
		steps: []string{"RESET app.org_id", "SELECT * FROM trees", "SET app.org_ids = '{}'", "SELECT * FROM trees", "SET app.org_ids = ''", "SELECT * FROM trees", "SET app.org_ids = '{NULL}'", "SELECT * FROM trees"}},
	{name: "A set that is no array of ids", does: reads, stop: "PostgreSQL: an error that says so", without: cutting("trees", everything, "true"),
		steps: []string{"RESET app.org_id", "SET app.org_ids = '$B'", "SELECT * FROM trees", "SET app.org_ids = '{%}'", "SELECT * FROM trees", "SET app.org_ids = '{$B'", "SELECT * FROM trees"}},
	{name: "A policy of somebody's beside that for a set, with SELECT", does: reads, stop: ownFloor, without: control{sql: "drop policy tenant_isolation_floor_select on trees"},
		schema: "CREATE POLICY wide ON trees USING (true)", steps: []string{"SELECT * FROM trees"}},
}
