package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

var foreignKeyWithoutTenant = &Rule{
	Name:     "foreign-key-without-tenant",
	Title:    "a foreign key between tenant tables omits the tenant, so rows can refer across tenants",
	Severity: Warning,
	Kind:     Schema,
	Text: `Such a key accepts a reference to another tenant's row: the check bypasses
row-level security (PostgreSQL manual, 5.9), so a tenant that sends somebody
else's id has it stored, and learns from the outcome whether it exists. Worse,
ON DELETE CASCADE, SET NULL and SET DEFAULT and their ON UPDATE forms then cross
tenants: when one tenant deletes its row, PostgreSQL deletes or changes the rows
of others that refer to it, whatever their policies say (5.4.5).

A query whose proof holds only if no row refers so names the key as its premise
(assumes in the JSON, tenantgen audit); with severity error it is refused.

Include the tenant column on both sides. The referenced table needs a unique key
on (tenant column, id) for that. With ON DELETE SET NULL name the columns,
ON DELETE SET NULL (note_id), or the tenant would become NULL too.`,
	Schema: `CREATE TABLE notes (org_id uuid NOT NULL, id uuid UNIQUE, PRIMARY KEY (org_id, id));`,
	Bad: `CREATE TABLE tags (
    org_id uuid NOT NULL, note_id uuid REFERENCES notes (id) ON DELETE CASCADE, name text,
    PRIMARY KEY (org_id, note_id, name)
);`,
	Good: `CREATE TABLE tags (
    org_id uuid NOT NULL, note_id uuid, name text,
    PRIMARY KEY (org_id, note_id, name),
    FOREIGN KEY (org_id, note_id) REFERENCES notes (org_id, id) ON DELETE CASCADE
);`,
	Run: func(p *Pass) {
		for _, t := range p.DB.Tables {
			for _, f := range t.Foreign {
				// A partition has a copy of its parent's keys, and may have others.
				if to := p.DB.Table(f.RefTable); p.owned(t) && !t.Temporary && !f.Inherited && p.owned(to) && p.omitsTenant(t, f, to) {
					p.reportForeign(t, f, to)
				}
			}
		}
	},
}

// omitsTenant reports whether a reference does not equate the tenants of the level that
// both rows have, and is not what makes a row the child of the other.
func (p *Pass) omitsTenant(t *catalog.Table, f *catalog.ForeignKey, to *catalog.Table) bool {
	if o := p.Own.Of(t); o.Kind == tenancy.Child && len(o.Parents) == 0 {
		return false // its parent is refused, which is said where it is declared
	}
	least := min(p.Own.Of(t).Level, p.Own.Of(to).Level)
	for level := least; level < len(p.Own.Levels); level++ {
		from, into := p.holder(t, level), p.holder(to, level)
		if from != "" && into != "" && refers(f, from, into) {
			return false
		}
	}
	return !slices.ContainsFunc(p.Own.Of(t).Parents, func(parent tenancy.Parent) bool {
		return parent.Table == to && len(parent.When)+len(parent.Where) == 0 && !slices.ContainsFunc(parent.On, func(on tenancy.Pair) bool {
			return !refers(f, t.Columns[on.Child].Name, to.Columns[on.Parent].Name)
		})
	})
}

// holder is the name of the column that holds the tenant of a level, "" without one.
func (p *Pass) holder(t *catalog.Table, level int) string {
	if i := p.Own.Holder(t, level); i >= 0 {
		return t.Columns[i].Name
	}
	return ""
}

// refers reports whether f equates two columns.
func refers(f *catalog.ForeignKey, from, into string) bool {
	for i := range min(len(f.Columns), len(f.RefColumns)) {
		if f.Columns[i] == from && f.RefColumns[i] == into {
			return true
		}
	}
	return false
}

// actions names what a change of the referenced row does to the referring one.
func actions(f *catalog.ForeignKey) string {
	var list []string
	for _, act := range []struct{ on, what string }{{"DELETE", f.OnDelete}, {"UPDATE", f.OnUpdate}} {
		if act.what != "" && act.what != "restrict" {
			list = append(list, "ON "+act.on+" "+strings.ToUpper(act.what))
		}
	}
	switch len(list) {
	case 0:
		return ""
	case 1:
		return list[0] + " works"
	}
	return strings.Join(list, " and ") + " work"
}

func (p *Pass) reportForeign(t *catalog.Table, f *catalog.ForeignKey, to *catalog.Table) {
	least := min(p.Own.Of(t).Level, p.Own.Of(to).Level)
	from, into := p.holder(t, least), p.holder(to, least)
	msg := fmt.Sprintf("foreign key (%s) of %s omits the tenant, so a row can refer to another tenant's row of %s", strings.Join(f.Columns, ", "), t.Name, to.Name)
	if act := actions(f); act != "" {
		msg += ", and " + act + " across tenants"
	}
	hint := fmt.Sprintf("write FOREIGN KEY (%s, %s) REFERENCES %s (%s, %s)", ident(from), ident(f.Columns...), to.Name.SQL(), ident(into), ident(f.RefColumns...))
	if nulls(f.OnDelete) {
		hint += fmt.Sprintf(" ON DELETE %s (%s)", strings.ToUpper(f.OnDelete), ident(f.Columns...))
	}
	switch {
	case from == "" || into == "":
		p.report(f.Pos, t.Name.String(), "give "+lacking(t, from, to)+" the tenant column and include it on both sides, or let every query take the id from a row of the tenant", msg)
		return
	case len(f.RefColumns) == 1 && f.RefColumns[0] == into:
		hint = "a reference to another tenant is never confined to one; leave the constraint out or move it to a shared table"
	}
	p.reportFix(f.Pos, t.Name.String(), hint, msg, p.foreignFix(t, to, f, from, into))
}

// lacking names the tables that have no tenant column.
func lacking(t *catalog.Table, from string, to *catalog.Table) string {
	switch {
	case from != "":
		return to.Name.String()
	case t == to:
		return t.Name.String()
	}
	return t.Name.String() + " and " + to.Name.String()
}

// foreignFix is the same reference with the tenant in front. There is none when
// the key mentions a tenant column already, in another place, nor when Citus would
// refuse its actions.
func (p *Pass) foreignFix(t, to *catalog.Table, f *catalog.ForeignKey, from, into string) Fix {
	if p.Own.Of(t).Level != p.Own.Of(to).Level || len(t.Parents) > 0 || slices.Contains(f.Columns, from) || slices.Contains(f.RefColumns, into) || f.Special || nulls(f.OnUpdate) || p.Own.Citus && (nulls(f.OnDelete) || f.OnUpdate == "cascade") {
		return nil
	}
	return ReplaceForeign{t, to, f, append([]string{from}, f.Columns...), append([]string{into}, f.RefColumns...)}
}

// nulls reports whether a referential action empties every column of the key, the
// tenant's too: ON UPDATE takes no list of columns.
func nulls(action string) bool { return action == "set null" || action == "set default" }
