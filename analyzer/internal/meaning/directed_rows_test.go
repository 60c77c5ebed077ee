package meaning

import "github.com/tenantgen/tenantgen/analyzer/query"

// optional is the conditions that are drawn, in AND.
func (s *sketch) optional(percent int, always query.Expr, some ...query.Expr) query.Expr {
	all := []query.Expr{always}
	for _, e := range some {
		if s.chance(percent) {
			all = append(all, e)
		}
	}
	return and(all...)
}

// marked: a row belongs to a parent row only if it has the value that says so.
func (s *sketch) marked() *query.Statement {
	m, n := s.base(s.marks), s.base(s.notes)
	if s.chance(40) {
		n = s.base(s.tasks)
	}
	says := query.Expr(is(at(m, 0), s.literal(1+s.IntN(2))))
	if s.chance(20) {
		says = or(says, is(at(m, 1), param(2)))
	}
	return s.done(&query.Select{From: []query.Rel{m, n}, Where: s.optional(70, is(at(m, 2), at(n, 1)), is(at(n, 0), param(1)), says), Out: shown(at(m, 1), at(n, 1))})
}

// drafted: a row belongs to those rows of a parent alone that pass a test, also where a row of nulls does.
func (s *sketch) drafted() *query.Statement {
	d, r := s.base(s.drafts), s.base(s.rooms)
	gone := query.Expr(isNull(at(r, 3)))
	if s.chance(30) {
		gone = or(gone, is(at(r, 1), param(2)))
	}
	link, own := is(at(d, 0), at(r, 2)), is(at(r, 0), param(1))
	if s.chance(50) {
		return s.done(&query.Select{From: []query.Rel{d, r}, Where: s.optional(75, link, own, gone), Out: shown(at(d, 1))})
	}
	n := s.base(s.notes)
	j := &query.Join{Kind: query.JoinKind(s.IntN(3)), Left: n, Right: r, On: s.optional(70, is(at(r, 1), at(n, 1)), own)}
	q := &query.Select{From: []query.Rel{j}, Where: s.optional(70, is(at(n, 0), param(1)), gone), Out: shown(at(n, 1), at(r, 2), at(r, 0))}
	rows := &query.Derived{ID: s.id(), Alias: "d", Query: q, Out: outs(3)}
	of := func(i int) *query.Col { return &query.Col{Rel: rows.ID, Index: i, Text: "d"} }
	return s.done(&query.Select{From: []query.Rel{rows, d}, Where: s.optional(50, is(at(d, 0), of(1)), is(of(2), param(1))), Out: shown(at(d, 1), of(0))})
}

// public: others' rows may be read where exactly the condition of read_also says so.
func (s *sketch) public() *query.Statement {
	p := s.base(s.posts)
	may := or(is(at(p, 0), param(1)), is(at(p, 2), s.literal(1)))
	switch s.IntN(4) {
	case 0:
		may.Args[1] = is(at(p, 2), s.literal(s.IntN(3)))
	case 1:
		may.Args[1] = is(at(p, s.IntN(3)), s.literal(1))
	case 2:
		may.Args[0] = and(may.Args[0], is(at(p, 1), param(2)))
	}
	if s.chance(40) {
		return s.done(&query.Select{From: []query.Rel{p}, Where: may, Out: shown(at(p, 1), at(p, 2))})
	}
	if s.chance(40) {
		return s.done(&query.Select{From: []query.Rel{p}, Where: or(may, is(at(p, 1), param(2))), Out: shown(at(p, 1))})
	}
	n := s.base(s.notes)
	j := &query.Join{Kind: query.JoinKind(s.IntN(3)), Left: n, Right: p, On: s.optional(50, is(at(p, 1), at(n, 1)), may)}
	return s.done(&query.Select{From: []query.Rel{j}, Where: s.optional(50, is(at(n, 0), param(1)), may), Out: shown(at(n, 1), at(p, 1))})
}

// behindOutput: a row is known by the key that a query shows of it.
func (s *sketch) behindOutput() *query.Statement {
	n, c := s.base(s.notes), s.base(s.comments)
	q := &query.Select{From: []query.Rel{n}, Where: s.optional(60, is(at(n, 2), param(2)), is(at(n, 0), param(1))), Out: shown(at(n, s.either(1, 2)), at(n, s.either(0, 2)))}
	if s.chance(40) { // a row of nulls is no row
		p := s.base(s.plans)
		q.From = []query.Rel{&query.Join{Kind: query.JoinKind(s.IntN(3)), Left: p, Right: n, On: s.optional(50, is(at(p, 1), at(n, 1)), is(at(n, 0), param(1)))}}
		if s.chance(50) {
			q.Where = nil
		}
	}
	d := &query.Derived{ID: s.id(), Alias: "d", Query: q, Out: outs(2)}
	of := func(i int) *query.Col { return &query.Col{Rel: d.ID, Index: i, Text: "d"} }
	return s.done(&query.Select{From: []query.Rel{d, c}, Where: s.optional(50, is(at(c, 0), of(0)), is(of(1), param(1))), Out: shown(at(c, 1))})
}

