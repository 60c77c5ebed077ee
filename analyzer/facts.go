package analyzer

import (
	"maps"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// term is a value that an equality can be about: a column of a relation
// occurrence, a parameter, or the owner of a row.
type term struct {
	rel query.RelID
	col int
}

const paramRel query.RelID = -1

// ownerCol stands for the tenant that a row belongs to, where no column holds it.
const ownerCol = -1

func paramTerm(n int) term         { return term{paramRel, n} }
func (t term) isParam() bool       { return t.rel == paramRel }
func colTerm(c *query.Col) term    { return term{c.Rel, c.Index} }
func ownerTerm(r query.RelID) term { return term{r, ownerCol} }

// fact is an equality that holds, with the text and place it comes from.
type fact struct {
	a, b term
	text string
	pos  query.Span
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
		return term{w.rel, i}, true
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
	adj map[term][]edge
	own *tenancy.Map
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
			g.add(&fact{a: ownerTerm(w.rel), b: t})
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
				if why := g.sameOwner(same, ws[i], ws[j]); why != "" {
					done[pair{i, j}] = true
					g.add(&fact{a: ownerTerm(ws[i].rel), b: ownerTerm(ws[j].rel), text: why})
					again = true
				}
			}
		}
	}
}

// sameOwner tells why a and b must have one owner, "" when that does not follow.
func (g *graph) sameOwner(same map[term]int, a, b witness) string {
	if a.table == b.table && !a.written && !b.written {
		if k := g.sameRow(same, a, b); k != nil {
			return "same row of " + a.table.Name.String() + " by key " + k.Name
		}
	}
	for _, p := range g.own.Of(a.table).Parents {
		if p.Table == b.table && g.joined(same, a, b, p.On) {
			return "row of " + a.table.Name.String() + " belongs to its " + b.table.Name.String()
		}
	}
	if a.written || b.written {
		return ""
	}
	if fk := g.sharedForeignKey(same, a, b); fk != nil {
		return "foreign key " + fk.Name + " of " + a.table.Name.String() + " includes the tenant"
	}
	return ""
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
		if tenancy.Identifies(a.table, k) && g.joined(same, a, b, pairs(a.table, k.Columns, b.table, k.Columns)) {
			return k
		}
	}
	return nil
}

// sharedForeignKey finds a foreign key of a to b that covers both tenant columns,
// while the rows are joined on the rest of it, which by itself is a key of b: then
// the row that the foreign key points to is b (PostgreSQL manual, 5.4.5).
func (g *graph) sharedForeignKey(same map[term]int, a, b witness) *catalog.ForeignKey {
	if len(a.table.Children) > 0 && a.table.PartitionBy == "" {
		return nil // rows of inheriting tables obey no foreign key of their parent
	}
	oa, ob := g.own.Of(a.table), g.own.Of(b.table)
	if oa.Kind != tenancy.Column || ob.Kind != tenancy.Column || oa.Level != ob.Level || !a.table.Columns[oa.Column].NotNull {
		return nil
	}
	for _, fk := range a.table.Foreign {
		if fk.NotValid || fk.Deferrable || fk.RefTable != b.table.Name || len(fk.Columns) != len(fk.RefColumns) {
			continue
		}
		var cols, refs []string
		tenant := false
		for i, c := range fk.Columns {
			if a.table.ColumnIndex(c) == oa.Column && b.table.ColumnIndex(fk.RefColumns[i]) == ob.Column {
				tenant = true
				continue
			}
			cols, refs = append(cols, c), append(refs, fk.RefColumns[i])
		}
		if tenant && identified(b.table, refs) && g.joined(same, a, b, pairs(a.table, cols, b.table, refs)) {
			return fk
		}
	}
	return nil
}

func identified(t *catalog.Table, cols []string) bool {
	return slices.ContainsFunc(t.Keys, func(k *catalog.Key) bool {
		return tenancy.Identifies(t, k) && !slices.ContainsFunc(k.Columns, func(c string) bool { return !slices.Contains(cols, c) })
	})
}

func pairs(a *catalog.Table, as []string, b *catalog.Table, bs []string) []tenancy.Pair {
	out := make([]tenancy.Pair, len(as))
	for i := range as {
		out[i] = tenancy.Pair{Child: a.ColumnIndex(as[i]), Parent: b.ColumnIndex(bs[i])}
	}
	return out
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
		if s.at.isParam() {
			found[s.at.col] = s.path
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

// common returns the equalities that hold in every one of several graphs.
func common(gs []*graph, text string, pos query.Span) []fact {
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
			facts = append(facts, fact{first, t, text, pos})
		} else {
			groups[string(key)] = t
		}
	}
	return facts
}

func compareTerms(a, b term) int {
	if a.rel != b.rel {
		return int(a.rel) - int(b.rel)
	}
	return a.col - b.col
}
