package lower

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// target is what a statement writes to.
type target struct {
	base *query.Base
	item *item
	// where is the condition of the views through which it writes, nil without one:
	// rows that they do not show cannot be changed.
	where query.Expr
	view  *catalog.View // named in the statement, nil for a table
	// through are the views on the way that it writes through with the rights of who runs it.
	through []*catalog.View
	// defaults are those of the views through which it writes, defaulted the columns of
	// the table for which VALUES says DEFAULT.
	defaults  []viewDefault
	defaulted map[int]bool
}

// viewDefault is the default of a view's column for a column of the table, -1 when it
// cannot be told which.
type viewDefault struct {
	column int
	calls  []catalog.Name
}

// omitted returns the columns of the table that an INSERT gives no value for, and what the
// defaults of views run for them.
func (t *target) omitted(given []int) (columns []int, calls []catalog.Name) {
	for i := range t.base.Table.Columns {
		if !slices.Contains(given, i) {
			columns = append(columns, i)
		}
	}
	for i := range columns {
		calls = append(calls, t.viewDefaults(columns[i])...)
	}
	return columns, calls
}

// viewDefaults lists what the default of a column runs when views have defaults for it,
// which go before that of the table; a view's column has that of its type, too
// (src/backend/rewrite/rewriteHandler.c, build_column_default).
func (t *target) viewDefaults(column int) []catalog.Name {
	if t.view == nil {
		return nil
	}
	calls := slices.Clone(t.base.Table.Columns[column].TypeDefaultCalls)
	for _, d := range t.defaults {
		if d.column == column || d.column < 0 {
			calls = append(calls, d.calls...)
		}
	}
	return calls
}

// defaultedByViews lists the columns of the table for which a view may have a default.
func (t *target) defaultedByViews() []int {
	var columns []int
	for i := range t.base.Table.Columns {
		if slices.ContainsFunc(t.defaults, func(d viewDefault) bool { return d.column == i || d.column < 0 }) {
			columns = append(columns, i)
		}
	}
	return columns
}

// index returns the column of the table that a name means, -1 when it means none.
func (t *target) index(name string) int {
	if found := t.item.column(name).col; found != nil {
		if col, ok := found.expr.(*query.Col); ok {
			return col.Index
		}
	}
	return -1
}

// and adds the condition of the views to one of the statement.
func (t *target) and(e query.Expr) query.Expr {
	switch {
	case t.where == nil:
		return e
	case e == nil:
		return t.where
	}
	args := []query.Expr{t.where}
	if and, ok := e.(*query.And); ok {
		return &query.And{Args: append(args, and.Args...)}
	}
	return &query.And{Args: append(args, e)}
}

// viewTarget lowers a view as a target: PostgreSQL writes to its table (manual, CREATE
// VIEW, Updatable Views). Of the views that it can write through, only those are
// taken whose columns are plain columns.
func (l *lowerer) viewTarget(v *catalog.View, rv *pg.RangeVar) (*target, *query.Opaque) {
	refuse := func() (*target, *query.Opaque) {
		return nil, l.refuse(rv.GetLocation(), "unsupported-statement", "tenantgen cannot prove a write through view "+v.Name.String(), "write to its table")
	}
	for outer := l.via; outer != nil; outer = outer.parent {
		if outer.view == v {
			return refuse()
		}
	}
	raw := l.definition(v)
	s := raw.GetSelectStmt()
	if s == nil || v.Materialized || v.Rules || len(v.Triggers) > 0 || !updatable(s) {
		return refuse()
	}
	var through []*catalog.View
	if !l.asOwner() {
		through = []*catalog.View{v}
	}
	pos := l.relationName(rv.GetLocation())
	if l.via != nil {
		pos = l.via.at
	}
	savedVia, savedPath := l.via, l.path
	l.via, l.path = &via{view: v, what: "view " + v.Name.String(), at: pos, parent: savedVia}, searchPath(v.SearchPath)
	defer func() { l.via, l.path = savedVia, savedPath }()
	under, refused := l.target(s.GetFromClause()[0].GetRangeVar())
	if refused != nil {
		return nil, refused
	}
	x := &exprs{l, &scope{level: 1, items: []*item{under.item}}, nil}
	out := &target{base: under.base, view: v, defaults: under.defaults, through: append(through, under.through...)}
	l.filter(func() { out.where = under.and(x.condition(s.GetWhereClause())) })
	alias, _ := l.aliasOf(rv.GetAlias(), v.Name.Name)
	out.base.Alias, out.base.Via = alias, "view "+v.Name.String()
	out.item = &item{name: alias, named: true, colsVisible: true}
	outs := x.targets(s.GetTargetList())
	for i, o := range renamed(outs, v.Columns) {
		col, plain := outs[i].Expr.(*query.Col)
		if !plain || col.Rel != out.base.ID {
			l.via, l.path = savedVia, savedPath
			return refuse()
		}
		named := &query.Col{Rel: col.Rel, Index: col.Index, Text: qualify(alias, o.Name)}
		out.item.cols = append(out.item.cols, column{o.Name, named, o.Type})
	}
	for _, d := range v.Defaults {
		out.defaults = append(out.defaults, viewDefault{out.index(d.Column), d.Calls})
	}
	if rv.GetAlias() == nil {
		out.item.schema = v.Name.Schema
	}
	return out, nil
}

// updatable reports whether a view's query is simple enough that PostgreSQL writes
// through the view by itself. One whose FROM gives the columns other names is left out: a
// name then means another column than the table's of that name.
func updatable(s *pg.SelectStmt) bool {
	return s.GetOp() == pg.SetOperation_SETOP_NONE && len(s.GetFromClause()) == 1 && s.GetFromClause()[0].GetRangeVar() != nil &&
		len(s.GetFromClause()[0].GetRangeVar().GetAlias().GetColnames()) == 0 &&
		s.GetWithClause() == nil && len(s.GetDistinctClause()) == 0 && len(s.GetGroupClause()) == 0 && s.GetHavingClause() == nil &&
		len(s.GetWindowClause()) == 0 && s.GetLimitCount() == nil && s.GetLimitOffset() == nil && len(s.GetValuesLists()) == 0 && len(s.GetLockingClause()) == 0
}
