package routing

import "github.com/tenantgen/tenantgen/analyzer/query"

func (r *router) exprs(p *plane, list []query.Expr) {
	for _, e := range list {
		r.expr(p, e)
	}
}

// condition adds the equalities of a condition that has to hold, and the subqueries
// that PostgreSQL turns into joins.
func (r *router) condition(p *plane, e query.Expr) {
	switch e := e.(type) {
	case *query.And:
		for _, arg := range e.Args {
			r.condition(p, arg)
		}
	case *query.Eq:
		if a, ok := asValue(e.L); ok {
			if b, ok := asValue(e.R); ok {
				p.links = append(p.links, derive{a: a, b: b})
			}
		}
		r.expr(p, e)
	case *query.Not:
		if s, ok := e.Arg.(*query.Sub); ok && s.Kind == query.Exists {
			r.semiJoin(p, s, true)
			return
		}
		r.expr(p, e)
	case *query.Sub:
		r.semiJoin(p, e, false)
	default:
		r.expr(p, e)
	}
}

// semiJoin adds a subquery of WHERE. EXISTS becomes a semi-join, NOT EXISTS an
// anti-join, which pins inner rows only. IN becomes one in some versions and cases
// only, so it is planned by itself here.
func (r *router) semiJoin(p *plane, s *query.Sub, anti bool) {
	q := flat(s.Query)
	if q == nil || s.Kind != query.Exists {
		r.expr(p, s)
		return
	}
	inner := &plane{}
	r.selects(inner, q, nil)
	p.later, p.rels = append(p.later, inner.later...), append(p.rels, inner.rels...)
	for _, l := range inner.links {
		if anti {
			p.links = append(p.links, toward(l, inner.rels)...)
		} else {
			p.links = append(p.links, l)
		}
	}
}

// expr looks for subqueries that are planned by themselves: nothing of the query
// around them is a constant there.
func (r *router) expr(p *plane, e query.Expr) {
	switch e := e.(type) {
	case *query.And:
		r.exprs(p, e.Args)
	case *query.Or:
		r.exprs(p, e.Args)
	case *query.Not:
		r.expr(p, e.Arg)
	case *query.Eq:
		r.exprs(p, []query.Expr{e.L, e.R})
	case *query.Op:
		r.exprs(p, e.Args)
	case *query.IsNotNull:
		r.expr(p, e.Arg)
	case *query.Sub:
		r.exprs(p, e.Args)
		p.later = append(p.later, func() { r.query(e.Query, nil) })
	case nil, *query.Col, *query.Param, *query.Const:
	default:
		panic(query.Unexpected(e))
	}
}
