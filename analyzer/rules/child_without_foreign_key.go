package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

var childWithoutForeignKey = &Rule{
	Name:     "child-without-foreign-key",
	Title:    "nothing keeps a child row from outliving its parent row",
	Severity: Error,
	Kind:     Schema,
	Text: `A row of a table that is declared as a child belongs to the tenant of its parent
row. Without a foreign key it stays behind when that row is deleted or gets another
key, and then belongs to whoever writes a row with the key next: ids are plain
parameters. A foreign key that is NOT VALID, or that was checked while row-level
security hid the rows, says nothing of the rows that were there before (PostgreSQL
manual, 5.4.5 and ALTER TABLE). Partitions and inheriting tables need one as well.

Add a foreign key on the columns of the declaration. Where there can be none, or
nobody needs it because rows never lose their parent, say so in the declaration:
{parent: notes, on: {note_id: id}, no_foreign_key: "<why>"}. What is proved by way
of such a link then names it as a premise, which tenantgen audit lists. So does
every statement that inserts rows of the parent or changes their key, which take
over what was left with it, and every one that deletes or renumbers them.`,
	Schema: `CREATE TABLE notes (org_id uuid NOT NULL, id uuid PRIMARY KEY, title text NOT NULL, UNIQUE (org_id, id));`,
	Bad:    `CREATE TABLE comments (id uuid PRIMARY KEY, note_id uuid NOT NULL, body text NOT NULL);`,
	Good:   `CREATE TABLE comments (id uuid PRIMARY KEY, note_id uuid NOT NULL REFERENCES notes (id), body text NOT NULL);`,
	Run: func(p *Pass) {
		for _, t := range p.tables() {
			for _, link := range p.Own.Of(t).Parents {
				if link.NoForeignKey == "" && tenancy.Kept(p.DB, t, link) == nil {
					p.unkept(t, link)
				}
			}
		}
	},
}

func (p *Pass) unkept(t *catalog.Table, link tenancy.Parent) {
	var columns, keys []string
	for _, on := range link.On {
		columns, keys = append(columns, t.Columns[on.Child].Name), append(keys, link.Table.Columns[on.Parent].Name)
	}
	at, hint := t.Pos, fmt.Sprintf("ALTER TABLE %s ADD FOREIGN KEY (%s) REFERENCES %s (%s)", t.Name.SQL(), ident(columns...), link.Table.Name.SQL(), ident(keys...))
	if i := slices.IndexFunc(t.Foreign, func(f *catalog.ForeignKey) bool {
		return f.NotValid && f.RefTable == link.Table.Name && slices.Equal(f.Columns, columns)
	}); i >= 0 {
		at, hint = t.Foreign[i].Pos, fmt.Sprintf("ALTER TABLE %s VALIDATE CONSTRAINT %s", t.Name.SQL(), ident(t.Foreign[i].Name))
		if why := t.Foreign[i].Unkept; why != "" {
			hint = fmt.Sprintf("%s: drop constraint %s and add it again, which checks every row", why, ident(t.Foreign[i].Name))
		} else if t.Foreign[i].SwitchedOff { // PostgreSQL does not validate what counts as valid
			hint = fmt.Sprintf("its triggers were switched off: drop constraint %s and add it again, which checks every row", ident(t.Foreign[i].Name))
		}
	}
	hint += `, or declare it with no_foreign_key: "<why>"`
	if len(link.When) > 0 { // a foreign key would hold for the rows of other parents too
		hint = `say why none is needed: no_foreign_key: "<why>"; or give each parent a column of its own with a foreign key, NULL in the rows of others`
	}
	if len(link.Where) > 0 { // nor can a foreign key refer to a partial unique index
		hint = `no foreign key can refer to rows under a condition: say what keeps the two together, no_foreign_key: "<why>"`
	}
	p.report(at, t.Name.String(), hint,
		fmt.Sprintf("no foreign key keeps a row of %s from outliving the row of %s that its %s names, and then whoever writes that key next gets it", t.Name, link.Table.Name, strings.Join(columns, ", ")))
}
