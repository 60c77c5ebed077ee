package prover

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// feeding is a level of which one row is made, with what is true of the rows that each of its aggregates takes.
type feeding struct {
	sel    *query.Select
	graphs []*graph
}

// fed is what is true of every row that an aggregate of a level takes, where nothing but aggregates sees rows: no other
// row matters.
func (p *prover) fed(sel *query.Select, given env) env {
	if !sel.Aggregate || sel.Group != nil || sel.Volatile || sel.Locks || len(sel.Windows) > 0 {
		return env{}
	}
	c := &collector{}
	for _, o := range sel.Out {
		if o.Open {
			return env{}
		}
		c.collect(o.Expr)
	}
	for _, e := range slices.Concat([]query.Expr{sel.Having}, sel.DistinctOn, sel.Rest) {
		c.collect(e)
	}
	if c.unsure || len(c.found) == 0 {
		return env{}
	}
	why := &feeding{sel: sel}
	for _, o := range c.found {
		if o.Filter == nil || query.HasSub(o.Filter) {
			return env{}
		}
		h := p.holds(o.Filter, given)
		if len(h.facts) == 0 {
			return env{}
		}
		why.graphs = append(why.graphs, newGraph(p.own, given.and(h)))
	}
	known := newGraph(p.own, given)
	facts := common(why.graphs, func(a, b term) *fact {
		if known.same(a, b) {
			return nil
		}
		return &fact{a: a, b: b, text: certificate.SaysFed, pos: sel.Pos, kind: certificate.Fed, node: why}
	})
	return env{facts: facts}
}

// collector finds the aggregates of one level, in order.
type collector struct {
	found  []*query.Op
	unsure bool
}

func (c *collector) collect(e query.Expr) {
	if s, ok := e.(*query.Sub); ok {
		c.unsure = c.unsure || folds(s, func(o *query.Op) bool { return !o.Aggregate }) // of a level around it
		return
	}
	o, ok := e.(*query.Op)
	switch {
	case ok && o.Aggregate:
		c.found = append(c.found, o)
		for _, a := range o.Args {
			c.unsure = c.unsure || folds(a, func(*query.Op) bool { return true })
		}
		return
	case ok && o.Folds:
		c.unsure = true
	}
	for _, a := range query.Operands(e) {
		c.collect(a)
	}
}

// folds reports whether something in n may be an aggregate that counts.
func folds(n query.Node, counts func(*query.Op) bool) bool {
	if n == nil {
		return false
	}
	o, ok := n.(*query.Op)
	found := ok && o.Folds && counts(o)
	query.Children(n, func(c query.Node) { found = found || folds(c, counts) })
	return found
}

// eitherSide is what disjunctions above a FULL JOIN say of the rows of one side: its ON makes two columns equal, and each
// arm says of one or the other that it is a parameter. A row that is left alone has a null for the other.
func (p *prover) eitherSide(j *query.Join, side query.Rel, above env) env {
	var out env
	var ons []query.Expr
	if and, ok := j.On.(*query.And); ok {
		ons = and.Args
	} else if j.On != nil {
		ons = []query.Expr{j.On}
	}
	here := map[query.RelID]bool{}
	relations(side, here)
	for _, on := range ons {
		eq, ok := on.(*query.Eq)
		if !ok || eq.AsText {
			continue
		}
		l, okl := eq.L.(*query.Col)
		r, okr := eq.R.(*query.Col)
		if !okl || !okr || !ofTable(j, l) || !ofTable(j, r) {
			continue
		}
		if here[r.Rel] {
			l, r = r, l
		}
		if !here[l.Rel] || here[r.Rel] {
			continue
		}
		for _, or := range above.either {
			if n, ok := p.eachSays(or, above, columnTerm(l.Rel, l.Index), columnTerm(r.Rel, r.Index)); ok {
				out.facts = append(out.facts, &fact{a: columnTerm(l.Rel, l.Index), b: paramTerm(n), text: certificate.SaysEither(l.Text, r.Text), pos: or.Pos, kind: certificate.EitherSide, node: or})
			}
		}
	}
	return out
}

// ofTable reports whether a column is that of a table below r, also as a derived table or WITH query passes it on.
func ofTable(r query.Rel, c *query.Col) bool {
	switch r := r.(type) {
	case *query.Base:
		return r.ID == c.Rel
	case *query.Join:
		return ofTable(r.Left, c) || ofTable(r.Right, c)
	case *query.Derived:
		return r.ID == c.Rel && passesOn(r.Query, c.Index)
	case *query.CTERef:
		return r.ID == c.Rel && passesOn(r.CTE.Query, c.Index)
	case *query.Rows:
	default:
		panic(query.Unexpected(r))
	}
	return false
}

// passesOn reports whether a column of a level is a table's as it is.
func passesOn(q query.Query, i int) bool {
	sel, ok := q.(*query.Select)
	if !ok || i >= len(sel.Out) || slices.ContainsFunc(sel.Out, func(o query.Output) bool { return o.Open }) {
		return false
	}
	c, ok := sel.Out[i].Expr.(*query.Col)
	return ok && slices.ContainsFunc(sel.From, func(r query.Rel) bool { return ofTable(r, c) })
}

// eachSays returns the parameter that each arm of an OR that can be true says a or b to be.
func (p *prover) eachSays(or *query.Or, above env, a, b term) (int, bool) {
	n := 0
	for _, arm := range or.Args {
		if p.never(arm, above) {
			continue
		}
		found := 0
		var look func(query.Expr)
		look = func(e query.Expr) {
			switch e := e.(type) {
			case *query.And:
				for _, x := range e.Args {
					look(x)
				}
			case *query.Op:
				if e.Implies != nil {
					look(e.Implies)
				}
			case *query.Eq:
				x, okx := termOf(e.L)
				y, oky := termOf(e.R)
				if x.IsParam() {
					x, y = y, x
				}
				if okx && oky && !e.AsText && y.IsParam() && (x == a || x == b) && (n == 0 || y.Number() == n) {
					found = y.Number()
				}
			case nil, *query.Col, *query.Param, *query.Const, *query.Or, *query.Not, *query.Sub, *query.IsNotNull:
			default:
				panic(query.Unexpected(e))
			}
		}
		if look(arm); found == 0 {
			return 0, false
		}
		n = found
	}
	return n, n != 0
}
