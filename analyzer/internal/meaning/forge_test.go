package meaning

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// forger writes certificates as no prover does: of steps that fit together, each of which names a part of
// the statement that could be its reason, wherever that stands. Whether it holds there is the checker's to say.
type forger struct {
	*rand.Rand
	own    *tenancy.Map
	st     *query.Statement
	cert   *certificate.Certificate
	steps  map[certificate.Term][]certificate.Step
	bases  []*query.Base
	fresh  query.RelID
	target certificate.Term // the element of an array, or what param is
	param  certificate.Term
	// writes are those of each target, rows what stands for its new rows, which are made among others.
	writes map[*query.Base]*query.Write
	rows   map[inserts]query.RelID
	made   []*query.Base
	ors    []*query.Or
	said   []*certificate.Claim
	next   []int // of chain
}

// inserts is a target, and the number of the action of MERGE that inserts there.
type inserts struct {
	into   *query.Base
	action int
}

func forge(r *rand.Rand, w *world, st *query.Statement, set bool) *certificate.Certificate {
	f := newForger(r, w, st, set)
	f.steppings()
	if f.IntN(2) == 0 {
		f.bend()
	}
	f.pin()
	f.demands()
	return f.cert
}

func newForger(r *rand.Rand, w *world, st *query.Statement, set bool) *forger {
	f := &forger{Rand: r, own: w.own, st: st, steps: map[certificate.Term][]certificate.Step{}, fresh: query.RelID(st.Rels),
		cert:   &certificate.Certificate{Set: set, Assumes: w.premises, Tenants: []int{1}, Sets: map[*query.Set]certificate.Chain{}, Rows: map[query.RelID]certificate.Row{}, Subs: map[query.RelID]*query.Sub{}},
		writes: map[*query.Base]*query.Write{}, rows: map[inserts]query.RelID{}}
	if f.IntN(4) == 0 && slices.Contains(st.Targets, w.items) {
		f.cert.Tenants[0] = query.BySetting
	}
	f.param = certificate.Param(f.cert.Tenants[0])
	if f.target = f.param; set {
		f.target = certificate.Element(1)
	}
	return f
}

// steppings collects the steps that there may be.
func (f *forger) steppings() {
	f.walk(f.st.Root)
	f.relate(slices.Concat(f.bases, f.made))
	f.claims()
	f.behind()
}

// demands says why each reference to a WITH query asks for what is demanded.
func (f *forger) demands() {
	for _, d := range f.cert.Demands {
		for id := range d.By {
			d.By[id] = f.chain(certificate.Column(id, d.Col), f.param, 4)
		}
	}
}

// add puts a step and its reverse among those that there are.
func (f *forger) add(s certificate.Step) {
	f.steps[s.A] = append(f.steps[s.A], s)
	s.A, s.B = s.B, s.A
	f.steps[s.A] = append(f.steps[s.A], s)
}

func (f *forger) between(kind certificate.Kind, node any, index int, a, b query.Expr) {
	x, okx := certificate.ValueOf(a)
	y, oky := certificate.ValueOf(b)
	if okx && oky && x != y {
		f.add(certificate.Step{A: x, B: y, Kind: kind, Node: node, Index: index})
	}
}

// walk collects the steps that parts of the statement are reasons for.
func (f *forger) walk(n query.Node) {
	switch n := n.(type) {
	case *query.Base:
		f.bases = append(f.bases, n)
		f.owned(n.ID, n.Table)
	case *query.Write:
		f.write(n)
	case *query.Eq:
		f.between(certificate.Condition, n, 0, n.L, n.R)
	case *query.Op:
		if c, ok := first(n).(*query.Col); ok && n.Among != nil {
			f.add(certificate.Step{A: certificate.Column(c.Rel, c.Index), B: certificate.Element(n.Among.Number), Kind: certificate.Among, Node: n})
		}
		f.test(n)
		if n.Implies != nil {
			f.walk(n.Implies)
		}
		if n.Filter != nil {
			f.walk(n.Filter)
		}
	case *query.Sub:
		if sel, ok := n.Query.(*query.Select); ok && n.Kind == query.In && len(sel.From) > 0 {
			for i, t := range n.Test {
				f.between(certificate.Member, n, i, t, sel.Out[i].Expr)
				if b, ok := sel.From[len(sel.From)-1].(*query.Base); ok && f.IntN(6) == 0 { // of another column
					f.between(certificate.Member, n, i, t, &query.Col{Rel: b.ID, Index: f.IntN(2)})
				}
			}
		} else if n.Kind == query.In {
			f.members(n)
		}
	case *query.IsNotNull:
		f.test(n)
	case *query.Derived:
		f.passes(n.Query, n.ID)
	case *query.CTE:
		f.demand(n)
	case *query.Or:
		f.ors = append(f.ors, n)
		defer f.everyArm(n)
	case *query.Select:
		defer f.fed(n)
	case *query.SetOp, *query.Values, *query.CTERef, *query.Join, *query.Rows, *query.Col, *query.Param, *query.Const, *query.And, *query.Not:
	default:
		panic(query.Unexpected(n))
	}
	query.Children(n, f.walk)
}

