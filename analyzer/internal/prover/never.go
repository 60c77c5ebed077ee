package prover

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// never reports whether an arm of OR is never true where given holds: it wants NULL of a column
// that has none in a row that is there, or of a parameter that is the tenant.
func (p *prover) never(arm query.Expr, given env) bool {
	switch e := arm.(type) {
	case *query.And:
		return slices.ContainsFunc(e.Args, func(a query.Expr) bool { return p.never(a, given) })
	case *query.Or:
		return len(e.Args) > 0 && !slices.ContainsFunc(e.Args, func(a query.Expr) bool { return !p.never(a, given) })
	case *query.Op:
		if null, ok := e.Negation.(*query.IsNotNull); ok {
			return p.hasValue(null.Arg, given)
		}
	case nil, *query.Col, *query.Param, *query.Const, *query.Eq, *query.Not, *query.Sub, *query.IsNotNull:
	default:
		panic(query.Unexpected(e))
	}
	return false
}

func (p *prover) hasValue(e query.Expr, given env) bool {
	switch e := e.(type) {
	case *query.Col:
		return slices.ContainsFunc(given.witnesses, func(w *witness) bool {
			return w.rel == e.Rel && w.cols == nil && !w.written && w.refreshed == 0 && w.table.Unsure == "" && filled(w.table, e.Index) && !w.table.Columns[e.Index].Value.Row() && // a row of nulls is NULL
				(p.own.Of(w.table).Kind != tenancy.Global || !w.table.External && len(w.table.Children) == 0) // a foreign table's NOT NULL is not checked
		})
	case *query.Param:
		return !p.several && p.meant[e.Number]
	case nil, *query.Const, *query.Eq, *query.And, *query.Or, *query.Not, *query.Sub, *query.Op, *query.IsNotNull:
	default:
		panic(query.Unexpected(e))
	}
	return false
}

// meant lists the parameters that the statement compares with a column that says whose a row
// is: one of them is the tenant, and so never null.
func meant(own *tenancy.Map, st *query.Statement) map[int]bool {
	bases, found := map[query.RelID]*query.Base{}, map[int]bool{}
	var eqs []*query.Eq
	var look func(query.Node)
	look = func(n query.Node) {
		if b, ok := n.(*query.Base); ok {
			bases[b.ID] = b
		}
		if e, ok := n.(*query.Eq); ok {
			eqs = append(eqs, e)
		}
		if o, ok := n.(*query.Op); ok && o.Implies != nil {
			look(o.Implies)
		}
		query.Children(n, look)
	}
	look(st.Root)
	for _, e := range eqs {
		for _, side := range [][2]query.Expr{{e.L, e.R}, {e.R, e.L}} {
			col, okc := side[0].(*query.Col)
			param, okp := side[1].(*query.Param)
			if okc && okp && bases[col.Rel] != nil && own.TenantColumn(bases[col.Rel].Table) == bases[col.Rel].Table.Columns[col.Index] {
				info := st.Param(param.Number)
				found[param.Number] = info != nil && !info.Nullable && !info.Slice
			}
		}
	}
	return found
}
