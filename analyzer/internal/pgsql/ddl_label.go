package pgsql

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// ddlLabel returns the column name that PostgreSQL gives to an expression, or
// "", and how sure it is of it: 2 for a real name, 1 for one that a better
// one inside replaces (src/backend/parser/parse_target.c, FigureColname).
func ddlLabel(n *pg.Node) (string, int) {
	switch e := n.GetNode().(type) {
	case *pg.Node_ColumnRef:
		if name := ddlLastString(e.ColumnRef.GetFields()); name != "" {
			return name, 2
		}
	case *pg.Node_AIndirection:
		ind := e.AIndirection.GetIndirection()
		for i := len(ind) - 1; i >= 0; i-- {
			if s := ind[i].GetString_(); s != nil {
				return s.GetSval(), 2
			}
		}
		return ddlLabel(e.AIndirection.GetArg())
	case *pg.Node_FuncCall:
		return ddlLastString(e.FuncCall.GetFuncname()), 2
	case *pg.Node_AExpr:
		if e.AExpr.GetKind() == pg.A_Expr_Kind_AEXPR_NULLIF {
			return "nullif", 2
		}
	case *pg.Node_TypeCast:
		if name, sure := ddlLabel(e.TypeCast.GetArg()); sure > 1 {
			return name, sure
		}
		return ddlLastString(e.TypeCast.GetTypeName().GetNames()), 1
	case *pg.Node_CollateClause:
		return ddlLabel(e.CollateClause.GetArg())
	case *pg.Node_GroupingFunc:
		return "grouping", 2
	case *pg.Node_SubLink:
		return ddlSubLinkLabel(e.SubLink)
	case *pg.Node_CaseExpr:
		if name, sure := ddlLabel(e.CaseExpr.GetDefresult()); sure > 1 {
			return name, sure
		}
		return "case", 1
	case *pg.Node_AArrayExpr:
		return "array", 2
	case *pg.Node_RowExpr:
		return "row", 2
	case *pg.Node_CoalesceExpr:
		return "coalesce", 2
	case *pg.Node_MinMaxExpr:
		if e.MinMaxExpr.GetOp() == pg.MinMaxOp_IS_GREATEST {
			return "greatest", 2
		}
		return "least", 2
	case *pg.Node_SqlvalueFunction:
		return ddlValueFunctionLabel(e.SqlvalueFunction), 2
	case *pg.Node_XmlExpr, *pg.Node_XmlSerialize:
		return ddlXMLLabel(n), 2
	case *pg.Node_JsonObjectConstructor:
		return "json_object", 2
	case *pg.Node_JsonArrayConstructor, *pg.Node_JsonArrayQueryConstructor:
		return "json_array", 2
	case *pg.Node_JsonObjectAgg:
		return "json_objectagg", 2
	case *pg.Node_JsonArrayAgg:
		return "json_arrayagg", 2
	}
	return "", 0
}

func ddlSubLinkLabel(s *pg.SubLink) (string, int) {
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
		if len(sel.GetTargetList()) > 0 {
			t := sel.GetTargetList()[0].GetResTarget()
			if t.GetName() != "" {
				return t.GetName(), 2
			}
			return ddlLabel(t.GetVal())
		}
	}
	return "", 0
}

// ddlValueFunctionLabel turns SVFOP_CURRENT_TIMESTAMP_N into current_timestamp.
func ddlValueFunctionLabel(f *pg.SQLValueFunction) string {
	name := strings.TrimPrefix(f.GetOp().String(), "SVFOP_")
	return strings.ToLower(strings.TrimSuffix(name, "_N"))
}

func ddlXMLLabel(n *pg.Node) string {
	if n.GetXmlSerialize() != nil {
		return "xmlserialize"
	}
	op := strings.TrimPrefix(n.GetXmlExpr().GetOp().String(), "IS_")
	return strings.ToLower(op)
}
