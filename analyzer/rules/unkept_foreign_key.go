package rules

import (
	"fmt"
	"strings"
)

var unkeptForeignKey = &Rule{
	Name:     "unkept-foreign-key",
	Title:    "rows may violate a foreign key that counts as valid",
	Severity: Warning,
	Kind:     Schema,
	Text: `PostgreSQL marks a foreign key as valid, and does not look again, in some cases
in which rows violate it. ADD COLUMN … REFERENCES checks the rows that are there
only where the column has a DEFAULT of its own: not the numbers that an identity
column gives them, nor the default of a domain. What ON DELETE CASCADE, SET NULL
and the like do is a statement that a rule may rewrite, and of which a BEFORE
trigger may drop or change rows, one of DELETE, too, where the action moves a row to
another partition: those that are left refer to nothing, and later to whatever row
gets that key (PostgreSQL manual, 39.1). A subscription of logical replication
writes rows without a look at foreign keys, a crash empties an unlogged partition
of the table that is referred to, and up to PostgreSQL 17.0, 16.4, 15.8 and 14.13 a
detached partition kept its key to a partitioned table without the triggers that
look after it. No proof rests on such a key, so queries that need it are refused.

Add the column first and the key by an ALTER TABLE of its own, which checks every
row. Of a trigger, every RETURN has to be RETURN NEW (of a DELETE, RETURN OLD), and
columns of the key are left alone; what its function does otherwise you can vouch
for under options.tenantgen.functions. A rule or trigger that is gone may have left
rows behind: drop the key, and add it again.`,
	Schema: `CREATE TABLE notes (org_id uuid NOT NULL, id uuid, PRIMARY KEY (org_id, id));
CREATE TABLE tags (org_id uuid NOT NULL, note_id uuid, name text, PRIMARY KEY (org_id, name),
  FOREIGN KEY (org_id, note_id) REFERENCES notes (org_id, id) ON DELETE CASCADE);`,
	Bad: `CREATE FUNCTION keeps() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF OLD.name = ''pinned'' THEN RETURN NULL; END IF; RETURN OLD; END';
CREATE TRIGGER keeps BEFORE DELETE ON tags FOR EACH ROW EXECUTE FUNCTION keeps();`,
	Good: `CREATE FUNCTION keeps() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF OLD.name = ''pinned'' THEN RAISE EXCEPTION ''it is pinned''; END IF; RETURN OLD; END';
CREATE TRIGGER keeps BEFORE DELETE ON tags FOR EACH ROW EXECUTE FUNCTION keeps();`,
	Run: func(p *Pass) {
		for _, t := range p.tables() {
			for _, f := range t.Foreign {
				if f.Unkept != "" && !f.Inherited {
					p.report(f.Pos, t.Name.String(), "drop constraint "+ident(f.Name)+", see that rows satisfy it, and add it again without that",
						fmt.Sprintf("rows may violate foreign key (%s) of %s: %s", strings.Join(f.Columns, ", "), t.Name, f.Unkept))
				}
			}
		}
	},
}
