package checker

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// agreed makes sure that a proof by one of several parents says that it rests on the
// others, unless the schema lets a row refer to one only.
func (k *checker) agreed(t *catalog.Table) {
	parents := k.own.Of(t).Parents
	for i, p := range parents {
		for _, q := range parents[i+1:] {
			if !otherwise(p, q) && !k.onlyOne(t, namesOf(t, linkColumns(p)), namesOf(t, linkColumns(q))) {
				k.needs(certificate.Agreement(t, parents))
			}
		}
	}
}

func linkColumns(p tenancy.Parent) []int {
	return saying(tenancy.Owner{Parents: []tenancy.Parent{{On: p.On}}})
}

// onlyOne reports whether a CHECK of t, and of each table whose rows are rows of t, keeps
// one of two links null.
func (k *checker) onlyOne(t *catalog.Table, a, b []string) bool {
	checked := slices.ContainsFunc(t.OneOf, func(columns []string) bool {
		for _, x := range a {
			for _, y := range b {
				if x != y && slices.Contains(columns, x) && slices.Contains(columns, y) {
					return true
				}
			}
		}
		return false
	})
	return checked && !slices.ContainsFunc(t.Children, func(n catalog.Name) bool {
		heir := k.db.Table(n)
		return heir == nil || !k.onlyOne(heir, a, b)
	})
}

// pinnedByEach makes sure that a row which is inserted into a table with several parents
// is the tenant's by every one that it refers to, and that it refers to one.
func (k *checker) pinnedByEach(b *query.Base, action, tenant int, s *scope) {
	parents, proved := k.own.Of(b.Table).Parents, 0
	for i, parent := range parents {
		at := slices.IndexFunc(k.cert.Pins, func(p certificate.Pin) bool {
			return p.Base == b && p.Role == certificate.Inserted && p.Action == action && p.Parent == i+1
		})
		if at < 0 {
			if !k.leavesOut(b, action, parent) && !k.belongsElsewhere(b, action, parent) {
				k.fail("nothing shows that the new row of %s is the tenant's by its row of %s", b.Table.Name, parent.Table.Name)
			}
			continue
		}
		k.byParent(&k.cert.Pins[at], parent, tenant, s)
		proved++
	}
	if proved == 0 {
		k.fail("the new row of %s refers to no parent", b.Table.Name)
	}
}

// byParent makes sure that the proof of a new row starts at its row of that parent.
func (k *checker) byParent(p *certificate.Pin, parent tenancy.Parent, tenant int, s *scope) {
	first := k.cert.Pinned(p.Base, certificate.Inserted, p.Action)
	if len(p.Chain) == 0 || p.Row != first.Row || p.Chain[0].Kind != certificate.ParentRow || p.Chain[0].A != certificate.Owner(p.Row) {
		k.fail("the proof of table %s is about another row", p.Base.Table.Name)
	}
	step := &p.Chain[0]
	from, to := k.find(p.Row, s), k.rowOf(step.B, s)
	if from == nil || to == nil || step.Parent == nil || !step.B.IsOwner() ||
		step.Parent.Table != parent.Table || !slices.Equal(step.Parent.On, parent.On) || !slices.Equal(step.Parent.When, parent.When) || !slices.Equal(step.Parent.Where, parent.Where) || !k.relates(step, from, to, s) {
		k.fail("the proof of table %s does not go by its row of %s", p.Base.Table.Name, parent.Table.Name)
	}
	k.goes(way{p.Row, &parent}, func() { k.follows(p.Chain, certificate.Owner(p.Row), certificate.Param(tenant), s) })
}

// leavesOut reports whether the row that a write inserts has NULL in the link to parent.
func (k *checker) leavesOut(b *query.Base, action int, parent tenancy.Parent) bool {
	w := k.writes[b]
	for _, on := range parent.On {
		c := b.Table.Columns[on.Child]
		if slices.ContainsFunc(k.receivers(b.Table), func(r *catalog.Table) bool { own := r.Column(c.Name); return own == nil || own.Generated }) {
			continue // where the row is put, it is computed
		}
		if e, given := values(w, action, on.Child); len(e) > 0 && !slices.ContainsFunc(e, func(e query.Expr) bool { return !isNull(e) }) || !given && k.noDefault(c) && !slices.Contains(w.ViewDefaults, on.Child) {
			return true
		}
	}
	return false
}

// noDefault reports whether a column that is left out becomes NULL.
func (k *checker) noDefault(c *catalog.Column) bool {
	t := k.db.Type(c.Type.Name)
	return !c.HasDefault && !c.Identity && (t == nil || t.Kind != "domain")
}

func isNull(e query.Expr) bool {
	c, ok := e.(*query.Const)
	return ok && c.Null
}

// values lists what a write puts into a column of its target, each possible value once;
// nil stands for one that is not known.
func values(w *query.Write, action, column int) (all []query.Expr, given bool) {
	if w.Kind == query.Merge {
		a := &w.Actions[action]
		if i := slices.Index(a.Columns, column); i >= 0 {
			return []query.Expr{a.Values[i]}, true
		}
		return nil, false
	}
	i := slices.Index(w.Columns, column)
	if i < 0 || w.Source == nil {
		return nil, false
	}
	return sourced(w.Source, i), true
}

func sourced(q query.Query, i int) []query.Expr {
	switch q := q.(type) {
	case *query.Select:
		if i < width(q.Out) {
			return []query.Expr{q.Out[i].Expr}
		}
	case *query.Values:
		var all []query.Expr
		for _, row := range q.Rows {
			if i >= len(row) {
				return []query.Expr{nil}
			}
			all = append(all, row[i])
		}
		return all
	case *query.SetOp:
		return append(sourced(q.Left, i), sourced(q.Right, i)...)
	case nil, *query.Write:
	default:
		panic(unknown(q))
	}
	return []query.Expr{nil}
}
