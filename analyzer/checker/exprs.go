package checker

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

func (k *checker) exprs(es []query.Expr, s *scope) {
	for _, e := range es {
		k.expr(e, s)
	}
}

// expr checks the subqueries of an expression that is evaluated where s holds.
func (k *checker) expr(e query.Expr, s *scope) {
	if sub, ok := e.(*query.Sub); ok {
		k.exprs(sub.Args, s)
		saved := k.matched
		k.matched = nil // it is evaluated again for the newest version of a row
		k.query(sub.Query, s.within(sub), link{rel: certificate.NoRel})
		k.matched = saved
		return
	}
	k.exprs(k.parts(e), s)
}

// perGroup checks an output expression of a level: rows holds in the arguments of
// aggregates, groups elsewhere.
func (k *checker) perGroup(e query.Expr, rows, groups *scope) {
	op, ok := e.(*query.Op)
	switch {
	case ok && op.Aggregate:
		k.exprs(op.Args, rows)
	case isSub(e):
		k.expr(e, groups)
	default:
		for _, part := range k.parts(e) {
			k.perGroup(part, rows, groups)
		}
	}
}

func isSub(e query.Expr) bool {
	_, ok := e.(*query.Sub)
	return ok
}

// parts lists the expressions that e evaluates, other than a subquery's.
func (k *checker) parts(e query.Expr) []query.Expr {
	switch e := e.(type) {
	case nil, *query.Col, *query.Param, *query.Const:
		return nil
	case *query.And:
		return e.Args
	case *query.Or:
		return e.Args
	case *query.Op:
		return e.Args
	case *query.Not:
		return []query.Expr{e.Arg}
	case *query.IsNotNull:
		return []query.Expr{e.Arg}
	case *query.Eq:
		return []query.Expr{e.L, e.R}
	}
	panic(unknown(e)) // nor what a subquery evaluates
}

// hasSub reports whether e evaluates a subquery.
func hasSub(e query.Expr) bool {
	switch e := e.(type) {
	case *query.Sub:
		return true
	case *query.And:
		return slices.ContainsFunc(e.Args, hasSub)
	case *query.Or:
		return slices.ContainsFunc(e.Args, hasSub)
	case *query.Op:
		return slices.ContainsFunc(e.Args, hasSub)
	case *query.Not:
		return hasSub(e.Arg)
	case *query.IsNotNull:
		return hasSub(e.Arg)
	case *query.Eq:
		return hasSub(e.L) || hasSub(e.R)
	case nil, *query.Col, *query.Param, *query.Const:
	default:
		panic(unknown(e))
	}
	return false
}
