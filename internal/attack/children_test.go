package attack

// Parts of policies as PostgreSQL prints them.
const (
	setOrg     = `NULLIF\(\( SELECT current_setting\('app\.org_id'::text, true\) AS current_setting\), ''::text\)`
	setProject = `NULLIF\(\( SELECT current_setting\('app\.project_id'::text, true\) AS current_setting\), ''::text\)`
	isOrg      = `org_id = \(` + setOrg + `\)::uuid`
	everything = `^.+$`
)

const byParent = "the policy's EXISTS in the direct parent"

// unchecked has new rows of a table fulfil what seeing them takes, and no more.
func unchecked(table string) control {
	return control{sql: `do $$ declare p record; begin
		for p in select * from pg_policies where tablename = '` + table + `' and qual <> with_check loop
			execute format('alter policy %I on ` + table + ` with check (%s)', p.policyname, p.qual); end loop; end $$`}
}

func cutting(table, clause, becomes string) control { return control{cut: cut{table, clause, becomes}} }

var children = []attack{
	{name: "SELECT at every depth of a chain of children", does: reads, stop: byParent, without: cutting("veins", everything, "true"),
		steps: []string{"SELECT * FROM boughs", "SELECT * FROM branches", "SELECT * FROM twigs", "SELECT * FROM leaves", "SELECT * FROM veins", "SELECT v.* FROM veins v JOIN leaves l ON l.id <> v.up"}},
	{name: "SELECT of children two and more levels below a table", does: reads, stop: "row-level security of the parent, enabled", without: control{sql: "alter table branches disable row level security"},
		steps: []string{"SELECT * FROM twigs", "SELECT * FROM leaves", "SELECT * FROM veins"}},
	{name: "View of the tables' owner, of children", does: reads, stop: "row-level security of the parent, forced", without: control{sql: "alter table branches no force row level security"},
		schema: "CREATE VIEW every AS SELECT id, word FROM twigs; GRANT SELECT ON every TO app_tenant",
		steps:  []string{"SELECT * FROM every"}},
	{name: "Function that leaks its argument, on children", does: reads, stop: "the policies (security barrier)", without: cutting("veins", everything, "true"),
		steps: []string{"CREATE FUNCTION pg_temp.shown(text) RETURNS boolean COST 0.0000001 LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '%', $1; RETURN true; END $$",
			"SELECT count(*) FROM veins WHERE pg_temp.shown(word)"}},
	{name: "UPDATE and DELETE at depth five", does: changes, stop: byParent, without: cutting("veins", everything, "true"),
		steps: []string{"UPDATE veins SET word = 'mine'", "UPDATE veins SET word = 'mine' FROM leaves l WHERE l.id = veins.up OR true", "DELETE FROM veins"}},
	{name: "INSERT below another tenant's row at depth five", does: changes, stop: byParent, without: cutting("veins", everything, "true"),
		steps: []string{"INSERT INTO veins VALUES ('bx', 'b', 'planted')"}},
	{name: "Moving a row below another tenant's at depth five", does: changes, stop: byParent, without: cutting("veins", everything, "true"),
		steps: []string{"UPDATE veins SET up = 'b', id = 'bx' WHERE id = 'a'"}},
	{name: "SELECT of a child with several parents", does: reads, stop: byParent, without: cutting("files", everything, "true"),
		steps: []string{"SELECT * FROM files"}},
	{name: "INSERT of a row below one's own and another tenant's parent", does: changes, stop: "WITH CHECK that every parent which it names agrees", without: unchecked("files"),
		steps: []string{"INSERT INTO files VALUES ('bx', 'a', 'b', 'planted')"}},
	{name: "Adding another tenant's parent to a row", does: changes, stop: "WITH CHECK that every parent which it names agrees", without: unchecked("files"),
		steps: []string{"UPDATE files SET id = 'bx', document_id = 'b' WHERE id = 'a'"}},
	{name: "Row whose id is that of one's own parent of another type", does: reads, stop: "the clause for `when:`", without: cutting("marks", `\(type = 'tree'::text\)`, "true"),
		steps: []string{"SELECT * FROM marks"}},
	{name: "INSERT under the id of one's own parent of another type", does: changes, stop: "the clause for `when:`", without: cutting("marks", `\(type = 'tree'::text\)`, "true"),
		steps: []string{"INSERT INTO marks VALUES ('bx', 'document', 'same', 'planted')"}},
	{name: "Row whose key one's own deleted row has, too", does: reads, stop: "the clause for `where:`", without: cutting("links", `\(parent\.deleted IS NULL\)`, "true"),
		steps: []string{"SELECT * FROM links"}},
	{name: "INSERT under the key of one's own deleted row", does: changes, stop: "the clause for `where:`", without: cutting("links", `\(parent\.deleted IS NULL\)`, "true"),
		steps: []string{"INSERT INTO links VALUES ('bx', 'then', 'planted')"}},
	{name: "Partition of a child, addressed directly", does: reads, stop: "the partition's own policies", without: cutting("readings_1", everything, "true"),
		steps: []string{"SELECT * FROM readings_1"}},
	{name: "Partition of a child, written directly", does: changes, stop: "the partition's own policies", without: cutting("readings_1", everything, "true"),
		steps: []string{"INSERT INTO readings_1 VALUES ('bx', 'b', 1, 'planted')", "UPDATE readings_1 SET word = 'mine'", "DELETE FROM readings_1"}},
	{name: "Children in no tenant's name", does: reads, stop: "a tenant that is not set equals none", without: cutting("trees", everything, "true"),
		steps: []string{"RESET app.org_id", "SELECT * FROM boughs", "SET app.org_id = ''", "SELECT * FROM boughs", "SET app.org_id = 'x'", "SELECT * FROM boughs"}},
}
