package checker

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// merge checks MERGE, which is a join of source and target: when an action inserts,
// the source is the preserved side.
func (k *checker) merge(w *query.Write, s *scope) {
	both := append([]query.Rel{w.Target}, w.From...)
	matched, source, unfiltered := s.child(), s.child(), s.child()
	matched.from(both, w.Where)
	source.from(w.From, nil)
	k.rel(w.Target, matched)
	for _, r := range w.From {
		if w.Inserts() {
			k.rel(r, source)
		} else {
			k.rel(r, matched)
		}
	}
	k.filter(both, w.Where, unfiltered)
	for i := range w.Actions {
		a := &w.Actions[i]
		row := source.child()
		if a.Matched {
			row = matched.child()
		}
		if a.When != nil {
			k.condition(a.When, row)
			row.assume(a.When)
		}
		k.sets(a.Sets, w.Target, row)
		if !a.Nothing && a.Kind != query.Insert {
			k.actions(w.Target.Table, a.Kind == query.Delete, a.Sets)
		}
		k.exprs(a.Values, row)
		if !a.Nothing && a.Kind == query.Insert {
			k.adopted(w.Target.Table, true, nil)
			k.fires(w.Target.Table, query.Insert, nil)
		}
		if a.Kind == query.Insert && !a.Nothing && k.own.Of(w.Target.Table).Kind != tenancy.Global {
			k.mergeInsert(w, i, row)
		}
	}
}

func (k *checker) mergeInsert(w *query.Write, action int, s *scope) {
	a, id := &w.Actions[action], k.insertedRow(w, action)
	var known []int
	for i, c := range a.Columns {
		for _, c := range append(k.twins(w.Target.Table, w.Target.Table.Columns[c].Name), c) {
			if !stores(w.Target.Table.Columns[c]) {
				continue
			}
			known = append(known, c)
			if t, ok := certificate.ValueOf(a.Values[i]); ok {
				s.made = append(s.made, construction{kind: certificate.Given, by: a, a: certificate.Column(id, c), b: t})
			}
		}
	}
	s.rows = append(s.rows, row{id: id, table: w.Target.Table, written: true, has: func(c int) bool { return slices.Contains(known, c) }})
	k.pinnedBy(w.Target, certificate.Inserted, action, s)
	k.outer(w.Target, action, id, a.Columns, s)
}
