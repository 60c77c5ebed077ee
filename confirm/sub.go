package confirm

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/internal/nodetree"
)

// subqueries lays the subqueries in the expressions of one query side by side.
func (m *matcher) subqueries(l *level, ours ...query.Node) {
	var subs []*query.Sub
	for _, n := range ours {
		subs = append(subs, subsOf(n)...)
	}
	links := m.linksOf(l)
	slices.SortStableFunc(subs, func(a, b *query.Sub) int { return cmp.Compare(a.Pos.End-a.Pos.Start, b.Pos.End-b.Pos.Start) })
	used := map[*query.Sub]bool{}
	for _, link := range links {
		m.subquery(link, subs, used, l)
	}
	for _, s := range subs {
		if !used[s] {
			m.differ(s.Pos, "a subquery", "one", "none there")
		}
	}
	m.conditions(l)
}

// subquery finds ours for a subquery of the server's: the one in whose text it stands, the smallest
// first, and where there is no text one that reads the same.
func (m *matcher) subquery(link *nodetree.Node, subs []*query.Sub, used map[*query.Sub]bool, l *level) {
	loc := l.loc(link)
	var first []*Difference
	tried := false
	for _, s := range subs {
		if used[s] || !m.at(s.Pos, loc) {
			continue
		}
		before := len(m.found)
		m.inside(s, link, l)
		if len(m.found) == before {
			used[s] = true
			return
		}
		if !tried {
			first = slices.Clone(m.found[before:])
		}
		tried = true
		m.found = m.found[:before]
		if loc >= 0 && s.Pos.Known() {
			break
		}
	}
	if !tried && link.Name == "FUNCEXPR" {
		return // ours does not read its body: somebody vouches for it, or the calls say so
	}
	if !tried {
		first = []*Difference{{Query: m.q, What: "a subquery", Ours: "none", Server: fmt.Sprintf("one at byte %d", loc)}}
	} else if i := slices.IndexFunc(subs, func(s *query.Sub) bool { return !used[s] && m.at(s.Pos, loc) }); i >= 0 {
		used[subs[i]] = true
	}
	m.found = append(m.found, first...)
}

// Kinds of subqueries that the proof tells apart.
var subKinds = map[query.SubKind][]int{query.Exists: {existsSublink}, query.In: {anySublink, exprSublink}, query.Scalar: {exprSublink, multiSublink}}

func (m *matcher) inside(s *query.Sub, link *nodetree.Node, l *level) {
	if link.Name == "FUNCEXPR" {
		m.body(s.Query, link, l)
		m.laid[link.OID("funcid")] = true
		return
	}
	kind := link.Int("subLinkType", -1)
	if want, told := subKinds[s.Kind]; told && !slices.Contains(want, kind) {
		m.differ(s.Pos, "a subquery", fmt.Sprint(want[0]), fmt.Sprint(kind))
		return
	}
	m.subs[s] = link
	m.query(s.Query, newLevel(link.Node("subselect"), l))
}

// subsOf are the subqueries in the expressions of a query, not those within others.
func subsOf(n query.Node) []*query.Sub {
	var all []*query.Sub
	var visit func(query.Node)
	visit = func(child query.Node) {
		switch c := child.(type) {
		case *query.Sub:
			if !slices.Contains(all, c) {
				all = append(all, c)
			}
			for _, a := range c.Args {
				visit(a)
			}
		case *query.CTE, *query.Derived:
		case query.Query:
		default:
			query.Children(child, visit)
		}
	}
	query.Children(n, visit)
	return all
}

// linksOf are those of the server's, in the order of the text.
func (m *matcher) linksOf(l *level) []*nodetree.Node {
	var all []*nodetree.Node
	var visit func(n *nodetree.Node) bool
	visit = func(n *nodetree.Node) bool {
		switch n.Name {
		case "SUBLINK":
			all = append(all, n)
			nodetree.Walk(n.Node("testexpr"), visit)
			return false
		case "FUNCEXPR":
			if m.bodies[n.OID("funcid")] != nil {
				all = append(all, n)
			}
		case "QUERY", "COMMONTABLEEXPR", "WITHCHECKOPTION":
			return false
		case "RANGETBLENTRY":
			if n.Int("rtekind", -1) == rteJoin || n.Int("rtekind", -1) == rteSubquery {
				return false
			}
		}
		return true
	}
	for _, child := range below(l.query) {
		nodetree.Walk(child, visit)
	}
	slices.SortStableFunc(all, func(a, b *nodetree.Node) int { return cmp.Compare(a.Int("location", -1), b.Int("location", -1)) })
	return all
}

