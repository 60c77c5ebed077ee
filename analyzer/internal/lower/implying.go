package lower

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// bounded is x BETWEEN y AND y, or x >= y AND x <= y: what is neither less nor greater is equal,
// in every type that has a family (PostgreSQL manual, 11.10; collations tell all values apart there).
func (l *lowerer) bounded(x, low, high operand, pos query.Span) query.Expr {
	if !l.sameOperand(low.e, high.e) {
		return nil
	}
	return l.equals(x, low, pos).e
}

// sameOperand reports whether two expressions are one column or one parameter.
func (l *lowerer) sameOperand(a, b query.Expr) bool {
	if x, ok := a.(*query.Col); ok {
		y, ok := b.(*query.Col)
		return ok && x.Rel == y.Rel && x.Index == y.Index
	}
	x, y := l.useOf(a), l.useOf(b)
	return x != nil && y != nil && x.name == y.name && x.node.Number == y.node.Number
}

// pinchedAnd is the AND of conditions. Two that are the two bounds of one value may stand in ANDs within it.
func (l *lowerer) pinchedAnd(args []query.Expr) *query.And {
	all := conjunctsOf(&query.And{Args: args})
	for i := 0; i < len(all); i++ {
		if and, ok := all[i].(*query.And); ok {
			all = slices.Concat(all[:i], and.Args, all[i+1:])
			i--
		}
	}
	if p := l.pinched(all); len(p) < len(all) {
		return &query.And{Args: p}
	}
	return &query.And{Args: args}
}

// pinched puts two conditions of an AND that are the two bounds of one value into one.
func (l *lowerer) pinched(args []query.Expr) []query.Expr {
	for i, a := range args {
		p := l.ordered(a)
		if p == nil {
			continue
		}
		for j := i + 1; j < len(args); j++ {
			q := l.ordered(args[j])
			if q == nil || !l.sameOperand(p[0].e, q[1].e) {
				continue
			}
			if eq := l.bounded(p[0], p[1], q[0], query.Span{}); eq != nil {
				one := &query.Op{Text: "AND", Args: []query.Expr{a, args[j]}, Implies: eq}
				return l.pinched(slices.Concat(args[:i], []query.Expr{one}, args[i+1:j], args[j+1:]))
			}
		}
	}
	return args
}

// ordered are the greater and the lesser side of x >= y or y <= x.
func (l *lowerer) ordered(e query.Expr) *[2]operand {
	op, _ := e.(*query.Op)
	sides, ok := l.bounds[op]
	switch {
	case !ok || op == nil:
		return nil
	case op.Text == ">=":
		return &sides
	case op.Text == "<=":
		return &[2]operand{sides[1], sides[0]}
	}
	return nil
}

// distinctFrom lowers IS DISTINCT FROM and IS NOT DISTINCT FROM, of rows position by position.
func (x *exprs) distinctFrom(a *pg.A_Expr) query.Expr {
	not := a.GetKind() == pg.A_Expr_Kind_AEXPR_NOT_DISTINCT
	if p, v, ok := withBoolean(a.GetLexpr(), a.GetRexpr()); ok { // is the test IS TRUE, or another of them
		e, _ := x.expr(p)
		x.l.typed(e, "bool")
		return x.l.tested(e, v, not)
	}
	same := x.notDistinct(a.GetLexpr(), a.GetRexpr(), a)
	if not || isOpaque(same) {
		return same
	}
	op, _ := same.(*query.Op)
	args := []query.Expr{same}
	if op != nil {
		args = op.Args
	}
	return &query.Op{Text: "IS DISTINCT FROM", Args: args, Negation: same, Filled: true}
}

func (x *exprs) notDistinct(l, r *pg.Node, a *pg.A_Expr) query.Expr {
	lr, rr := l.GetRowExpr().GetArgs(), r.GetRowExpr().GetArgs()
	if len(lr) > 0 && len(lr) == len(rr) {
		if refused := x.l.conjuncts(len(lr), a.GetLocation()); refused != nil {
			return refused
		}
		x.l.known(l.GetRowExpr().GetLocation(), "ROW", l.GetRowExpr().GetRowFormat())
		x.l.known(r.GetRowExpr().GetLocation(), "ROW", r.GetRowExpr().GetRowFormat())
		all := make([]query.Expr, len(lr))
		for i := range lr {
			all[i] = x.notDistinct(lr[i], rr[i], a)
		}
		return &query.And{Args: all}
	}
	o := &query.Op{Text: "IS NOT DISTINCT FROM", Filled: true}
	all := x.operands(l, r)
	o.Args = exprsOf(all)
	if len(all) != 2 {
		return o
	}
	pos := spanOf(all[0].e, all[1].e, x.l.token(a.GetLocation()))
	var same said
	if text, ok := x.l.sameText(all[0], all[1], pos).(*query.Op); ok {
		same.e = text.Implies
	} else {
		x.l.share(all)
		same = x.l.equals(all[0], all[1], pos)
	}
	if nulls := both(whereNull(all[0].e), whereNull(all[1].e)); nulls.e != nil || nulls.never {
		o.Implies = oneOf([]said{same, nulls}).e
	}
	return o
}

