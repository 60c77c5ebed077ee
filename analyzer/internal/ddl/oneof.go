package ddl

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
)

// oneOf reports whether a CHECK is num_nonnulls(a, b, …) = 1 or <= 1, so that at most
// one of its columns is not null (PostgreSQL manual, 9.2). What the names mean is settled
// when the check is made: a function of theirs may be renamed later.
func (l *loader) oneOf(check *pg.Node) bool {
	e := check.GetAExpr()
	if l.userFunction("num_nonnulls") || l.userOperator("=") || l.userOperator("<=") {
		return false
	}
	if e.GetKind() != pg.A_Expr_Kind_AEXPR_OP || !slices.Contains([]string{"=", "<="}, parsetree.OperatorName(e)) || len(e.GetName()) != 1 {
		return false
	}
	call, limit := e.GetLexpr().GetFuncCall(), e.GetRexpr().GetAConst()
	if limit.GetIval() == nil || limit.GetIval().GetIval() != 1 || !slices.Equal(parsetree.Strings(call.GetFuncname()), []string{"num_nonnulls"}) || !parsetree.Plain(call) || len(call.GetArgs()) < 2 {
		return false
	}
	return !slices.ContainsFunc(call.GetArgs(), func(n *pg.Node) bool { return len(parsetree.Strings(n.GetColumnRef().GetFields())) != 1 })
}

// userFunction reports whether the schema has a function of that name, which may be the
// one that is called.
func (l *loader) userFunction(name string) bool {
	return slices.ContainsFunc(l.db.Functions, func(f *catalog.Function) bool { return f.Name.Name == name })
}
