package prover

import (
	"fmt"
	"maps"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// claim proves what of says of its output columns.
func (c *certifier) claim(of any, col int, is term) *certificate.Claim {
	key := claimKey{of, col, is}
	if known := c.claims[key]; known != nil {
		return known
	}
	cl := &certificate.Claim{Of: of, Col: col, Is: is}
	if c.claims == nil {
		c.claims = map[claimKey]*certificate.Claim{}
	}
	c.claims[key] = cl
	switch of := of.(type) {
	case *query.CTE:
		cl.Arms = []*certificate.Claim{c.claim(of.Query, col, is)}
	case *query.SetOp:
		for _, arm := range c.arms(of, func(s guarantee) bool {
			return newGraph(c.p.own, env{facts: s.facts}).same(outTerm(col), is)
		}) {
			cl.Arms = append(cl.Arms, c.claim(arm, col, is))
		}
	case *query.Values:
		cl.Proof = make([]certificate.Chain, len(of.Rows))
	default:
		e, outs := c.yields(of)
		g := newGraph(c.p.own, e)
		a, _ := valueOf(outs[col].Expr)
		if !is.Fixed() {
			is, _ = termOf(outs[is.Number()].Expr)
		}
		cl.Proof = []certificate.Chain{c.between(g, a, is)}
	}
	return cl
}

// arms lists the arms of a set operation whose word is enough.
func (c *certifier) arms(op *query.SetOp, says func(guarantee) bool) []query.Query {
	switch {
	case op.Kind == query.Union:
		return []query.Query{op.Left, op.Right}
	case op.Kind == query.Intersect && !says(c.p.guarantee(op.Left)):
		return []query.Query{op.Right}
	}
	return []query.Query{op.Left}
}

func (c *certifier) yields(of any) (env, []query.Output) {
	if w, ok := of.(*query.Write); ok {
		return c.p.returned(w), w.Returning
	}
	sel := of.(*query.Select)
	e, _ := c.p.rows(sel)
	return e, sel.Out
}

// place records what the prover knows of a row behind an output row.
func (c *certifier) place(id query.RelID) {
	at, ok := c.p.placed[id]
	if _, done := c.cert.Rows[id]; !ok || done {
		return
	}
	if c.cert.Rows == nil {
		c.cert.Rows = map[query.RelID]certificate.Row{}
	}
	c.cert.Rows[id] = certificate.Row{ID: id, In: at.in, Claim: c.row(at.of, at.row)}
}

// row proves that a row stands behind every row that of yields.
func (c *certifier) row(of any, w guaranteedRow) *certificate.RowClaim {
	owner := 0
	for _, f := range w.owners {
		if slices.Contains(c.cert.Tenants, f.b.Number()) {
			owner = f.b.Number()
		}
	}
	key := fmt.Sprintf("%p %p %v %d %v %v", of, w.table, w.cols, owner, w.written, w.passes)
	if known := c.rows[key]; known != nil {
		return known
	}
	cl := &certificate.RowClaim{Of: of, Table: w.table, Cols: map[int]int{}, Owner: owner, Written: w.written, Tests: w.passes, ColsProof: map[int]certificate.Chain{}}
	if c.rows == nil {
		c.rows = map[string]*certificate.RowClaim{}
	}
	c.rows[key] = cl
	for col, t := range w.cols {
		cl.Cols[col] = t.Number()
	}
	match := func(s guarantee) *guaranteedRow {
		i := slices.IndexFunc(s.witnesses, func(x guaranteedRow) bool { return x.covers(cl) })
		if i < 0 {
			return nil
		}
		return &s.witnesses[i]
	}
	switch of := of.(type) {
	case *query.CTE:
		if x := match(c.p.guarantee(of.Query)); x != nil {
			cl.Arms = []*certificate.RowClaim{c.row(of.Query, *x)}
		}
	case *query.SetOp:
		for _, arm := range c.arms(of, func(s guarantee) bool { return match(s) != nil }) {
			if x := match(c.p.guarantee(arm)); x != nil {
				cl.Arms = append(cl.Arms, c.row(arm, *x))
			}
		}
	default:
		c.behind(of, cl)
	}
	return cl
}

// covers reports whether a row says all that cl claims.
func (w guaranteedRow) covers(cl *certificate.RowClaim) bool {
	for col, o := range cl.Cols {
		if t, ok := w.cols[col]; !ok || t.Number() != o {
			return false
		}
	}
	owned := cl.Owner == 0 || slices.ContainsFunc(w.owners, func(f *fact) bool { return f.b.Number() == cl.Owner })
	tested := !slices.ContainsFunc(cl.Tests, func(t tenancy.Test) bool { return !slices.Contains(w.passes, t) })
	return w.table == cl.Table && owned && tested && (cl.Written || !w.written)
}

// behind finds the row of a Select or Write that cl is about.
func (c *certifier) behind(of any, cl *certificate.RowClaim) {
	e, outs := c.yields(of)
	g := newGraph(c.p.own, e)
	for _, w := range e.witnesses {
		if w.table != cl.Table || w.written && !cl.Written || cl.Owner > 0 && !g.same(ownerTerm(w.rel), paramTerm(cl.Owner)) {
			continue
		}
		proofs := map[int]certificate.Chain{}
		for _, col := range slices.Sorted(maps.Keys(cl.Cols)) {
			t, known := w.col(col)
			o, ok := termOf(outs[cl.Cols[col]].Expr)
			if !known || !ok || !g.same(t, o) {
				proofs = nil
				break
			}
			_, first := c.column(w, col)
			proofs[col] = append(first, c.between(g, t, o)...)
		}
		if proofs == nil || slices.ContainsFunc(cl.Tests, func(t tenancy.Test) bool { return !g.is(w, t) }) {
			continue
		}
		for _, t := range cl.Tests {
			if cl.Passes == nil {
				cl.Passes = map[tenancy.Test]certificate.Chain{}
			}
			cl.Passes[t] = c.passes(g, w, t, maxFacts)
		}
		cl.Row, cl.ColsProof = w.rel, proofs
		c.place(w.rel)
		if cl.Owner > 0 {
			cl.OwnProof = c.between(g, ownerTerm(w.rel), paramTerm(cl.Owner))
		}
		return
	}
}
