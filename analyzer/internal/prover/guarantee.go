package prover

import (
	"maps"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// guarantee is what a query guarantees about its output columns, each an outTerm in every part of
// it, until at places it.
type guarantee struct {
	facts     []*fact
	witnesses []guaranteedRow
}

// guaranteedRow is a table row behind every output row.
type guaranteedRow struct {
	witness
	owners []*fact // owner = parameter
}

// outTerm is output column i in a guarantee.
func outTerm(i int) term { return certificate.Out(i) }

// at places the guarantee of the query or WITH query of at relation id, with fresh
// rows for its witnesses.
func (s guarantee) at(id query.RelID, p *prover, of any) env {
	move := func(t term) term {
		if t.IsOut() {
			return columnTerm(id, t.Number())
		}
		return t
	}
	var e env
	for _, f := range s.facts {
		e.facts = append(e.facts, &fact{a: move(f.a), b: move(f.b), text: f.text, pos: f.pos, kind: certificate.Guaranteed, node: of})
	}
	for _, w := range s.witnesses {
		if w.refreshed != p.refreshed[id] {
			continue // a row that the view has copied, and of which nobody knows what became
		}
		row := &witness{rel: p.fresh(), table: w.table, cols: make(map[int]term, len(w.cols)), written: w.written, passes: w.passes, refreshed: w.refreshed, version: w.version}
		p.placed[row.rel] = placed{id, of, w}
		for c, t := range w.cols {
			row.cols[c] = move(t)
		}
		for _, f := range w.owners {
			e.facts = append(e.facts, &fact{a: ownerTerm(row.rel), b: f.b, text: f.text, pos: f.pos, kind: certificate.Behind})
		}
		e.witnesses = append(e.witnesses, row)
	}
	return e
}

// placed is a row behind the rows of relation in.
type placed struct {
	in  query.RelID
	of  any // query.Query or *query.CTE
	row guaranteedRow
}

// guarantee returns what q guarantees about its rows, without anything from outside.
func (p *prover) guarantee(q query.Query) guarantee {
	if s, ok := p.guarantees[q]; ok {
		return s
	}
	var s guarantee
	switch q := q.(type) {
	case *query.Select:
		if e, rows := p.rows(q); rows {
			s = p.guaranteeOf(e, q.Out)
		}
	case *query.SetOp:
		s = p.setOpGuarantee(q)
	case *query.Values:
		s = valuesGuarantee(q)
	case *query.Write:
		s = p.guaranteeOf(p.returned(q), q.Returning)
	default:
		panic(query.Unexpected(q))
	}
	p.guarantees[q] = s
	return s
}

// guaranteeOf restricts what holds on rows to what can be said of output columns.
func (p *prover) guaranteeOf(e env, outs []query.Output) guarantee {
	g := newGraph(p.own, e)
	var s guarantee
	byClass := map[int32]int{} // class to the first output column in it
	for i, o := range outs {
		t, ok := valueOf(o.Expr)
		if !ok || o.Open {
			continue
		}
		if t.IsLiteral() {
			s.facts = append(s.facts, &fact{a: outTerm(i), b: t})
			continue
		}
		if t.IsParam() {
			s.facts = append(s.facts, &fact{a: outTerm(i), b: t})
			if n := g.classOf(t); n >= 0 { // a row behind the output may hold its value
				if _, ok := byClass[n]; !ok {
					byClass[n] = i
				}
			}
			continue
		}
		n := g.classOf(g.terms[g.node(t)])
		if first, ok := byClass[n]; ok {
			s.facts = append(s.facts, &fact{a: outTerm(first), b: outTerm(i)})
			continue
		}
		byClass[n] = i
		for _, num := range g.params(t) {
			path, _ := g.path(t, paramTerm(num), maxFacts)
			s.facts = append(s.facts, &fact{a: outTerm(i), b: paramTerm(num), text: chain(path), pos: chainPos(path)})
		}
	}
	for _, f := range g.literals {
		if f.kind == certificate.Tested {
			continue // the rows that it is said of know it
		}
		if i, ok := byClass[g.classOf(f.held())]; ok {
			is := f.a
			if is == f.held() {
				is = f.b
			}
			s.facts = append(s.facts, &fact{a: outTerm(i), b: is, text: f.text, pos: f.pos})
		}
	}
	for _, w := range e.witnesses {
		s.addWitness(g, w, byClass, p.own)
	}
	return s
}

// addWitness keeps a row behind the output when some of its columns are visible.
func (s *guarantee) addWitness(g *graph, w *witness, byClass map[int32]int, own *tenancy.Map) {
	if kind := own.Of(w.table).Kind; kind != tenancy.Column && kind != tenancy.Child {
		return
	}
	kept := guaranteedRow{witness: witness{table: w.table, cols: map[int]term{}, written: w.written, passes: g.passed(w), refreshed: w.refreshed, version: w.version}}
	for c := range w.table.Columns {
		if t, ok := w.col(c); ok {
			if i, ok := byClass[g.classOf(t)]; ok {
				kept.cols[c] = outTerm(i)
			}
		}
	}
	if len(kept.cols) == 0 {
		return
	}
	for _, num := range g.params(ownerTerm(w.rel)) {
		path, _ := g.path(ownerTerm(w.rel), paramTerm(num), maxFacts)
		kept.owners = append(kept.owners, &fact{b: paramTerm(num), text: chain(path), pos: chainPos(path)})
	}
	s.witnesses = append(s.witnesses, kept)
}

func valuesGuarantee(v *query.Values) guarantee {
	var s guarantee
	for i := range v.Out {
		var first term
		same := len(v.Rows) > 0
		for r, row := range v.Rows {
			if i >= len(row) {
				same = false
				break
			}
			t, ok := termOf(row[i])
			if r == 0 {
				first = t
			}
			same = same && ok && t.IsParam() && t == first
		}
		if same && v.Out[i].Type != query.Unknown {
			s.facts = append(s.facts, &fact{a: outTerm(i), b: first})
		}
	}
	return s
}

// setOpGuarantee: a row of UNION comes from either arm, of INTERSECT from both, of
// EXCEPT from the left one.
func (p *prover) setOpGuarantee(q *query.SetOp) guarantee {
	left, right := p.guarantee(q.Left), p.guarantee(q.Right)
	typed := func(s guarantee) guarantee {
		return s.only(func(i int) bool { return i < len(q.Out) && q.Out[i].Type != query.Unknown })
	}
	left, right = typed(left), typed(right)
	switch q.Kind {
	case query.Intersect:
		return guarantee{append(slices.Clip(left.facts), right.facts...), append(slices.Clip(left.witnesses), right.witnesses...)}
	case query.Except:
		return left
	}
	return p.either(left, right)
}

// only drops what a guarantee says about columns that keep rejects.
func (s guarantee) only(keep func(int) bool) guarantee {
	ok := func(t term) bool { return !t.IsOut() || keep(t.Number()) }
	var res guarantee
	for _, f := range s.facts {
		if ok(f.a) && ok(f.b) {
			res.facts = append(res.facts, f)
		}
	}
	for _, w := range s.witnesses {
		kept := guaranteedRow{witness{table: w.table, cols: map[int]term{}, written: w.written, passes: w.passes, refreshed: w.refreshed, version: w.version}, w.owners}
		for c, t := range w.cols {
			if ok(t) {
				kept.cols[c] = t
			}
		}
		res.witnesses = append(res.witnesses, kept)
	}
	return res
}

// either keeps what both arms of a UNION guarantee.
func (p *prover) either(a, b guarantee) guarantee {
	var s guarantee
	arms := []*graph{newGraph(p.own, env{facts: a.facts}), newGraph(p.own, env{facts: b.facts})}
	s.facts = common(arms, func(x, y term) *fact { return &fact{a: x, b: y, text: said(arms, x, y)} })
	for _, x := range a.witnesses {
		for _, y := range b.witnesses {
			if x.table != y.table || x.version != y.version || len(s.witnesses) >= maxWitnesses {
				continue
			}
			both := guaranteedRow{witness: witness{table: x.table, cols: map[int]term{}, written: x.written || y.written, refreshed: x.refreshed, version: x.version}}
			for c, t := range x.cols {
				if u, ok := y.cols[c]; ok && u == t {
					both.cols[c] = t
				}
			}
			for _, t := range x.passes {
				if slices.Contains(y.passes, t) {
					both.passes = append(both.passes, t)
				}
			}
			for _, f := range x.owners {
				if slices.ContainsFunc(y.owners, func(g *fact) bool { return g.b == f.b }) {
					both.owners = append(both.owners, f)
				}
			}
			if len(both.cols) > 0 && !s.has(both) {
				s.witnesses = append(s.witnesses, both)
			}
		}
	}
	return s
}

// said shows what the arms of a set operation say to make x and y equal.
func said(arms []*graph, x, y term) string {
	var all []*fact
	for _, g := range arms {
		path, _ := g.path(x, y, maxFacts)
		all = append(all, path...)
	}
	return chain(all)
}

func (s guarantee) has(w guaranteedRow) bool {
	return slices.ContainsFunc(s.witnesses, func(v guaranteedRow) bool {
		return v.table == w.table && maps.Equal(v.cols, w.cols) && slices.Equal(v.passes, w.passes) && slices.EqualFunc(v.owners, w.owners, func(a, b *fact) bool { return a.b == b.b })
	})
}

// maxWitnesses bounds what is remembered of a UNION's arms; forgetting is safe.
const maxWitnesses = 64

// cteGuarantee is the guarantee of a WITH query. For a recursive one it is the largest
// set of guarantees of the first term that the second keeps: proved by induction over
// the iterations (PostgreSQL manual, 7.8.2.1).
func (p *prover) cteGuarantee(c *query.CTE) guarantee {
	if s, ok := p.cteMemo[c]; ok {
		return s
	}
	op, ok := c.Query.(*query.SetOp)
	if !c.Recursive || !ok || op.Kind != query.Union {
		s := p.guarantee(c.Query)
		if c.Recursive {
			s = guarantee{}
		}
		p.cteMemo[c] = s
		return s
	}
	typed := func(i int) bool { return i < len(op.Out) && op.Out[i].Type != query.Unknown }
	s := p.guarantee(op.Left).only(typed)
	p.iterating[c] = true
	defer delete(p.iterating, c)
	for round := 0; ; round++ {
		if round > maxRounds {
			s = guarantee{} // promising nothing is always right
		}
		p.cteMemo[c] = s
		p.forget()
		next := p.either(s, p.guarantee(op.Right).only(typed))
		if round > maxRounds || s.keptBy(next) {
			return s
		}
		s = next
	}
}

// maxRounds bounds the iteration; each round but a few drops a guarantee.
const maxRounds = 32

// forget drops what was derived from the current guess about a recursive query.
func (p *prover) forget() {
	clear(p.guarantees)
	clear(p.rowsMemo)
	for c := range p.cteMemo {
		if !p.iterating[c] {
			delete(p.cteMemo, c)
		}
	}
}

// keptBy reports whether next guarantees everything that s does. next says nothing
// new, so facts that join as many classes join the same ones.
func (s guarantee) keptBy(next guarantee) bool {
	return len(next.facts) == len(s.facts) &&
		!slices.ContainsFunc(s.witnesses, func(w guaranteedRow) bool { return !next.has(w) })
}
