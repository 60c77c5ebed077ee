package pgsql

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// outputName is the name that PostgreSQL gives an unnamed output column
// (FigureColname in src/backend/parser/parse_target.c).
func outputName(n *pg.Node) string {
	if name, strength := figureName(n); strength > 0 {
		return name
	}
	return "?column?"
}

func figureName(n *pg.Node) (string, int) {
	switch e := n.GetNode().(type) {
	case *pg.Node_ColumnRef:
		return lastString(e.ColumnRef.GetFields())
	case *pg.Node_AIndirection:
		if s, ok := lastString(e.AIndirection.GetIndirection()); ok > 0 {
			return s, ok
		}
		return figureName(e.AIndirection.GetArg())
	case *pg.Node_FuncCall:
		full := names(e.FuncCall.GetFuncname())
		if len(full) == 2 && full[0] == "sqlc" {
			return "", 0 // becomes $n
		}
		return lastString(e.FuncCall.GetFuncname())
	case *pg.Node_TypeCast:
		if s, strength := figureName(e.TypeCast.GetArg()); strength > 1 {
			return s, strength
		}
		return typeLabel(e.TypeCast.GetTypeName()), 1
	case *pg.Node_CollateClause:
		return figureName(e.CollateClause.GetArg())
	case *pg.Node_CaseExpr:
		if s, strength := figureName(e.CaseExpr.GetDefresult()); strength > 1 {
			return s, strength
		}
		return "case", 1
	case *pg.Node_AExpr:
		return figureOperator(e.AExpr)
	case *pg.Node_SubLink:
		return figureSubquery(e.SubLink)
	}
	name := fixedNames[nodeName(n)]
	if name == "" {
		return figureRare(n)
	}
	return name, 2
}

// fixedNames are the names that depend on the kind of node alone.
var fixedNames = map[string]string{
	"A_ArrayExpr": "array", "RowExpr": "row", "CoalesceExpr": "coalesce", "GroupingFunc": "grouping",
	"XmlSerialize": "xmlserialize", "JsonObjectConstructor": "json_object", "JsonArrayConstructor": "json_array",
	"JsonArrayQueryConstructor": "json_array", "JsonObjectAgg": "json_objectagg", "JsonArrayAgg": "json_arrayagg",
}

func figureRare(n *pg.Node) (string, int) {
	switch e := n.GetNode().(type) {
	case *pg.Node_MinMaxExpr:
		if e.MinMaxExpr.GetOp() == pg.MinMaxOp_IS_GREATEST {
			return "greatest", 2
		}
		return "least", 2
	case *pg.Node_SqlvalueFunction:
		name := strings.ToLower(strings.TrimPrefix(e.SqlvalueFunction.GetOp().String(), "SVFOP_"))
		return strings.TrimSuffix(name, "_n"), 2
	case *pg.Node_XmlExpr:
		return strings.ToLower(strings.Replace(e.XmlExpr.GetOp().String(), "IS_", "", 1)), 2
	}
	return "", 0
}

func figureOperator(a *pg.A_Expr) (string, int) {
	switch {
	case a.GetKind() == pg.A_Expr_Kind_AEXPR_NULLIF:
		return "nullif", 2
	case operatorName(a) == "@" && a.GetLexpr() == nil && a.GetRexpr().GetTypeCast() != nil:
		return typeLabel(a.GetRexpr().GetTypeCast().GetTypeName()), 1 // @x::uuid becomes $1::uuid
	}
	return "", 0
}

func figureSubquery(s *pg.SubLink) (string, int) {
	switch s.GetSubLinkType() {
	case pg.SubLinkType_EXISTS_SUBLINK:
		return "exists", 2
	case pg.SubLinkType_ARRAY_SUBLINK:
		return "array", 2
	case pg.SubLinkType_EXPR_SUBLINK:
		sel := s.GetSubselect().GetSelectStmt()
		for sel.GetLarg() != nil {
			sel = sel.GetLarg()
		}
		if len(sel.GetValuesLists()) > 0 {
			return "column1", 2
		}
		if len(sel.GetTargetList()) > 0 {
			rt := sel.GetTargetList()[0].GetResTarget()
			if rt.GetName() != "" {
				return rt.GetName(), 2
			}
			return outputName(rt.GetVal()), 2
		}
	}
	return "", 0
}

func lastString(nodes []*pg.Node) (string, int) {
	for i := len(nodes) - 1; i >= 0; i-- {
		if s := nodes[i].GetString_(); s != nil {
			return s.GetSval(), 2
		}
	}
	return "", 0
}
