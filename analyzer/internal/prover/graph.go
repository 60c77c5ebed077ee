package prover

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// graph is the closure of an env: its equalities, those that keys, foreign keys
// and parents imply included. Its nodes are terms, its edges facts; class keeps the
// equivalence classes as a union-find forest.
type graph struct {
	own     *tenancy.Map
	terms   []term
	byTerm  map[term]int32 // nil while terms are few
	class   []int32
	edges   []edge
	implied int // how many constraints have added an equality
	// literals are terms that equal a literal. They are no edges: what equals one literal
	// in two types need not be equal.
	literals []*fact
}

type edge struct {
	a, b int32
	via  *fact
}

func newGraph(own *tenancy.Map, e env) *graph {
	n := len(e.facts) + len(e.witnesses)
	g := &graph{own: own, terms: make([]term, 0, n+4), class: make([]int32, 0, n+4), edges: make([]edge, 0, n)}
	for _, f := range e.facts {
		g.add(f)
	}
	for _, w := range e.witnesses {
		o := own.Of(w.table)
		if o.Kind != tenancy.Column || w.only != nil {
			continue
		}
		if t, ok := w.col(o.Column); ok && !g.same(ownerTerm(w.rel), t) {
			g.add(&fact{a: ownerTerm(w.rel), b: t, kind: certificate.Tenant})
		}
	}
	g.imply(e.witnesses)
	return g
}

// few is how many terms are looked through one by one.
const few = 16

// find returns the node of t, -1 when it has none.
func (g *graph) find(t term) int32 {
	if g.byTerm == nil {
		return int32(slices.Index(g.terms, t))
	}
	if i, ok := g.byTerm[t]; ok {
		return i
	}
	return -1
}

func (g *graph) node(t term) int32 {
	i := g.find(t)
	if i >= 0 {
		return i
	}
	i = int32(len(g.terms))
	g.terms = append(g.terms, t)
	g.class = append(g.class, i)
	if g.byTerm != nil {
		g.byTerm[t] = i
	} else if len(g.terms) > few {
		g.byTerm = make(map[term]int32, 4*few)
		for j, u := range g.terms {
			g.byTerm[u] = int32(j)
		}
	}
	return i
}

func (g *graph) add(f *fact) {
	if f.a.IsLiteral() || f.b.IsLiteral() {
		g.node(f.held())
		g.literals = append(g.literals, f)
		return
	}
	a, b := g.node(f.a), g.node(f.b)
	g.edges = append(g.edges, edge{a, b, f})
	g.class[g.root(a)] = g.root(b)
}

func (g *graph) root(i int32) int32 {
	for g.class[i] != i {
		g.class[i] = g.class[g.class[i]]
		i = g.class[i]
	}
	return i
}

// classOf is the number of t's equivalence class, -1 when t is in none.
func (g *graph) classOf(t term) int32 {
	if i := g.find(t); i >= 0 {
		return g.root(i)
	}
	return -1
}

// same reports whether a and b are equal.
func (g *graph) same(a, b term) bool {
	if a == b {
		return true
	}
	if a.IsLiteral() || b.IsLiteral() {
		return g.literal(a, b) != nil
	}
	x := g.classOf(a)
	return x >= 0 && x == g.classOf(b)
}

// params lists the parameters that equal t, in the order of their numbers. One that
// only equals another parameter that does so is left out: a query that compares two
// parameters with its tenant columns has two tenants.
func (g *graph) params(t term) []int {
	if t.IsParam() {
		return []int{t.Number()}
	}
	c := g.classOf(t)
	if c < 0 {
		return nil
	}
	var found []int
	for i, u := range g.terms {
		if u.IsParam() && g.root(int32(i)) == c {
			found = append(found, u.Number())
		}
	}
	if len(found) > 1 {
		found = g.near(t)
	}
	slices.Sort(found)
	return found
}

// near lists the parameters that equal t not only by way of another parameter.
func (g *graph) near(t term) []int {
	next, start := g.adjacent(), g.find(t)
	seen := make([]bool, len(g.terms))
	seen[start] = true
	var found []int
	for queue := []int32{start}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		if u := g.terms[at]; u.IsParam() {
			found = append(found, u.Number())
			continue
		}
		for _, i := range next[at] {
			if other := g.edges[i].a + g.edges[i].b - at; !seen[other] {
				seen[other] = true
				queue = append(queue, other)
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
	if a == b {
		return nil, true
	}
	if a.IsLiteral() || b.IsLiteral() {
		return g.literalPath(a, b, before)
	}
	from, to := g.find(a), g.find(b)
	if from < 0 || to < 0 || g.root(from) != g.root(to) {
		return nil, false
	}
	next := g.adjacent()
	came := make([]int32, len(g.terms)) // the edge that reached a node, plus one
	for queue := []int32{from}; len(queue) > 0 && came[to] == 0; queue = queue[1:] {
		at := queue[0]
		for _, i := range next[at] {
			e := g.edges[i]
			if _, follows := e.via.node.(*implied); follows && e.via.index >= before {
				continue
			}
			other := e.a + e.b - at
			if other == from || came[other] != 0 {
				continue
			}
			came[other] = i + 1
			queue = append(queue, other)
		}
	}
	if came[to] == 0 {
		return nil, false
	}
	var path []*fact
	for at := to; at != from; {
		e := g.edges[came[at]-1]
		path = append(path, e.via)
		at = e.a + e.b - at
	}
	slices.Reverse(path)
	return path, true
}

// adjacent lists the edges of each node in the order in which they were added.
func (g *graph) adjacent() [][]int32 {
	next := make([][]int32, len(g.terms))
	for i, e := range g.edges {
		next[e.a] = append(next[e.a], int32(i))
		next[e.b] = append(next[e.b], int32(i))
	}
	return next
}

// common returns the equalities that hold in every one of several graphs. made builds
// the fact that says so, nil when it is not needed.
func common(gs []*graph, made func(a, b term) *fact) []*fact {
	terms := slices.SortedFunc(slices.Values(gs[0].terms), term.Compare)
	groups := map[string]term{} // the first term of each class
	var facts []*fact
	for _, t := range terms {
		key := make([]byte, 0, 4*len(gs))
		for _, g := range gs {
			n := g.classOf(t)
			if n < 0 {
				key = nil
				break
			}
			key = append(key, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
		}
		if key == nil {
			continue
		}
		first, ok := groups[string(key)]
		if !ok {
			groups[string(key)] = t
		} else if f := made(first, t); f != nil {
			facts = append(facts, f)
		}
	}
	return facts
}
