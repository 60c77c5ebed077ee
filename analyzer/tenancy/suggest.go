package tenancy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// Suggestion is what a table may be declared as that nobody declared, by its columns and the
// foreign keys of the schema; none where they say nothing of it.
type Suggestion []Declaration

// Declaration is one way to declare a table: its rows have their tenant in TenantColumn, or are those
// of the rows of Parent, whose RefColumns are its Columns.
type Declaration struct {
	TenantColumn        string
	Level               string // of the tenant, "" where there is one
	Parent              catalog.Name
	Columns, RefColumns []string
	// First tells that nobody knows of the parent either whose its rows are: it is to be declared first.
	First bool
}

// Suggest says what the keys of the schema make of a table.
func (m *Map) Suggest(db *catalog.Database, t *catalog.Table) Suggestion {
	return m.suggest(db, t, map[*catalog.Table]bool{})
}

func (m *Map) suggest(db *catalog.Database, t *catalog.Table, seen map[*catalog.Table]bool) Suggestion {
	if r := m.Referrer(db, t); r != nil {
		return Suggestion{m.column(r.To, r.Level)}
	}
	for _, c := range t.Columns {
		if level := m.names(t, c.Name); level >= 0 {
			return Suggestion{m.column(c.Name, level)}
		}
	}
	var s Suggestion
	seen[t] = true
	for _, f := range t.Foreign {
		if to := db.Table(f.RefTable); to != nil && !seen[to] && len(f.Columns) == len(f.RefColumns) {
			s = append(s, m.through(db, f, to, seen)...)
		}
	}
	delete(seen, t)
	if slices.ContainsFunc(s, known) {
		s = slices.DeleteFunc(s, func(d Declaration) bool { return d.First })
	}
	return s
}

func known(d Declaration) bool { return !d.First }

func (m *Map) column(name string, level int) Declaration {
	return Declaration{TenantColumn: name, Level: m.Levels[level].Name}
}

// through is what a foreign key says of whoever has it: that the column which refers to the
// tenants is its tenant, or that it is a child; nothing where it refers to what is nobody's.
func (m *Map) through(db *catalog.Database, f *catalog.ForeignKey, to *catalog.Table, seen map[*catalog.Table]bool) Suggestion {
	o := m.Of(to)
	switch {
	case o.Kind == Column:
		if i := slices.Index(f.RefColumns, to.Columns[o.Column].Name); i >= 0 {
			return Suggestion{m.column(f.Columns[i], o.Level)}
		}
	case o.Kind == Global:
		return nil
	}
	d := Declaration{Parent: to.Name, Columns: f.Columns, RefColumns: f.RefColumns}
	if o.Kind == Undeclared && !slices.ContainsFunc(m.suggest(db, to, seen), known) {
		if m.leadsBack(db, to, seen) {
			return nil // neither can be declared before the other
		}
		d.First = true
	}
	return Suggestion{d}
}

// leadsBack reports whether foreign keys lead from t, by tables that nobody declared, to one of those seen.
func (m *Map) leadsBack(db *catalog.Database, t *catalog.Table, seen map[*catalog.Table]bool) bool {
	way := []*catalog.Table{t}
	for i := 0; i < len(way); i++ {
		for _, f := range way[i].Foreign {
			to := db.Table(f.RefTable)
			if seen[to] {
				return true
			}
			if to != nil && m.Of(to).Kind == Undeclared && !slices.Contains(way, to) {
				way = append(way, to)
			}
		}
	}
	return false
}

// Referrer is a tenant column that refers to a table: From, of Table, to the column To, by Key.
type Referrer struct {
	Table    *catalog.Table
	Key      *catalog.ForeignKey
	From, To string
	Level    int
}

// Referrer finds a tenant column of another table that refers to t, whose rows then are the
// tenants; nil without one.
func (m *Map) Referrer(db *catalog.Database, t *catalog.Table) *Referrer {
	for _, u := range db.Tables {
		o := m.Of(u)
		if u == t || u.Temporary || o.Kind == Global && o.NoTenant != "" {
			continue
		}
		for _, f := range u.Foreign {
			if db.Table(f.RefTable) != t || f.Inherited || len(f.Columns) != len(f.RefColumns) {
				continue
			}
			for i, c := range f.Columns {
				if level := m.names(u, c); level >= 0 {
					return &Referrer{u, f, c, f.RefColumns[i], level}
				}
			}
		}
	}
	return nil
}

// names is the level whose tenant a column of t names, -1 when it names none.
func (m *Map) names(t *catalog.Table, column string) int {
	if o := m.Of(t); o.Kind == Column && t.ColumnIndex(column) == o.Column {
		return o.Level
	}
	return slices.IndexFunc(m.Levels, func(l Level) bool { return slices.Contains(l.Columns, column) })
}

// Text writes a suggestion as the configuration would have it. A table whose rows the keys of the
// schema give to tenants is not offered to all of them.
func (s Suggestion) Text(table catalog.Name) string {
	var forms []string
	if len(s) > 0 && !slices.ContainsFunc(s, known) {
		return s.after(table)
	}
	for _, d := range s {
		forms = append(forms, fmt.Sprintf("%s: {%s}", table, d.text()))
	}
	if len(forms) == 0 {
		return fmt.Sprintf("%s: {global: true}, or {parent: <table>, on: {<column>: <key>}}", table)
	}
	return strings.Join(forms, ", or ")
}

// after says what has to be declared before a table, and as what the table may be then.
func (s Suggestion) after(table catalog.Name) string {
	var first, then []string
	for _, d := range s {
		first = append(first, d.Parent.String())
		then = append(then, fmt.Sprintf("%s: {%s} where rows of %s are a tenant's", table, d.text(), d.Parent))
	}
	return strings.Join(first, " and ") + " first, to which it refers; then " + strings.Join(then, ", or ")
}

func (d Declaration) text() string {
	switch {
	case d.Level != "":
		return "tenant_column: " + d.TenantColumn + ", level: " + d.Level
	case d.TenantColumn != "":
		return "tenant_column: " + d.TenantColumn
	}
	var pairs []string
	for i, c := range d.Columns {
		pairs = append(pairs, c+": "+d.RefColumns[i])
	}
	return "parent: " + d.Parent.String() + ", on: {" + strings.Join(pairs, ", ") + "}"
}
