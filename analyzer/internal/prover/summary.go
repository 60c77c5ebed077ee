package prover

import (
	"maps"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// summary is what a query promises about its output columns: column o stands for
// term{0, o} in every part of it, until at places it.
type summary struct {
	facts     []*fact
	witnesses []summaryWitness
}

// summaryWitness is a table row behind every output row.
type summaryWitness struct {
	witness
	owners []*fact // owner = parameter
}

// out is the placeholder for output columns in a summary.
const out = certificate.OutRel

// at places the summary of the query or WITH query of at relation id, with fresh
// rows for its witnesses.
func (s summary) at(id query.RelID, p *prover, of any) env {
	move := func(t term) term {
		if t.Rel == out {
			t.Rel = id
		}
		return t
	}
	var e env
	for _, f := range s.facts {
		e.facts = append(e.facts, &fact{a: move(f.a), b: move(f.b), text: f.text, pos: f.pos, kind: certificate.Promised, node: of})
	}
	for _, w := range s.witnesses {
		row := &witness{rel: p.fresh(), table: w.table, cols: make(map[int]term, len(w.cols)), written: w.written, passes: w.passes}
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
	row summaryWitness
}

// summary returns what q promises about its rows, without anything from outside.
func (p *prover) summary(q query.Query) summary {
	if s, ok := p.summaries[q]; ok {
		return s
	}
	var s summary
	switch q := q.(type) {
	case *query.Select:
		if e, rows := p.rows(q); rows {
			s = p.summarize(e, q.Out)
		}
	case *query.SetOp:
		s = p.setOpSummary(q)
	case *query.Values:
		s = valuesSummary(q)
	case *query.Write:
		s = p.summarize(p.returned(q), q.Returning)
	}
	p.summaries[q] = s
	return s
}

// summarize restricts what holds on rows to what can be said of output columns.
func (p *prover) summarize(e env, outs []query.Output) summary {
	g := newGraph(p.own, e)
	var s summary
	byClass := map[int32]int{} // class to the first output column in it
	for i, o := range outs {
		t, ok := valueOf(o.Expr)
		if !ok || o.Open {
			continue
		}
		if t.IsLiteral() {
			s.facts = append(s.facts, &fact{a: term{Rel: out, Col: i}, b: t})
			continue
		}
		if t.IsParam() {
			s.facts = append(s.facts, &fact{a: term{Rel: out, Col: i}, b: t})
			if n := g.classOf(t); n >= 0 { // a row behind the output may hold its value
				if _, ok := byClass[n]; !ok {
					byClass[n] = i
				}
			}
			continue
		}
		n := g.classOf(g.terms[g.node(t)])
		if first, ok := byClass[n]; ok {
			s.facts = append(s.facts, &fact{a: term{Rel: out, Col: first}, b: term{Rel: out, Col: i}})
			continue
		}
		byClass[n] = i
		for _, num := range g.params(t) {
			path, _ := g.path(t, paramTerm(num), maxFacts)
			s.facts = append(s.facts, &fact{a: term{Rel: out, Col: i}, b: paramTerm(num), text: chain(path), pos: chainPos(path)})
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
			s.facts = append(s.facts, &fact{a: term{Rel: out, Col: i}, b: is, text: f.text, pos: f.pos})
		}
	}
	for _, w := range e.witnesses {
		s.addWitness(g, w, byClass, p.own)
	}
	return s
}

// addWitness keeps a row behind the output when some of its columns are visible.
func (s *summary) addWitness(g *graph, w *witness, byClass map[int32]int, own *tenancy.Map) {
	if kind := own.Of(w.table).Kind; kind != tenancy.Column && kind != tenancy.Child {
		return
	}
	kept := summaryWitness{witness: witness{table: w.table, cols: map[int]term{}, written: w.written, passes: g.passed(w)}}
	for c := range w.table.Columns {
		if t, ok := w.col(c); ok {
			if i, ok := byClass[g.classOf(t)]; ok {
				kept.cols[c] = term{Rel: out, Col: i}
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

func valuesSummary(v *query.Values) summary {
	var s summary
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
			s.facts = append(s.facts, &fact{a: term{Rel: out, Col: i}, b: first})
		}
	}
	return s
}

// setOpSummary: a row of UNION comes from either arm, of INTERSECT from both, of
// EXCEPT from the left one.
func (p *prover) setOpSummary(q *query.SetOp) summary {
	left, right := p.summary(q.Left), p.summary(q.Right)
	typed := func(s summary) summary {
		return s.only(func(i int) bool { return i < len(q.Out) && q.Out[i].Type != query.Unknown })
	}
	left, right = typed(left), typed(right)
	switch q.Kind {
	case query.Intersect:
		return summary{append(slices.Clip(left.facts), right.facts...), append(slices.Clip(left.witnesses), right.witnesses...)}
	case query.Except:
		return left
	}
	return p.either(left, right)
}

// only drops what a summary says about columns that keep rejects.
func (s summary) only(keep func(int) bool) summary {
	ok := func(t term) bool { return t.Rel != out || keep(t.Col) }
	var res summary
	for _, f := range s.facts {
		if ok(f.a) && ok(f.b) {
			res.facts = append(res.facts, f)
		}
	}
	for _, w := range s.witnesses {
		kept := summaryWitness{witness{table: w.table, cols: map[int]term{}, written: w.written, passes: w.passes}, w.owners}
		for c, t := range w.cols {
			if ok(t) {
				kept.cols[c] = t
			}
		}
		res.witnesses = append(res.witnesses, kept)
	}
	return res
}

// either keeps what both arms of a UNION promise.
func (p *prover) either(a, b summary) summary {
	var s summary
	arms := []*graph{newGraph(p.own, env{facts: a.facts}), newGraph(p.own, env{facts: b.facts})}
	s.facts = common(arms, func(x, y term) *fact { return &fact{a: x, b: y, text: said(arms, x, y)} })
	for _, x := range a.witnesses {
		for _, y := range b.witnesses {
			if x.table != y.table || len(s.witnesses) >= maxWitnesses {
				continue
			}
			both := summaryWitness{witness: witness{table: x.table, cols: map[int]term{}, written: x.written || y.written}}
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

func (s summary) has(w summaryWitness) bool {
	return slices.ContainsFunc(s.witnesses, func(v summaryWitness) bool {
		return v.table == w.table && maps.Equal(v.cols, w.cols) && slices.Equal(v.passes, w.passes) && slices.EqualFunc(v.owners, w.owners, func(a, b *fact) bool { return a.b == b.b })
	})
}

// maxWitnesses bounds what is remembered of a UNION's arms; forgetting is safe.
const maxWitnesses = 64

// cteSummary is the summary of a WITH query. For a recursive one it is the largest
// set of promises of the first term that the second keeps: proved by induction over
// the iterations (PostgreSQL manual, 7.8.2.1).
func (p *prover) cteSummary(c *query.CTE) summary {
	if s, ok := p.cteMemo[c]; ok {
		return s
	}
	op, ok := c.Query.(*query.SetOp)
	if !c.Recursive || !ok || op.Kind != query.Union {
		s := p.summary(c.Query)
		if c.Recursive {
			s = summary{}
		}
		p.cteMemo[c] = s
		return s
	}
	typed := func(i int) bool { return i < len(op.Out) && op.Out[i].Type != query.Unknown }
	s := p.summary(op.Left).only(typed)
	p.iterating[c] = true
	defer delete(p.iterating, c)
	for round := 0; ; round++ {
		if round > maxRounds {
			s = summary{} // promising nothing is always right
		}
		p.cteMemo[c] = s
		p.forget()
		next := p.either(s, p.summary(op.Right).only(typed))
		if round > maxRounds || s.keptBy(next) {
			return s
		}
		s = next
	}
}

// maxRounds bounds the iteration; each round but a few drops a promise.
const maxRounds = 32

// forget drops what was derived from the current guess about a recursive query.
func (p *prover) forget() {
	clear(p.summaries)
	clear(p.rowsMemo)
	for c := range p.cteMemo {
		if !p.iterating[c] {
			delete(p.cteMemo, c)
		}
	}
}

// keptBy reports whether next promises everything that s does. next says nothing
// new, so facts that join as many classes join the same ones.
func (s summary) keptBy(next summary) bool {
	return len(next.facts) == len(s.facts) &&
		!slices.ContainsFunc(s.witnesses, func(w summaryWitness) bool { return !next.has(w) })
}
