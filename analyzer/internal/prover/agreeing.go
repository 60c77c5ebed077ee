package prover

import "github.com/tenantgen/tenantgen/analyzer/query"

// agreeing tells which witnesses agree in a column, without which no constraint makes their owners equal: of a hundred
// rows there are ten thousand pairs, and few of them do.
type agreeing struct {
	g     *graph
	ws    []*witness
	owner []int32 // the nodes of their owners, -1 for none
	open  []bool  // a column has the value of a literal, so that it may agree with any
	// members are the witnesses of each class that columns are in, by its root, with those that agree with each.
	members map[int32]set
	with    []set
}

// set is one of witnesses, by their places.
type set []uint64

func (s set) has(i int) bool { return s[i/64]&(1<<(i%64)) != 0 }

func (s set) join(other set) {
	for k, w := range other {
		s[k] |= w
	}
}

func (g *graph) agreeing(ws []*witness) *agreeing {
	n := len(ws)
	a := &agreeing{g: g, ws: ws, owner: make([]int32, n), open: make([]bool, n), members: map[int32]set{}, with: make([]set, n)}
	loose := map[term]int32{}        // terms without a node have numbers below none
	whole := map[query.RelID][]int{} // by relation, the witnesses that have each of its columns
	for i, w := range ws {
		a.owner[i], a.with[i] = g.find(ownerTerm(w.rel)), make(set, (n+63)/64)
		if w.cols == nil {
			whole[w.rel] = append(whole[w.rel], i)
		}
		for _, t := range w.cols {
			node, ok := g.classOf(t), true
			if node < 0 {
				if node, ok = loose[t]; !ok {
					node = int32(-1 - len(loose))
					loose[t] = node
				}
			}
			a.open[i] = a.open[i] || t.IsLiteral()
			a.add(node, i)
		}
	}
	each := func(t term, node int32) {
		if rel, ok := t.Row(); ok && t.IsColumn() {
			for _, i := range whole[rel] {
				a.add(node, i)
			}
		}
	}
	for node, t := range g.terms {
		each(t, g.root(int32(node)))
	}
	for t, node := range loose {
		each(t, node)
	}
	for _, s := range a.members {
		a.meet(s)
	}
	return a
}

func (a *agreeing) add(class int32, i int) {
	if a.members[class] == nil {
		a.members[class] = make(set, len(a.with[i]))
	}
	a.members[class][i/64] |= 1 << (i % 64)
}

// meet notes that witnesses agree.
func (a *agreeing) meet(all set) {
	for i := range a.ws {
		if all.has(i) {
			a.with[i].join(all)
		}
	}
}

// same adds to the graph that two rows have one owner, by which those that agree with either come together.
func (a *agreeing) same(f *fact) {
	x, y := a.g.classOf(f.a), a.g.classOf(f.b)
	a.g.add(f)
	joined := make(set, (len(a.ws)+63)/64)
	for _, class := range []int32{x, y} {
		if class >= 0 {
			joined.join(a.members[class])
		}
	}
	a.members[a.g.classOf(f.a)] = joined
	a.meet(joined)
	for i, w := range a.ws {
		if t := ownerTerm(w.rel); t == f.a || t == f.b {
			a.owner[i] = a.g.find(t)
		}
	}
}

// may reports whether a constraint may make the owners of two rows equal, which they are not yet.
func (a *agreeing) may(i, j int) bool {
	if x, y := a.owner[i], a.owner[j]; x >= 0 && y >= 0 && a.g.root(x) == a.g.root(y) || a.ws[i].rel == a.ws[j].rel {
		return false
	}
	return a.open[i] || a.open[j] || a.with[i].has(j)
}
