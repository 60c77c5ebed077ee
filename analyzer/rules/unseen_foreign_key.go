package rules

import (
	"fmt"
	"strings"
)

var unseenForeignKey = &Rule{
	Name:     "unseen-foreign-key",
	Title:    "a foreign key was checked while row-level security hid the rows",
	Severity: Warning,
	Kind:     Schema,
	Text: `PostgreSQL checks the rows that a table has, for a new foreign key, for VALIDATE
CONSTRAINT, for a new type of one of its columns (USING may have changed the
values) and for DETACH PARTITION of the table that it refers to, by a query of
whoever changes the table. Under FORCE ROW LEVEL SECURITY, be it that the same
ALTER TABLE says so, an owner without BYPASSRLS sees no row when no tenant is
set: nothing is found to violate the key, and it is marked valid whatever the rows
are (PostgreSQL manual, 5.8; later rows are checked as ever). No proof rests on
such a key, so queries that need it are refused.

Say SET LOCAL row_security = off before it, in the same transaction: the tool's, or
one that the file begins. What a policy would hide is an error then, and a role that
sees every row is needed: a superuser or one with BYPASSRLS. A key that is there
already has to be dropped and added again, or added NOT VALID and validated.`,
	Schema: `CREATE TABLE notes (org_id uuid NOT NULL, id uuid, PRIMARY KEY (org_id, id));
CREATE TABLE tags (org_id uuid NOT NULL, note_id uuid, name text, PRIMARY KEY (org_id, name));
ALTER TABLE tags ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;`,
	Bad: `ALTER TABLE tags ADD FOREIGN KEY (org_id, note_id) REFERENCES notes (org_id, id);`,
	Good: `BEGIN;
SET LOCAL row_security = off;
ALTER TABLE tags ADD FOREIGN KEY (org_id, note_id) REFERENCES notes (org_id, id);
COMMIT;`,
	Run: func(p *Pass) {
		for _, t := range p.tables() {
			for _, f := range t.Foreign {
				if f.Unseen {
					p.report(f.Pos, t.Name.String(), "put SET LOCAL row_security = off before it, in a transaction, and run it as a role with BYPASSRLS; if it is applied, drop the key and add it again so",
						fmt.Sprintf("foreign key (%s) of %s was checked under FORCE ROW LEVEL SECURITY, which hides the rows that violate it", strings.Join(f.Columns, ", "), t.Name))
				}
			}
		}
	},
}
