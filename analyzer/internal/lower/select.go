package lower

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// query lowers a SELECT, a set operation or VALUES. outer is the enclosing level.
func (l *lowerer) query(s *pg.SelectStmt, outer *scope, env *cteEnv) query.Query {
	if s == nil {
		return l.refuse(-1, "unsupported-syntax", "a query is missing", "")
	}
	l.known(-1, "query", s.GetOp())
	if s.GetIntoClause() != nil {
		return l.refuse(-1, "unsupported-statement", "SELECT INTO creates a table", "create the table in a migration and use INSERT … SELECT")
	}
	switch {
	case s.GetOp() > pg.SetOperation_SETOP_NONE:
		return l.setOp(s, outer, env)
	case len(s.GetValuesLists()) > 0:
		return l.values(s, outer, env)
	}
	return l.selectLevel(s, outer, env)
}

func childLevel(outer *scope) *scope {
	sc := &scope{parent: outer, level: 1}
	if outer != nil {
		sc.level = outer.level + 1
	}
	return sc
}

func (l *lowerer) selectLevel(s *pg.SelectStmt, outer *scope, env *cteEnv) query.Query {
	sel := &query.Select{}
	effects := l.effects
	sc := childLevel(outer)
	sc.sel = sel
	sel.With, env = l.with(s.GetWithClause(), outer, env)
	x := &exprs{l, sc, env}
	l.in(rankFrom, func() { sel.From = l.fromList(s.GetFromClause(), sc, env) })
	l.in(rankTargets, func() { sel.Out = x.targets(s.GetTargetList()) })
	l.in(rankWhere, func() { l.filter(func() { sel.Where = x.condition(s.GetWhereClause()) }) })
	l.in(rankGroup, func() { sel.Group = x.group(s.GetGroupClause(), sel.Out) })
	l.in(rankHaving, func() { sel.Having = x.condition(s.GetHavingClause()) })
	l.in(rankWindow, func() { x.namedWindows(s.GetWindowClause()) })
	l.in(rankTargets, func() { x.distinct(s.GetDistinctClause(), sel) })
	l.outputs(sel.Out)
	l.tail(s, x, sel.Out, &sel.Rest, &sel.Limited)
	if s.GetLarg() != nil || s.GetRarg() != nil {
		l.odd(-1, "SELECT")
	}
	if sel.Having != nil && sel.Group == nil {
		sel.Aggregate = true
	}
	if sel.Group != nil && !sel.Group.Sets && len(sel.Group.By) > 0 {
		sel.Aggregate = false
	}
	sel.Locks = l.locks(s.GetLockingClause())
	l.lockRows(s.GetLockingClause(), sel.From)
	l.locked = l.locked || sel.Locks
	sel.Volatile = l.effects > effects
	return sel
}

// tail lowers ORDER BY, LIMIT and OFFSET.
func (l *lowerer) tail(s *pg.SelectStmt, x *exprs, outs []query.Output, rest *[]query.Expr, limited *bool) {
	add := func(rank byte, n *pg.Node) {
		if n == nil {
			return
		}
		l.in(rank, func() {
			e, t := x.expr(n)
			if t == pgtype.AnyType {
				l.typed(e, "int")
			}
			*rest = append(*rest, e)
		})
	}
	for _, n := range s.GetSortClause() {
		l.in(rankSort, func() {
			if key := x.sortKey(n); !isOutputRef(key, outs) {
				e, _ := x.expr(key)
				*rest = append(*rest, e)
			}
		})
	}
	l.known(-1, "LIMIT", s.GetLimitOption())
	add(rankOffset, s.GetLimitOffset())
	add(rankLimit, s.GetLimitCount())
	*limited = s.GetLimitOffset() != nil || s.GetLimitCount() != nil
}

// isOutputRef reports whether n names an output column by name or position, as
// ORDER BY, GROUP BY and DISTINCT ON allow (PostgreSQL manual, SELECT).
func isOutputRef(n *pg.Node, outs []query.Output) bool {
	return outputRef(n, outs) >= 0
}

func outputRef(n *pg.Node, outs []query.Output) int {
	if c := n.GetAConst(); c != nil {
		// Behind a star of unknown width, positions are not known either.
		if i, ok := c.GetVal().(*pg.A_Const_Ival); ok && !anyOpenOutput(outs) && int(i.Ival.GetIval()) >= 1 && int(i.Ival.GetIval()) <= len(outs) {
			return int(i.Ival.GetIval()) - 1
		}
		return -1
	}
	ref := n.GetColumnRef()
	if ref == nil || len(ref.GetFields()) != 1 {
		return -1
	}
	name := ref.GetFields()[0].GetString_().GetSval()
	for i, o := range outs {
		if o.Name == name && name != "" {
			return i
		}
	}
	return -1
}

// group lowers GROUP BY, where a name means an input column before an output column.
func (x *exprs) group(nodes []*pg.Node, outs []query.Output) *query.Group {
	if len(nodes) == 0 {
		return nil
	}
	g := &query.Group{}
	for _, n := range nodes {
		if gs := n.GetGroupingSet(); gs != nil {
			g.Sets = true
			x.groupingSet(gs, outs, g)
			continue
		}
		g.By = append(g.By, x.groupItem(n, outs))
	}
	return g
}

