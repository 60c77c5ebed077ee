package analyzer

import (
	"maps"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// rows returns what holds on every row that survives sel's FROM and WHERE, and
// whether every output row comes from such a row: without GROUP BY, an aggregate
// yields a row even when there is none.
func (p *prover) rows(sel *query.Select) (env, bool) {
	if sel.Aggregate || sel.Group != nil && (sel.Group.Sets || len(sel.Group.By) == 0) {
		return env{}, false
	}
	if e, ok := p.rowsMemo[sel]; ok {
		return e, true
	}
	e := p.surviving(sel.From, sel.Where)
	p.rowsMemo[sel] = e
	return e, true
}

// surviving returns what holds on the rows of from that satisfy where.
func (p *prover) surviving(from []query.Rel, where query.Expr) env {
	nonNull := p.rejected(from, where)
	var out env
	for _, r := range from {
		out = out.and(p.promises(r, nonNull))
	}
	if where != nil {
		out = out.and(p.holds(where, out))
	}
	out.nonNull = append(out.nonNull, nonNull...)
	return out
}

// rejected lists the relations that WHERE and the ON of inner joins prove to be
// not null-extended; a reduced join may prove more, hence the loop.
func (p *prover) rejected(from []query.Rel, where query.Expr) []query.RelID {
	var nonNull []query.RelID
	if where != nil {
		nonNull = p.holds(where, env{}).nonNull
	}
	for {
		n := len(nonNull)
		for _, r := range from {
			nonNull = p.rejectedBy(r, nonNull)
		}
		if len(nonNull) == n {
			return nonNull
		}
	}
}

func (p *prover) rejectedBy(r query.Rel, nonNull []query.RelID) []query.RelID {
	j, ok := r.(*query.Join)
	if !ok {
		return nonNull
	}
	kind := reduce(j, nonNull)
	if kind == query.Inner && j.On != nil {
		for _, rel := range p.holds(j.On, env{}).nonNull {
			if !slices.Contains(nonNull, rel) {
				nonNull = append(nonNull, rel)
			}
		}
	}
	if kind == query.Inner || kind == query.Left {
		nonNull = p.rejectedBy(j.Left, nonNull)
	}
	if kind == query.Inner || kind == query.Right {
		nonNull = p.rejectedBy(j.Right, nonNull)
	}
	return nonNull
}

// reduce returns the kind of join that j amounts to when the rows of nonNull are
// known to be real: an outer join loses its null-extended rows.
func reduce(j *query.Join, nonNull []query.RelID) query.JoinKind {
	left, right := anyOf(j.Left, nonNull), anyOf(j.Right, nonNull)
	switch {
	case j.Kind == query.Left && right, j.Kind == query.Right && left, j.Kind == query.Full && left && right:
		return query.Inner
	case j.Kind == query.Full && left:
		return query.Left
	case j.Kind == query.Full && right:
		return query.Right
	}
	return j.Kind
}

func anyOf(r query.Rel, ids []query.RelID) bool {
	switch r := r.(type) {
	case *query.Base:
		return slices.Contains(ids, r.ID)
	case *query.Derived:
		return slices.Contains(ids, r.ID)
	case *query.CTERef:
		return slices.Contains(ids, r.ID)
	case *query.Rows:
		return slices.Contains(ids, r.ID)
	case *query.Join:
		return anyOf(r.Left, ids) || anyOf(r.Right, ids)
	}
	return false
}

// promises returns what holds on every row that r yields.
func (p *prover) promises(r query.Rel, nonNull []query.RelID) env {
	switch r := r.(type) {
	case *query.Base:
		return env{witnesses: []witness{{rel: r.ID, table: r.Table}}}
	case *query.Derived:
		return p.summary(r.Query).at(r.ID, p, r.Query)
	case *query.CTERef:
		return p.cteSummary(r.CTE).at(r.ID, p, r.CTE)
	case *query.Join:
		var out env
		kind := reduce(r, nonNull)
		if kind == query.Inner || kind == query.Left {
			out = out.and(p.promises(r.Left, nonNull))
		}
		if kind == query.Inner || kind == query.Right {
			out = out.and(p.promises(r.Right, nonNull))
		}
		if kind == query.Inner && r.On != nil {
			out = out.and(p.holds(r.On, out))
		}
		return out
	}
	return env{}
}

// summary is what a query promises about its output columns: column o stands for
// term{0, o} in every part of it, until at places it.
type summary struct {
	facts     []fact
	witnesses []summaryWitness
}

// summaryWitness is a table row behind every output row.
type summaryWitness struct {
	witness
	owners []fact // owner = parameter
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
		e.facts = append(e.facts, fact{a: move(f.a), b: move(f.b), text: f.text, pos: f.pos, kind: certificate.Promised, node: of})
	}
	for _, w := range s.witnesses {
		row := witness{rel: p.fresh(), table: w.table, cols: make(map[int]term, len(w.cols)), written: w.written}
		p.placed[row.rel] = placed{id, of, w}
		for c, t := range w.cols {
			row.cols[c] = move(t)
		}
		for _, f := range w.owners {
			e.facts = append(e.facts, fact{a: ownerTerm(row.rel), b: f.b, text: f.text, pos: f.pos, kind: certificate.Behind})
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
	comp := g.components()
	var s summary
	byClass := map[int]int{} // class to the first output column in it
	for i, o := range outs {
		t, ok := termOf(o.Expr)
		if !ok || o.Open {
			continue
		}
		if t.IsParam() {
			s.facts = append(s.facts, fact{a: term{Rel: out, Col: i}, b: t})
			continue
		}
		n, known := comp[t]
		if !known {
			n = -i - 1
			for j := range i {
				if u, ok := termOf(outs[j].Expr); ok && u == t {
					n = -j - 1
				}
			}
		}
		if first, ok := byClass[n]; ok {
			s.facts = append(s.facts, fact{a: term{Rel: out, Col: first}, b: term{Rel: out, Col: i}})
			continue
		}
		byClass[n] = i
		for num, path := range g.reach(t) {
			s.facts = append(s.facts, fact{a: term{Rel: out, Col: i}, b: paramTerm(num), text: chain(path), pos: chainPos(path)})
		}
	}
	for _, w := range e.witnesses {
		s.addWitness(g, comp, w, outs, byClass, p.own)
	}
	return s
}

// addWitness keeps a row behind the output when some of its columns are visible.
func (s *summary) addWitness(g *graph, comp map[term]int, w witness, outs []query.Output, byClass map[int]int, own *tenancy.Map) {
	if own.Of(w.table).Kind != tenancy.Column && own.Of(w.table).Kind != tenancy.Child {
		return
	}
	kept := summaryWitness{witness: witness{table: w.table, cols: map[int]term{}, written: w.written}}
	for c := range w.table.Columns {
		t, ok := w.col(c)
		if !ok {
			continue
		}
		if n, known := comp[t]; known {
			if i, ok := byClass[n]; ok {
				kept.cols[c] = term{Rel: out, Col: i}
			}
			continue
		}
		for i, o := range outs {
			if u, ok := termOf(o.Expr); ok && u == t {
				kept.cols[c] = term{Rel: out, Col: i}
				break
			}
		}
	}
	if len(kept.cols) == 0 {
		return
	}
	for num, path := range g.reach(ownerTerm(w.rel)) {
		kept.owners = append(kept.owners, fact{b: paramTerm(num), text: chain(path), pos: chainPos(path)})
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
			s.facts = append(s.facts, fact{a: term{Rel: out, Col: i}, b: first})
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
		kept := summaryWitness{witness{table: w.table, cols: map[int]term{}, written: w.written}, w.owners}
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
	s.facts = common(arms, func(x, y term) fact { return fact{a: x, b: y, text: said(arms, x, y)} })
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
			for _, f := range x.owners {
				if slices.ContainsFunc(y.owners, func(g fact) bool { return g.b == f.b }) {
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
		return v.table == w.table && maps.Equal(v.cols, w.cols) && slices.EqualFunc(v.owners, w.owners, func(a, b fact) bool { return a.b == b.b })
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
