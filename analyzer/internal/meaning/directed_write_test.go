package meaning

import (
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// directedWrite draws one that writes.
func (g *gen) directedWrite() *query.Statement {
	s := g.sketch()
	all := []func() *query.Statement{s.existing, s.stale, s.defaulted, s.converts, s.met, s.moved, s.retied, s.merged, s.mergedSource, s.publicWrite}
	return all[g.IntN(len(all))]()
}

func (s *sketch) wrote(w *query.Write) *query.Statement {
	s.st.Targets = []*catalog.Table{w.Target.Table}
	return s.done(w)
}

// some is what rows of a table tell of which something is true.
func some(n *query.Base, where query.Expr) query.Expr {
	return &query.Sub{Kind: query.Other, Text: "some", Query: &query.Select{From: []query.Rel{n}, Where: where, Out: shown(at(n, 2))}}
}

func (s *sketch) inserting(t *catalog.Table, columns []int, row ...query.Expr) *query.Write {
	w := &query.Write{Kind: query.Insert, Target: s.base(t), Columns: columns, SourceID: s.id(), Source: &query.Values{Out: outs(len(columns)), Rows: [][]query.Expr{row}}}
	for range columns {
		w.Keeps = append(w.Keeps, true)
	}
	return w
}

// defaulted: the default is the tenant only where a row gets no other value.
func (s *sketch) defaulted() *query.Statement {
	w := s.inserting(s.items, []int{1}, param(2))
	if s.chance(60) {
		all := []query.Expr{&query.Op{Text: "DEFAULT", Default: true}, param(1), param(2), s.literal(s.IntN(3))}
		w = s.inserting(s.items, []int{0, 1}, all[s.IntN(len(all))], param(2))
	}
	w.Returning = shown(at(w.Target, 1))
	return s.wrote(w)
}

// converts: what a cast changes on the way in is not what was given.
func (s *sketch) converts() *query.Statement {
	w := s.inserting(s.posts, []int{0, 1, 2}, param(s.either(1, 2)), param(s.either(1, 2)), param(2))
	w.Keeps[s.IntN(3)] = s.chance(50)
	return s.wrote(w)
}

// met: the row that is there has the proposed one's key, unless SET gives it another.
func (s *sketch) met() *query.Statement {
	w, n := s.inserting(s.plans, []int{0, 1}, param(2), param(s.either(1, 2))), s.base(s.notes)
	w.Conflict = &query.Conflict{Update: true, Excluded: s.id(), Columns: []int{1}, Sets: []query.Set{{Column: s.either(0, 1), Value: param(2)}}}
	w.Returning = shown(at(w.Target, 1), some(n, is(at(n, 0), at(w.Target, s.either(0, 1)))))
	return s.wrote(w)
}

// moved: RETURNING shows what SET gave, which is computed from what was there.
func (s *sketch) moved() *query.Statement {
	b, n := s.base(s.plans), s.base(s.notes)
	values := []query.Expr{param(1), param(2), at(b, 1)}
	w := &query.Write{Kind: query.Update, Target: b, Where: s.optional(40, is(at(b, 1), param(2)), is(at(b, 0), param(1)))}
	w.Sets = []query.Set{{Column: 0, Value: values[s.IntN(3)]}}
	if s.chance(60) {
		w.Sets = append(w.Sets, query.Set{Column: 1, Value: param(s.either(1, 2))})
	}
	if s.chance(50) {
		w.Returning = shown(at(b, 1), some(n, is(at(n, 0), at(b, s.either(0, 1)))))
		return s.wrote(w)
	}
	w.Returning = shown(at(b, 0), at(b, 1))
	c := &query.CTE{Name: "written", Query: w, Out: outs(2)}
	r := &query.CTERef{ID: s.id(), CTE: c, Alias: "written"}
	s.st.Targets = []*catalog.Table{b.Table}
	return s.done(&query.Select{With: []*query.CTE{c}, From: []query.Rel{r, n}, Where: is(at(n, 0), &query.Col{Rel: r.ID, Index: s.either(0, 1)}), Out: shown(at(n, 1))})
}

// retied: a changed row is not found by its key among those that were there.
func (s *sketch) retied() *query.Statement {
	b, m := s.base(s.notes), s.base(s.notes)
	column := s.either(1, 2)
	w := &query.Write{Kind: query.Update, Target: b, Where: is(at(b, 0), param(1)), Sets: []query.Set{{Column: column, Value: param(2)}}}
	w.Returning = shown(some(m, is(at(m, 1), at(b, 1))))
	return s.wrote(w)
}

// merged: ON and the conditions of a clause say whose rows it changes, and its values whose it makes.
func (s *sketch) merged() *query.Statement {
	t, p := s.base(s.notes), s.base(s.plans)
	own := is(at(t, 0), param(1))
	w := &query.Write{Kind: query.Merge, Target: t, From: []query.Rel{p}, Where: s.optional(60, is(at(t, 1), at(p, 1)), own, is(at(p, 0), param(1)))}
	owners := []query.Expr{param(1), param(1), param(2), at(p, 0)}
	update := query.Action{Matched: true, Kind: query.Update, Sets: []query.Set{{Column: s.either(0, 2), Value: owners[s.IntN(4)]}}}
	if s.chance(40) {
		update.When = own
	}
	w.Actions = []query.Action{update}
	if s.chance(60) {
		a := query.Action{Kind: query.Insert, Columns: []int{0, 1, 2}, Values: []query.Expr{owners[s.IntN(4)], at(p, 1), at(p, 0)}}
		if s.chance(40) {
			a.When = is(at(p, 0), param(1))
		}
		w.Actions = append(w.Actions, a)
	} else if s.chance(30) {
		w.Actions[0] = query.Action{Matched: true, Kind: query.Delete, When: update.When}
	}
	return s.wrote(w)
}

// mergedSource: a row of the source that nothing matches is inserted, whatever ON says of it.
func (s *sketch) mergedSource() *query.Statement {
	t, n := s.base(s.posts), s.base(s.notes)
	w := &query.Write{Kind: query.Merge, Target: t, From: []query.Rel{n}, Where: s.optional(70, is(at(t, 0), param(1)), is(at(t, 1), at(n, 1)), is(at(n, 0), at(t, 0)), is(at(n, 0), param(1)))}
	w.Actions = []query.Action{{Matched: true, Kind: query.Update, Sets: []query.Set{{Column: 2, Value: at(n, 2)}}}}
	if s.chance(60) {
		a := query.Action{Kind: query.Insert, Columns: []int{0, 1, 2}, Values: []query.Expr{param(1), at(n, 1), at(n, 2)}}
		if s.chance(40) {
			a.When = is(at(n, 0), param(1))
		}
		w.Actions = append(w.Actions, a)
	}
	return s.wrote(w)
}

// publicWrite: a row that others may read is not theirs to change.
func (s *sketch) publicWrite() *query.Statement {
	p := s.base(s.posts)
	may := or(is(at(p, 0), param(1)), is(at(p, 2), s.literal(1)))
	w := &query.Write{Kind: query.WriteKind(s.either(int(query.Update), int(query.Delete))), Target: p, Where: s.optional(30, may, is(at(p, 0), param(1)))}
	if w.Kind == query.Update {
		w.Sets = []query.Set{{Column: 2, Value: param(2)}}
	}
	return s.wrote(w)
}

// existing: DO UPDATE changes the row that is there, whose key the new one has.
func (s *sketch) existing() *query.Statement {
	b := s.base(s.notes)
	w := &query.Write{Kind: query.Insert, Target: b, Columns: []int{0, 1, 2}, Keeps: []bool{true, true, true}, SourceID: s.id()}
	w.Source = &query.Values{Out: outs(3), Rows: [][]query.Expr{{param(1), param(2), param(2)}}}
	w.Conflict = &query.Conflict{Update: true, Excluded: s.id(), Columns: []int{1}, Sets: []query.Set{{Column: 2, Value: param(1)}}}
	if s.chance(50) {
		w.Conflict.Columns = []int{0, 1}
	}
	w.Returning = shown(at(b, 1))
	return s.wrote(w)
}

// stale: what was true of a column before SET is not true of what RETURNING shows.
func (s *sketch) stale() *query.Statement {
	b, n := s.base(s.plans), s.base(s.notes)
	w := &query.Write{Kind: query.Update, Target: b, Where: is(at(b, 0), param(1)), Sets: []query.Set{{Column: s.either(0, 1), Value: s.literal(s.IntN(3))}}}
	w.Returning = shown(at(b, 1), &query.Sub{Kind: query.Other, Text: "some", Query: &query.Select{From: []query.Rel{n}, Where: is(at(n, 0), at(b, 0)), Out: shown(at(n, 2))}})
	return s.wrote(w)
}
