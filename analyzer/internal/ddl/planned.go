package ddl

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
)

// The planner evaluates what it can of the expressions that a table has, before and
// apart from any row: calls of immutable functions whose arguments are constants, after
// it has put the bodies of SQL functions in their place (PostgreSQL manual, 38.7;
// src/backend/optimizer/util/plancat.c, get_relation_info, and
// src/backend/utils/cache/partcache.c, RelationBuildPartitionKey).

// createStatistics executes CREATE STATISTICS, of which only the expressions matter. A
// DROP is not followed.
func (l *loader) createStatistics(s *pg.CreateStatsStmt) error {
	var exprs []*pg.Node
	for _, n := range s.GetExprs() {
		exprs = append(exprs, n.GetStatsElem().GetExpr())
	}
	if exprs = notNil(exprs); len(exprs) == 0 {
		return nil
	}
	for _, n := range s.GetRelations() {
		switch rel := l.find(parsetree.RangeName(n.GetRangeVar())); {
		case rel == nil:
			return noRelation(n.GetRangeVar())
		case rel.table != nil:
			rel.table.stats = append(rel.table.stats, l.expr(exprs...))
		case rel.view != nil:
			rel.view.stats = append(rel.view.stats, l.expr(exprs...))
		}
	}
	return nil
}

// folds reports whether an expression has a call, an operator or a cast to a type of the
// schema without any column below it.
func (l *loader) folds(n *pg.Node) bool {
	found := false
	parsetree.Walk(n, func(m parsetree.Message) {
		call := len(operators(m)) > 0
		switch m := m.(type) {
		case *pg.FuncCall:
			call = true
		case *pg.TypeCast:
			call = l.typeRef(m.GetTypeName()).Name.Schema != pgtype.SystemSchema
		}
		found = found || call && !reads(m)
	})
	return found
}

func reads(m parsetree.Message) bool {
	reads := false
	parsetree.Walk(m, func(m parsetree.Message) {
		_, column := m.(*pg.ColumnRef)
		reads = reads || column
	})
	return reads
}

// partitionExprs lists the expressions of the partition keys of t and of what it is a
// partition of: PostgreSQL checks the bounds of all of them for a row that is written to t
// itself (src/backend/utils/cache/partcache.c, generate_partition_qual).
func (t *table) partitionExprs() []expr {
	exprs := slices.Clone(t.partExpr)
	if t.IsPartition {
		for _, p := range t.parents {
			exprs = append(exprs, p.partitionExprs()...)
		}
	}
	return exprs
}

// planned lists the expressions of indexes and statistics.
func planned(indexes []*index, stats []expr) []expr {
	exprs := slices.Clone(stats)
	for _, x := range indexes {
		exprs = append(exprs, x.expr)
	}
	return exprs
}

// finishPlans writes what planning a statement on the table may run. Checks come to it by
// constraint exclusion.
func (l *loader) finishPlans(t *table) {
	exprs := append(planned(t.indexes, t.stats), t.partitionExprs()...)
	for _, c := range t.checks {
		if c.expr.folds || slices.ContainsFunc(c.expr.calls, l.inlines) {
			exprs = append(exprs, c.expr)
		}
	}
	for _, e := range exprs {
		t.PlanCalls = addName(t.PlanCalls, l.exprCalls(e)...)
	}
}

// inlines reports whether the planner may put the body of a function in the place of its
// call, and then find calls without columns in it.
func (l *loader) inlines(n catalog.Name) bool {
	return slices.ContainsFunc(l.db.Functions, func(f *catalog.Function) bool { return f.Name == n && f.Language == "sql" })
}

// likePlanned copies what LIKE … INCLUDING STATISTICS does, and of a materialized view
// the expressions of the indexes that INCLUDING INDEXES copies.
func (t *table) likePlanned(from *relation, options uint32) {
	var exprs []expr
	if from != nil && from.table != nil && options&likeStatistics != 0 {
		exprs = from.table.stats
	}
	if from != nil && from.view != nil && options&likeStatistics != 0 {
		exprs = from.view.stats
	}
	if from != nil && from.view != nil && options&likeIndexes != 0 {
		exprs = append(slices.Clone(exprs), planned(from.view.indexes, nil)...)
	}
	for _, e := range exprs {
		t.stats = append(t.stats, e.clone())
	}
}
