package prover

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// certify writes down the proof of a statement: only the facts that its pins rest
// on, each with its reason.
func (p *prover) certify(tenants []int) *certificate.Certificate {
	c := &certifier{p: p, cert: &certificate.Certificate{Tenants: tenants, Set: p.several, Levels: p.apart(), Pins: make([]certificate.Pin, 0, len(p.pins))}}
	for _, at := range p.pins {
		if at.moved {
			continue
		}
		if at.outer != nil {
			c.cert.Outer = append(c.cert.Outer, certificate.Outer{Base: at.base, Action: at.action, Col: at.outer.Number(),
				Chain: c.between(at.graph, *at.outer, paramTerm(tenants[at.level])), Like: certificate.NoRel})
			continue
		}
		chain := c.chain(ownerTerm(at.row), at.path(tenants[at.level]))
		c.cert.Pins = append(c.cert.Pins, certificate.Pin{Base: at.base, Role: at.role, Action: at.action, Parent: at.parent, Row: at.row, Chain: chain})
	}
	if len(p.moves) > 0 {
		c.cert.Sets = map[*query.Set]certificate.Chain{}
	}
	for _, m := range p.moves {
		to := m.keeps
		if to == (term{}) {
			to = paramTerm(tenants[m.level])
		}
		c.cert.Sets[m.set] = c.between(m.graph, m.value, to)
	}
	for _, l := range p.likes {
		c.outer(l)
	}
	for _, premise := range p.assumed {
		c.cert.Assume(premise)
	}
	return c.cert
}

// certifier makes its maps when it first needs them: most proofs need none.
type certifier struct {
	p       *prover
	cert    *certificate.Certificate
	claims  map[claimKey]*certificate.Claim
	rows    map[string]*certificate.RowClaim
	demands map[term]*certificate.Demand
}

type claimKey struct {
	of  any
	col int
	is  term
}

// between is the chain from a to b in g, empty when there is none: the checker says so.
func (c *certifier) between(g *graph, a, b term) certificate.Chain {
	path, _ := g.path(a, b, maxFacts)
	return c.chain(a, path)
}

// chain orients a path of facts that starts at term at.
func (c *certifier) chain(at term, path []*fact) certificate.Chain {
	if len(path) == 0 {
		return nil
	}
	out := make(certificate.Chain, 0, len(path))
	for _, f := range path {
		to := f.b
		if f.b == at {
			to = f.a
		}
		out = c.explain(out, f, at, to)
		at = to
	}
	return out
}

// each says why a equals b in each of several places, nothing where no graph is.
func (c *certifier) each(graphs []*graph, a, b term) []certificate.Chain {
	var all []certificate.Chain
	for _, g := range graphs {
		var chain certificate.Chain
		if g != nil {
			chain = c.between(g, a, b)
		}
		all = append(all, chain)
	}
	return all
}

// explain adds the steps that say why a equals b.
func (c *certifier) explain(chain certificate.Chain, f *fact, a, b term) certificate.Chain {
	s := certificate.Step{A: a, B: b, Kind: f.kind, Node: f.node, Index: f.index, Text: f.text, Pos: f.pos}
	switch f.kind {
	case certificate.Member:
		for _, t := range []term{a, b} {
			row, _ := t.Row()
			if sub, ok := c.p.subs[row]; ok && t.IsColumn() {
				if c.cert.Subs == nil {
					c.cert.Subs = map[query.RelID]*query.Sub{}
				}
				c.cert.Subs[row] = sub
			}
		}
	case certificate.EveryArm:
		why := f.node.(*everyArm)
		s.Node = why.or
		s.Premises = c.each(why.graphs, a, b)
	case certificate.Fed:
		why := f.node.(*feeding)
		s.Node = why.sel
		s.Premises = c.each(why.graphs, a, b)
	case certificate.MayRead:
		why := f.node.(*readable)
		s.Node = why.or
		s.Premises = c.each(why.arms, a, b)
	case certificate.Guaranteed:
		col, is := a, b
		if col.Fixed() {
			col, is = b, a
		}
		if !is.Fixed() {
			is = outTerm(is.Number())
		}
		s.Claim = c.claim(f.node, col.Number(), is)
	case certificate.Demanded:
		c.demand(f.node.(*query.CTE), f)
	case certificate.Tenant:
		return c.owned(chain, s)
	case certificate.Behind:
		for _, t := range []term{a, b} {
			if row, ok := t.Row(); ok {
				c.place(row)
			}
		}
	case certificate.SameRow, certificate.ParentRow, certificate.ForeignKey:
		c.related(&s, f)
	}
	return append(chain, s)
}

