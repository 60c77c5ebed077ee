package meaning

import (
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// maker makes an expression anew: one node stands in one place only.
type maker func() query.Expr

func eq(a, b maker) maker { return func() query.Expr { return is(a(), b()) } }

func col(b *query.Base, i int) maker { return func() query.Expr { return at(b, i) } }

func par(n int) maker { return func() query.Expr { return param(n) } }

// conds are the conditions of at most two of the first atoms: none, one, its negation, two in AND and in OR.
func (e *enumeration) conds(atoms ...maker) []maker {
	atoms = atoms[:min(len(atoms), e.size)]
	all := []maker{func() query.Expr { return nil }}
	for i, a := range atoms {
		all = append(all, a, func() query.Expr { return &query.Not{Arg: a()} })
		for _, b := range atoms[:i] {
			all = append(all, func() query.Expr { return and(b(), a()) }, func() query.Expr { return or(b(), a()) })
		}
	}
	return all
}

// ands are the conditions of one or two of the first atoms in AND.
func (e *enumeration) ands(atoms ...maker) (all []maker) {
	atoms = atoms[:min(len(atoms), e.size)]
	for i, a := range atoms {
		all = append(all, a)
		for _, b := range atoms[:i] {
			all = append(all, func() query.Expr { return and(b(), a()) })
		}
	}
	return all
}

// fewer are the conditions of ands, and none.
func (e *enumeration) fewer(atoms ...maker) []maker {
	return append(e.ands(atoms...), func() query.Expr { return nil })
}

// link is the columns by which rows of two tables are tied, their ids where nothing ties them.
func (w *world) link(a, b *query.Base) maker {
	refers := map[*catalog.Table]int{w.tasks: 2, w.comments: 0, w.links: 2}
	if c, ok := refers[a.Table]; ok && b.Table == w.notes {
		return eq(col(a, c), col(b, 1))
	}
	if c, ok := refers[b.Table]; ok && a.Table == w.notes {
		return eq(col(a, 1), col(b, c))
	}
	return eq(col(a, 1), col(b, 1))
}

// of are conditions about one row.
func of(a *query.Base) []maker {
	return []maker{eq(col(a, 0), par(1)), eq(col(a, 1), par(2)), eq(col(a, 1), par(1)), func() query.Expr { return isNull(at(a, 0)) }}
}

// ofTwo are conditions about two rows.
func (w *world) ofTwo(a, b *query.Base) []maker {
	return []maker{eq(col(a, 0), par(1)), w.link(a, b), eq(col(b, 0), par(1)), eq(col(a, 0), col(b, 0)), func() query.Expr { return isNull(at(b, 0)) },
		eq(col(a, 1), par(2)), eq(col(a, 0), col(b, 1))}
}

// begin begins a statement, with an occurrence of each table.
func (e *enumeration) begin(tables ...*catalog.Table) (*sketch, []*query.Base) {
	s := e.gen.sketch()
	var all []*query.Base
	for _, t := range tables {
		all = append(all, s.base(t))
	}
	return s, all
}

// tables are those that stand for one, the first few where few are asked for.
func (e *enumeration) tables() []*catalog.Table {
	return []*catalog.Table{e.notes, e.comments, e.plans, e.tasks}[:min(e.size, 4)]
}

// pairs calls f with each two tables of which one at least belongs to tenants.
func (e *enumeration) pairs(f func(a, b *catalog.Table)) {
	for _, a := range e.tables() {
		for _, b := range e.tables() {
			if a != e.plans || b != e.plans {
				f(a, b)
			}
		}
	}
}

func (e *enumeration) forms() []form {
	return []form{{"joins", e.joins}, {"subqueries", e.subqueries}, {"derived tables", e.derived}, {"set operations", e.setOperations}, {"WITH queries", e.withQueries},
		{"aggregates", e.aggregates}, {"UPDATE and DELETE", e.changes}, {"INSERT", e.inserts}, {"INSERT of a query", e.insertsQuery}, {"MERGE", e.merges}}
}

// joins: two tables, of each kind of join.
func (e *enumeration) joins(try func(asked)) {
	e.pairs(func(a, b *catalog.Table) {
		_, r := e.begin(a, b)
		ons, wheres := e.ands(e.world.link(r[0], r[1]), eq(col(r[1], 0), par(1)), eq(col(r[0], 0), par(1)), eq(col(r[0], 0), col(r[1], 0)), eq(col(r[0], 1), par(2))), e.conds(e.ofTwo(r[0], r[1])...)
		for kind := query.Inner; kind <= query.Full; kind++ {
			for _, on := range ons {
				for _, where := range wheres {
					s, r := e.begin(a, b) // with the same numbers
					j := &query.Join{Kind: kind, Left: r[0], Right: r[1], On: on()}
					try(asked{st: s.done(&query.Select{From: []query.Rel{j}, Where: where(), Out: shown(at(r[0], 1), at(r[1], 1))})})
				}
			}
		}
	})
}

// subqueries: EXISTS, IN, NOT of them and a list of what a query yields, beside another condition or alone.
func (e *enumeration) subqueries(try func(asked)) {
	e.pairs(func(a, b *catalog.Table) {
		_, r := e.begin(a, b)
		inner, outer := e.conds(append(e.ofTwo(r[1], r[0]), eq(col(r[1], 1), par(1)))...), e.ands(of(r[0])...)
		for use := range 6 { // EXISTS, IN of four pairs of columns, in the list
			for _, in := range inner {
				for _, out := range outer {
					for beside := range 5 {
						s, r := e.begin(a, b)
						q := &query.Select{From: []query.Rel{r[1]}, Where: in(), Out: shown(at(r[1], max(use-1, 0)%2))}
						sub := &query.Sub{Kind: query.Exists, Text: "some", Query: q}
						if use > 0 && use < 5 {
							sub.Kind, sub.Test = query.In, []query.Expr{at(r[0], max(use-1, 0)/2)}
							sub.Args = sub.Test
						}
						level := &query.Select{From: []query.Rel{r[0]}, Out: shown(at(r[0], 1))}
						if use == 5 {
							sub.Kind = query.Other
							level.Where, level.Out = out(), shown(at(r[0], 1), sub)
						} else {
							level.Where = [...]func() query.Expr{func() query.Expr { return sub }, func() query.Expr { return and(out(), sub) }, func() query.Expr { return or(out(), sub) },
								func() query.Expr { return and(out(), &query.Not{Arg: sub}) }, func() query.Expr { return &query.Not{Arg: sub} }}[beside]()
						}
						try(asked{st: s.done(level)})
						if use == 5 {
							break
						}
					}
				}
			}
		}
	})
}

// shaped gives a level each shape: as it is, LIMIT, DISTINCT, DISTINCT ON, GROUP BY, a window and an aggregate.
func shaped(n int, q *query.Select, b *query.Base, by int) {
	agg := func() *query.Op {
		return &query.Op{Text: "agg", Args: []query.Expr{at(b, 1)}, Aggregate: true, Folds: true}
	}
	switch n {
	case 1:
		q.Limited = true
	case 2:
		q.Distinct = true
	case 3:
		q.DistinctOn = []query.Expr{at(b, by)}
	case 4:
		q.Group, q.Out[1].Expr = &query.Group{By: []query.Expr{at(b, by)}}, agg()
	case 5:
		q.Windows, q.Out[1].Expr = []query.Window{{PartitionBy: []query.Expr{at(b, by)}}}, &query.Op{Text: "rank", Args: []query.Expr{at(b, 1)}}
	case 6:
		q.Aggregate, q.Out[0].Expr, q.Out[1].Expr = true, agg(), agg()
	}
}

// derived: a query of each shape in FROM, alone or beside a table.
func (e *enumeration) derived(try func(asked)) {
	e.pairs(func(a, b *catalog.Table) {
		_, r := e.begin(a, b)
		d := &query.Base{ID: 2} // stands for the derived table
		inner := e.conds(of(r[0])...)
		outer := e.ands(eq(col(d, 0), par(1)), eq(col(d, 1), col(r[1], 1)), eq(col(r[1], 0), par(1)), eq(col(d, 0), col(r[1], 0)))
		for shape := range 7 {
			for by := range 2 {
				for _, in := range inner {
					for n, out := range outer {
						for alone := range 2 {
							if alone == 1 && (n > 0 || b != e.notes) {
								break // another one is the same
							}
							s, r := e.begin(a, b)
							q := &query.Select{From: []query.Rel{r[0]}, Where: in(), Out: shown(at(r[0], 0), at(r[0], 1))}
							shaped(shape, q, r[0], by)
							rel := &query.Derived{ID: s.id(), Alias: "d", Query: q, Out: outs(2)}
							level := &query.Select{From: []query.Rel{rel, r[1]}, Where: out(), Out: shown(at(d, 1), at(r[1], 1))}
							if alone == 1 {
								level = &query.Select{From: []query.Rel{rel}, Where: is(at(d, 0), param(1)), Out: shown(at(d, 1))}
							}
							try(asked{st: s.done(level)})
						}
					}
				}
			}
		}
	})
}

// setOperations: two queries, and a table that is tied to what comes of them.
func (e *enumeration) setOperations(try func(asked)) {
	e.pairs(func(a, b *catalog.Table) {
		_, r := e.begin(a, b, e.notes)
		left, right := e.conds(of(r[0])...), e.fewer(of(r[1])...)
		for kind := query.Union; kind <= query.Except; kind++ {
			for n := range 8 { // ALL, which column of the left, whether it is filtered outside or ties a table
				for _, l := range left {
					for _, rr := range right {
						s, r := e.begin(a, b, e.notes)
						op := &query.SetOp{Kind: kind, All: n%2 == 1, Out: outs(1)}
						op.Left = &query.Select{From: []query.Rel{r[0]}, Where: l(), Out: shown(at(r[0], n/2%2))}
						op.Right = &query.Select{From: []query.Rel{r[1]}, Where: rr(), Out: shown(at(r[1], 0))}
						d := &query.Derived{ID: s.id(), Alias: "d", Query: op, Out: outs(1)}
						shows := &query.Col{Rel: d.ID}
						level := &query.Select{From: []query.Rel{d, r[2]}, Where: is(at(r[2], 0), shows), Out: shown(at(r[2], 1))}
						if n/4 == 1 {
							level = &query.Select{From: []query.Rel{d}, Where: is(shows, param(1)), Out: shown(&query.Col{Rel: d.ID})}
						}
						try(asked{st: s.done(level)})
					}
				}
			}
		}
	})
}

// withQueries: two references to one query.
func (e *enumeration) withQueries(try func(asked)) {
	for _, a := range e.tables() {
		_, r := e.begin(a)
		x, y := &query.Base{ID: 1}, &query.Base{ID: 2} // stand for the references
		inner, outer := e.conds(of(r[0])...), e.conds(eq(col(x, 0), par(1)), eq(col(y, 0), par(1)), eq(col(x, 1), col(y, 1)), eq(col(x, 0), col(y, 0)))
		for shape := range 7 {
			for _, in := range inner {
				for _, out := range outer {
					s, r := e.begin(a)
					q := &query.Select{From: []query.Rel{r[0]}, Where: in(), Out: shown(at(r[0], 0), at(r[0], 1))}
					shaped(shape, q, r[0], 0)
					c := &query.CTE{Name: "w", Query: q, Out: outs(2)}
					one, two := &query.CTERef{ID: s.id(), CTE: c, Alias: "x"}, &query.CTERef{ID: s.id(), CTE: c, Alias: "y"}
					try(asked{st: s.done(&query.Select{With: []*query.CTE{c}, From: []query.Rel{one, two}, Where: out(), Out: shown(at(x, 1), at(y, 1))})})
				}
			}
		}
	}
}

// aggregates: two with filters of their own, in groups or in none.
func (e *enumeration) aggregates(try func(asked)) {
	for _, a := range e.tables() {
		_, r := e.begin(a)
		few := e.fewer(of(r[0])...)
		for _, where := range few {
			for _, one := range e.conds(of(r[0])...) {
				for _, two := range few {
					for group := range 5 { // none, by a column, with HAVING
						s, r := e.begin(a)
						agg := func(filter query.Expr) *query.Op {
							return &query.Op{Text: "agg", Args: []query.Expr{at(r[0], 1)}, Aggregate: true, Folds: true, Filter: filter}
						}
						q := &query.Select{From: []query.Rel{r[0]}, Where: where(), Aggregate: group == 0, Out: shown(agg(one()), agg(two()))}
						if group > 0 {
							q.Group = &query.Group{By: []query.Expr{at(r[0], (group-1)%2)}}
							if q.Out[1].Expr = agg(nil); group > 2 {
								q.Having = two()
							}
						}
						try(asked{st: s.done(q)})
					}
				}
			}
		}
	}
}
