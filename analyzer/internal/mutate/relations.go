package mutate

import pg "github.com/pganalyze/pg_query_go/v5"

// selectStmt weakens what a query does besides its conditions.
func (m *mutator) selectStmt(s *pg.SelectStmt) {
	m.drops("group-by", &s.GroupClause)
	if len(s.DistinctClause) > 0 && s.DistinctClause[0].GetNode() != nil {
		for i := range s.DistinctClause {
			set(m, "distinct-on", &s.DistinctClause, replaced(s.DistinctClause, i, truth()))
		}
	}
	if s.Op != pg.SetOperation_SETOP_NONE && s.Op != pg.SetOperation_SET_OPERATION_UNDEFINED {
		for _, op := range []pg.SetOperation{pg.SetOperation_SETOP_UNION, pg.SetOperation_SETOP_INTERSECT, pg.SetOperation_SETOP_EXCEPT} {
			set(m, "set-operation", &s.Op, op)
		}
	}
	m.moves(s)
	if s == m.root {
		return
	}
	m.limit(s)
	m.outputs(s)
}

// limit takes one row, in an order that does not depend on where rows are stored.
func (m *mutator) limit(s *pg.SelectStmt) {
	if s.LimitCount != nil || len(s.SortClause) > 0 || len(s.TargetList) == 0 {
		return
	}
	option := s.LimitOption
	for i, n := range s.TargetList {
		if outputName(n.GetResTarget()) == "" {
			s.SortClause = nil
			return
		}
		s.SortClause = append(s.SortClause, pg.MakeSortByNode(pg.MakeAConstIntNode(int64(i+1), 0), pg.SortByDir_SORTBY_DEFAULT, pg.SortByNulls_SORTBY_NULLS_DEFAULT, 0))
	}
	s.LimitOption = pg.LimitOption_LIMIT_OPTION_COUNT
	set(m, "limit", &s.LimitCount, pg.MakeAConstIntNode(1, 0))
	set(m, "offset", &s.LimitOffset, pg.MakeAConstIntNode(1, 0))
	s.LimitOption, s.SortClause = option, nil
}

// outputs swaps columns and computes them over all rows.
func (m *mutator) outputs(s *pg.SelectStmt) {
	for i, n := range s.TargetList {
		t := n.GetResTarget()
		if t == nil || t.Val.GetColumnRef() == nil || outputName(t) == "" {
			continue
		}
		name := t.Name
		t.Name = outputName(t)
		call := pg.MakeFuncCallNode([]*pg.Node{pg.MakeStrNode("max")}, []*pg.Node{t.Val}, 0)
		set(m, "aggregate", &t.Val, call)
		over := pg.MakeFuncCallNode([]*pg.Node{pg.MakeStrNode("max")}, []*pg.Node{t.Val}, 0)
		over.GetFuncCall().Over = &pg.WindowDef{FrameOptions: 1058}
		set(m, "window", &t.Val, over)
		t.Name = name
		if i > 0 {
			m.swapOutputs(s.TargetList[i-1].GetResTarget(), t)
		}
	}
}

func (m *mutator) swapOutputs(a, b *pg.ResTarget) {
	if a == nil || outputName(a) == "" {
		return
	}
	an, bn := a.Name, b.Name
	a.Name, b.Name = outputName(a), outputName(b)
	a.Val, b.Val = b.Val, a.Val
	m.emit("swap-outputs")
	a.Val, b.Val = b.Val, a.Val
	a.Name, b.Name = an, bn
}

func outputName(t *pg.ResTarget) string {
	if t.Name != "" {
		return t.Name
	}
	fields := t.Val.GetColumnRef().GetFields()
	if len(fields) == 0 {
		return ""
	}
	return fields[len(fields)-1].GetString_().GetSval() // "" for *
}

