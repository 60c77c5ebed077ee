package lower

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// aggregates reports whether a call is one of an aggregate: by what it calls, or by
// what only an aggregate takes (PostgreSQL manual, 4.2.7).
func aggregates(fn pgtype.Builtin, f *pg.FuncCall) bool {
	return fn.Aggregate || fn.Perhaps || onlyAggregates(f)
}

func onlyAggregates(f *pg.FuncCall) bool {
	return f.GetAggStar() || f.GetAggDistinct() || f.GetAggWithinGroup() || f.GetAggFilter() != nil || len(f.GetAggOrder()) > 0
}

// foldRows notes that o makes one row of many, or may do so when unsure. It does so at
// the innermost level of the columns in its arguments, ORDER BY and FILTER, those of an
// ordered-set aggregate's direct arguments apart; without any, at its own (manual, 4.2.7;
// src/backend/parser/parse_agg.c, check_agg_arguments). Columns of subqueries inside the
// arguments do not count. Where that is not its own level for sure, every enclosing level
// is marked and o's arguments count as evaluated where o stands, which is always safe.
func (x *exprs) foldRows(o *query.Op, levels []int, unsure bool, at int32) *query.Opaque {
	own := slices.Contains(levels, x.sc.level)
	elsewhere := !own && slices.ContainsFunc(levels, func(d int) bool { return d < x.sc.level })
	if !own && x.l.body != nil && overColumn(o.Args) {
		return x.l.refuse(at, "unsupported-syntax", "the function's query aggregates nothing but its arguments", "aggregate a column of its tables")
	}
	o.Folds, o.Aggregate = true, !unsure && !elsewhere
	for sc := x.sc; sc != nil; sc = sc.parent {
		if sc.sel != nil && (elsewhere || sc.level == x.sc.level) {
			sc.sel.Aggregate = true
		}
	}
	return nil
}

// mayFold notes that (x).name may be a call of an aggregate of that name with x, as
// (notes).count is when notes has no such column (manual, 8.16.5).
func (x *exprs) mayFold(name string, o *query.Op, levels []int, at int32) *query.Opaque {
	if !pgtype.Builtins[name].Aggregate {
		return nil
	}
	return x.foldRows(o, levels, true, at)
}

// overColumn reports whether a column stands in one of es, outside of subqueries.
func overColumn(es []query.Expr) bool {
	return slices.ContainsFunc(es, func(e query.Expr) bool {
		switch e := e.(type) {
		case *query.Col:
			return true
		case *query.Op:
			return overColumn(e.Args)
		case *query.And:
			return overColumn(e.Args)
		case *query.Or:
			return overColumn(e.Args)
		case *query.Not:
			return overColumn([]query.Expr{e.Arg})
		case *query.IsNotNull:
			return overColumn([]query.Expr{e.Arg})
		case *query.Eq:
			return overColumn([]query.Expr{e.L, e.R})
		case *query.Sub:
			return true
		case nil, *query.Param, *query.Const, *query.Opaque:
		default:
			panic(query.Unexpected(e))
		}
		return false
	})
}

// apart lowers a query whose levels are its own, as those of a view or function are:
// its columns say nothing of the aggregates around it.
func (l *lowerer) apart(f func()) {
	depth := len(l.depth)
	f()
	l.depth = l.depth[:depth]
}
