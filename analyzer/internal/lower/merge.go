package lower

import (
	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// merge lowers MERGE. The source cannot see the target; ON and the actions for
// matched rows see both, the others see the source (PostgreSQL manual, MERGE).
func (l *lowerer) merge(s *pg.MergeStmt, env *cteEnv) query.Query {
	w := &query.Write{Kind: query.Merge}
	w.With, env = l.with(s.GetWithClause(), nil, env)
	to, refused := l.target(s.GetRelation())
	if refused != nil {
		return refused
	}
	if to.view != nil { // since PostgreSQL 17
		return l.refuse(s.GetRelation().GetLocation(), "unsupported-statement", "tenantgen cannot prove MERGE into view "+to.view.Name.String(), "write to its table")
	}
	w.Target, w.Through = to.base, to.through
	put(&l.latest, to.base.ID, held)
	source := childLevel(nil)
	l.in(rankFrom, func() {
		rel, items := l.fromItem(s.GetSourceRelation(), source, env)
		w.From, source.items = []query.Rel{rel}, items
	})
	both := childLevel(nil)
	both.items = append([]*item{to.item}, source.items...)
	l.in(rankWhere, func() {
		l.filter(func() { w.Where = (&exprs{l, both, env}).condition(s.GetJoinCondition()) })
	})
	l.in(rankValues, func() {
		for _, n := range s.GetMergeWhenClauses() {
			c := n.GetMergeWhenClause()
			sc := source
			if c.GetMatched() {
				sc = both
			}
			w.Actions = append(w.Actions, (&exprs{l, sc, env}).action(c, to))
		}
	})
	l.consequences(w, to, s.GetRelation().GetLocation())
	return w
}

// action lowers one WHEN clause.
func (x *exprs) action(c *pg.MergeWhenClause, to *target) query.Action {
	a := query.Action{Matched: c.GetMatched()}
	kind := c.GetCommandType()
	if kind != pg.CmdType_CMD_INSERT && len(c.GetValues()) > 0 || kind != pg.CmdType_CMD_INSERT && kind != pg.CmdType_CMD_UPDATE && len(c.GetTargetList()) > 0 {
		x.l.odd(-1, "MERGE")
	}
	x.l.known(-1, "INSERT", c.GetOverride())
	x.l.filter(func() { a.When = x.condition(c.GetCondition()) })
	switch kind {
	case pg.CmdType_CMD_NOTHING:
		a.Nothing = true
	case pg.CmdType_CMD_DELETE:
		a.Kind = query.Delete
	case pg.CmdType_CMD_UPDATE:
		a.Kind, a.Sets = query.Update, x.sets(c.GetTargetList(), to)
	case pg.CmdType_CMD_INSERT:
		a.Kind = query.Insert
		cols, ok := insertColumns(c.GetTargetList(), to, len(c.GetValues()))
		if !ok {
			x.l.refuse(-1, "unknown-column", "the column list of this INSERT does not fit "+to.base.Table.Name.String(), "")
			break
		}
		for i, v := range c.GetValues() {
			if v.GetSetToDefault() == nil {
				col := to.base.Table.Columns[cols[i]]
				value := x.assigned(v, col)
				if !stores(col, c.GetOverride()) {
					value = &query.Op{Args: []query.Expr{value}, Text: Text(value)}
				}
				a.Columns, a.Values = append(a.Columns, cols[i]), append(a.Values, value)
			}
		}
	default:
		x.l.refuse(-1, "unsupported-syntax", "tenantgen does not know this action of MERGE", "")
	}
	return a
}
