package checker

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// fromLevel adds the rows of a level that matter: they satisfy WHERE, and their group HAVING. What that says of columns by
// which rows are grouped it says of every row of the group, and rows of other groups matter to nobody (PostgreSQL manual,
// 7.2.3: a group has one value of each).
func (s *scope) fromLevel(q *query.Select) {
	s.from(q.From, q.Where)
	if q.Having == nil || !perRow(q) || q.Group == nil || q.Volatile {
		return
	}
	for _, e := range inAnd(q.Having) {
		if ofGroups(e, q.Group.By) {
			s.assume(e)
		}
	}
}

// inAnd lists what is true where e is: the arguments of AND, and what an operation implies.
func inAnd(e query.Expr) []query.Expr {
	switch e := e.(type) {
	case *query.And:
		var all []query.Expr
		for _, a := range e.Args {
			all = append(all, inAnd(a)...)
		}
		return all
	case *query.Op:
		if e.Implies != nil {
			return inAnd(e.Implies)
		}
	case nil, *query.Col, *query.Param, *query.Const, *query.Eq, *query.Or, *query.Not, *query.Sub, *query.IsNotNull:
	default:
		panic(unknown(e))
	}
	return []query.Expr{e}
}

// ofGroups reports whether a condition is about columns alone by which rows are grouped: equalities, tests for NULL, and
// what AND and OR make of them.
func ofGroups(e query.Expr, by []query.Expr) bool {
	every := func(es ...query.Expr) bool {
		return !slices.ContainsFunc(es, func(a query.Expr) bool { return !ofGroups(a, by) })
	}
	switch e := e.(type) {
	case *query.Col:
		return slices.ContainsFunc(by, func(b query.Expr) bool {
			t, ok := certificate.TermOf(b)
			return ok && t == certificate.Column(e.Rel, e.Index)
		})
	case *query.Param, *query.Const:
		return true
	case *query.Eq:
		return every(e.L, e.R)
	case *query.And:
		return every(e.Args...)
	case *query.Or:
		return every(e.Args...)
	case *query.IsNotNull:
		return every(e.Arg)
	case *query.Op:
		null, ok := e.Negation.(*query.IsNotNull)
		return ok && every(null)
	case nil, *query.Not, *query.Sub:
	default:
		panic(unknown(e))
	}
	return false
}
