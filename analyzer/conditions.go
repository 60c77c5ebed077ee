package analyzer

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// holds returns what is known when e is true, given what holds besides. Only
// conjunctive positions count; under OR, only what every arm says.
func (p *prover) holds(e query.Expr, given env) env {
	switch e := e.(type) {
	case *query.Eq:
		return p.equality(e)
	case *query.And:
		return p.conjunction(e.Args, given)
	case *query.Or:
		return p.disjunction(e, given)
	case *query.Op:
		out := env{nonNull: strictRels(e)}
		if e.Implies != nil {
			out = out.and(p.holds(e.Implies, given))
		}
		return out
	case *query.Not, *query.IsNotNull:
		return env{nonNull: strictRels(e)}
	case *query.Sub:
		return p.member(e)
	}
	return env{}
}

func (p *prover) equality(e *query.Eq) env {
	out := env{nonNull: strictRels(e)}
	a, oka := termOf(e.L)
	b, okb := termOf(e.R)
	if oka && okb {
		out.facts = []fact{{a: a, b: b, text: e.Text, pos: e.Pos, node: e}}
	}
	return out
}

// termOf returns the term of a column or parameter.
func termOf(e query.Expr) (term, bool) { return certificate.TermOf(e) }

// conjunction takes the plain conditions first, so that the arms of an OR may use them.
func (p *prover) conjunction(args []query.Expr, given env) env {
	var out env
	for _, a := range args {
		if _, or := a.(*query.Or); !or {
			out = out.and(p.holds(a, given.and(out)))
		}
	}
	for _, a := range args {
		if _, or := a.(*query.Or); or {
			out = out.and(p.holds(a, given.and(out)))
		}
	}
	return out
}

// everyArm is an OR whose arms say one thing, each by its own graph.
type everyArm struct {
	or     *query.Or
	graphs []*graph
}

func (p *prover) disjunction(e *query.Or, given env) env {
	if len(e.Args) == 0 {
		return env{}
	}
	graphs, says := make([]*graph, len(e.Args)), true
	var nonNull []query.RelID
	for i, arm := range e.Args {
		h := p.holds(arm, given)
		says = says && len(h.facts) > 0
		if says {
			graphs[i] = newGraph(p.own, given.and(h))
		}
		if i == 0 {
			nonNull = h.nonNull
			continue
		}
		nonNull = slices.DeleteFunc(slices.Clone(nonNull), func(r query.RelID) bool { return !slices.Contains(h.nonNull, r) })
	}
	if !says { // as in every long IN list of constants
		return env{nonNull: nonNull}
	}
	known := newGraph(p.own, given)
	comp := known.components()
	why := &everyArm{e, graphs}
	facts := common(graphs, func(a, b term) fact {
		return fact{a: a, b: b, text: "every arm of OR", pos: e.Pos, kind: certificate.EveryArm, node: why}
	})
	facts = slices.DeleteFunc(facts, func(f fact) bool { return known.same(comp, f.a, f.b) })
	return env{facts: facts, nonNull: nonNull}
}

// member returns what a true EXISTS or IN says: a row of the subquery exists, and
// for IN it equals the tested values.
func (p *prover) member(s *query.Sub) env {
	if s.Kind != query.Exists && s.Kind != query.In {
		return env{}
	}
	var out env
	for _, t := range s.Args {
		if s.Kind == query.In {
			out.nonNull = append(out.nonNull, nullRels(t)...)
		}
	}
	if sel, ok := s.Query.(*query.Select); ok {
		inner, rows := p.rows(sel)
		if !rows {
			return out
		}
		out = out.and(env{facts: inner.facts, witnesses: inner.witnesses})
		for i, t := range s.Test {
			if t == nil || i >= len(sel.Out) {
				continue
			}
			a, oka := termOf(t)
			b, okb := termOf(sel.Out[i].Expr)
			if oka && okb {
				out.facts = append(out.facts, fact{a: a, b: b, text: s.Text, pos: s.Pos, kind: certificate.Member, node: s, index: i})
			}
		}
		return out
	}
	if s.Kind == query.Exists {
		return out
	}
	// Any other query: what its output columns promise.
	id := p.fresh()
	p.subs[id] = s
	out = out.and(p.summary(s.Query).at(id, p, s.Query))
	for i, t := range s.Test {
		if a, ok := termOf(t); ok && t != nil {
			out.facts = append(out.facts, fact{a: a, b: term{Rel: id, Col: i}, text: s.Text, pos: s.Pos, kind: certificate.Member, node: s, index: i})
		}
	}
	return out
}

// strictRels lists the relations whose null-extended row makes e not true.
func strictRels(e query.Expr) []query.RelID {
	switch e := e.(type) {
	case *query.IsNotNull:
		return nullRels(e.Arg)
	case *query.Not:
		return nullRels(e.Arg)
	case *query.Op:
		if e.Rejects {
			return nullRelsOf(e.Args)
		}
	}
	return nullRels(e)
}

// nullRels lists the relations whose null-extended row makes e null. That is more
// than not being true: x IS NOT NULL is false then, so its comparison with false is
// true, and x BETWEEN null AND 3 can be false too.
func nullRels(e query.Expr) []query.RelID {
	switch e := e.(type) {
	case *query.Col:
		return []query.RelID{e.Rel}
	case *query.Eq:
		return append(nullRels(e.L), nullRels(e.R)...)
	case *query.Op:
		if e.Strict {
			return nullRelsOf(e.Args)
		}
	}
	return nil
}

func nullRelsOf(args []query.Expr) []query.RelID {
	var rels []query.RelID
	for _, a := range args {
		rels = append(rels, nullRels(a)...)
	}
	return rels
}
