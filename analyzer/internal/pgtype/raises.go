package pgtype

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
)

// Raises names what Raises an error for some values of columns, by itself and not by
// its arguments; "" when nothing does. What a function does is known of the harmless
// ones only: sqrt, to_number, jsonb_path_query and many others fail for some value.
func Raises(n *pg.Node) string {
	switch e := n.GetNode().(type) {
	case *pg.Node_AExpr:
		return failingOperator(e.AExpr)
	case *pg.Node_TypeCast:
		return failingCast(e.TypeCast)
	case *pg.Node_FuncCall:
		name := parsetree.LastString(e.FuncCall.GetFuncname())
		if !slices.Contains(totalFunctions, name) && slices.ContainsFunc(e.FuncCall.GetArgs(), parsetree.MentionsColumn) {
			return "function " + name + " of a column"
		}
	}
	return ""
}

// failingOperator names an operator that fails for some values: arithmetic may overflow
// or divide by zero, a pattern may be none.
func failingOperator(e *pg.A_Expr) string {
	name := parsetree.OperatorName(e)
	switch {
	case slices.Contains([]string{"+", "-", "*", "/", "%", "^", "|/", "||/", "!!", "<<", ">>"}, name) && (parsetree.MentionsColumn(e.GetLexpr()) || parsetree.MentionsColumn(e.GetRexpr())):
		return "operator " + name + " on a column"
	case strings.Contains(name, "~") && parsetree.MentionsColumn(e.GetRexpr()):
		return "a column as a pattern"
	case e.GetKind() == pg.A_Expr_Kind_AEXPR_LIKE && parsetree.MentionsColumn(e.GetRexpr()), e.GetKind() == pg.A_Expr_Kind_AEXPR_ILIKE && parsetree.MentionsColumn(e.GetRexpr()):
		return "a column as a pattern"
	}
	return ""
}

// failingCast names a cast that fails for some values. To text there is always a way.
func failingCast(c *pg.TypeCast) string {
	to := parsetree.LastString(c.GetTypeName().GetNames())
	if !parsetree.MentionsColumn(c.GetArg()) || to == "text" || to == "varchar" {
		return ""
	}
	return "a cast of a column to " + to
}

// totalFunctions fail for no value of theirs (PostgreSQL manual, 9.4, 9.16 and 9.21).
var totalFunctions = []string{"array_agg", "ascii", "bit_length", "bool_and", "bool_or", "btrim", "cardinality", "char_length", "concat", "concat_ws",
	"count", "date_part", "dense_rank", "every", "first_value", "greatest", "initcap", "json_agg", "jsonb_agg", "jsonb_typeof", "json_typeof", "lag", "last_value",
	"lead", "least", "length", "lower", "ltrim", "max", "md5", "min", "now", "num_nonnulls", "num_nulls", "octet_length", "quote_ident", "quote_literal", "rank",
	"reverse", "row_number", "rtrim", "starts_with", "string_agg", "strpos", "to_json", "to_jsonb", "to_tsvector", "upper"}