// tested lowers p IS TRUE and its kin: is v, or is not. They are never null.
func (l *lowerer) tested(p query.Expr, v, is bool) *query.Op {
	yes, no := p, negate(p)
	if !v {
		yes, no = no, p
	}
	o := &query.Op{Args: []query.Expr{p}, Text: "IS", Implies: yes, Filled: true}
	opposite := &query.Op{Args: []query.Expr{p}, Text: "IS NOT", Unless: yes, Implies: l.orNull(no).e, Filled: true}
	if !is {
		o, opposite = opposite, o
	}
	o.Negation = opposite
	return o
}

// withBoolean finds TRUE or FALSE beside a condition.
func withBoolean(l, r *pg.Node) (p *pg.Node, v, ok bool) {
	for _, side := range [][2]*pg.Node{{l, r}, {r, l}} {
		if v, ok := truthValue(side[1]); ok {
			return side[0], v, true
		}
	}
	return nil, false, false
}

// truthValue is the value of a literal of type boolean.
func truthValue(n *pg.Node) (v, ok bool) {
	if c := n.GetTypeCast(); c != nil && parsetree.LastString(c.GetTypeName().GetNames()) == "bool" && len(c.GetTypeName().GetArrayBounds()) == 0 {
		if v, ok = truthText(c.GetArg()); ok {
			return v, ok
		}
		n = c.GetArg()
	}
	b, ok := n.GetAConst().GetVal().(*pg.A_Const_Boolval)
	return ok && b.Boolval.GetBoolval(), ok
}

// truthText is the value of a string as boolean reads it (PostgreSQL manual, 8.6).
func truthText(n *pg.Node) (v, ok bool) {
	switch n.GetAConst().GetSval().GetSval() {
	case "t", "true":
		return true, true
	case "f", "false":
		return false, true
	}
	return false, false
}

// truth is p = TRUE, or with is unset p <> TRUE, and their kin, of a condition p: in three-valued logic that is the same
// as p, or as NOT p. It is nil for anything else; a column or parameter is compared as any other value is.
func (x *exprs) truth(l, r *pg.Node, is bool) query.Expr {
	p, v, ok := withBoolean(l, r)
	if !ok || lone(p) {
		return nil
	}
	e, _ := x.expr(p)
	if same := asTruth(e, v == is); same != nil {
		return same
	}
	return &query.Op{Args: []query.Expr{e}, Text: "="}
}

func asTruth(p query.Expr, v bool) query.Expr {
	switch p.(type) {
	case nil, *query.Col, *query.Param, *query.Const, *query.Opaque:
		return nil
	case *query.Eq, *query.And, *query.Or, *query.Not, *query.Sub, *query.Op, *query.IsNotNull:
	default:
		panic(query.Unexpected(p))
	}
	if v {
		return p
	}
	return negate(p)
}

// lone reports whether a node is a column, a parameter or a literal.
func lone(n *pg.Node) bool {
	switch e := n.GetNode().(type) {
	case *pg.Node_ColumnRef, *pg.Node_ParamRef, *pg.Node_AConst:
		return true
	case *pg.Node_TypeCast:
		return lone(e.TypeCast.GetArg())
	case *pg.Node_AExpr:
		return e.AExpr.GetLexpr() == nil
	case *pg.Node_FuncCall:
		return true
	}
	return false
}

// nullIf lowers NULLIF, which yields its first argument or null.
func (x *exprs) nullIf(a *pg.A_Expr) query.Expr {
	all := x.operands(a.GetLexpr(), a.GetRexpr())
	x.l.share(all)
	o := &query.Op{Args: exprsOf(all), Text: "nullif"}
	if len(all) == 2 && all[0].t != pgtype.AnyType && x.l.sharedType(all) != query.Unknown {
		x.l.branching(o, []branch{{then: all[0]}})
	}
	if len(all) == 2 {
		x.l.nullIfTruth(o, all[0].e, all[1].e)
	}
	return o
}

// between lowers BETWEEN and NOT BETWEEN, SYMMETRIC or not.
func (x *exprs) between(a *pg.A_Expr) query.Expr {
	all := x.operands(append([]*pg.Node{a.GetLexpr()}, a.GetRexpr().GetList().GetItems()...)...)
	x.l.share(all)
	o := &query.Op{Args: exprsOf(all), Text: parsetree.OperatorName(a), Rejects: true}
	if len(all) == 3 {
		if eq := x.l.bounded(all[0], all[1], all[2], x.l.token(a.GetLocation())); eq != nil {
			o.Implies = eq
		}
	}
	switch a.GetKind() {
	case pg.A_Expr_Kind_AEXPR_NOT_BETWEEN, pg.A_Expr_Kind_AEXPR_NOT_BETWEEN_SYM:
		return &query.Op{Args: o.Args, Text: o.Text, Negation: o}
	}
	return o
}

// spelled is an operator as people write it, where the parser has another name for it.
func spelled(a *pg.A_Expr) string {
	name := parsetree.OperatorName(a)
	not := ""
	if strings.HasPrefix(name, "!") {
		not = "NOT "
	}
	switch a.GetKind() {
	case pg.A_Expr_Kind_AEXPR_DISTINCT:
		return "IS DISTINCT FROM"
	case pg.A_Expr_Kind_AEXPR_NOT_DISTINCT:
		return "IS NOT DISTINCT FROM"
	case pg.A_Expr_Kind_AEXPR_LIKE:
		return not + "LIKE"
	case pg.A_Expr_Kind_AEXPR_ILIKE:
		return not + "ILIKE"
	case pg.A_Expr_Kind_AEXPR_SIMILAR:
		return not + "SIMILAR TO"
	}
	return name
}
