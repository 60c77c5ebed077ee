package prover

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// demandQuery proves q. given is what holds, outside, on the rows for which q is evaluated.
func (p *prover) demandQuery(q query.Query, given env, to link) {
	switch q := q.(type) {
	case *query.Select:
		p.demandSelect(q, given, to)
		p.demandCTEs(q.With, given)
	case *query.SetOp:
		arm := noLink
		if !q.Limited && to != noLink {
			arm = to
		}
		inArm := given
		if arm != noLink {
			inArm = p.untypedCut(q, given, to)
		}
		p.demandQuery(q.Left, inArm, arm)
		p.demandQuery(q.Right, inArm, arm)
		p.demandExprs(q.Rest, given)
		p.demandCTEs(q.With, given)
	case *query.Values:
		for _, row := range q.Rows {
			p.demandExprs(row, given)
		}
		p.demandExprs(q.Rest, given)
		p.demandCTEs(q.With, given)
	case *query.Write:
		if p.several {
			return // SetChanges says so
		}
		p.write(q, given)
		p.demandCTEs(q.With, given)
	default:
		panic(query.Unexpected(q))
	}
}

// untypedCut drops what is known of set operation columns whose arms differ in
// type: the comparison outside is not the comparison inside.
func (p *prover) untypedCut(q *query.SetOp, given env, to link) env {
	bad := func(t term) bool {
		return t.Of(to.rel) && (!t.IsColumn() || t.Number() >= len(q.Out) || q.Out[t.Number()].Type == query.Unknown)
	}
	cut := env{witnesses: given.witnesses, real: given.real}
	for _, f := range given.facts {
		if !bad(f.a) && !bad(f.b) {
			cut.facts = append(cut.facts, f)
		}
	}
	return cut
}

// demandCTEs proves WITH queries after everything that refers to them, last one first.
func (p *prover) demandCTEs(with []*query.CTE, given env) {
	for _, c := range slices.Backward(with) {
		// A write is carried out whole, whatever is read of what it returns.
		if _, write := c.Query.(*query.Write); write || c.Recursive || len(p.asked[c]) == 0 {
			p.demandQuery(c.Query, given, noLink)
		} else {
			id := p.fresh()
			p.demandQuery(c.Query, given.and(p.demands(c, id)), link{id})
		}
		p.settled[c] = true
	}
}

// demands is what every reference to a WITH query asks of its columns, which stand at
// relation id.
func (p *prover) demands(c *query.CTE, id query.RelID) env {
	var need env
	for i, col := range c.Out {
		for _, num := range p.asked[c][0].graph.params(columnTerm(p.asked[c][0].ref.ID, i)) {
			every := !slices.ContainsFunc(p.asked[c][1:], func(a asking) bool {
				return !a.graph.same(columnTerm(a.ref.ID, i), paramTerm(num))
			})
			if every {
				text := certificate.SaysDemanded(c, col.Name)
				need.facts = append(need.facts, &fact{a: columnTerm(id, i), b: paramTerm(num), text: text, pos: c.Pos, kind: certificate.Demanded, node: c})
			}
		}
	}
	return need
}

func (p *prover) demandSelect(sel *query.Select, given env, to link) {
	here, linked := p.survivors(sel), p.linked(sel, to)
	above := p.rejoined(given.and(here, linked))
	above = above.and(p.fed(sel, above))
	for _, r := range sel.From {
		p.demandRel(r, above)
	}
	if sel.Where != nil && query.HasSub(sel.Where) {
		p.demandCondition(sel.Where, given.and(linked, p.fromOnly(sel.From, here.real)))
	}
	// Without a surviving row an aggregate still yields one, so what stands
	// outside the aggregate calls may not rely on WHERE.
	output := above
	if _, perRow := p.rows(sel); !perRow {
		output = given
	}
	for _, o := range sel.Out {
		p.demandOutput(o.Expr, above, output)
	}
	if sel.Group != nil {
		p.demandExprs(sel.Group.By, above)
	}
	p.demandOutput(sel.Having, above, output)
	for _, e := range slices.Concat(sel.DistinctOn, sel.Rest) {
		p.demandOutput(e, above, output)
	}
}

// demandOutput proves the subqueries of an output expression: row holds in the arguments
// of aggregates, group elsewhere.
func (p *prover) demandOutput(e query.Expr, row, group env) {
	switch e := e.(type) {
	case *query.Op:
		for _, a := range e.Args {
			if e.Aggregate {
				p.demandExpr(a, row)
			} else {
				p.demandOutput(a, row, group)
			}
		}
	case *query.And:
		for _, a := range e.Args {
			p.demandOutput(a, row, group)
		}
	case *query.Or:
		for _, a := range e.Args {
			p.demandOutput(a, row, group)
		}
	case *query.Not:
		p.demandOutput(e.Arg, row, group)
	case *query.Eq:
		p.demandOutput(e.L, row, group)
		p.demandOutput(e.R, row, group)
	case *query.IsNotNull:
		p.demandOutput(e.Arg, row, group)
	default:
		p.demandExpr(e, group)
	}
}

// fromOnly is what holds on the rows of the FROM list before WHERE.
func (p *prover) fromOnly(from []query.Rel, real relSet) env {
	var out env
	for _, r := range from {
		out = out.and(p.guaranteed(r, real))
	}
	return out
}

