package lower

import (
	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
)

// asksWhetherNew reports whether a comparison is xmax = 0, xmax <> 0, or as a number xmax > 0, by which the RETURNING of an upsert tells a row
// that it made from one that it changed: the first was never locked (PostgreSQL manual, 5.5, System Columns). It is about
// that row alone. As text, and as a number that text is read as, zero is still zero.
func asksWhetherNew(a *pg.A_Expr, name string) bool {
	l, r := a.GetLexpr(), a.GetRexpr()
	switch name {
	case "=", "<>":
		return isXmax(l) && isZero(r) || isZero(l) && isXmax(r)
	case ">":
		return isXmax(l) && isNumber(l) && isZero(r)
	case "<":
		return isZero(l) && isXmax(r) && isNumber(r)
	}
	return false
}

func isNumber(n *pg.Node) bool {
	switch parsetree.LastString(n.GetTypeCast().GetTypeName().GetNames()) {
	case "int4", "int8", "numeric":
		return true
	}
	return false
}

func isXmax(n *pg.Node) bool {
	for range 3 {
		c := n.GetTypeCast()
		if c == nil {
			break
		}
		switch parsetree.LastString(c.GetTypeName().GetNames()) {
		case "text", "varchar", "int4", "int8", "numeric", "xid":
		default:
			return false
		}
		if len(c.GetTypeName().GetArrayBounds()) > 0 || len(c.GetTypeName().GetTypmods()) > 0 {
			return false
		}
		n = c.GetArg()
	}
	f := n.GetColumnRef().GetFields()
	return len(f) > 0 && len(f) <= 2 && parsetree.LastString(f) == "xmax"
}

func isZero(n *pg.Node) bool {
	if c := n.GetTypeCast(); c != nil && len(c.GetTypeName().GetArrayBounds()) == 0 {
		switch parsetree.LastString(c.GetTypeName().GetNames()) {
		case "xid", "int4", "int8", "text":
			n = c.GetArg()
		}
	}
	zero := n.GetAConst()
	return zero.GetVal() != nil && !zero.GetIsnull() && (zero.GetIval() != nil && zero.GetIval().GetIval() == 0 || zero.GetSval().GetSval() == "0")
}
