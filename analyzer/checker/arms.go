package checker

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// everyArm makes sure that each arm of an OR proves the step, or is never true. One arm at least
// proves it: where none is ever true there is nothing to say.
func (k *checker) everyArm(st *certificate.Step, or *query.Or, s *scope) bool {
	at := s.where(or)
	proved := false
	for i, arm := range or.Args {
		if len(st.Premises[i]) == 0 && k.impossible(arm, at) {
			continue
		}
		in := s.child()
		in.home = at
		in.assume(arm)
		k.follows(st.Premises[i], st.A, st.B, in)
		proved = true
	}
	return proved
}

// impossible reports whether a condition is never true of the rows at s: it asks for a null where
// there is none. Rows that are there further in only do not count: a row of nulls may stand in
// for them here, and of that the condition is true.
func (k *checker) impossible(e query.Expr, s *scope) bool {
	switch e := e.(type) {
	case *query.And:
		return slices.ContainsFunc(e.Args, func(a query.Expr) bool { return k.impossible(a, s) })
	case *query.Or:
		for _, a := range e.Args {
			if !k.impossible(a, s) {
				return false
			}
		}
		return len(e.Args) > 0
	case *query.Op:
		if opposite, ok := e.Negation.(*query.IsNotNull); ok {
			return k.present(opposite.Arg, s)
		}
	case nil, *query.Col, *query.Param, *query.Const, *query.Eq, *query.Not, *query.Sub, *query.IsNotNull:
	default:
		panic(unknown(e))
	}
	return false
}

// foreignRows reports whether rows of t may lie in a foreign table, whose NOT NULL nothing checks (PostgreSQL manual, CREATE
// FOREIGN TABLE).
func (k *checker) foreignRows(t *catalog.Table) bool {
	return t.External || slices.ContainsFunc(k.receivers(t), func(r *catalog.Table) bool { return r.External })
}

// present reports whether an expression is never null at s: a column that is NOT NULL, of a stored
// row that is there, or the tenant.
func (k *checker) present(e query.Expr, s *scope) bool {
	switch e := e.(type) {
	case *query.Col:
		r := s.row(e.Rel)
		return r != nil && r.table != nil && !r.written && k.refresh(r.id) == 0 && r.table.Unsure == "" && !k.foreignRows(r.table) && e.Index >= 0 && e.Index < len(r.table.Columns) && neverNull(r.table, e.Index) && !r.table.Columns[e.Index].Value.Row()
	case *query.Param:
		return !k.cert.Set && e.Number > 0 && slices.Contains(k.cert.Tenants, e.Number) && k.usable(e.Number)
	case nil, *query.Const, *query.Eq, *query.And, *query.Or, *query.Not, *query.Sub, *query.Op, *query.IsNotNull:
	default:
		panic(unknown(e))
	}
	return false
}