// linked returns the equalities of output columns with the relation outside, for
// the columns on which filtering inside is the same as filtering outside.
func (p *prover) linked(sel *query.Select, to link) env {
	if to == noLink || sel.Limited || sel.Locks || sel.Volatile || sel.Aggregate || sel.Group != nil && sel.Group.Sets {
		return env{}
	}
	var e env
	for i, o := range sel.Out {
		t, ok := termOf(o.Expr)
		if !ok || o.Open || !passes(sel, o.Expr) {
			continue
		}
		e.facts = append(e.facts, &fact{a: t, b: columnTerm(to.rel, i), kind: certificate.Output, node: sel, index: i})
	}
	return e
}

// passes reports whether rows that differ in the column never influence each other.
func passes(sel *query.Select, e query.Expr) bool {
	if _, ok := e.(*query.Param); ok {
		return true
	}
	among := func(list []query.Expr) bool {
		return slices.ContainsFunc(list, func(x query.Expr) bool { return sameTerm(x, e) })
	}
	if sel.Group != nil && !among(sel.Group.By) || sel.DistinctOn != nil && !among(sel.DistinctOn) {
		return false
	}
	return !slices.ContainsFunc(sel.Windows, func(w query.Window) bool { return !among(w.PartitionBy) })
}

func sameTerm(a, b query.Expr) bool {
	x, okx := termOf(a)
	y, oky := termOf(b)
	return okx && oky && x == y
}

// demandRel proves the tables below r, given what holds on the rows of the whole FROM
// list that matter.
func (p *prover) demandRel(r query.Rel, above env) {
	switch r := r.(type) {
	case *query.Base:
		p.demandBase(r, above)
	case *query.Derived:
		p.demandQuery(r.Query, above.untested(r), link{r.ID})
	case *query.CTERef:
		if p.settled[r.CTE] {
			panic("prover: WITH query " + r.CTE.Name + " is referred to after it was proved")
		}
		p.asked[r.CTE] = append(p.asked[r.CTE], asking{r, newGraph(p.own, above)})
	case *query.Rows:
		p.demandExprs(r.Args, above)
	case *query.Join:
		p.demandJoin(r, above)
	default:
		panic(query.Unexpected(r))
	}
}

// demandJoin passes conditions down. ON filters the nullable side of an outer join,
// never the preserved side (PostgreSQL manual, 7.2.1.1).
func (p *prover) demandJoin(j *query.Join, above env) {
	kind := reduce(j, above.real)
	if kind == query.Right || kind == query.Full {
		above = above.untested(j.Left)
	}
	if kind == query.Left || kind == query.Full {
		above = above.untested(j.Right)
	}
	on, matched := env{}, above.real
	if j.On != nil {
		// Only pairs that satisfy ON reach the nullable side, so what ON rejects nulls of
		// is real there: this is what carries a pin along a chain of LEFT JOINs.
		on = p.holds(j.On, above.and(p.guaranteed(j.Left, above.real), p.guaranteed(j.Right, above.real)))
		matched = matched.and(rejects(j.On))
		on.real = matched
	}
	toLeft, toRight := above, above
	if kind == query.Right || kind == query.Full {
		toLeft.ors, toLeft.either = nil, nil // true of a row of nulls, maybe, and not of the row that is left out for it
	}
	if kind == query.Left || kind == query.Full {
		toRight.ors, toRight.either = nil, nil
	}
	if kind == query.Full {
		toLeft, toRight = toLeft.and(p.eitherSide(j, j.Left, above)), toRight.and(p.eitherSide(j, j.Right, above))
	}
	if kind == query.Inner || kind == query.Left {
		toRight = toRight.and(on, p.guaranteed(j.Left, matched))
	}
	if kind == query.Inner || kind == query.Right {
		toLeft = toLeft.and(on, p.guaranteed(j.Right, matched))
	}
	p.demandRel(j.Left, toLeft)
	p.demandRel(j.Right, toRight)
	if j.On == nil || !query.HasSub(j.On) {
		return
	}
	// A pair of rows matters only if the preserved row does.
	pair := p.guaranteed(j.Left, above.real).and(p.guaranteed(j.Right, above.real))
	if kind != query.Full {
		pair = pair.and(above)
	}
	p.demandCondition(j.On, pair)
}

// demandCondition proves the subqueries of a condition: for the rows where its other
// conjuncts are not true, the subquery does not matter. What a subquery says of
// itself is never used to prove it.
func (p *prover) demandCondition(e query.Expr, given env) {
	switch e := e.(type) {
	case *query.And:
		for i, a := range e.Args {
			if !query.HasSub(a) {
				continue
			}
			others := slices.Delete(slices.Clone(e.Args), i, i+1)
			p.demandCondition(a, given.and(p.conjunction(others, given)))
		}
	case *query.Or:
		for _, a := range e.Args {
			p.demandCondition(a, given)
		}
	default:
		p.demandExpr(e, given)
	}
}

func (p *prover) demandExprs(es []query.Expr, given env) {
	for _, e := range es {
		p.demandExpr(e, given)
	}
}

// demandExpr proves the subqueries of an expression that is evaluated for rows on which
// given holds.
func (p *prover) demandExpr(e query.Expr, given env) {
	p.demandExprs(query.Operands(e), given)
	if s, ok := e.(*query.Sub); ok {
		p.demandQuery(s.Query, given.unmatched(), noLink)
	}
}

// chain renders the facts that say so, in order.
func chain(path []*fact) string {
	return strings.Join(texts(path), certificate.And)
}

func texts(path []*fact) []string {
	var out []string
	for _, f := range path {
		for text := range strings.SplitSeq(f.text, certificate.And) {
			if text != "" && !slices.Contains(out, text) {
				out = append(out, text)
			}
		}
	}
	return out
}

func chainPos(path []*fact) query.Span {
	for _, f := range path {
		if f.pos.Known() {
			return f.pos
		}
	}
	return query.Span{}
}
