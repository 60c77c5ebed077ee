package ddl

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
)

// oneOf reports whether a CHECK is num_nonnulls(a, b, …) = 1 or <= 1, so that at most
// one of its columns is not null (PostgreSQL manual, 9.2). What the names mean is settled
// when the check is made: a function of theirs may be renamed later.
func (l *loader) oneOf(check *pg.Node) bool {
	e := check.GetAExpr()
	if l.userFunction("num_nonnulls") || l.comparesIntegers("=") || l.comparesIntegers("<=") {
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

// comparesIntegers reports whether the schema has an operator of that name for two integers, which
// may be the one that is meant.
func (l *loader) comparesIntegers(name string) bool {
	return slices.ContainsFunc(l.db.Operators, func(o *catalog.Operator) bool { return o.Name.Name == name && o.Integers })
}

// integers reports whether operands of a type may be integers where there is an operator for just
// these (PostgreSQL manual, 10.2: the operator that takes what is given goes before all others).
func (l *loader) integers(t *pg.TypeName) bool {
	ref := l.typeRef(t)
	return ref.Name.Schema != pgtype.SystemSchema || ref.Name.Name == "int4" && !ref.Array || strings.HasPrefix(ref.Name.Name, "any")
}

// userFunction reports whether the schema has a function of that name, which may be the
// one that is called.
func (l *loader) userFunction(name string) bool {
	return slices.ContainsFunc(l.db.Functions, func(f *catalog.Function) bool { return f.Name.Name == name })
}
