package checker

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// fed makes sure that every aggregate of a level takes only rows of which something is true. Where they make one row of
// all, no other row matters: nothing but aggregates sees rows there (PostgreSQL manual, 4.2.7, 7.2.3).
func (k *checker) fed(st *certificate.Step, s *scope) bool {
	sel, ok := st.Node.(*query.Select)
	if !ok || sel.Group != nil || !sel.Aggregate || sel.Volatile || sel.Locks || len(sel.Windows) > 0 || !s.about(sel) {
		return false
	}
	all, sure := feeds(sel)
	if !sure || len(all) == 0 || len(st.Premises) != len(all) {
		return false
	}
	for i, o := range all {
		if o.Filter == nil || hasSub(o.Filter) {
			return false
		}
		in := s.child()
		in.home = s.of(sel)
		in.assume(o.Filter)
		k.follows(st.Premises[i], st.A, st.B, in)
	}
	return s.fresh(st)
}

// about reports whether s is about rows of a level, or of parts of it.
func (s *scope) about(sel *query.Select) bool { return s.of(sel) != nil }

// of is the scope of the rows of a level.
func (s *scope) of(sel *query.Select) *scope {
	for at := s; at != nil; at = at.up {
		if at.level == sel {
			return at
		}
	}
	return nil
}

// feeds lists the aggregates of a level, and reports whether nothing else of it may be one.
func feeds(sel *query.Select) (all []*query.Op, sure bool) {
	sure = true
	var look func(e query.Expr, inside bool)
	look = func(e query.Expr, inside bool) {
		switch e := e.(type) {
		case nil:
		case *query.Op:
			if e.Folds && (!e.Aggregate || inside) {
				sure = false
			}
			if e.Aggregate && !inside {
				all = append(all, e)
			}
			for _, a := range e.Args {
				look(a, inside || e.Aggregate)
			}
		case *query.Sub:
			if foldsOutside(e) {
				sure = false
			}
		default:
			for _, a := range query.Operands(e) {
				look(a, inside)
			}
		}
	}
	for _, o := range sel.Out {
		sure = sure && !o.Open
		look(o.Expr, false)
	}
	for _, e := range slices.Concat([]query.Expr{sel.Having}, sel.DistinctOn, sel.Rest) {
		look(e, false)
	}
	return all, sure
}

// foldsOutside reports whether something in a subquery may be an aggregate of a level around it.
func foldsOutside(n query.Node) bool {
	o, ok := n.(*query.Op)
	found := ok && o.Folds && !o.Aggregate
	query.Children(n, func(c query.Node) { found = found || foldsOutside(c) })
	return found
}

// eitherSide makes sure of the column of one side of a FULL JOIN. Where it has both sides the two columns are equal, so
// each arm says it of both; where it has one, the other column is null, of which no arm is true.
func (k *checker) eitherSide(st *certificate.Step, s *scope) bool {
	or, ok := st.Node.(*query.Or)
	a, b := st.A, st.B
	if a.IsParam() {
		a, b = b, a
	}
	if !ok || len(or.Args) == 0 || !a.IsColumn() || !b.IsParam() {
		return false
	}
	for at := s; at != nil; at = at.up {
		j := at.side.join
		if j == nil || !at.holdsAbove(or, j) {
			continue
		}
		for _, e := range inAnd(j.On) {
			eq, ok := e.(*query.Eq)
			if !ok || eq.AsText {
				continue
			}
			l, okl := certificate.TermOf(eq.L)
			r, okr := certificate.TermOf(eq.R)
			if r == a {
				l, r = r, l
			}
			if okl && okr && l == a && r.IsColumn() && across(j, at.side.of, l, r) && k.oneFamily(j, l, r) && k.saysOf(or, at, l, r, b) {
				return s.fresh(st)
			}
		}
	}
	return false
}

// holdsAbove reports whether an OR is true above a side of a FULL JOIN, where there is a row of the join.
func (s *scope) holdsAbove(or *query.Or, j *query.Join) bool {
	for at := s.up; at != nil; at = at.up {
		if at.home == nil && slices.Contains(at.truths, query.Expr(or)) {
			for ; at != nil; at = at.up {
				if slices.Contains(at.outer, outer{j, query.Full}) {
					return true
				}
			}
			return false
		}
	}
	return false
}

// across reports whether a is a column of one side of a join, and b one of the other.
func across(j *query.Join, of query.Rel, a, b certificate.Term) bool {
	other := j.Left
	if of == j.Left {
		other = j.Right
	}
	var here, there relations
	here.below(of)
	there.below(other)
	x, okx := a.Row()
	y, oky := b.Row()
	return okx && oky && here.has(x) && there.has(y)
}

// oneFamily reports whether the columns that a FULL JOIN makes equal are the same then.
func (k *checker) oneFamily(j *query.Join, a, b certificate.Term) bool {
	x, y := familyIn(j, a), familyIn(j, b)
	return x != "" && x == y
}

// familyIn is the family of a column of a table below r, also as a derived table or WITH query passes it on, "" for any other.
func familyIn(r query.Rel, t certificate.Term) string {
	switch r := r.(type) {
	case *query.Base:
		if t.Of(r.ID) && t.Number() >= 0 && t.Number() < len(r.Table.Columns) {
			return family(r.Table.Columns[t.Number()])
		}
	case *query.Join:
		if f := familyIn(r.Left, t); f != "" {
			return f
		}
		return familyIn(r.Right, t)
	case *query.Derived:
		if t.Of(r.ID) {
			return familyOut(r.Query, t.Number())
		}
	case *query.CTERef:
		if t.Of(r.ID) {
			return familyOut(r.CTE.Query, t.Number())
		}
	case *query.Rows:
	default:
		panic(unknown(r))
	}
	return ""
}

// familyOut is the family of a column of a level that is a table's as it is.
func familyOut(q query.Query, i int) string {
	sel, ok := q.(*query.Select)
	if !ok || i < 0 || i >= len(sel.Out) || slices.ContainsFunc(sel.Out, func(o query.Output) bool { return o.Open }) {
		return ""
	}
	t, ok := certificate.TermOf(sel.Out[i].Expr)
	for _, r := range sel.From {
		if f := familyIn(r, t); ok && f != "" {
			return f
		}
	}
	return ""
}

// saysOf reports whether each arm of an OR that can be true says, of l or of r, that it is the parameter p. One at least does.
func (k *checker) saysOf(or *query.Or, s *scope, l, r, p certificate.Term) bool {
	above := s.up.where(or)
	arms := slices.DeleteFunc(slices.Clone(or.Args), func(arm query.Expr) bool { return k.impossible(arm, above) })
	return len(arms) > 0 && !slices.ContainsFunc(arms, func(arm query.Expr) bool {
		return !slices.ContainsFunc(inAnd(arm), func(e query.Expr) bool {
			eq, ok := e.(*query.Eq)
			if !ok || eq.AsText {
				return false
			}
			x, okx := certificate.TermOf(eq.L)
			y, oky := certificate.TermOf(eq.R)
			if x == p {
				x, y = y, x
			}
			return okx && oky && y == p && (x == l || x == r)
		})
	})
}
