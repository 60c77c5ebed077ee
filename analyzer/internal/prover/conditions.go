package prover

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
		if f := p.equality(e); f != nil {
			return env{facts: []*fact{f}}
		}
	case *query.And:
		return p.conjunction(e.Args, given)
	case *query.Or:
		out := p.disjunction(e, given)
		out.either = []*query.Or{e}
		if p.forms != nil {
			out.ors = []*query.Or{e}
		}
		return out
	case *query.Op:
		if e.Implies != nil {
			return p.holds(e.Implies, given)
		}
		if f := p.among(e); f != nil {
			return env{facts: []*fact{f}}
		}
		return p.test(e)
	case *query.Col, *query.Not, *query.IsNotNull:
		return p.test(e)
	case *query.Sub:
		return p.member(e)
	case nil, *query.Param, *query.Const:
	default:
		panic(query.Unexpected(e))
	}
	return env{}
}

// equality is the fact that an equality states, nil when it is not about two terms.
func (p *prover) equality(e *query.Eq) *fact {
	if f, ok := p.equalities[e]; ok {
		return f
	}
	var f *fact
	a, oka := valueOf(e.L)
	b, okb := valueOf(e.R)
	if oka && okb && !(a.IsLiteral() && b.IsLiteral()) {
		f = &fact{a: a, b: b, text: e.Text, pos: e.Pos, kind: certificate.Condition, node: e}
	}
	p.equalities[e] = f
	return f
}

// termOf returns the term of a column or parameter.
func termOf(e query.Expr) (term, bool) { return certificate.TermOf(e) }

// conjunction takes the plain conditions first, so that the arms of an OR may use them.
func (p *prover) conjunction(args []query.Expr, given env) env {
	var out env
	ors := false
	for _, a := range args {
		switch a := a.(type) {
		case *query.Or:
			ors = true
		case *query.Eq:
			if f := p.equality(a); f != nil {
				out.facts = append(out.facts, f)
			}
		default:
			out = out.and(p.holds(a, given))
		}
	}
	if !ors {
		return out
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
	graphs := make([]*graph, len(e.Args)) // nil where an arm is never true
	why := &everyArm{e, graphs}
	var known *graph
	var possible []*graph
	shared := func() []*fact {
		if known == nil {
			known = newGraph(p.own, given)
		}
		return common(possible, func(a, b term) *fact {
			if known.same(a, b) {
				return nil
			}
			return &fact{a: a, b: b, text: certificate.SaysEveryArm, pos: e.Pos, kind: certificate.EveryArm, node: why}
		})
	}
	for i, arm := range e.Args {
		if p.never(arm, given) {
			continue
		}
		h := p.holds(arm, given)
		if len(h.facts) == 0 { // as in every long IN list of constants
			return env{}
		}
		graphs[i] = newGraph(p.own, given.and(h))
		possible = append(possible, graphs[i])
		if len(possible) == 2 && len(e.Args) > 2 && len(shared()) == 0 { // as in every long IN list of parameters
			return env{}
		}
	}
	if len(possible) == 0 {
		return env{}
	}
	return env{facts: shared()}
}

// member returns what a true EXISTS or IN says: a row of the subquery exists, and
// for IN it equals the tested values.
func (p *prover) member(s *query.Sub) env {
	if s.Kind != query.Exists && s.Kind != query.In {
		return env{}
	}
	if sel, ok := s.Query.(*query.Select); ok {
		out, rows := p.rows(sel)
		if !rows {
			return env{}
		}
		// Of the subquery's other rows its disjunctions may be false.
		out = out.unmatched()
		out.facts, out.ors, out.outers, out.either = slices.Clip(out.facts), nil, nil, nil
		for i, t := range s.Test {
			if t == nil || i >= len(sel.Out) {
				continue
			}
			a, oka := termOf(t)
			b, okb := termOf(sel.Out[i].Expr)
			if oka && okb && !slices.ContainsFunc(sel.Out[:i+1], func(o query.Output) bool { return o.Open }) {
				out.facts = append(out.facts, &fact{a: a, b: b, text: s.Text, pos: s.Pos, kind: certificate.Member, node: s, index: i})
			}
		}
		return out
	}
	if s.Kind == query.Exists {
		return env{}
	}
	// Any other query: what its output columns guarantee.
	id := p.fresh()
	p.subs[id] = s
	out := p.guarantee(s.Query).at(id, p, s.Query)
	for i, t := range s.Test {
		if a, ok := termOf(t); ok && t != nil {
			out.facts = append(out.facts, &fact{a: a, b: columnTerm(id, i), text: s.Text, pos: s.Pos, kind: certificate.Member, node: s, index: i})
		}
	}
	return out
}