// folding: EXISTS of an aggregate is true whatever there is.
func (s *sketch) folding() *query.Statement {
	m, p := s.base(s.notes), s.base(s.plans)
	agg := &query.Op{Text: "agg", Args: []query.Expr{at(p, 1)}, Aggregate: true, Folds: true}
	q := &query.Select{From: []query.Rel{p}, Where: and(is(at(p, 0), param(1)), is(at(m, 0), at(p, 0))), Out: shown(agg), Aggregate: s.chance(30)}
	if !q.Aggregate && s.chance(40) {
		q.Out[0].Expr = at(p, 1)
	}
	return s.done(&query.Select{From: []query.Rel{m}, Where: &query.Sub{Kind: query.Exists, Text: "some", Query: q}, Out: shown(at(m, 1))})
}

// asked: what one reference to a WITH query asks says nothing of what another sees.
func (s *sketch) asked() *query.Statement {
	n := s.base(s.notes)
	c := &query.CTE{Name: "w", Query: &query.Select{From: []query.Rel{n}, Out: shown(at(n, 0), at(n, 1))}, Out: outs(2)}
	ref := func() *query.CTERef { return &query.CTERef{ID: s.id(), CTE: c, Alias: "w"} }
	a, b := ref(), ref()
	of := func(r *query.CTERef, i int) *query.Col { return &query.Col{Rel: r.ID, Index: i, Text: "w"} }
	where := s.optional(50, is(of(a, s.either(0, 1)), param(1)), is(of(b, 0), param(1)), is(of(b, 1), of(a, 1)))
	return s.done(&query.Select{With: []*query.CTE{c}, From: []query.Rel{a, b}, Where: where, Out: shown(of(a, 1), of(b, 1))})
}

// beside: what one relation guarantees says nothing of the one beside it.
func (s *sketch) beside() *query.Statement {
	n, p, t := s.base(s.notes), s.base(s.plans), s.base(s.notes)
	of := func(b *query.Base, where query.Expr) *query.Derived {
		return &query.Derived{ID: s.id(), Alias: "d", Query: &query.Select{From: []query.Rel{b}, Where: where, Out: shown(at(b, 0))}, Out: outs(1)}
	}
	a, b := of(n, is(at(n, 0), param(1))), of(p, nil)
	if s.chance(30) {
		b.Query.(*query.Select).Where = is(at(p, s.either(0, 1)), param(1))
	}
	return s.done(&query.Select{From: []query.Rel{a, b, t}, Where: is(at(t, 0), &query.Col{Rel: b.ID}), Out: shown(at(t, 1))})
}

// kept: a condition passes into a query by what keeps its rows apart, and never by LIMIT.
func (s *sketch) kept() *query.Statement {
	n := s.base(s.notes)
	q := &query.Select{From: []query.Rel{n}, Out: shown(at(n, 0), at(n, s.either(1, 2)))}
	by := []query.Expr{at(n, s.either(0, 2))}
	switch s.IntN(4) {
	case 0:
		q.Limited = true
	case 1:
		q.DistinctOn = by
	case 2:
		q.Windows, q.Out[1].Expr = []query.Window{{PartitionBy: by}}, &query.Op{Text: "rank", Args: []query.Expr{at(n, 1)}}
	}
	d := &query.Derived{ID: s.id(), Alias: "d", Query: q, Out: outs(2)}
	return s.done(&query.Select{From: []query.Rel{d}, Where: is(&query.Col{Rel: d.ID}, param(1)), Out: shown(&query.Col{Rel: d.ID, Index: 1})})
}

// twins: rows that agree in a key are one row only if the key is one of all rows.
func (s *sketch) twins() *query.Statement {
	t, c := s.rooms, 2
	if s.chance(30) {
		t, c = s.notes, s.either(1, 2)
	}
	a, b := s.base(t), s.base(t)
	return s.done(&query.Select{From: []query.Rel{a, b}, Where: s.optional(60, is(at(a, c), at(b, c)), is(at(a, 0), param(1)), isNull(at(a, 2))), Out: shown(at(b, 1))})
}

// groupless: an aggregate yields a row, and evaluates its list, also where WHERE is true of nothing.
func (s *sketch) groupless() *query.Statement {
	o, p, m := s.base(s.plans), s.base(s.plans), s.base(s.notes)
	q := &query.Select{From: []query.Rel{p}, Where: is(at(o, 0), param(1)), Aggregate: s.chance(60), Out: shown(some(m, is(at(m, 0), at(o, 0))))}
	return s.done(&query.Select{From: []query.Rel{o}, Out: shown(at(o, 1), &query.Sub{Kind: query.Other, Text: "list", Query: q})})
}
