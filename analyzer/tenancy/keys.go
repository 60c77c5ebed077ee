package tenancy

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// Identifies reports whether equal values in k's columns always mean the same
// row of t, at any time within a transaction (PostgreSQL manual, 5.4.3 and 5.10.1).
func Identifies(t *catalog.Table, k *catalog.Key) bool {
	return t.Unsure == "" && identifies(t, k)
}

func identifies(t *catalog.Table, k *catalog.Key) bool {
	if k.Partial || k.Expression || k.Deferrable || k.Class || len(k.Columns) == 0 {
		return false
	}
	// A key of an inheritance parent says nothing about the rows of its children.
	return len(t.Children) == 0 || t.PartitionBy != ""
}

func hasKey(t *catalog.Table, columns []string) bool {
	return slices.ContainsFunc(t.Keys, func(k *catalog.Key) bool {
		return identifies(t, k) && !slices.ContainsFunc(k.Columns, func(c string) bool { return !slices.Contains(columns, c) })
	})
}

// Pairs pairs columns of a with columns of b, position by position.
func Pairs(a *catalog.Table, as []string, b *catalog.Table, bs []string) []Pair {
	out := make([]Pair, len(as))
	for i := range as {
		out[i] = Pair{Child: a.ColumnIndex(as[i]), Parent: b.ColumnIndex(bs[i])}
	}
	return out
}

// Carries reports whether foreign key fk of a makes the row of b that agrees with a
// row of a in the returned columns belong to the same tenant: it includes both
// tenant columns, and its other columns are by themselves a key of b, so the row
// that it points to is that row (PostgreSQL manual, 5.4.5).
func (m *Map) Carries(fk *catalog.ForeignKey, a, b *catalog.Table) ([]Pair, bool) {
	if a.Unsure != "" || b.Unsure != "" {
		return nil, false
	}
	if len(a.Children) > 0 && a.PartitionBy == "" {
		return nil, false // rows of inheriting tables obey no foreign key of their parent
	}
	oa, ob := m.Of(a), m.Of(b)
	if oa.Kind != Column || ob.Kind != Column || oa.Level != ob.Level || !a.Columns[oa.Column].NotNull {
		return nil, false
	}
	if f := Family(a.Columns[oa.Column]); f == "" || f != Family(b.Columns[ob.Column]) {
		return nil, false
	}
	if fk.NotValid || fk.Unseen || fk.Class || fk.Deferrable || fk.RefTable != b.Name || len(fk.Columns) != len(fk.RefColumns) {
		return nil, false
	}
	var cols, refs []string
	tenant := false
	for i, c := range fk.Columns {
		if a.ColumnIndex(c) == oa.Column && b.ColumnIndex(fk.RefColumns[i]) == ob.Column {
			tenant = true
			continue
		}
		cols, refs = append(cols, c), append(refs, fk.RefColumns[i])
	}
	if !tenant || !hasKey(b, refs) {
		return nil, false
	}
	return Pairs(a, cols, b, refs), true
}

// Deciding lists the columns that say whom a row belongs to.
func (o Owner) Deciding() []int {
	switch o.Kind {
	case Column:
		return []int{o.Column}
	case Child:
		var all []int
		for _, p := range o.Parents {
			for _, on := range p.On {
				all = append(all, on.Child)
			}
			for _, m := range p.When {
				all = append(all, m.Column)
			}
		}
		return all
	}
	return nil
}

// DecidedBy reports whether a change of a column can give a row another owner. What a
// generated column is computed from is for the caller to add.
func (o Owner) DecidedBy(column int) bool { return slices.Contains(o.Deciding(), column) }

// CoveredBy reports whether rows that agree in columns have one owner.
func (o Owner) CoveredBy(columns []int) bool {
	switch o.Kind {
	case Column:
		return slices.Contains(columns, o.Column)
	case Child:
		if o.discriminated() { // a key of one parent alone does not say that the rows are its rows
			return !slices.ContainsFunc(o.Deciding(), func(c int) bool { return !slices.Contains(columns, c) })
		}
		return slices.ContainsFunc(o.Parents, func(p Parent) bool {
			return !slices.ContainsFunc(p.On, func(on Pair) bool { return !slices.Contains(columns, on.Child) })
		})
	}
	return true
}

// Holder returns the index of the column of t that holds the tenant of a level, -1 when
// none does: the tenant column, or in a table of a deeper level that of an outer one,
// which is part of whose row it is. An outward view knows one of the level itself in a
// table whose rows it finds through others.
func (m *Map) Holder(t *catalog.Table, level int) int {
	o := m.Of(t)
	switch {
	case o.Kind != Column && o.Kind != Child, level > o.Level, level < 0:
		return -1
	case level == o.Level && o.Kind == Column:
		return o.Column
	case level == o.Level && m.native == nil:
		return -1
	}
	for _, name := range m.Levels[level].Columns {
		if i := t.ColumnIndex(name); i >= 0 && (o.Kind != Column || i != o.Column) {
			return i
		}
	}
	return -1
}

// Decides reports whether a column is part of whose row a row of t is: its tenant
// column, that of another level, or one by which it belongs to a parent.
func (m *Map) Decides(t *catalog.Table, column int) bool {
	o := m.Of(t)
	if o.DecidedBy(column) || m.native != nil && m.native.Decides(t, column) {
		return true
	}
	for level := range o.Level {
		if column >= 0 && m.Holder(t, level) == column {
			return true
		}
	}
	return false
}
