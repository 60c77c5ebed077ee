package prover

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// valueOf returns the term of a column, a parameter or a literal.
func valueOf(e query.Expr) (term, bool) { return certificate.ValueOf(e) }

// held is the side of an equality with a literal that is none.
func (f *fact) held() term {
	if f.a.IsLiteral() {
		return f.b
	}
	return f.a
}

// literal is the fact by which a term equals a literal, nil when nothing says so.
func (g *graph) literal(a, b term) *fact {
	if a.IsLiteral() {
		a, b = b, a
	}
	for _, f := range g.literals {
		if (f.a == b || f.b == b) && !f.held().IsLiteral() && (f.held() == a || f.kind != certificate.Tested && g.same(f.held(), a)) {
			return f
		}
	}
	return nil
}

// literalPath is path for two terms one of which is a literal.
func (g *graph) literalPath(a, b term, before int) ([]*fact, bool) {
	f := g.literal(a, b)
	if f == nil {
		return nil, false
	}
	if a.IsLiteral() {
		path, ok := g.path(f.held(), b, before)
		return append([]*fact{f}, path...), ok
	}
	path, ok := g.path(a, f.held(), before)
	return append(slices.Clip(path), f), ok
}

// told reports whether a row has the values by which it belongs to a parent.
func (g *graph) told(w *witness, p tenancy.Parent) bool {
	return !slices.ContainsFunc(p.When, func(m tenancy.Match) bool {
		t, ok := w.col(m.Column)
		return !ok || !g.same(t, certificate.Literal(g.own.Literal(m.Value)))
	})
}

// belongsElsewhere reports whether an inserted row has, in the column that says what it
// belongs to, the value of another of its table's parents. Any other literal does not do: it
// may be another spelling of the value.
func (p *prover) belongsElsewhere(at pin, owner tenancy.Owner, parent tenancy.Parent) bool {
	if len(parent.When) == 0 {
		return false
	}
	g := newGraph(p.own, at.env)
	return slices.ContainsFunc(owner.Parents, func(other tenancy.Parent) bool {
		return slices.ContainsFunc(other.When, func(m tenancy.Match) bool {
			return parent.Excludes(tenancy.Parent{When: []tenancy.Match{m}}) && !at.base.Table.Columns[m.Column].Identity &&
				g.same(columnTerm(at.row, m.Column), certificate.Literal(p.own.Literal(m.Value)))
		})
	})
}
