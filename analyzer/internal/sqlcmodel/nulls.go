package sqlcmodel

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// null tells why an expression may be NULL, "" where that is not certain.
func (s *scope) null(n *pg.Node) Reason {
	switch e := unwrap(n).(type) {
	case *pg.A_Const:
		return when(e.Isnull, NullConst)
	case *pg.ColumnRef:
		return s.columnRef(e)
	case *pg.TypeCast:
		return s.null(e.Arg).doubtful()
	case *pg.CollateClause:
		return s.null(e.Arg)
	case *pg.A_Expr:
		return s.operation(e)
	case *pg.BoolExpr:
		if e.Boolop == pg.BoolExprType_NOT_EXPR {
			return s.null(e.Args[0])
		}
	case *pg.CoalesceExpr:
		return s.all(e.Args)
	case *pg.MinMaxExpr:
		return s.all(e.Args)
	case *pg.CaseExpr:
		return s.choice(e)
	case *pg.FuncCall:
		return s.call(e)
	case *pg.SubLink:
		if e.SubLinkType == pg.SubLinkType_EXPR_SUBLINK {
			return s.scalar(e.Subselect)
		}
	}
	return Reason{}
}

func when(cond bool, r Reason) Reason {
	if cond {
		return r
	}
	return Reason{}
}

func (s *scope) columnRef(ref *pg.ColumnRef) Reason {
	t, c := s.lookup(ref)
	if c == nil {
		return Reason{}
	}
	if s.subtotal(t, c) {
		return Subtotal
	}
	return s.column(t, c)
}

// subtotal reports whether GROUPING SETS give rows in which a column is NULL.
func (s *scope) subtotal(t *table, c *Column) bool {
	if s.of == nil || s.of.HavingClause != nil {
		return false
	}
	for _, g := range s.of.GroupClause {
		set := g.GetGroupingSet()
		if set == nil || set.Kind != pg.GroupingSetKind_GROUPING_SET_ROLLUP && set.Kind != pg.GroupingSetKind_GROUPING_SET_CUBE {
			continue
		}
		if slices.ContainsFunc(search[*pg.ColumnRef](g), func(r *pg.ColumnRef) bool { of, col := s.lookup(r); return of == t && col == c }) {
			return true
		}
	}
	return false
}

// first is the reason of the first of some expressions that has one.
func (s *scope) first(list ...*pg.Node) Reason {
	for _, n := range list {
		if r := s.null(n); r != (Reason{}) {
			return r
		}
	}
	return Reason{}
}

// all is a reason where every one of some expressions may be NULL. Of several tables one may
// be there whenever another is not.
func (s *scope) all(list []*pg.Node) Reason {
	var r Reason
	tables := map[*table]bool{}
	for _, n := range list {
		if r = s.null(n); r == (Reason{}) {
			return r
		}
		for _, ref := range search[*pg.ColumnRef](n) {
			t, _ := s.lookup(ref)
			tables[t] = true
		}
	}
	return when(len(tables) < 2, r)
}

func (s *scope) operation(e *pg.A_Expr) Reason {
	switch e.Kind {
	case pg.A_Expr_Kind_AEXPR_NULLIF:
		return NullIf
	case pg.A_Expr_Kind_AEXPR_OP:
		if strictOperator(e) {
			return s.first(e.Lexpr, e.Rexpr)
		}
	case pg.A_Expr_Kind_AEXPR_LIKE, pg.A_Expr_Kind_AEXPR_ILIKE, pg.A_Expr_Kind_AEXPR_IN, pg.A_Expr_Kind_AEXPR_BETWEEN, pg.A_Expr_Kind_AEXPR_OP_ANY:
		return s.null(e.Lexpr)
	}
	return Reason{}
}

func (s *scope) choice(e *pg.CaseExpr) Reason {
	for _, w := range e.Args {
		if r := s.null(w.GetCaseWhen().GetResult()); r == NullConst {
			return r
		}
	}
	if e.Defresult == nil {
		return NoBranch
	}
	return s.null(e.Defresult)
}

var (
	aggregates = words(`avg bit_and bit_or bit_xor bool_and bool_or every max min sum string_agg array_agg json_agg jsonb_agg json_object_agg
jsonb_object_agg stddev stddev_pop stddev_samp variance var_pop var_samp percentile_cont percentile_disc mode xmlagg range_agg`)
	counts = words(`count regr_count`)
	// givesNull are functions that give NULL for values that are not.
	givesNull = words(`array_length array_lower array_upper array_position regexp_match to_regclass to_regrole to_regtype`)
)

func (s *scope) call(n *pg.FuncCall) Reason {
	schema, name := lastTwo(n.Funcname)
	if schema != "" && schema != "pg_catalog" {
		return Reason{}
	}
	switch {
	case n.Over != nil:
		return when((name == "lag" || name == "lead") && len(n.Args) < 3 || name == "nth_value", Window)
	case aggregates[name]:
		return s.aggregate(n)
	case strictFunctions[name]:
		return s.first(n.Args...)
	}
	return when(givesNull[name], NoResult)
}

