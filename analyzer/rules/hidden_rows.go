package rules

import "fmt"

var hiddenRows = &Rule{
	Name:     "hidden-rows",
	Title:    "a schema file changes or reads rows that policies hide from it",
	Severity: Warning,
	Kind:     Schema,
	Text: `FORCE ROW LEVEL SECURITY makes policies hold for the owner of a table, too, who
mostly runs the migrations. Where no tenant is set, a later UPDATE or DELETE then
finds no row and says nothing, a table made by a query stays empty, and an INSERT
fails (PostgreSQL manual, 5.8). A superuser or a role with BYPASSRLS sees the rows;
which role it is, the file does not show.

Take FORCE away around the statement, in the same transaction, from every table
that it names; a child's policy asks for its parents. Or, in a transaction, say
SET LOCAL row_security = off before it: what a policy would hide is an error then,
not nothing.`,
	Schema: `CREATE TABLE notes (org_id uuid NOT NULL, id uuid, title text, PRIMARY KEY (org_id, id));
ALTER TABLE notes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;`,
	Bad: `UPDATE notes SET title = '' WHERE title IS NULL;`,
	Good: `ALTER TABLE notes NO FORCE ROW LEVEL SECURITY;
UPDATE notes SET title = '' WHERE title IS NULL;
ALTER TABLE notes FORCE ROW LEVEL SECURITY;`,
	Run: func(p *Pass) {
		for _, h := range p.DB.Hidden {
			p.report(h.Pos, h.Table.String(), fmt.Sprintf("write ALTER TABLE %s NO FORCE ROW LEVEL SECURITY before it and FORCE after it, in one transaction", h.Table),
				fmt.Sprintf("this %s finds no row of %s: its policies hold for the owner, and no tenant is set", h.Statement, h.Table))
		}
	},
}
