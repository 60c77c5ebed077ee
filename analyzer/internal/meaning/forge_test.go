package meaning

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
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
	target certificate.Term
	// writes are those of each target, rows what stands for its new rows, which are made among others.
	writes map[*query.Base]*query.Write
	rows   map[*query.Base]query.RelID
	made   []*query.Base
	next   []int // of chain
}

func forge(r *rand.Rand, w *world, st *query.Statement, set bool) *certificate.Certificate {
	f := newForger(r, w, st)
	if f.cert.Set = set; set {
		f.target = certificate.Element(1)
	}
	f.forge()
	return f.cert
}

func newForger(r *rand.Rand, w *world, st *query.Statement) *forger {
	return &forger{Rand: r, own: w.own, st: st, cert: &certificate.Certificate{Tenants: []int{1}, Sets: map[*query.Set]certificate.Chain{}},
		steps: map[certificate.Term][]certificate.Step{}, fresh: query.RelID(st.Rels), target: certificate.Param(1),
		writes: map[*query.Base]*query.Write{}, rows: map[*query.Base]query.RelID{}}
}

func (f *forger) forge() {
	f.walk(f.st.Root)
	f.relate()
	f.claims()
	if f.IntN(2) == 0 {
		f.bend()
	}
	f.pin()
	for _, d := range f.cert.Demands {
		for id := range d.By {
			d.By[id] = f.chain(certificate.Column(id, d.Col), certificate.Param(1), 4)
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
	x, okx := certificate.TermOf(a)
	y, oky := certificate.TermOf(b)
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
		if n.Implies != nil {
			f.walk(n.Implies)
		}
		if n.Filter != nil {
			f.walk(n.Filter)
		}
	case *query.Sub:
		if sel, ok := n.Query.(*query.Select); ok && n.Kind == query.In {
			for i, t := range n.Test {
				f.between(certificate.Member, n, i, t, sel.Out[i].Expr)
			}
		}
	case *query.Derived:
		f.passes(n.Query, n.ID)
	case *query.CTE:
		f.demand(n)
	case *query.Or:
		defer f.everyArm(n)
	case *query.Select:
		defer f.fed(n)
	case *query.SetOp, *query.Values, *query.CTERef, *query.Join, *query.Rows, *query.Col, *query.Param, *query.Const, *query.And, *query.Not, *query.IsNotNull:
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
	d := &certificate.Demand{CTE: c, Body: f.fresh, Col: f.IntN(len(c.Out)), Param: 1, By: map[query.RelID]certificate.Chain{}}
	f.fresh++
	f.references(f.st.Root, c, d.By)
	f.cert.Demands = append(f.cert.Demands, d)
	f.passes(c.Query, d.Body)
	f.add(certificate.Step{A: certificate.Column(d.Body, d.Col), B: certificate.Param(1), Kind: certificate.Demanded, Node: c})
}

func (f *forger) references(n query.Node, c *query.CTE, to map[query.RelID]certificate.Chain) {
	if r, ok := n.(*query.CTERef); ok && r.CTE == c {
		to[r.ID] = nil
	}
	query.Children(n, func(part query.Node) { f.references(part, c, to) })
}

// relate adds steps between rows that keys, foreign keys and parents tie together.
func (f *forger) relate() {
	all := slices.Concat(f.bases, f.made)
	for _, a := range all {
		for _, b := range all {
			if a.Table == b.Table && a != b {
				for _, k := range a.Table.Keys {
					f.tie(certificate.Step{Kind: certificate.SameRow, Key: k}, a, b, tenancy.Pairs(a.Table, k.Columns, b.Table, k.Columns))
				}
			}
			for i, p := range f.own.Of(a.Table).Parents {
				if p.Table == b.Table {
					f.tie(certificate.Step{Kind: certificate.ParentRow, Parent: &f.own.Of(a.Table).Parents[i]}, a, b, p.On)
				}
			}
			for _, fk := range a.Table.Foreign {
				if fk.RefTable == b.Table.Name && len(fk.Columns) > 1 {
					f.tie(certificate.Step{Kind: certificate.ForeignKey, Foreign: fk}, a, b, tenancy.Pairs(a.Table, fk.Columns[1:], b.Table, fk.RefColumns[1:]))
				}
			}
		}
	}
}

func (f *forger) tie(s certificate.Step, a, b *query.Base, on []tenancy.Pair) {
	s.A, s.B = certificate.Owner(a.ID), certificate.Owner(b.ID)
	for _, p := range on {
		chain := f.chain(certificate.Column(a.ID, p.Child), certificate.Column(b.ID, p.Parent), 3)
		if chain == nil {
			return
		}
		s.Premises = append(s.Premises, chain)
	}
	f.add(s)
}

// claims lets what a relation's query may guarantee count outside.
func (f *forger) claims() {
	var visit func(query.Node)
	visit = func(n query.Node) {
		switch n := n.(type) {
		case *query.Derived:
			f.claimsOf(n.Query, n.ID, len(n.Out))
		case *query.CTERef:
			f.claimsOf(n.CTE, n.ID, len(n.CTE.Out))
		case *query.Write:
			if n.Source != nil {
				f.claimsOf(n.Source, n.SourceID, len(n.Columns))
			}
		case *query.Base, *query.Join, *query.Rows, *query.CTE, query.Query, query.Expr:
		default:
			panic(query.Unexpected(n))
		}
		query.Children(n, visit)
	}
	visit(f.st.Root)
}

func (f *forger) claimsOf(of any, rel query.RelID, width int) {
	for col := range width {
		is := certificate.Param(1)
		if width > 1 && f.IntN(3) == 0 {
			is = certificate.Out((col + 1) % width)
		}
		if c := f.claim(of, col, is, 3); c != nil {
			b := is
			if is.IsOut() {
				b = certificate.Column(rel, is.Number())
			}
			f.add(certificate.Step{A: certificate.Column(rel, col), B: b, Kind: certificate.Guaranteed, Claim: c})
		}
	}
}

func (f *forger) claim(of any, col int, is certificate.Term, depth int) *certificate.Claim {
	c := &certificate.Claim{Of: of, Col: col, Is: is}
	arms := func(of ...any) *certificate.Claim {
		for _, a := range of {
			arm := f.claim(a, col, is, depth-1)
			if depth == 0 || arm == nil {
				return nil
			}
			c.Arms = append(c.Arms, arm)
		}
		return c
	}
	switch q := of.(type) {
	case *query.CTE:
		return arms(q.Query)
	case *query.SetOp:
		if q.Kind == query.Union || f.IntN(4) == 0 {
			return arms(q.Left, q.Right)
		}
		return arms([]any{q.Left, q.Right}[f.IntN(2)])
	case *query.Select:
		return f.proved(c, q.Out)
	case *query.Write:
		return f.proved(c, q.Returning)
	case *query.Values:
		c.Proof = make([]certificate.Chain, len(q.Rows))
		return c
	}
	panic(query.Unexpected(of))
}

// proved gives a claim a chain between the output columns that it is about, if there is one.
func (f *forger) proved(c *certificate.Claim, outs []query.Output) *certificate.Claim {
	a, ok := certificate.TermOf(outs[c.Col].Expr)
	is := c.Is
	if is.IsOut() {
		var also bool
		is, also = certificate.TermOf(outs[is.Number()].Expr)
		ok = ok && also
	}
	chain := f.chain(a, is, 3)
	if !ok || chain == nil && a != is {
		return nil
	}
	c.Proof = []certificate.Chain{chain}
	return c
}

// everyArm makes a step of what the steps within the arms may prove.
func (f *forger) everyArm(or *query.Or) {
	for _, arm := range or.Args {
		for _, e := range conjuncts(arm) {
			if e, ok := e.(*query.Eq); ok {
				f.between(certificate.EitherSide, or, 0, e.L, e.R)
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

// tables are those of a statement's pool.
func (w *world) tables() []*catalog.Table {
	return []*catalog.Table{w.notes, w.notes, w.notes, w.tasks, w.comments, w.plans, w.links}
}
