package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

var levelsWithoutForeignKey = &Rule{
	Name:     "levels-without-foreign-key",
	Title:    "a row can name a project and an organization that is not the project's",
	Severity: Warning,
	Kind:     Schema,
	Levels:   true,
	Text: `With levels, a row of a project that also has the column of the organization says
twice in which organization it lies. Two foreign keys, one for each column, accept a
row that contradicts itself: only a key over both columns compares them with the
project's own row (PostgreSQL manual, 5.4.5). Such a row is the project's for the
queries of the project, and the other organization's for those of the organization.

A query whose proof holds only if no row contradicts itself names that as its
premise levels-agree (assumes in the JSON, tenantgen audit); with severity error it
is refused.

Add the key over both columns in place of the one over the inner column. The table
of the projects needs a unique key on (outer column, id) for that, and both columns
are NOT NULL: one that is NULL switches the key off.`,
	Schema: `CREATE TABLE projects (id uuid PRIMARY KEY, org_id uuid NOT NULL, UNIQUE (org_id, id));`,
	Bad: `CREATE TABLE documents (org_id uuid NOT NULL, project_id uuid NOT NULL REFERENCES projects (id),
    id uuid, PRIMARY KEY (project_id, id));`,
	Good: `CREATE TABLE documents (org_id uuid NOT NULL, project_id uuid NOT NULL,
    id uuid, PRIMARY KEY (project_id, id), FOREIGN KEY (org_id, project_id) REFERENCES projects (org_id, id));`,
	Run: func(p *Pass) {
		for _, t := range p.tables() {
			for level := range p.Own.Of(t).Level {
				if k := p.composite(t, level); k != nil && !p.tied(t, level, k.inner) {
					p.reportLevels(k, level)
				}
			}
		}
	},
}

// composite is a foreign key that keeps the tenants of two levels in one row together: its
// first column holds the outer one, the others say the inner one.
type composite struct {
	t, to               *catalog.Table
	columns, refColumns []string
	inner               int
}

// composite is the key that keeps the column of an outer level of t with the tenant of the
// next deeper level: to the row of that tenant, or of the one parent that says it. It is nil
// where t has no such column, where t has the tenants' own rows, and where a key would not help.
func (p *Pass) composite(t *catalog.Table, level int) *composite {
	inner, outer := p.below(t, level), p.holder(t, level)
	if outer == "" || p.Own.Root(inner) == t || t.Unsure != "" || len(t.Children) > 0 && t.PartitionBy == "" {
		return nil
	}
	to, columns, refColumns := p.inward(t, inner)
	if to == nil || to.Unsure != "" || p.holder(to, level) == "" {
		return nil
	}
	k := &composite{t, to, append([]string{outer}, columns...), append([]string{p.holder(to, level)}, refColumns...), inner}
	for i, c := range k.columns {
		if !alike(t.Column(c), to.Column(k.refColumns[i])) {
			return nil
		}
	}
	return k
}

// below is the next level inside of another whose tenant a row of t tells.
func (p *Pass) below(t *catalog.Table, level int) int {
	inner := level + 1
	for inner < p.Own.Of(t).Level && p.holder(t, inner) == "" {
		inner++
	}
	return inner
}

// inward is the row that says in which tenant of a level a row of t is, and the columns that
// name it: the tenant's own, or the parent.
func (p *Pass) inward(t *catalog.Table, level int) (to *catalog.Table, columns, refColumns []string) {
	parents := p.Own.Of(t).Parents
	if column := p.holder(t, level); column != "" {
		to = p.Own.Root(level)
		return to, []string{column}, []string{p.holder(to, level)}
	}
	if len(parents) != 1 || len(parents[0].When)+len(parents[0].Where) > 0 {
		return nil, nil, nil
	}
	to = parents[0].Table
	for _, on := range parents[0].On {
		columns, refColumns = append(columns, t.Columns[on.Child].Name), append(refColumns, to.Columns[on.Parent].Name)
	}
	return to, columns, refColumns
}

// alike reports whether what is equal in two columns is the same.
func alike(a, b *catalog.Column) bool {
	return tenancy.Family(a) != "" && tenancy.Family(a) == tenancy.Family(b)
}

// tied reports whether a key of t keeps its tenants of two levels together, wherever it leads:
// a table whose own do not agree is reported itself.
func (p *Pass) tied(t *catalog.Table, level, inner int) bool {
	return slices.ContainsFunc(t.Foreign, func(f *catalog.ForeignKey) bool { return weak(t, f) == "" && p.ties(t, f, level, inner) })
}

