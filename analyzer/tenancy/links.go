package tenancy

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// Kept returns a foreign key that keeps every row of t with its parent row, nil when
// nothing does: then a row can outlive its parent, and belongs to whoever next writes a
// row with the parent's key. Partitions and inheriting tables must each have one, as
// their rows are rows of t (PostgreSQL manual, 5.4.5 and 5.10.1). One that is deferrable
// leaves a row alone within a transaction only, which is its tenant's.
func Kept(db *catalog.Database, t *catalog.Table, p Parent) *catalog.ForeignKey {
	if t.Unsure != "" || p.Table.Unsure != "" || len(p.Where) > 0 { // its triggers may be off, it may be gone, or refer to any row
		return nil
	}
	for _, n := range t.Children {
		heir := db.Table(n)
		if heir == nil || Kept(db, heir, p.of(t, heir)) == nil {
			return nil
		}
	}
	i := slices.IndexFunc(t.Foreign, func(f *catalog.ForeignKey) bool { return p.keptBy(t, f) })
	if i < 0 {
		return nil
	}
	return t.Foreign[i]
}

// of is the link as a table has it that inherits from t.
func (p Parent) of(t, heir *catalog.Table) Parent {
	out := Parent{Table: p.Table, Where: p.Where}
	for _, on := range p.On {
		out.On = append(out.On, Pair{Child: heir.ColumnIndex(t.Columns[on.Child].Name), Parent: on.Parent})
	}
	for _, m := range p.When {
		out.When = append(out.When, Match{Column: heir.ColumnIndex(t.Columns[m.Column].Name), Value: m.Value})
	}
	return out
}

// keptBy reports whether f holds for every row whose link is not null: it was checked,
// and has all columns of the link; a null in another of its columns would switch it off.
func (p Parent) keptBy(t *catalog.Table, f *catalog.ForeignKey) bool {
	if f.NotValid || f.Unseen || f.Class || f.RefTable != p.Table.Name || len(f.Columns) != len(f.RefColumns) {
		return false
	}
	linked := 0
	for i, name := range f.Columns {
		pair := Pair{t.ColumnIndex(name), p.Table.ColumnIndex(f.RefColumns[i])}
		switch {
		case pair.Child < 0:
			return false
		case slices.Contains(p.On, pair):
			linked++
		case !t.Columns[pair.Child].NotNull:
			return false
		}
	}
	return linked == len(p.On)
}

// Agree reports whether a row of t is sure to have one owner whichever of its parents is
// asked: of any two, a CHECK lets it refer to one only, or they want different values in
// one column.
func Agree(db *catalog.Database, t *catalog.Table, parents []Parent) bool {
	for i, p := range parents {
		for _, q := range parents[i+1:] {
			if !apart(t, p, q) {
				return false
			}
		}
	}
	return !slices.ContainsFunc(t.Children, func(n catalog.Name) bool {
		heir := db.Table(n)
		if heir == nil {
			return true
		}
		var of []Parent
		for _, p := range parents {
			of = append(of, p.of(t, heir))
		}
		return !Agree(db, heir, of)
	})
}

// apart reports whether no row of t refers to rows of both p and q.
func apart(t *catalog.Table, p, q Parent) bool {
	return p.Excludes(q) || slices.ContainsFunc(t.OneOf, func(columns []string) bool {
		in := func(c int) bool { return slices.Contains(columns, t.Columns[c].Name) }
		return slices.ContainsFunc(p.On, func(a Pair) bool {
			return in(a.Child) && slices.ContainsFunc(q.On, func(b Pair) bool { return b.Child != a.Child && in(b.Child) })
		})
	})
}
