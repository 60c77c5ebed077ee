package prover

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// Two terms of one class are not distinct, which includes that both are null: INTERSECT
// makes a row out of a null on both sides. A key and a foreign key say nothing of nulls
// (PostgreSQL manual, 5.4.3, 5.4.5 and 7.4).

// valued reports whether the terms that a and b have for a pair are not null, so that they
// are equal as a key has it.
func (g *graph) valued(a, b *witness, p tenancy.Pair) bool {
	if filled(a.table, p.Child) || filled(b.table, p.Parent) {
		return true
	}
	t, _ := a.col(p.Child)
	return slices.ContainsFunc(g.edges, func(e edge) bool { return strict(e.via) && g.same(g.terms[e.a], t) })
}

// filled reports whether no row of t has a null in a column. NOT NULL of an inheritance
// parent need not hold for the rows of its children, and DDL that is not followed may have dropped it.
func filled(t *catalog.Table, col int) bool {
	return t.Columns[col].NotNull && t.Unsure == "" && (len(t.Children) == 0 || t.PartitionBy != "")
}

// strict reports whether a fact is a comparison that was true, and so of no null.
func strict(f *fact) bool { return f.kind == certificate.Condition || f.kind == certificate.Member }

// valuedPath is a path from a to b with a strict fact in it, where there is one.
func (g *graph) valuedPath(a, b term, before int) []*fact {
	path, _ := g.path(a, b, before)
	if slices.ContainsFunc(path, strict) {
		return path
	}
	for _, e := range g.edges {
		if !strict(e.via) {
			continue
		}
		to, ok := g.path(a, g.terms[e.a], before)
		from, back := g.path(g.terms[e.b], b, before)
		if ok && back {
			return slices.Concat(to, []*fact{e.via}, from)
		}
	}
	return path
}