// owned passes through the output column that holds the tenant of a row behind it.
func (c *certifier) owned(chain certificate.Chain, s certificate.Step) certificate.Chain {
	owner, col := s.A, s.B
	if !owner.IsOwner() {
		owner, col = col, owner
	}
	id, _ := owner.Row()
	row, ok := c.p.placed[id]
	if !ok {
		return append(chain, s)
	}
	c.place(id)
	held := columnTerm(id, c.p.own.Of(row.row.table).Column)
	s.Pos = query.Span{}
	if s.A == owner {
		return append(chain, certificate.Step{A: owner, B: held, Kind: certificate.Tenant}, certificate.Step{A: held, B: col, Kind: certificate.Behind})
	}
	return append(chain, certificate.Step{A: col, B: held, Kind: certificate.Behind}, certificate.Step{A: held, B: owner, Kind: certificate.Tenant})
}

// related proves that the rows agree in the columns of the constraint.
func (c *certifier) related(s *certificate.Step, f *fact) {
	why := f.node.(*implied)
	s.Node, s.Key, s.Foreign, s.Parent = nil, why.key, why.foreign, why.parent
	if why.parent != nil && !why.from.written {
		c.assume(why.from.table, *why.parent)
	}
	for _, on := range why.on {
		a, preA := c.column(why.from, on.Child)
		b, postB := c.column(why.to, on.Parent)
		path, _ := why.graph.path(a, b, f.index)
		if !filled(why.from.table, on.Child) && !filled(why.to.table, on.Parent) {
			path = why.graph.valuedPath(a, b, f.index)
		}
		chain := append(preA, c.chain(a, path)...)
		if postB != nil {
			chain = append(chain, certificate.Step{A: b, B: postB[0].A, Kind: certificate.Behind})
		}
		s.Premises = append(s.Premises, chain)
	}
	if why.parent == nil {
		return
	}
	for _, m := range why.parent.When {
		a, pre := c.column(why.from, m.Column)
		path, _ := why.graph.path(a, certificate.Literal(c.p.own.Literal(m.Value)), f.index)
		s.Premises = append(s.Premises, append(pre, c.chain(a, path)...))
	}
	for _, t := range why.parent.Where {
		s.Premises = append(s.Premises, c.passes(why.graph, why.to, t, f.index))
	}
}

// passes is why a test is true of a row, empty for one behind an output row that says so.
func (c *certifier) passes(g *graph, w *witness, t tenancy.Test, before int) certificate.Chain {
	if slices.Contains(w.passes, t) {
		c.place(w.rel)
		return nil
	}
	a, pre := c.column(w, t.Column)
	path, _ := g.path(a, literalOf(c.p.own, t), before)
	return append(pre, c.chain(a, path)...)
}

// assume names what a proof rests on that goes from a row of t to its parent row.
func (c *certifier) assume(t *catalog.Table, parent tenancy.Parent) {
	if tenancy.Kept(c.p.db, t, parent) == nil {
		c.cert.Assume(certificate.Link(t, parent))
	}
	if parents := c.p.own.Of(t).Parents; !tenancy.Agree(c.p.db, t, parents) {
		c.cert.Assume(certificate.Agreement(t, parents))
	}
}

// column is the term that holds a column of a row, with the step to it when the row
// stands behind an output row.
func (c *certifier) column(w *witness, col int) (term, certificate.Chain) {
	t, _ := w.col(col)
	if own := (columnTerm(w.rel, col)); t != own {
		c.place(w.rel)
		return t, certificate.Chain{{A: own, B: t, Kind: certificate.Behind}}
	}
	return t, nil
}

// demand records what all references to a WITH query ask of one of its columns.
func (c *certifier) demand(cte *query.CTE, f *fact) {
	if c.demands[f.a] != nil && c.demands[f.a].Param == f.b.Number() {
		return
	}
	body, _ := f.a.Row()
	n := &certificate.Demand{CTE: cte, Body: body, Col: f.a.Number(), Param: f.b.Number(), By: map[query.RelID]certificate.Chain{}}
	if c.demands == nil {
		c.demands = map[term]*certificate.Demand{}
	}
	c.demands[f.a] = n
	c.cert.Demands = append(c.cert.Demands, n)
	for _, a := range c.p.asked[cte] {
		n.By[a.ref.ID] = c.between(a.graph, columnTerm(a.ref.ID, n.Col), f.b)
	}
}