// ties reports whether a key has both what says the outer tenant and what says the inner one.
func (p *Pass) ties(t *catalog.Table, f *catalog.ForeignKey, level, inner int) bool {
	to := p.DB.Table(f.RefTable)
	if to == nil || !p.equates(t, f, to, level) {
		return false
	}
	if p.equates(t, f, to, inner) {
		return true
	}
	way, columns, refColumns := p.inward(t, inner)
	for i, c := range columns {
		if !refers(f, c, refColumns[i]) {
			return false
		}
	}
	return way == to
}

// equates reports whether a key compares the tenants of a level.
func (p *Pass) equates(t *catalog.Table, f *catalog.ForeignKey, to *catalog.Table, level int) bool {
	from, into := p.holder(t, level), p.holder(to, level)
	return refers(f, from, into) && alike(t.Column(from), to.Column(into))
}

// weak says what to do about a key that does not hold for every row at any time, "" where
// it does.
func weak(t *catalog.Table, f *catalog.ForeignKey) string {
	alter := "ALTER TABLE " + t.Name.SQL()
	switch open := nullable(t, f.Columns); {
	case len(open) > 0:
		return alter + " " + strings.Join(open, ", ")
	case f.Unseen, f.SwitchedOff, f.Class:
		return "drop constraint " + ident(f.Name) + " and add it again, which checks every row"
	case f.NotValid:
		return alter + " VALIDATE CONSTRAINT " + ident(f.Name)
	case f.Deferrable:
		return alter + " ALTER CONSTRAINT " + ident(f.Name) + " NOT DEFERRABLE"
	}
	return ""
}

// nullable lists the actions that make columns NOT NULL which are not.
func nullable(t *catalog.Table, columns []string) []string {
	var list []string
	for _, c := range columns {
		if col := t.Column(c); col == nil || !col.NotNull {
			list = append(list, "ALTER COLUMN "+ident(c)+" SET NOT NULL")
		}
	}
	return list
}

func (p *Pass) reportLevels(k *composite, level int) {
	t, outer, inner := k.t, p.Own.Levels[level].Name, p.Own.Levels[k.inner].Name
	msg := fmt.Sprintf("no foreign key keeps %s of %s with the row of %s that its %s names, so a row can be of one %s and of a %s of another",
		k.columns[0], t.Name, k.to.Name, strings.Join(k.columns[1:], ", "), outer, inner)
	if i := slices.IndexFunc(t.Foreign, func(f *catalog.ForeignKey) bool { return p.ties(t, f, level, k.inner) }); i >= 0 {
		p.report(t.Foreign[i].Pos, t.Name.String(), weak(t, t.Foreign[i]), msg)
		return
	}
	at, fix, actions := t.Pos, Fix(nil), ""
	if f := k.partly(); f != nil {
		if p.Own.Citus && level == 0 {
			return // not-distributable asks for the same
		}
		at, actions, fix = f.Pos, onChange(f), p.foreignFix(t, k.to, f, k.columns[0], k.refColumns[0])
	}
	p.reportFix(at, t.Name.String(), k.hint()+actions, msg, fix)
}

// partly is the key that has all columns but the outer one, nil without one.
func (k *composite) partly() *catalog.ForeignKey {
	for _, f := range k.t.Foreign {
		if f.RefTable == k.to.Name && slices.Equal(f.Columns, k.columns[1:]) && slices.Equal(f.RefColumns, k.refColumns[1:]) {
			return f
		}
	}
	return nil
}

// onChange writes the actions of a key as the key of more columns has them.
func onChange(f *catalog.ForeignKey) string {
	out := ""
	if f.OnDelete == "cascade" {
		out += " ON DELETE CASCADE"
	}
	if f.OnUpdate == "cascade" {
		out += " ON UPDATE CASCADE"
	}
	return out
}

// hint is the key as SQL, behind what it needs.
func (k *composite) hint() string {
	var list []string
	if !slices.ContainsFunc(k.to.Keys, func(key *catalog.Key) bool { return tenancy.Identifies(k.to, key) && oneSet(key.Columns, k.refColumns) }) {
		list = append(list, fmt.Sprintf("ALTER TABLE %s ADD UNIQUE (%s)", k.to.Name.SQL(), ident(k.refColumns...)))
	}
	if open := nullable(k.t, k.columns); len(open) > 0 {
		list = append(list, "ALTER TABLE "+k.t.Name.SQL()+" "+strings.Join(open, ", "))
	}
	return strings.Join(append(list, fmt.Sprintf("ALTER TABLE %s ADD FOREIGN KEY (%s) REFERENCES %s (%s)",
		k.t.Name.SQL(), ident(k.columns...), k.to.Name.SQL(), ident(k.refColumns...))), "; ")
}

// oneSet reports whether two lists have the same columns, in any order.
func oneSet(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}
