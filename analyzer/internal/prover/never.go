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
	rels, found := map[query.RelID]query.Rel{}, map[int]bool{}
	var eqs []*query.Eq
	var look func(query.Node)
	look = func(n query.Node) {
		if r, ok := n.(query.Rel); ok {
			switch r := r.(type) {
			case *query.Base:
				rels[r.ID] = r
			case *query.Derived:
				rels[r.ID] = r
			case *query.CTERef:
				rels[r.ID] = r
			case *query.Join, *query.Rows:
			default:
				panic(query.Unexpected(r))
			}
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
			if okc && okp && saysWhose(own, rels, col, maxPassed) {
				info := st.Param(param.Number)
				found[param.Number] = info != nil && !info.Nullable && !info.Slice
			}
		}
	}
	return found
}

// maxPassed is through how many queries a column is followed: WITH RECURSIVE would go in circles.
const maxPassed = 16

// saysWhose reports whether a column is the tenant column of a table, itself or as a derived table or WITH query passes it on.
func saysWhose(own *tenancy.Map, rels map[query.RelID]query.Rel, col *query.Col, depth int) bool {
	var from query.Query
	switch r := rels[col.Rel].(type) {
	case *query.Base:
		return own.TenantColumn(r.Table) == r.Table.Columns[col.Index]
	case *query.Derived:
		from = r.Query
	case *query.CTERef:
		from = r.CTE.Query
	case nil, *query.Join, *query.Rows:
		return false
	default:
		panic(query.Unexpected(r))
	}
	for {
		op, ok := from.(*query.SetOp)
		if !ok {
			break
		}
		from = op.Left
	}
	out := query.Outputs(from)
	if col.Index >= len(out) {
		return false
	}
	inner, ok := out[col.Index].Expr.(*query.Col)
	return ok && depth > 0 && saysWhose(own, rels, inner, depth-1)
}