// limits compares what makes a result one of several that PostgreSQL may choose.
func (m *matcher) limits(limited, locks bool, l *level) {
	if !limited && (l.query.Node("limitCount") != nil || l.query.Node("limitOffset") != nil) {
		m.differ(query.Span{}, "a query", "no LIMIT", "one")
	}
	if !locks && len(l.query.Nodes("rowMarks")) > 0 && l.query.Bool("hasForUpdate") {
		m.differ(query.Span{}, "a query", "no lock on rows", "one")
	}
}

// folds compares what makes one row of several: a proof may pass through it only where the tenant
// is in what is grouped by. An aggregate counts at the level that the server says.
func (m *matcher) folds(ours *query.Select, l *level) {
	q := l.query
	m.limits(ours.Limited, ours.Locks, l)
	m.fed(ours, l)
	if (q.Bool("hasAggs") || len(q.Nodes("groupClause"))+len(q.Nodes("groupingSets")) > 0 || q.Node("havingQual") != nil) && !ours.Aggregate && ours.Group == nil {
		m.differ(ours.Pos, "a query", "rows as they are", "rows that are grouped, or aggregates of this level")
	}
	if g := ours.Group; g != nil {
		if !g.Sets && len(q.Nodes("groupingSets")) > 0 {
			m.differ(ours.Pos, "GROUP BY", "one set of columns", "several")
		}
		m.among(g.By, m.sorted(q.Nodes("groupClause"), l), ours.Pos, "GROUP BY")
	}
	if len(q.Nodes("distinctClause")) > 0 && !ours.Distinct && len(ours.DistinctOn) == 0 {
		m.differ(ours.Pos, "a query", "no DISTINCT", "one")
	}
	if q.Bool("hasDistinctOn") {
		m.among(ours.DistinctOn, m.sorted(q.Nodes("distinctClause"), l), ours.Pos, "DISTINCT ON")
	}
	for _, w := range q.Nodes("windowClause") {
		m.window(ours, m.sorted(w.Nodes("partitionClause"), l))
	}
}

// sorted are the terms of a clause that refers to columns of the result.
func (m *matcher) sorted(clause []*nodetree.Node, l *level) []term {
	var all []term
	for _, c := range clause {
		for _, t := range l.query.Nodes("targetList") {
			if ref := c.Int("tleSortGroupRef", 0); ref > 0 && t.Int("ressortgroupref", 0) == ref {
				all = append(all, l.term(t.Node("expr")))
			}
		}
	}
	return all
}

// among makes sure that columns of ours are in a clause of the server's.
func (m *matcher) among(ours []query.Expr, theirs []term, at query.Span, what string) {
	for _, e := range ours {
		if t, ok := m.term(e); ok && t.kind == columnTerm && !slices.ContainsFunc(theirs, t.same) {
			m.differ(at, what, m.say(t), "other columns")
		}
	}
}

func (m *matcher) window(ours *query.Select, theirs []term) {
	for _, w := range ours.Windows {
		all := true
		for _, e := range w.PartitionBy {
			t, ok := m.term(e)
			all = all && (!ok || slices.ContainsFunc(theirs, t.same))
		}
		if all {
			return
		}
	}
	m.differ(ours.Pos, "a window", "other partitions", fmt.Sprintf("%d columns of PARTITION BY", len(theirs)))
}

// below are the nodes directly below one.
func below(e *nodetree.Node) []*nodetree.Node {
	var all []*nodetree.Node
	var add func(v nodetree.Value)
	add = func(v nodetree.Value) {
		switch v := v.(type) {
		case *nodetree.Node:
			all = append(all, v)
		case nodetree.List:
			for _, x := range v {
				add(x)
			}
		}
	}
	for _, f := range e.Fields {
		for _, v := range f.Values {
			add(v)
		}
	}
	return all
}
