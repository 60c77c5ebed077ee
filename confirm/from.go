package confirm

import (
	"fmt"

	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/internal/nodetree"
)

// Kinds of a JOINEXPR (nodes.h, JoinType).
var joins = map[int]query.JoinKind{0: query.Inner, 1: query.Left, 2: query.Full, 3: query.Right}

// from lays lists of FROM side by side: both are in the order of the text.
func (m *matcher) from(ours []query.Rel, theirs []*nodetree.Node, l *level) {
	if len(ours) != len(theirs) {
		m.differ(query.Span{}, "FROM", fmt.Sprintf("%d relations", len(ours)), fmt.Sprint(len(theirs)))
		return
	}
	for i, r := range ours {
		m.relation(r, theirs[i], l)
	}
}

func (m *matcher) relation(ours query.Rel, n *nodetree.Node, l *level) {
	if j, ok := ours.(*query.Join); ok {
		if n.Name != "JOINEXPR" || joins[n.Int("jointype", -1)] != j.Kind {
			m.differ(j.Pos, "a join", j.Kind.String(), m.item(n, l))
			return
		}
		m.relation(j.Left, n.Node("larg"), l)
		m.relation(j.Right, n.Node("rarg"), l)
		l.wait(j.On, n.Node("quals"))
		return
	}
	if n.Name != "RANGETBLREF" {
		m.differ(query.Span{}, "FROM", "a relation", m.item(n, l))
		return
	}
	m.occurrence(ours, n.Int("rtindex", 0), l)
}

// item says what stands in FROM.
func (m *matcher) item(n *nodetree.Node, l *level) string {
	if n.Name == "JOINEXPR" {
		return joins[n.Int("jointype", -1)].String()
	}
	return m.saysEntry(l.entry(n.Int("rtindex", 0)))
}

func (m *matcher) saysEntry(rte *nodetree.Node) string {
	switch rte.Int("rtekind", -1) {
	case rteRelation:
		if r := m.w.rels[rte.OID("relid")]; r != nil {
			return r.name.String()
		}
		return "a relation that is new"
	case rteSubquery:
		return "a subquery"
	case rteFunction, rteTableFunc:
		return "a function"
	case rteValues:
		return "VALUES"
	case rteCTE:
		return "the WITH query " + rte.Text("ctename")
	}
	return "something else"
}

// occurrence binds one relation of ours to an entry of the range table.
func (m *matcher) occurrence(ours query.Rel, n int, l *level) {
	rte := l.entry(n)
	kind := rte.Int("rtekind", -1)
	switch r := ours.(type) {
	case *query.Base:
		if kind != rteRelation || m.w.rels[rte.OID("relid")] == nil || m.w.rels[rte.OID("relid")].name != r.Table.Name {
			m.differ(r.Pos, "a relation", r.Table.Name.String(), m.saysEntry(rte))
			return
		}
		m.rels[r.ID], m.bases[r.ID] = bound{l, n}, r
	case *query.Derived:
		m.rels[r.ID] = bound{l, n}
		m.derived(r, rte, l)
	case *query.CTERef:
		c := l.cte(rte)
		if kind != rteCTE || c == nil || m.ctes[c] != r.CTE {
			m.differ(r.Pos, "a relation", "the WITH query "+r.CTE.Name, m.saysEntry(rte))
			return
		}
		m.rels[r.ID] = bound{l, n}
	case *query.Rows:
		if kind != rteFunction && kind != rteTableFunc && kind != rteValues && kind != rteResult {
			m.differ(r.Pos, "a relation", "rows that are computed", m.saysEntry(rte))
			return
		}
		m.rels[r.ID] = bound{l, n}
	case *query.Opaque:
	default:
		panic(query.Unexpected(r))
	}
}