// aggregate tells why an aggregate other than count may be NULL (PostgreSQL manual, 9.21).
func (s *scope) aggregate(n *pg.FuncCall) Reason {
	switch {
	case s.of == nil || s.of.HavingClause != nil || s.of.LimitOffset != nil:
		return Reason{}
	case len(s.of.GroupClause) == 0:
		return NoValues
	case n.AggFilter != nil:
		return Filtered
	case len(n.Args) > 0 && !n.AggWithinGroup:
		if _, name := lastTwo(n.Funcname); name == "array_agg" || name == "json_agg" || name == "jsonb_agg" {
			return Reason{} // they hold the NULLs
		}
		return s.null(n.Args[0])
	}
	return Reason{}
}

// scalar tells why a sub-select as a value may be NULL: its column may be, or there may be
// no row.
func (s *scope) scalar(sub *pg.Node) Reason {
	columns, err := s.q.outputs(sub)
	if err != nil || len(columns) == 0 {
		return Reason{}
	}
	if columns[0].Null != (Reason{}) {
		return columns[0].Null
	}
	return when(!s.surelyOne(sub.GetSelectStmt()), NoRow)
}

// surelyOne reports whether a sub-select has a row, or may have for all that is known.
func (s *scope) surelyOne(n *pg.SelectStmt) bool {
	if n == nil || n.Larg != nil || len(n.ValuesLists) > 0 || len(n.FromClause) == 0 && n.WhereClause == nil {
		return true
	}
	if aggregated(n) {
		return true
	}
	return n.WhereClause == nil && n.HavingClause == nil && n.LimitOffset == nil && len(n.GroupClause) == 0 && s.q.single(n.FromClause) || s.follows(n)
}

// single reports whether FROM has one row: that of a sub-select or a CTE with one.
func (q *statement) single(from []*pg.Node) bool {
	if len(from) != 1 {
		return false
	}
	t, err := q.source(unwrap(from[0]))
	return err == nil && t != nil && t.single
}

// aggregated reports whether aggregates make one row of all.
func aggregated(n *pg.SelectStmt) bool {
	return n != nil && len(n.GroupClause) == 0 && n.HavingClause == nil && n.LimitOffset == nil && slices.ContainsFunc(n.TargetList, aggregating)
}

func aggregating(n *pg.Node) bool {
	return slices.ContainsFunc(search[*pg.FuncCall](n), func(c *pg.FuncCall) bool {
		_, name := lastTwo(c.Funcname)
		return c.Over == nil && (aggregates[name] || counts[name])
	})
}

// follows reports whether a sub-select reads what a foreign key of a table around it points
// to, so that there is a row, or whether that cannot be told.
func (s *scope) follows(n *pg.SelectStmt) bool {
	if len(n.FromClause) != 1 {
		return true
	}
	target := n.FromClause[0].GetRangeVar()
	if target == nil {
		return n.FromClause[0].GetJoinExpr() != nil
	}
	tables, err := s.q.sources(n)
	if err != nil || len(tables) != 1 {
		return true
	}
	from, columns, to := s.compared(newScope(s.q, tables, n.FromClause, nil), conjuncts(n.WhereClause))
	if from == nil {
		return false
	}
	v, ok := from.from.(*pg.RangeVar)
	return !ok || s.q.m.facts == nil || s.q.m.facts.Refers(orPublic(v.Schemaname), v.Relname, columns, orPublic(target.Schemaname), target.Relname, to)
}

// compared lists the columns of one table that conditions of a sub-select compare with its
// own, and these.
func (s *scope) compared(inner *scope, conds []*pg.Node) (from *table, columns, to []string) {
	for _, c := range conds {
		e := c.GetAExpr()
		if e == nil || e.Kind != pg.A_Expr_Kind_AEXPR_OP || strings.Join(texts(e.Name), ".") != "=" {
			continue
		}
		for _, pair := range [][2]*pg.ColumnRef{{e.Lexpr.GetColumnRef(), e.Rexpr.GetColumnRef()}, {e.Rexpr.GetColumnRef(), e.Lexpr.GetColumnRef()}} {
			if pair[0] == nil || pair[1] == nil {
				continue
			}
			t, own := inner.lookup(pair[0])
			if other, _ := inner.lookup(pair[1]); t == nil || other != nil {
				continue
			}
			if of, key := s.lookup(pair[1]); of != nil && (from == nil || from == of) {
				from, columns, to = of, append(columns, key.Name), append(to, own.Name)
			}
		}
	}
	return from, columns, to
}

func conjuncts(n *pg.Node) []*pg.Node {
	if e := n.GetBoolExpr(); e != nil && e.Boolop == pg.BoolExprType_AND_EXPR {
		var list []*pg.Node
		for _, a := range e.Args {
			list = append(list, conjuncts(a)...)
		}
		return list
	}
	if n == nil {
		return nil
	}
	return []*pg.Node{n}
}
