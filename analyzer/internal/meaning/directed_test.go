package meaning

import (
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// Statements that a rule of the checker is all about: each is safe or not by one detail, which is drawn. Random ones
// seldom come near enough to these for a forged certificate to be accepted when the rule is taken out.

// sketch builds a statement part by part.
type sketch struct {
	*gen
	st *query.Statement
}

func (g *gen) sketch() *sketch {
	return &sketch{g, g.begin(0)}
}

func (s *sketch) base(t *catalog.Table) *query.Base {
	return &query.Base{ID: s.id(), Table: t, Alias: "t"}
}

func at(b *query.Base, i int) *query.Col { return &query.Col{Rel: b.ID, Index: i, Text: "c"} }

func is(l, r query.Expr) *query.Eq { return &query.Eq{L: l, R: r, Text: "="} }

func param(n int) *query.Param { return &query.Param{Number: n, Text: "$"} }

func and(es ...query.Expr) query.Expr { return &query.And{Args: es} }

func or(es ...query.Expr) *query.Or { return &query.Or{Args: es} }

func shown(es ...query.Expr) []query.Output {
	out := outs(len(es))
	for i := range es {
		out[i].Expr = es[i]
	}
	return out
}

func (s *sketch) done(root query.Query) *query.Statement {
	s.st.Root = root
	return s.finished(s.st)
}

// either is a or b, which are drawn.
func (g *gen) either(a, b int) int {
	if g.chance(50) {
		return a
	}
	return b
}

func conjuncts(e query.Expr) []query.Expr {
	if and, ok := e.(*query.And); ok {
		return and.Args
	}
	return []query.Expr{e}
}

// directed draws one that reads.
func (g *gen) directed() *query.Statement {
	s := g.sketch()
	if g.array {
		return s.elements()
	}
	all := []func() *query.Statement{s.inBesideOr, s.exceptRight, s.groupedByOthers, s.orNullOfMissing, s.filters, s.fullJoin, s.having, s.correlated,
		s.marked, s.drafted, s.public, s.behindOutput, s.folding, s.asked, s.beside, s.kept, s.twins, s.groupless}
	return all[g.IntN(len(all))]()
}

// elements: two rows whose keys are elements of one array need not be one row.
func (s *sketch) elements() *query.Statement {
	a, b := s.base(s.notes), s.base(s.notes)
	among := func(c *query.Col) query.Expr {
		p := param(1)
		return &query.Op{Args: []query.Expr{c, p}, Strict: true, Rejects: true, Among: p, Text: "= ANY"}
	}
	return s.done(&query.Select{From: []query.Rel{a, b}, Where: and(among(at(a, 0)), among(at(a, 1)), among(at(b, 1))), Out: shown(at(a, 2), at(b, 2))})
}

// inBesideOr: IN says something only where it has to be true.
func (s *sketch) inBesideOr() *query.Statement {
	t, p := s.base(s.notes), s.base(s.plans)
	in := &query.Sub{Kind: query.In, Test: []query.Expr{at(t, 0)}, Args: []query.Expr{at(t, 0)}, Text: "in", Query: &query.Select{From: []query.Rel{p}, Out: shown(param(1))}}
	var where query.Expr = in
	switch s.IntN(3) {
	case 0:
		where = or(in, is(at(t, 1), param(2)))
	case 1:
		where = &query.Not{Arg: in}
	}
	return s.done(&query.Select{From: []query.Rel{t}, Where: where, Out: shown(at(t, 1))})
}

// exceptRight: rows of EXCEPT are those of its left arm.
func (s *sketch) exceptRight() *query.Statement {
	p, m, n := s.base(s.plans), s.base(s.notes), s.base(s.notes)
	left := &query.Select{From: []query.Rel{p}, Out: shown(at(p, 0))}
	right := &query.Select{From: []query.Rel{m}, Where: is(at(m, 0), param(1)), Out: shown(at(m, 0))}
	op := &query.SetOp{Kind: query.SetOpKind(s.either(int(query.Except), int(query.Intersect))), All: s.chance(50), Left: left, Right: right, Out: outs(1)}
	d := &query.Derived{ID: s.id(), Alias: "d", Query: op, Out: outs(1)}
	return s.done(&query.Select{From: []query.Rel{d, n}, Where: is(at(n, 0), &query.Col{Rel: d.ID}), Out: shown(at(n, 1))})
}

// groupedByOthers: a condition passes by GROUP BY only on what it groups by.
func (s *sketch) groupedByOthers() *query.Statement {
	n := s.base(s.notes)
	q := &query.Select{From: []query.Rel{n}, Group: &query.Group{By: []query.Expr{at(n, s.either(0, 2))}},
		Out: shown(at(n, 0), &query.Op{Text: "agg", Args: []query.Expr{at(n, 1)}, Aggregate: true, Folds: true})}
	d := &query.Derived{ID: s.id(), Alias: "d", Query: q, Out: outs(2)}
	return s.done(&query.Select{From: []query.Rel{d}, Where: is(&query.Col{Rel: d.ID}, param(1)), Out: shown(&query.Col{Rel: d.ID, Index: 1})})
}

// orNullOfMissing: NULL is never true of a NOT NULL column, but where its row is left out.
func (s *sketch) orNullOfMissing() *query.Statement {
	n, t := s.base(s.notes), s.base(s.tasks)
	test := or(is(at(t, 0), param(1)), isNull(at(t, 0)))
	switch {
	case s.chance(50):
		test = or(and(is(at(t, 0), param(1)), is(at(t, 1), param(2))), test)
	case s.chance(40): // nor is it of one that may be null
		return s.done(&query.Select{From: []query.Rel{n}, Where: or(is(at(n, 0), param(1)), isNull(at(n, s.either(0, 2)))), Out: shown(at(n, 1))})
	}
	j := &query.Join{Kind: query.JoinKind(s.either(int(query.Left), int(query.Inner))), Left: n, Right: t, On: is(at(t, 1), at(n, 1))}
	return s.done(&query.Select{From: []query.Rel{j}, Where: and(is(at(n, 0), param(1)), test), Out: shown(at(n, 1), at(t, 1))})
}

// filters: an aggregate without a filter, or groups, tell of all rows.
func (s *sketch) filters() *query.Statement {
	n := s.base(s.notes)
	agg := func(filter query.Expr) *query.Op {
		return &query.Op{Text: "agg", Args: []query.Expr{at(n, 1)}, Aggregate: true, Folds: true, Filter: filter}
	}
	q := &query.Select{From: []query.Rel{n}, Aggregate: true, Out: shown(agg(is(at(n, 0), param(1))), agg(is(at(n, 0), param(1))))}
	switch s.IntN(5) {
	case 0:
		q.Out[1].Expr = agg(nil)
	case 1:
		q.Out[1].Expr = agg(is(at(n, 1), param(2)))
	case 2:
		q.Group, q.Aggregate = &query.Group{By: []query.Expr{at(n, 2)}}, false
	case 3:
		q.Having = agg(nil)
	}
	return s.done(q)
}

// fullJoin: what is said of one side or the other is said of both where ON makes them one.
func (s *sketch) fullJoin() *query.Statement {
	n, t := s.base(s.notes), s.base(s.tasks)
	on := and(is(at(n, 0), at(t, 0)), is(at(n, 1), at(t, 1)))
	if s.chance(40) {
		on = is(at(n, 1), at(t, 1))
	}
	j := &query.Join{Kind: query.Full, Left: n, Right: t, On: on}
	test := or(is(at(n, 0), param(1)), is(at(t, 0), param(1)))
	switch s.IntN(5) {
	case 0:
		test = or(is(at(n, 0), param(1)), and(isNull(at(n, 0)), is(at(t, 0), param(1))))
	case 2:
		test = or(is(at(n, 0), param(1)), is(at(t, 1+s.IntN(2)), param(1)))
	case 3:
		test = or(is(at(n, 1), param(1)), is(at(t, 1), param(1)))
	case 1:
		test = or(is(at(n, 0), param(1)), isNull(at(n, 0)))
	}
	var from query.Rel = j
	out := shown(at(n, 2), at(t, 2))
	if s.chance(30) { // a row of the whole join may be left out
		p := s.base(s.plans)
		from, out = &query.Join{Kind: query.JoinKind(s.either(int(query.Left), int(query.Right))), Left: p, Right: j, On: is(at(p, 1), at(n, 1))}, append(out, shown(at(p, 1))...)
	}
	return s.done(&query.Select{From: []query.Rel{from}, Where: test, Out: out})
}

// having: HAVING says of rows what it says of their group.
func (s *sketch) having() *query.Statement {
	n := s.base(s.notes)
	agg := &query.Op{Text: "agg", Args: []query.Expr{at(n, 1)}, Aggregate: true, Folds: true}
	var having query.Expr = and(is(at(n, 0), param(1)), agg)
	if s.chance(40) {
		having = or(is(at(n, 0), param(1)), agg)
	}
	return s.done(&query.Select{From: []query.Rel{n}, Group: &query.Group{By: []query.Expr{at(n, s.either(0, 2))}}, Having: having, Out: shown(agg)})
}

// correlated: a subquery that compares a column of the nullable side is about rows that are there.
func (s *sketch) correlated() *query.Statement {
	n, t, m := s.base(s.notes), s.base(s.tasks), s.base(s.notes)
	on := and(is(at(t, 0), at(n, 0)), is(at(t, 1), at(n, 1)))
	if s.chance(30) {
		on = is(at(t, 1), at(n, 1))
	}
	var where query.Expr = is(at(m, 0), at(t, 0))
	if s.chance(30) {
		where = or(where, is(at(m, 1), param(2)))
	}
	if s.chance(40) {
		return s.correlatedShared()
	}
	j := &query.Join{Kind: query.JoinKind(s.either(int(query.Left), int(query.Full))), Left: n, Right: t, On: on}
	q := &query.Select{From: []query.Rel{j}, Out: shown(at(n, 1), &query.Sub{Kind: query.Other, Text: "some", Query: &query.Select{From: []query.Rel{m}, Where: where, Out: shown(at(m, 2))}})}
	q.Where = is(at(n, 0), param(1))
	return s.done(q)
}

// correlatedShared is correlated of rows that are nobody's, which may be alone in a FULL JOIN.
func (s *sketch) correlatedShared() *query.Statement {
	n, p, m := s.base(s.notes), s.base(s.plans), s.base(s.notes)
	d := &query.Derived{ID: s.id(), Alias: "d", Out: outs(2), Query: &query.Select{From: []query.Rel{n}, Where: is(at(n, 0), param(1)), Out: shown(at(n, 0), at(n, 1))}}
	own := func(i int) *query.Col { return &query.Col{Rel: d.ID, Index: i, Text: "d"} }
	j := &query.Join{Kind: query.JoinKind(s.either(int(query.Right), int(query.Full))), Left: d, Right: p, On: is(at(p, 0), own(0))}
	if s.chance(30) {
		j.Kind, j.Left, j.Right = query.Left, p, d
	}
	sub := &query.Select{From: []query.Rel{m}, Where: is(at(m, 0), at(p, 0)), Out: shown(at(m, 2))}
	return s.done(&query.Select{From: []query.Rel{j}, Out: shown(own(1), at(p, 1), &query.Sub{Kind: query.Other, Text: "some", Query: sub})})
}

// fed forges that all aggregates of a level take only what their filters let through.
func (f *forger) fed(sel *query.Select) {
	var all []*query.Op
	for _, e := range append(query.Exprs(sel.Out), sel.Having) {
		for _, a := range conjuncts(e) {
			if o, ok := a.(*query.Op); ok && o.Aggregate {
				all = append(all, o)
			}
		}
	}
	if len(all) == 0 {
		return
	}
	for _, s := range f.some(4) {
		step := certificate.Step{A: s.A, B: s.B, Kind: certificate.Fed, Node: sel}
		for _, o := range all {
			var own []certificate.Step
			for _, c := range f.steps[s.A] {
				if c.B == s.B && c.Node == any(o.Filter) {
					own = append(own, c)
				}
			}
			if len(own) == 0 && f.IntN(2) == 0 {
				own = []certificate.Step{s}
			}
			step.Premises = append(step.Premises, own)
		}
		f.add(step)
	}
}
