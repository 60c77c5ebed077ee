package pgsql

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// ddlOneOf reports whether a CHECK is num_nonnulls(a, b, …) = 1 or <= 1, so that at most
// one of its columns is not null (PostgreSQL manual, 9.2).
func ddlOneOf(check *pg.Node) bool {
	e := check.GetAExpr()
	if e.GetKind() != pg.A_Expr_Kind_AEXPR_OP || !slices.Contains([]string{"=", "<="}, operatorName(e)) || len(e.GetName()) != 1 {
		return false
	}
	call, limit := e.GetLexpr().GetFuncCall(), e.GetRexpr().GetAConst()
	if limit.GetIval() == nil || limit.GetIval().GetIval() != 1 || !slices.Equal(names(call.GetFuncname()), []string{"num_nonnulls"}) || !bare(call) || len(call.GetArgs()) < 2 {
		return false
	}
	return !slices.ContainsFunc(call.GetArgs(), func(n *pg.Node) bool { return len(names(n.GetColumnRef().GetFields())) != 1 })
}

// userFunction reports whether the schema has a function of that name, which may be the
// one that is called.
func (l *ddlLoader) userFunction(name string) bool {
	return slices.ContainsFunc(l.db.Functions, func(f *catalog.Function) bool { return f.Name.Name == name })
}