func (x *exprs) groupingSet(gs *pg.GroupingSet, outs []query.Output, g *query.Group) {
	x.l.known(gs.GetLocation(), "GROUP BY", gs.GetKind())
	for _, n := range gs.GetContent() {
		switch {
		case n.GetGroupingSet() != nil:
			x.groupingSet(n.GetGroupingSet(), outs, g)
		case n.GetRowExpr() != nil:
			x.l.known(n.GetRowExpr().GetLocation(), "ROW", n.GetRowExpr().GetRowFormat())
			for _, a := range n.GetRowExpr().GetArgs() {
				g.By = append(g.By, x.groupItem(a, outs))
			}
		default:
			g.By = append(g.By, x.groupItem(n, outs))
		}
	}
}

func (x *exprs) groupItem(n *pg.Node, outs []query.Output) query.Expr {
	if ref := n.GetColumnRef(); ref != nil && len(ref.GetFields()) == 1 {
		here := &scope{items: x.sc.items, level: x.sc.level}
		if found := here.column(ref.GetFields()[0].GetString_().GetSval()); found.col != nil || found.unknown || found.ambiguous {
			e, _ := x.expr(n)
			return e
		}
	}
	if i := outputRef(n, outs); i >= 0 && outs[i].Expr != nil {
		return outs[i].Expr
	}
	e, _ := x.expr(n)
	return e
}

func (x *exprs) distinct(nodes []*pg.Node, sel *query.Select) {
	if len(nodes) == 0 {
		return
	}
	// Plain DISTINCT is a list of one empty node.
	if len(nodes) == 1 && nodes[0].GetNode() == nil {
		sel.Distinct = true
		return
	}
	sel.DistinctOn = []query.Expr{}
	for _, n := range nodes {
		if i := outputRef(n, sel.Out); i >= 0 && sel.Out[i].Expr != nil {
			sel.DistinctOn = append(sel.DistinctOn, sel.Out[i].Expr)
			continue
		}
		e, _ := x.expr(n)
		sel.DistinctOn = append(sel.DistinctOn, e)
	}
}

func (l *lowerer) setOp(s *pg.SelectStmt, outer *scope, env *cteEnv) query.Query {
	op := &query.SetOp{All: s.GetAll()}
	l.only(s, "set operation")
	switch s.GetOp() {
	case pg.SetOperation_SETOP_UNION:
		op.Kind = query.Union
	case pg.SetOperation_SETOP_INTERSECT:
		op.Kind = query.Intersect
	case pg.SetOperation_SETOP_EXCEPT:
		op.Kind = query.Except
	default:
		return l.refuse(-1, "unsupported-syntax", "tenantgen does not know this set operation", "")
	}
	op.With, env = l.with(s.GetWithClause(), outer, env)
	l.in(rankLarg, func() { op.Left = l.query(s.GetLarg(), outer, env) })
	l.in(rankRarg, func() { op.Right = l.query(s.GetRarg(), outer, env) })
	l.finishSetOp(op, s, outer, env)
	return op
}

// finishSetOp gives op its columns, named after the left arm, and its tail.
func (l *lowerer) finishSetOp(op *query.SetOp, s *pg.SelectStmt, outer *scope, env *cteEnv) {
	left, right := query.Outputs(op.Left), query.Outputs(op.Right)
	for i, o := range left {
		out := query.Output{Name: o.Name, Open: o.Open}
		if i < len(right) && !anyOpenOutput(left) && !anyOpenOutput(right) {
			out.Type = pgtype.Common(o.Type, right[i].Type)
		}
		l.arms(op, i, out.Type)
		op.Out = append(op.Out, out)
	}
	// ORDER BY of a set operation sees the output columns only.
	sc := childLevel(outer)
	cols := make([]column, len(op.Out))
	for i, o := range op.Out {
		cols[i] = column{o.Name, &query.Op{Text: catalog.QuoteIdent(o.Name)}, query.Unknown}
	}
	sc.items = []*item{{cols: cols, colsVisible: true}}
	l.tail(s, &exprs{l, sc, env}, op.Out, &op.Rest, &op.Limited)
}

func (l *lowerer) values(s *pg.SelectStmt, outer *scope, env *cteEnv) query.Query {
	v := &query.Values{}
	l.only(s, "VALUES")
	v.With, env = l.with(s.GetWithClause(), outer, env)
	x := &exprs{l, childLevel(outer), env}
	l.in(rankValues, func() {
		for r, n := range s.GetValuesLists() {
			if n.GetList() == nil {
				l.odd(parsetree.LocationOf(n), "VALUES")
			}
			row := make([]query.Expr, 0, len(n.GetList().GetItems()))
			for i, cell := range n.GetList().GetItems() {
				e, t := x.expr(cell)
				row = append(row, e)
				l.equated(e, t)
				if r == 0 {
					v.Out = append(v.Out, query.Output{Name: valuesName(i), Type: t})
				} else if i < len(v.Out) {
					v.Out[i].Type = pgtype.Common(v.Out[i].Type, t)
				}
			}
			v.Rows = append(v.Rows, row)
		}
		l.cells(v)
	})
	l.tail(s, x, v.Out, &v.Rest, &v.Limited)
	return v
}

func anyOpenOutput(outs []query.Output) bool {
	return slices.ContainsFunc(outs, func(o query.Output) bool { return o.Open })
}

// outputName names an expression that is lowered already.
func (l *lowerer) outputName(n *pg.Node) (string, bool) {
	return (&parsetree.Labeler{Sqlc: l.ours(), Column: func(s *pg.SubLink) string { return l.first[s] }}).OutputName(n)
}
