package lower

import (
	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

func (x *exprs) boolean(b *pg.BoolExpr) query.Expr {
	args := make([]query.Expr, 0, len(b.GetArgs()))
	for _, n := range b.GetArgs() {
		e, _ := x.expr(n)
		x.note(n, e)
		args = append(args, e)
	}
	switch b.GetBoolop() {
	case pg.BoolExprType_AND_EXPR:
		if refused := x.l.conjuncts(len(args), b.GetLocation()); refused != nil {
			return refused
		}
		return x.l.pinchedAnd(args)
	case pg.BoolExprType_OR_EXPR:
		return &query.Or{Args: args, Pos: x.l.token(b.GetLocation())}
	case pg.BoolExprType_NOT_EXPR:
		if len(args) == 1 {
			e := negate(args[0])
			if and, ok := e.(*query.And); ok {
				return x.l.pinchedAnd(and.Args)
			}
			return e
		}
	}
	return x.l.refuse(b.GetLocation(), "unsupported-syntax", "tenantgen does not know this Boolean operator", "")
}

func (x *exprs) nullTest(t *pg.NullTest) query.Expr {
	x.l.known(t.GetLocation(), "IS NULL", t.GetNulltesttype())
	arg, typ := x.expr(t.GetArg())
	x.l.typed(arg, pgtype.AnyType)
	col, scalar := arg.(*query.Col)
	notNull := &query.Op{Args: []query.Expr{arg}, Text: "IS NOT NULL"}
	isNull := &query.Op{Args: []query.Expr{arg}, Text: "IS NULL"}
	if !scalar {
		if t.GetNulltesttype() == pg.NullTestType_IS_NULL {
			return isNull
		}
		notNull.Implies = x.l.notNull(arg).e
		return notNull
	}
	if t.GetNulltesttype() == pg.NullTestType_IS_NULL {
		if typ != query.Unknown || x.l.scalar(col) {
			isNull.Negation = &query.IsNotNull{Arg: arg}
		}
		return isNull
	}
	return &query.IsNotNull{Arg: arg}
}

// scalar reports whether a column of a table is sure to hold no rows: one that has some nulls is neither NULL nor NOT
// NULL (PostgreSQL manual, 9.2).
func (l *lowerer) scalar(c *query.Col) bool {
	t := l.tables[c.Rel]
	if t == nil || c.Index >= len(t.Columns) {
		return false
	}
	return !t.Columns[c.Index].Value.Row()
}

// booleanTest lowers IS TRUE and its kin: all turn null into a truth value, so
// only what they imply when true is of use.
func (x *exprs) booleanTest(t *pg.BooleanTest) query.Expr {
	x.l.known(t.GetLocation(), "IS TRUE", t.GetBooltesttype())
	arg, _ := x.expr(t.GetArg())
	switch t.GetBooltesttype() {
	case pg.BoolTestType_IS_TRUE:
		return x.l.tested(arg, true, true)
	case pg.BoolTestType_IS_FALSE:
		return x.l.tested(arg, false, true)
	case pg.BoolTestType_IS_NOT_TRUE:
		return x.l.tested(arg, true, false)
	case pg.BoolTestType_IS_NOT_FALSE:
		return x.l.tested(arg, false, false)
	}
	return &query.Op{Args: []query.Expr{arg}, Text: "IS", Filled: true} // IS UNKNOWN and its opposite
}

// negate pushes NOT inwards by rules that hold in three-valued logic.
func negate(e query.Expr) query.Expr {
	switch e := e.(type) {
	case *query.Not:
		return e.Arg
	case *query.And:
		return &query.Or{Args: negateAll(e.Args)}
	case *query.Or:
		if len(e.Args) <= maxConjuncts {
			return &query.And{Args: negateAll(e.Args)}
		}
	case *query.Op:
		if e.Negation != nil {
			return e.Negation
		}
	case nil, *query.Col, *query.Param, *query.Const, *query.Eq, *query.Sub, *query.IsNotNull, *query.Opaque:
	default:
		panic(query.Unexpected(e))
	}
	return &query.Not{Arg: e}
}

func negateAll(args []query.Expr) []query.Expr {
	out := make([]query.Expr, len(args))
	for i, a := range args {
		out[i] = negate(a)
	}
	return out
}