// moves moves conditions between WHERE and the ON of each join.
func (m *mutator) moves(s *pg.SelectStmt) {
	var joins []*pg.JoinExpr
	for _, n := range s.FromClause {
		joins = joinsIn(n, joins)
	}
	for _, j := range joins {
		if j.IsNatural || len(j.UsingClause) > 0 {
			continue
		}
		where, on := s.WhereClause, j.Quals
		for i, c := range conjuncts(where) {
			s.WhereClause, j.Quals = conjunction(without(conjuncts(where), i)), conjunction(append(conjuncts(on), c))
			if j.Jointype == pg.JoinType_JOIN_INNER && on == nil {
				continue // already a cross join, where ON and WHERE are the same
			}
			m.emit("where-to-on")
		}
		for i, c := range conjuncts(on) {
			rest := conjunction(without(conjuncts(on), i))
			if rest == nil {
				rest = truth()
			}
			s.WhereClause, j.Quals = conjunction(append(conjuncts(where), c)), rest
			m.emit("on-to-where")
		}
		s.WhereClause, j.Quals = where, on
	}
}

func joinsIn(n *pg.Node, joins []*pg.JoinExpr) []*pg.JoinExpr {
	if j := n.GetJoinExpr(); j != nil {
		return joinsIn(j.Rarg, joinsIn(j.Larg, append(joins, j)))
	}
	return joins
}

// conjuncts is a new list of the conditions under AND.
func conjuncts(n *pg.Node) []*pg.Node {
	if n == nil {
		return nil
	}
	if b := n.GetBoolExpr(); b != nil && b.Boolop == pg.BoolExprType_AND_EXPR {
		return append([]*pg.Node{}, b.Args...)
	}
	return []*pg.Node{n}
}

func conjunction(list []*pg.Node) *pg.Node {
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	}
	return pg.MakeBoolExprNode(pg.BoolExprType_AND_EXPR, list, 0)
}

func (m *mutator) join(j *pg.JoinExpr) {
	m.condition(&j.Quals)
	m.drops("using", &j.UsingClause)
	quals, natural := j.Quals, j.IsNatural
	if natural {
		j.IsNatural, j.Quals = false, truth()
		m.emit("natural")
		j.IsNatural, j.Quals = natural, quals
	}
	kind := j.Jointype
	for i, name := range []string{"to-inner", "to-left", "to-full", "to-right"} {
		j.Jointype = []pg.JoinType{pg.JoinType_JOIN_INNER, pg.JoinType_JOIN_LEFT, pg.JoinType_JOIN_FULL, pg.JoinType_JOIN_RIGHT}[i]
		if quals == nil && len(j.UsingClause) == 0 && !natural {
			j.Quals = truth()
		}
		m.emit(name)
		j.Jointype, j.Quals = kind, quals
	}
}

func (m *mutator) insert(s *pg.InsertStmt) {
	source := s.SelectStmt.GetSelectStmt()
	m.swaps("insert-columns", &s.Cols)
	if source == nil {
		return
	}
	cols, targets := s.Cols, source.TargetList
	for i := range cols {
		s.Cols = without(cols, i)
		var rows [][]*pg.Node
		for _, r := range source.ValuesLists {
			items := r.GetList()
			rows = append(rows, items.Items)
			if i < len(items.Items) {
				items.Items = without(items.Items, i)
			}
		}
		if i < len(targets) {
			source.TargetList = without(targets, i)
		}
		m.emit("insert-column")
		for k, r := range source.ValuesLists {
			r.GetList().Items = rows[k]
		}
		source.TargetList = targets
	}
	s.Cols = cols
	for _, r := range source.ValuesLists {
		m.items(r.GetList().Items)
	}
	for _, n := range targets {
		if t := n.GetResTarget(); t != nil {
			set(m, "item-parameter", &t.Val, m.spare())
			set(m, "item-literal", &t.Val, pg.MakeAConstStrNode("1", 0))
		}
	}
}

func (m *mutator) conflict(c *pg.OnConflictClause) {
	m.condition(&c.WhereClause)
	if c.Infer != nil {
		m.drops("conflict-target", &c.Infer.IndexElems)
		m.condition(&c.Infer.WhereClause)
	}
	if c.Action == pg.OnConflictAction_ONCONFLICT_UPDATE {
		m.assign(&c.TargetList)
	}
	action, infer, targets, where := c.Action, c.Infer, c.TargetList, c.WhereClause
	c.Action, c.Infer, c.TargetList, c.WhereClause = pg.OnConflictAction_ONCONFLICT_NOTHING, nil, nil, nil
	m.emit("do-nothing")
	c.Action, c.Infer, c.TargetList, c.WhereClause = action, infer, targets, where
}
