package analyzer

import (
	"maps"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

type term = certificate.Term

const (
	paramRel = certificate.ParamRel
	// ownerCol stands for the tenant that a row belongs to, where no column holds it.
	ownerCol = certificate.OwnerCol
)

func paramTerm(n int) term         { return certificate.Param(n) }
func colTerm(c *query.Col) term    { return term{Rel: c.Rel, Col: c.Index} }
func ownerTerm(r query.RelID) term { return certificate.Owner(r) }

// fact is an equality that holds, with the text and place it comes from. kind and
// node tell why, for the certificate: see package certificate.
type fact struct {
	a, b  term
	text  string
	pos   query.Span
	kind  certificate.Kind
	node  any
	index int
}

// witness is a row of a table that is known to exist: the row of a FROM item, or
// the one that makes EXISTS true or that an output row of a subquery comes from.
type witness struct {
	rel   query.RelID
	table *catalog.Table
	// cols maps the table's columns to terms, nil for a table occurrence itself.
	cols map[int]term
	// written marks a row that the statement itself makes: it is in no snapshot, so
	// no other row can be shown to be the same one.
	written bool
}

func (w witness) col(i int) (term, bool) {
	if w.cols == nil {
		return term{Rel: w.rel, Col: i}, true
	}
	t, ok := w.cols[i]
	return t, ok
}

// env is what holds for the rows that matter at some place in a statement.
type env struct {
	facts     []fact
	witnesses []witness
	// nonNull lists relations of which a row must exist, because a condition
	// rejects the null-extended row.
	nonNull []query.RelID
}

func (e env) and(others ...env) env {
	out := env{slices.Clip(e.facts), slices.Clip(e.witnesses), slices.Clip(e.nonNull)}
	for _, o := range others {
		out.facts = append(out.facts, o.facts...)
		out.witnesses = append(out.witnesses, o.witnesses...)
		out.nonNull = append(out.nonNull, o.nonNull...)
	}
	return out
}

// graph is the closure of an env: its equalities, those that keys, foreign keys
// and parents imply included.
type graph struct {
	adj   map[term][]edge
	own   *tenancy.Map
	facts int // how many constraints have added an equality
}

type edge struct {
	to  term
	via *fact
}

func newGraph(own *tenancy.Map, e env) *graph {
	g := &graph{adj: map[term][]edge{}, own: own}
	for i := range e.facts {
		g.add(&e.facts[i])
	}
	for _, w := range e.witnesses {
		o := own.Of(w.table)
		if o.Kind != tenancy.Column {
			continue
		}
		if t, ok := w.col(o.Column); ok {
			g.add(&fact{a: ownerTerm(w.rel), b: t, kind: certificate.Tenant})
		}
	}
	g.imply(e.witnesses)
	return g
}

func (g *graph) add(f *fact) {
	g.adj[f.a] = append(g.adj[f.a], edge{f.b, f})
	g.adj[f.b] = append(g.adj[f.b], edge{f.a, f})
}

// imply adds what constraints and parent declarations make equal until nothing
// new follows.
func (g *graph) imply(ws []witness) {
	type pair struct{ a, b int }
	done := map[pair]bool{}
	for again := len(ws) > 1; again; {
		again = false
		same := g.components()
		for i := range ws {
			for j := range ws {
				if i == j || done[pair{i, j}] || g.same(same, ownerTerm(ws[i].rel), ownerTerm(ws[j].rel)) {
					continue
				}
				if f := g.sameOwner(same, ws[i], ws[j]); f != nil {
					done[pair{i, j}] = true
					g.facts++
					f.index = g.facts
					g.add(f)
					again = true
				}
			}
		}
	}
}

// implied tells which constraint or declaration makes the owners of two rows equal.
type implied struct {
	from, to witness
	on       []tenancy.Pair
	key      *catalog.Key
	foreign  *catalog.ForeignKey
	parent   *tenancy.Parent
	graph    *graph // in which the pairs are equal by facts added before this one
}

// sameOwner tells why a and b must have one owner, nil when that does not follow.
func (g *graph) sameOwner(same map[term]int, a, b witness) *fact {
	because := func(kind certificate.Kind, why *implied, text string) *fact {
		why.from, why.to, why.graph = a, b, g
		return &fact{a: ownerTerm(a.rel), b: ownerTerm(b.rel), text: text, kind: kind, node: why}
	}
	if a.table == b.table && !a.written && !b.written {
		if k := g.sameRow(same, a, b); k != nil {
			on := tenancy.Pairs(a.table, k.Columns, b.table, k.Columns)
			return because(certificate.SameRow, &implied{on: on, key: k}, "same row of "+a.table.Name.String()+" by key "+k.Name)
		}
	}
	for _, p := range g.own.Of(a.table).Parents {
		if p.Table == b.table && g.joined(same, a, b, p.On) {
			return because(certificate.ParentRow, &implied{on: p.On, parent: &p}, "row of "+a.table.Name.String()+" belongs to its "+b.table.Name.String())
		}
	}
	if a.written || b.written {
		return nil
	}
	for _, fk := range a.table.Foreign {
		if on, ok := g.own.Carries(fk, a.table, b.table); ok && g.joined(same, a, b, on) {
			return because(certificate.ForeignKey, &implied{on: on, foreign: fk}, "foreign key "+fk.Name+" of "+a.table.Name.String()+" includes the tenant")
		}
	}
	return nil
}

func (g *graph) joined(same map[term]int, a, b witness, on []tenancy.Pair) bool {
	return !slices.ContainsFunc(on, func(p tenancy.Pair) bool {
		x, okx := a.col(p.Child)
		y, oky := b.col(p.Parent)
		return !okx || !oky || !g.same(same, x, y)
	})
}

func (g *graph) sameRow(same map[term]int, a, b witness) *catalog.Key {
	for _, k := range a.table.Keys {
		if tenancy.Identifies(a.table, k) && g.joined(same, a, b, tenancy.Pairs(a.table, k.Columns, b.table, k.Columns)) {
			return k
		}
	}
	return nil
}

// components numbers the equivalence classes.
func (g *graph) components() map[term]int {
	comp := make(map[term]int, len(g.adj))
	n := 0
	for start := range g.adj {
		if _, ok := comp[start]; ok {
			continue
		}
		n++
		comp[start] = n
		for stack := []term{start}; len(stack) > 0; {
			t := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			for _, e := range g.adj[t] {
				if _, ok := comp[e.to]; !ok {
					comp[e.to] = n
					stack = append(stack, e.to)
				}
			}
		}
	}
	return comp
}

func (g *graph) same(comp map[term]int, a, b term) bool {
	if a == b {
		return true
	}
	x, ok := comp[a]
	return ok && x == comp[b]
}

// reach returns, for each parameter that equals t, the chain of facts that says so,
// the shortest one first found.
func (g *graph) reach(t term) map[int][]*fact {
	found := map[int][]*fact{}
	type step struct {
		at   term
		path []*fact
	}
	seen := map[term]bool{t: true}
	for queue := []step{{at: t}}; len(queue) > 0; {
		s := queue[0]
		queue = queue[1:]
		if s.at.IsParam() {
			found[s.at.Col] = s.path
			continue // two columns equal to one parameter need no longer chain
		}
		for _, e := range g.adj[s.at] {
			if !seen[e.to] {
				seen[e.to] = true
				queue = append(queue, step{e.to, append(slices.Clip(s.path), e.via)})
			}
		}
	}
	return found
}

// maxFacts stands for all facts that follow from constraints.
const maxFacts = 1 << 30

// path returns the shortest chain of facts from a to b. Of the facts that follow from
// constraints it uses the first before ones only.
func (g *graph) path(a, b term, before int) ([]*fact, bool) {
	type step struct {
		at   term
		path []*fact
	}
	seen := map[term]bool{a: true}
	for queue := []step{{at: a}}; len(queue) > 0; queue = queue[1:] {
		s := queue[0]
		if s.at == b {
			return s.path, true
		}
		for _, e := range g.adj[s.at] {
			if _, follows := e.via.node.(*implied); seen[e.to] || follows && e.via.index >= before {
				continue
			}
			seen[e.to] = true
			queue = append(queue, step{e.to, append(slices.Clip(s.path), e.via)})
		}
	}
	return nil, false
}

// common returns the equalities that hold in every one of several graphs: made
// builds the fact that says so.
func common(gs []*graph, made func(a, b term) fact) []fact {
	comps := make([]map[term]int, len(gs))
	for i, g := range gs {
		comps[i] = g.components()
	}
	groups := map[string]term{} // the first term of each class
	var facts []fact
	for _, t := range slices.SortedFunc(maps.Keys(comps[0]), compareTerms) {
		key := make([]byte, 0, 4*len(gs))
		for _, c := range comps {
			n, ok := c[t]
			if !ok {
				key = nil
				break
			}
			key = append(key, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
		}
		if key == nil {
			continue
		}
		if first, ok := groups[string(key)]; ok {
			facts = append(facts, made(first, t))
		} else {
			groups[string(key)] = t
		}
	}
	return facts
}

func compareTerms(a, b term) int {
	if a.Rel != b.Rel {
		return int(a.Rel) - int(b.Rel)
	}
	return a.Col - b.Col
}
