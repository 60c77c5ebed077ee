package prover

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// Of the rows of a parent with a partial unique index only those are anybody's parents for
// which its predicate is true. What WHERE or ON tests of such a row is a fact about a column
// like any other, but that NULL also stands in the row of nulls of an outer join: there, a
// test says nothing of the row that was left out.

// test is what a condition on one column says when it is true.
func (p *prover) test(e query.Expr) env {
	if !p.own.Tests {
		return env{}
	}
	var column query.Expr
	is := tenancy.Test{Kind: catalog.HasValue}
	switch e := e.(type) {
	case *query.Col:
		column, is.Value = e, "true"
	case *query.Not:
		column, is.Value = e.Arg, "false"
	case *query.IsNotNull:
		column, is.Kind = e.Arg, catalog.IsNotNull
	case *query.Op:
		if null, ok := e.Negation.(*query.IsNotNull); ok {
			column, is.Kind = null.Arg, catalog.IsNull
		}
	case nil, *query.Param, *query.Const, *query.Eq, *query.And, *query.Or, *query.Sub:
	default:
		panic(query.Unexpected(e))
	}
	c, ok := column.(*query.Col)
	to := literalOf(p.own, is)
	if !ok || to == certificate.Literal(0) {
		return env{}
	}
	return env{facts: []*fact{{a: columnTerm(c.Rel, c.Index), b: to, text: c.Text + is.Text(), pos: c.Pos, kind: certificate.Tested, node: e}}}
}

// literalOf is the term that a column equals which passes a test.
func literalOf(own *tenancy.Map, t tenancy.Test) term {
	switch t.Kind {
	case catalog.IsNull:
		return certificate.Null()
	case catalog.IsNotNull:
		return certificate.NotNull()
	}
	return certificate.Literal(own.Literal(t.Value))
}

// live reports whether a row is one of those that rows can belong to by way of p.
func (g *graph) live(w *witness, p tenancy.Parent) bool {
	return !slices.ContainsFunc(p.Where, func(t tenancy.Test) bool { return !g.is(w, t) })
}

// is reports whether a test is true of a row.
func (g *graph) is(w *witness, t tenancy.Test) bool {
	if slices.Contains(w.passes, t) {
		return true
	}
	is := literalOf(g.own, t)
	c, ok := w.col(t.Column)
	return ok && is != certificate.Literal(0) && g.same(c, is)
}

// passed lists the tests that are true of a row and that some table asks of its parent.
func (g *graph) passed(w *witness) []tenancy.Test {
	if !g.own.Tests {
		return nil
	}
	var all []tenancy.Test
	for _, t := range g.own.Asked(w.table) {
		if g.is(w, t) {
			all = append(all, t)
		}
	}
	return all
}

// untested is e without what tests say of the rows of r.
func (e env) untested(r query.Rel) env {
	tested := func(f *fact) bool { return f.kind == certificate.Tested }
	if !slices.ContainsFunc(e.facts, tested) {
		return e
	}
	below := map[query.RelID]bool{}
	relations(r, below)
	var facts []*fact
	for _, f := range e.facts {
		if row, ok := f.held().Row(); !tested(f) || !ok || !below[row] {
			facts = append(facts, f)
		}
	}
	e.facts = facts
	return e
}

// relations adds the relations below r.
func relations(r query.Rel, to map[query.RelID]bool) {
	switch r := r.(type) {
	case *query.Base:
		to[r.ID] = true
	case *query.Derived:
		to[r.ID] = true
	case *query.CTERef:
		to[r.ID] = true
	case *query.Rows:
		to[r.ID] = true
	case *query.Join:
		relations(r.Left, to)
		relations(r.Right, to)
	default:
		panic(query.Unexpected(r))
	}
}
