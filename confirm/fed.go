package confirm

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/internal/nodetree"
)

// fed makes sure of a level that makes one row of all, where the proof rests on what its aggregates take: they are those that
// the server has there, and take no other rows.
func (m *matcher) fed(ours *query.Select, l *level) {
	if !ours.Aggregate || ours.Group != nil || !m.rests[ours] {
		return
	}
	theirs := m.aggregates(l)
	known := aggregatesOf(ours)
	if len(theirs) != len(known) {
		m.differ(ours.Pos, "the aggregates", plural(len(known)), plural(len(theirs)))
		return
	}
	for i, a := range theirs {
		j := slices.IndexFunc(known, func(o *query.Op) bool { return o.Pos.Known() && m.at(o.Pos, l.loc(a)) })
		if j < 0 {
			j = i
		}
		c := &conditions{w: m.w, at: l}
		c.add(a.Node("aggfilter"), false, false)
		if args := a.Nodes("args"); len(args) == 1 && m.w.passOver[a.OID("aggfnoid")] {
			c.notNull(args[0].Node("expr"), false)
		}
		if known[j].Filter == nil {
			m.differ(known[j].Pos, "an aggregate", "one that takes rows of the tenant", "one that takes all")
			continue
		}
		m.says(known[j].Filter, c.leaves, false)
	}
}

func plural(n int) string {
	return map[bool]string{true: "one", false: "several"}[n == 1]
}

// aggregates are those of a level, also where they stand in its subqueries.
func (m *matcher) aggregates(l *level) []*nodetree.Node {
	var all []*nodetree.Node
	var look func(v nodetree.Value, up int)
	look = func(v nodetree.Value, up int) {
		nodetree.Walk(v, func(n *nodetree.Node) bool {
			if n.Name == "QUERY" && n != v {
				look(n, up+1)
				return false
			}
			if n.Name == "AGGREF" && n.Int("agglevelsup", 0) == up {
				all = append(all, n)
			}
			return true
		})
	}
	for _, t := range l.query.Nodes("targetList") {
		look(t, 0)
	}
	if h := l.query.Node("havingQual"); h != nil {
		look(h, 0)
	}
	return all
}

// aggregatesOf are those of a level of ours.
func aggregatesOf(sel *query.Select) []*query.Op {
	var all []*query.Op
	var look func(n query.Node)
	look = func(n query.Node) {
		if _, sub := n.(*query.Sub); sub {
			return
		}
		if o, ok := n.(*query.Op); ok && o.Aggregate {
			all = append(all, o)
			return
		}
		query.Children(n, look)
	}
	es := query.Exprs(sel.Out)
	for _, e := range slices.Concat(es, []query.Expr{sel.Having}, sel.DistinctOn, sel.Rest) {
		if e != nil {
			look(e)
		}
	}
	return all
}

// notNull notes what is true where a value is not null: of CASE, a condition behind which a value stands; p of NULLIF (p, FALSE),
// and of p OR NULL.
func (c *conditions) notNull(e *nodetree.Node, or bool) {
	for e != nil && e.Name != "CASEEXPR" && e.Name != "NULLIFEXPR" && e.Name != "BOOLEXPR" {
		arg, _, ok := peel(e)
		if !ok {
			return
		}
		e = arg
	}
	switch {
	case e == nil:
	case e.Name == "NULLIFEXPR":
		if args := e.Nodes("args"); len(args) == 2 {
			if v, ok := boolOf(args[1]); ok {
				c.add(args[0], v, or)
			}
		}
	case e.Name == "BOOLEXPR":
		isNull := func(a *nodetree.Node) bool { return a.Name == "CONST" && a.Bool("constisnull") }
		if args := e.Nodes("args"); e.Text("boolop") == "or" && slices.ContainsFunc(args, isNull) {
			args = slices.DeleteFunc(args, isNull)
			for _, a := range args {
				c.add(a, false, or || len(args) > 1)
			}
		}
	default:
		all := slices.DeleteFunc(alternatives(e), func(a alternative) bool {
			return a.value == nil || a.value.Name == "CONST" && a.value.Bool("constisnull")
		})
		for _, a := range all {
			c.beside(a, or || len(all) > 1)
		}
	}
}
