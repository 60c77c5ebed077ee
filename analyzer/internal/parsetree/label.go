package parsetree

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// Labeler finds the names that PostgreSQL gives to unnamed output columns
// (src/backend/parser/parse_target.c, FigureColname).
type Labeler struct {
	// column names the first column of a sub-select, "" when that is not known.
	Column func(*pg.SubLink) string
	// sqlc tells that the text is a query's, in which sqlc's parameters become $n.
	Sqlc bool
	// unknown is set when a name depends on such a sub-select.
	unknown bool
}

// Label returns the name of an expression, or "", and how sure it is of it: 2 for a
// real name, 1 for one that a better one inside replaces.
func (x *Labeler) Label(n *pg.Node) (string, int) {
	switch e := n.GetNode().(type) {
	case *pg.Node_ColumnRef:
		return lastString(e.ColumnRef.GetFields())
	case *pg.Node_AIndirection:
		if name, sure := lastString(e.AIndirection.GetIndirection()); sure > 0 {
			return name, sure
		}
		return x.Label(e.AIndirection.GetArg())
	case *pg.Node_FuncCall:
		if full := Strings(e.FuncCall.GetFuncname()); len(full) == 2 && full[0] == "sqlc" && x.Sqlc {
			return "", 0 // becomes $n
		}
		return lastString(e.FuncCall.GetFuncname())
	case *pg.Node_TypeCast:
		if name, sure := x.Label(e.TypeCast.GetArg()); sure > 1 {
			return name, sure
		}
		return typeLabel(e.TypeCast.GetTypeName()), 1
	case *pg.Node_CollateClause:
		return x.Label(e.CollateClause.GetArg())
	case *pg.Node_CaseExpr:
		if name, sure := x.Label(e.CaseExpr.GetDefresult()); sure > 1 {
			return name, sure
		}
		return "case", 1
	case *pg.Node_AExpr:
		return x.operatorLabel(e.AExpr)
	case *pg.Node_SubLink:
		return x.subLinkLabel(e.SubLink)
	}
	return constructLabel(n)
}

// constructLabel names expressions after their key words.
func constructLabel(n *pg.Node) (string, int) {
	switch e := n.GetNode().(type) {
	case *pg.Node_AArrayExpr:
		return "array", 2
	case *pg.Node_RowExpr:
		return "row", 2
	case *pg.Node_CoalesceExpr:
		return "coalesce", 2
	case *pg.Node_GroupingFunc:
		return "grouping", 2
	case *pg.Node_MinMaxExpr:
		if e.MinMaxExpr.GetOp() == pg.MinMaxOp_IS_GREATEST {
			return "greatest", 2
		}
		return "least", 2
	case *pg.Node_SqlvalueFunction: // SVFOP_CURRENT_TIMESTAMP_N is current_timestamp
		name := strings.TrimPrefix(e.SqlvalueFunction.GetOp().String(), "SVFOP_")
		return strings.ToLower(strings.TrimSuffix(name, "_N")), 2
	case *pg.Node_XmlExpr:
		if e.XmlExpr.GetOp() == pg.XmlExprOp_IS_DOCUMENT {
			return "", 0
		}
		return strings.ToLower(strings.TrimPrefix(e.XmlExpr.GetOp().String(), "IS_")), 2
	case *pg.Node_XmlSerialize:
		return "xmlserialize", 2
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

func (x *Labeler) operatorLabel(a *pg.A_Expr) (string, int) {
	switch {
	case a.GetKind() == pg.A_Expr_Kind_AEXPR_NULLIF:
		return "nullif", 2
	case x.Sqlc && OperatorName(a) == "@" && a.GetLexpr() == nil && a.GetRexpr().GetTypeCast() != nil:
		return typeLabel(a.GetRexpr().GetTypeCast().GetTypeName()), 1 // @x::uuid becomes $1::uuid
	}
	return "", 0
}

func (x *Labeler) subLinkLabel(s *pg.SubLink) (string, int) {
	switch s.GetSubLinkType() {
	case pg.SubLinkType_EXISTS_SUBLINK:
		return "exists", 2
	case pg.SubLinkType_ARRAY_SUBLINK:
		return "array", 2
	case pg.SubLinkType_EXPR_SUBLINK:
		name := ""
		if x.Column != nil {
			name = x.Column(s)
		}
		x.unknown = x.unknown || name == ""
		return name, 2
	}
	return "", 0
}

// OutputName is the name of an unnamed output column; false when it is not known.
func (x *Labeler) OutputName(n *pg.Node) (string, bool) {
	name, sure := x.Label(n)
	if sure == 0 {
		name = "?column?"
	}
	return name, !x.unknown
}