func (m *matcher) derived(r *query.Derived, rte *nodetree.Node, l *level) {
	switch rte.Int("rtekind", -1) {
	case rteSubquery:
		m.query(r.Query, newLevel(rte.Node("subquery"), l))
	case rteRelation:
		view := m.views[rte.OID("relid")]
		if view == nil {
			m.differ(r.Pos, "a relation", "a view", m.saysEntry(rte))
			return
		}
		inner := newLevel(view, l)
		inner.apart, inner.body = true, false
		m.query(r.Query, inner)
	default:
		m.differ(r.Pos, "a relation", "a subquery", m.saysEntry(rte))
	}
}

// setOp lays the arms of a set operation side by side.
func (m *matcher) setOp(ours *query.SetOp, l *level) {
	m.arms(ours, l.query.Node("setOperations"), l, true)
	m.subqueries(l, ours)
}

// Kinds of a SETOPERATIONSTMT (parsenodes.h, SetOperation).
var setOps = map[int]query.SetOpKind{1: query.Union, 2: query.Intersect, 3: query.Except}

func (m *matcher) arms(ours query.Query, n *nodetree.Node, l *level, top bool) {
	o, isOp := ours.(*query.SetOp)
	switch {
	case n == nil:
		m.differ(query.Span{}, "a query", "a set operation", "none")
	case n.Name == "SETOPERATIONSTMT":
		kind, known := setOps[n.Int("op", 0)]
		if !isOp || !known || kind != o.Kind || o.All != n.Bool("all") || !top && len(o.With) > 0 {
			m.differ(query.Span{}, "a set operation", fmt.Sprintf("%T", ours), fmt.Sprint(n.Int("op", 0)))
			return
		}
		m.arms(o.Left, n.Node("larg"), l, false)
		m.arms(o.Right, n.Node("rarg"), l, false)
		if top {
			m.limits(o.Limited, false, l)
		}
	case n.Name == "RANGETBLREF":
		rte := l.entry(n.Int("rtindex", 0))
		if rte.Node("subquery") == nil {
			m.differ(query.Span{}, "an arm of a set operation", "a query", m.saysEntry(rte))
			return
		}
		m.query(ours, newLevel(rte.Node("subquery"), l))
	}
}

// values lays VALUES beside the level that stands for it.
func (m *matcher) values(ours *query.Values, l *level) {
	from := l.query.Node("jointree").Nodes("fromlist")
	if len(from) == 0 && len(ours.Rows) == 1 { // a single row is a list of columns
		m.exprs(ours.Rows[0], targetExprs(targets(l.query.Nodes("targetList"))), l)
		m.subqueries(l, ours)
		return
	}
	if len(from) != 1 || l.entry(from[0].Int("rtindex", 0)).Int("rtekind", -1) != rteValues {
		m.differ(ours.Pos, "a query", "VALUES", "something else")
		return
	}
	m.rows(ours, l.entry(from[0].Int("rtindex", 0)), l)
	m.limits(ours.Limited, false, l)
	m.subqueries(l, ours)
}

func (m *matcher) rows(ours *query.Values, rte *nodetree.Node, l *level) {
	lists := rte.Values("values_lists")
	if len(lists) != len(ours.Rows) {
		m.differ(ours.Pos, "VALUES", fmt.Sprintf("%d rows", len(ours.Rows)), fmt.Sprint(len(lists)))
		return
	}
	for i, row := range ours.Rows {
		var exprs []*nodetree.Node
		if list, ok := lists[i].(nodetree.List); ok {
			for _, v := range list {
				if n, ok := v.(*nodetree.Node); ok {
					exprs = append(exprs, n)
				}
			}
		}
		m.exprs(row, exprs, l)
	}
}

func targetExprs(list []*nodetree.Node) []*nodetree.Node {
	var all []*nodetree.Node
	for _, t := range list {
		all = append(all, t.Node("expr"))
	}
	return all
}

func (m *matcher) exprs(ours []query.Expr, theirs []*nodetree.Node, l *level) {
	if len(ours) != len(theirs) {
		m.differ(query.Span{}, "a row of VALUES", fmt.Sprintf("%d values", len(ours)), fmt.Sprint(len(theirs)))
		return
	}
	for i, e := range ours {
		m.value(e, theirs[i], l, fmt.Sprintf("value %d of a row", i+1))
	}
}
