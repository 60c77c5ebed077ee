package ddl

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
)

// tests reads a predicate that is a conjunction of conditions on single columns, as most
// of those are that leave out deleted rows; nil for any other.
func (l *loader) tests(predicate *pg.Node) []catalog.Test {
	var all []catalog.Test
	if predicate == nil {
		return nil
	}
	for _, n := range parsetree.Operands(predicate, pg.BoolExprType_AND_EXPR) {
		t, ok := l.test(n)
		if !ok {
			return nil
		}
		all = append(all, t)
	}
	return all
}

// test reads one condition. A column that stands alone is of type boolean.
func (l *loader) test(n *pg.Node) (catalog.Test, bool) {
	switch e := n.GetNode().(type) {
	case *pg.Node_ColumnRef:
		return tested(n, catalog.HasValue, "true")
	case *pg.Node_BoolExpr:
		if e.BoolExpr.GetBoolop() == pg.BoolExprType_NOT_EXPR && len(e.BoolExpr.GetArgs()) == 1 {
			return tested(e.BoolExpr.GetArgs()[0], catalog.HasValue, "false")
		}
	case *pg.Node_BooleanTest:
		switch e.BooleanTest.GetBooltesttype() {
		case pg.BoolTestType_IS_TRUE:
			return tested(e.BooleanTest.GetArg(), catalog.HasValue, "true")
		case pg.BoolTestType_IS_FALSE:
			return tested(e.BooleanTest.GetArg(), catalog.HasValue, "false")
		}
	case *pg.Node_NullTest:
		switch e.NullTest.GetNulltesttype() {
		case pg.NullTestType_IS_NULL:
			return tested(e.NullTest.GetArg(), catalog.IsNull, "")
		case pg.NullTestType_IS_NOT_NULL:
			return tested(e.NullTest.GetArg(), catalog.IsNotNull, "")
		}
	case *pg.Node_AExpr:
		a := e.AExpr
		if value, ok := l.testValue(a.GetRexpr()); ok && a.GetKind() == pg.A_Expr_Kind_AEXPR_OP && slices.Equal(parsetree.Strings(a.GetName()), []string{"="}) {
			return tested(l.uncast(a.GetLexpr()), catalog.HasValue, value)
		}
	}
	return catalog.Test{}, false
}

// tested is a test of a column that is named without its table.
func tested(n *pg.Node, kind catalog.TestKind, value string) (catalog.Test, bool) {
	fields := parsetree.Strings(n.GetColumnRef().GetFields())
	if len(fields) != 1 || len(n.GetColumnRef().GetFields()) != 1 {
		return catalog.Test{}, false
	}
	return catalog.Test{Column: fields[0], Kind: kind, Value: value}, true
}

// testValue is the value of a literal, also under a cast that keeps it or fails.
func (l *loader) testValue(n *pg.Node) (string, bool) {
	c := l.uncast(n).GetAConst()
	if c == nil {
		return "", false
	}
	return parsetree.Literal(c)
}

// uncast is n without a cast to text or to an enum.
func (l *loader) uncast(n *pg.Node) *pg.Node {
	cast := n.GetTypeCast()
	if cast == nil {
		return n
	}
	v := l.valueOf(l.typeRef(cast.GetTypeName()))
	text := v.Kind == "" && v.Type.Schema == pgtype.SystemSchema && (v.Type.Name == "text" || v.Type.Name == "varchar")
	if v.Array || v.Modified || v.Nondeterministic || !text && v.Kind != "enum" {
		return n
	}
	return cast.GetArg()
}

// userOperator reports whether the schema has an operator of that name.
func (l *loader) userOperator(name string) bool {
	return slices.ContainsFunc(l.db.Operators, func(o *catalog.Operator) bool { return o.Name.Name == name })
}
