package pgsql

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// raising notes on a lowered expression what of it raises an error for some values of
// the columns in it, and where that stands. The proof does not ask for it.
func (l *lowerer) raising(n *pg.Node, e query.Expr) query.Expr {
	op, ok := e.(*query.Op)
	if !ok || op.Raises != "" {
		return e
	}
	if op.Raises = raises(n); op.Raises != "" {
		at := locationOf(n)
		if f := n.GetFuncCall(); f != nil {
			at = f.GetLocation()
		}
		op.RaisesAt = l.token(at)
		if l.via != nil {
			op.RaisesAt = l.via.at
		}
	}
	return e
}

// raises names what raises an error for some values of columns, by itself and not by
// its arguments; "" when nothing does. What a function does is known of the harmless
// ones only: sqrt, to_number, jsonb_path_query and many others fail for some value.
func raises(n *pg.Node) string {
	switch e := n.GetNode().(type) {
	case *pg.Node_AExpr:
		return failingOperator(e.AExpr)
	case *pg.Node_TypeCast:
		return failingCast(e.TypeCast)
	case *pg.Node_FuncCall:
		name := ddlLastString(e.FuncCall.GetFuncname())
		if !slices.Contains(totalFunctions, name) && slices.ContainsFunc(e.FuncCall.GetArgs(), mentions) {
			return "function " + name + " of a column"
		}
	}
	return ""
}

// failingOperator names an operator that fails for some values: arithmetic may overflow
// or divide by zero, a pattern may be none.
func failingOperator(e *pg.A_Expr) string {
	name := operatorName(e)
	switch {
	case slices.Contains([]string{"+", "-", "*", "/", "%", "^", "|/", "||/", "!!", "<<", ">>"}, name) && (mentions(e.GetLexpr()) || mentions(e.GetRexpr())):
		return "operator " + name + " on a column"
	case strings.Contains(name, "~") && mentions(e.GetRexpr()):
		return "a column as a pattern"
	case e.GetKind() == pg.A_Expr_Kind_AEXPR_LIKE && mentions(e.GetRexpr()), e.GetKind() == pg.A_Expr_Kind_AEXPR_ILIKE && mentions(e.GetRexpr()):
		return "a column as a pattern"
	}
	return ""
}

// failingCast names a cast that fails for some values. To text there is always a way.
func failingCast(c *pg.TypeCast) string {
	to := ddlLastString(c.GetTypeName().GetNames())
	if !mentions(c.GetArg()) || to == "text" || to == "varchar" {
		return ""
	}
	return "a cast of a column to " + to
}

// totalFunctions fail for no value of theirs (PostgreSQL manual, 9.4, 9.16 and 9.21).
var totalFunctions = []string{"array_agg", "ascii", "bit_length", "bool_and", "bool_or", "btrim", "cardinality", "char_length", "concat", "concat_ws",
	"count", "date_part", "dense_rank", "every", "first_value", "greatest", "initcap", "json_agg", "jsonb_agg", "jsonb_typeof", "json_typeof", "lag", "last_value",
	"lead", "least", "length", "lower", "ltrim", "max", "md5", "min", "now", "num_nonnulls", "num_nulls", "octet_length", "quote_ident", "quote_literal", "rank",
	"reverse", "row_number", "rtrim", "starts_with", "string_agg", "strpos", "to_json", "to_jsonb", "to_tsvector", "upper"}