func first(o *query.Op) query.Expr {
	if len(o.Args) == 0 {
		return nil
	}
	return o.Args[0]
}

// passes lets conditions on a relation count in its query.
func (f *forger) passes(q query.Query, rel query.RelID) {
	switch q := q.(type) {
	case *query.Select:
		for i, o := range q.Out {
			f.between(certificate.Output, q, i, o.Expr, &query.Col{Rel: rel, Index: i})
		}
	case *query.SetOp:
		f.passes(q.Left, rel)
		f.passes(q.Right, rel)
	case *query.Values, *query.Write:
	default:
		panic(query.Unexpected(q))
	}
}

// demand asks something of a WITH query that its references may ask for.
func (f *forger) demand(c *query.CTE) {
	d := &certificate.Demand{CTE: c, Body: f.fresh, Col: f.IntN(len(c.Out)), Param: f.cert.Tenants[0], By: map[query.RelID]certificate.Chain{}}
	f.fresh++
	f.references(f.st.Root, c, d.By)
	f.cert.Demands = append(f.cert.Demands, d)
	f.passes(c.Query, d.Body)
	f.add(certificate.Step{A: certificate.Column(d.Body, d.Col), B: f.param, Kind: certificate.Demanded, Node: c})
}

func (f *forger) references(n query.Node, c *query.CTE, to map[query.RelID]certificate.Chain) {
	if r, ok := n.(*query.CTERef); ok && r.CTE == c {
		to[r.ID] = nil
	}
	query.Children(n, func(part query.Node) { f.references(part, c, to) })
}

// everyArm makes a step of what the steps within the arms may prove.
func (f *forger) everyArm(or *query.Or) {
	for _, arm := range or.Args {
		for _, e := range conjuncts(arm) {
			if e, ok := e.(*query.Eq); ok {
				f.between(certificate.EitherSide, or, 0, e.L, e.R)
				if c, ok := e.L.(*query.Col); ok && c.Index > 0 && f.IntN(4) == 0 { // of another column
					f.between(certificate.EitherSide, or, 0, &query.Col{Rel: c.Rel}, e.R)
				}
			}
		}
	}
	for _, s := range f.some(8) {
		step := certificate.Step{A: s.A, B: s.B, Kind: certificate.EveryArm, Node: or}
		for _, arm := range or.Args {
			chain := f.chain(s.A, s.B, 2)
			if own := f.within(arm, s); f.IntN(2) == 0 && len(own) > 0 {
				chain = certificate.Chain{own[f.IntN(len(own))]}
			} else if f.IntN(3) == 0 {
				chain = nil // as of an arm that is never true
			} else if chain == nil {
				break
			}
			step.Premises = append(step.Premises, chain)
		}
		if len(step.Premises) == len(or.Args) {
			f.add(step)
		}
	}
}

// within are the steps between the terms of another that a part of an expression is the reason for.
func (f *forger) within(e query.Expr, like certificate.Step) []certificate.Step {
	nodes := map[any]bool{}
	var look func(query.Node)
	look = func(n query.Node) {
		nodes[n] = true
		query.Children(n, look)
	}
	look(e)
	var own []certificate.Step
	for _, s := range f.steps[like.A] {
		if s.B == like.B && nodes[s.Node] {
			own = append(own, s)
		}
	}
	return own
}

// some are a few of the steps that end at the tenant.
func (f *forger) some(n int) []certificate.Step {
	var all []certificate.Step
	for _, s := range f.steps[f.target] {
		s.A, s.B = s.B, s.A
		if all = append(all, s); len(all) == n {
			break
		}
	}
	return all
}

// chain is a path of at most so many steps, a random one, nil without any.
func (f *forger) chain(a, b certificate.Term, steps int) certificate.Chain {
	for range 6 {
		var path certificate.Chain
		for at := a; len(path) < steps; {
			from := f.steps[at]
			next := f.next[:0] // kept, since nearly all of the time goes here
			for i := range from {
				to := from[i].B
				if to == b {
					next = append(next, i, i, i)
				} else if to != a && !slices.ContainsFunc(path, func(s certificate.Step) bool { return s.B == to }) {
					next = append(next, i)
				}
			}
			if f.next = next; len(next) == 0 {
				break
			}
			s := from[next[f.IntN(len(next))]]
			if path, at = append(path, s), s.B; at == b {
				return path
			}
		}
	}
	return nil
}

// bend adds steps that have something of one and something of another.
func (f *forger) bend() {
	var all []certificate.Step
	for _, steps := range f.steps {
		all = append(all, steps...)
	}
	slices.SortFunc(all, func(a, b certificate.Step) int { // maps have no order, and a seed shall give the same
		return cmp.Or(a.A.Compare(b.A), a.B.Compare(b.B), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Index, b.Index))
	})
	for range min(len(all), 6) {
		s, from := all[f.IntN(len(all))], all[f.IntN(len(all))]
		switch f.IntN(5) {
		case 0:
			s.A = from.A
		case 1:
			s.B = from.B
		case 2:
			s.Node, s.Index = from.Node, from.Index
		case 3:
			s.Kind = from.Kind
		case 4:
			s.Claim, s.Premises = from.Claim, from.Premises
		}
		if s.A != s.B {
			f.add(s)
		}
	}
}
