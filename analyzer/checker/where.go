package checker

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// owns makes sure that a row of the parent of a step is one of those that rows can belong
// to: the premises behind those of its key and of its child's values say so of its columns.
func (k *checker) owns(st *certificate.Step, to *row, s *scope) bool {
	first := len(st.Parent.On) + len(st.Parent.When)
	for i, t := range st.Parent.Where {
		if !k.passesTest(to, t, st.Premises[first+i], s) {
			return false
		}
	}
	return true
}

// passesTest makes sure that a test is true of a row: because the row is known by it, or by
// a chain from its column to what the test says. A chain with a test in it does not go
// through a query: outside of it, NULL may be that of a row which was left out.
func (k *checker) passesTest(r *row, t tenancy.Test, c certificate.Chain, s *scope) bool {
	if slices.Contains(r.tests, t) && len(c) == 0 {
		return true
	}
	if len(c) == 0 || t.Column < 0 || t.Column >= len(r.table.Columns) || !r.knows(t.Column) {
		return false
	}
	end := c[len(c)-1].B
	says := false
	switch t.Kind {
	case catalog.IsNull, catalog.IsNotNull: // which of the two says nothing of the other where a value is a row
		says = end == certificate.Null() && t.Kind == catalog.IsNull || end == certificate.NotNull() && t.Kind == catalog.IsNotNull
		says = says && !r.table.Columns[t.Column].Value.Row()
	case catalog.HasValue:
		says = end.IsValue() && t.Value != "" && k.literal(end.Number()) == t.Value && family(r.table.Columns[t.Column]) != ""
	}
	is := func(kinds ...certificate.Kind) bool {
		return slices.ContainsFunc(c, func(st certificate.Step) bool { return slices.Contains(kinds, st.Kind) })
	}
	through := is(certificate.Output, certificate.Demanded, certificate.Given, certificate.Arbiter, certificate.Assigned)
	return says && (!is(certificate.Tested) || !through) && k.connects(c, certificate.Column(r.id, t.Column), end, s)
}

// isTest reports whether a step is what a condition says that is true of every row that
// matters: x IS NULL, x IS NOT NULL, x and NOT x, of a column x.
func (k *checker) isTest(st *certificate.Step, s *scope) bool {
	var of query.Expr
	says := false
	e, _ := st.Node.(query.Expr)
	switch e := e.(type) {
	case *query.Col:
		of, says = e, st.B.IsValue() && k.literal(st.B.Number()) == "true"
	case *query.Not:
		of, says = e.Arg, st.B.IsValue() && k.literal(st.B.Number()) == "false"
	case *query.IsNotNull:
		of, says = e.Arg, st.B == certificate.NotNull()
	case *query.Op:
		if opposite, ok := e.Negation.(*query.IsNotNull); ok {
			of, says = opposite.Arg, st.B == certificate.Null()
		}
	case nil, *query.Param, *query.Const, *query.Eq, *query.And, *query.Or, *query.Sub:
	default:
		panic(unknown(e))
	}
	c, ok := of.(*query.Col)
	return says && ok && st.A == certificate.Column(c.Rel, c.Index) && s.sure(e, c.Rel, s.inside)
}

// sure reports whether a condition is true of every row of relation id that matters here,
// and not of a row of nulls in its place. What the subqueries that it is inside of say of
// themselves does not count.
func (s *scope) sure(e query.Expr, id query.RelID, inside []*query.Sub) bool {
	for at := s; at != nil; at = at.up {
		if slices.Contains(at.truths, e) {
			return true
		}
		for _, m := range at.members {
			if !slices.Contains(inside, m.sub) && m.of.sure(e, id, inside) {
				return true
			}
		}
		if at.pads.has(id) {
			return false
		}
	}
	return false
}

// below adds the relations of a side of a join.
func (r *relations) below(side query.Rel) {
	if j, ok := side.(*query.Join); ok {
		r.below(j.Left)
		r.below(j.Right)
		return
	}
	r.null(&query.Col{Rel: idOf(side)})
}
