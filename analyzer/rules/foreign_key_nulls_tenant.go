package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

var foreignKeyNullsTenant = &Rule{
	Name:     "foreign-key-nulls-tenant",
	Title:    "a foreign key's SET NULL or SET DEFAULT empties the tenant of the rows that refer",
	Severity: Warning,
	Kind:     Schema,
	Text: `ON DELETE SET NULL without a list of columns sets every column of the key, the
tenant's too (PostgreSQL manual, 5.4.5). Where that is NOT NULL, no row can be
deleted any more that another one refers to; where it is not, the rows that
referred belong to no tenant then, or with SET DEFAULT to whoever the default
names. ON UPDATE SET NULL takes no list of columns at all.

Name the columns that are to be set, ON DELETE SET NULL (note_id), which
PostgreSQL has since version 15, or use CASCADE or NO ACTION.`,
	Schema: `CREATE TABLE notes (org_id uuid NOT NULL, id uuid, PRIMARY KEY (org_id, id));`,
	Bad: `CREATE TABLE tags (
    org_id uuid NOT NULL, id uuid, note_id uuid,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, note_id) REFERENCES notes (org_id, id) ON DELETE SET NULL
);`,
	Good: `CREATE TABLE tags (
    org_id uuid NOT NULL, id uuid, note_id uuid,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, note_id) REFERENCES notes (org_id, id) ON DELETE SET NULL (note_id)
);`,
	Run: func(p *Pass) {
		for _, t := range p.DB.Tables {
			for _, f := range t.Foreign {
				if p.owned(t) && !t.Temporary && !f.Inherited {
					p.nullsTenant(t, f)
				}
			}
		}
	},
}

// nullsTenant reports what an action of f does to the tenant columns of its rows.
func (p *Pass) nullsTenant(t *catalog.Table, f *catalog.ForeignKey) {
	tenants := slices.DeleteFunc(slices.Clone(f.Columns), func(c string) bool { return !p.holds(t, c) })
	set := f.SetColumns
	if len(set) == 0 {
		set = f.Columns
	}
	others := slices.DeleteFunc(slices.Clone(set), func(c string) bool { return slices.Contains(tenants, c) })
	hint := "use CASCADE or NO ACTION"
	switch {
	case len(tenants) == 0:
		return
	case nulls(f.OnDelete) && len(others) < len(set):
		if len(others) > 0 {
			hint = fmt.Sprintf("write ON DELETE %s (%s), or ", strings.ToUpper(f.OnDelete), ident(others...)) + hint
		}
		p.report(f.Pos, t.Name.String(), hint, p.emptied(t, f, "ON DELETE "+strings.ToUpper(f.OnDelete), tenants))
	case nulls(f.OnUpdate):
		p.report(f.Pos, t.Name.String(), hint, p.emptied(t, f, "ON UPDATE "+strings.ToUpper(f.OnUpdate), tenants))
	}
}

func (p *Pass) emptied(t *catalog.Table, f *catalog.ForeignKey, action string, tenants []string) string {
	return fmt.Sprintf("%s of foreign key (%s) of %s sets %s, too, which says whose the row is", action, strings.Join(f.Columns, ", "), t.Name, strings.Join(tenants, " and "))
}

// holds reports whether a column holds the tenant of some level of a table's rows.
func (p *Pass) holds(t *catalog.Table, column string) bool {
	for level := range p.Own.Levels {
		if p.holder(t, level) == column {
			return true
		}
	}
	return false
}
