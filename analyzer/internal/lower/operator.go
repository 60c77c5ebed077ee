package lower

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// aExpr lowers operators and the constructs that the grammar writes as operators.
func (x *exprs) aExpr(n *pg.Node, a *pg.A_Expr) (query.Expr, query.Type) {
	if full := x.l.names(a.GetName(), "operator"); len(full) == 0 || len(full) > 1 && full[0] != "pg_catalog" {
		return x.l.refuse(a.GetLocation(), "unsupported-syntax", "operator "+strings.Join(full, ".")+" is defined by the schema, so its meaning is not known", "use the built-in operator"), query.Unknown
	}
	if x.sqlcAt(a) {
		return x.atParam(a)
	}
	if refused := x.userOperators(a.GetLocation(), parsetree.OperatorsOf(a)...); refused != nil {
		return refused, query.Unknown
	}
	switch a.GetKind() {
	case pg.A_Expr_Kind_AEXPR_OP:
		return x.operator(a)
	case pg.A_Expr_Kind_AEXPR_IN:
		return x.in(a), "bool"
	case pg.A_Expr_Kind_AEXPR_OP_ANY:
		return x.anyArray(a), "bool"
	case pg.A_Expr_Kind_AEXPR_OP_ALL:
		return x.allArray(a), "bool"
	case pg.A_Expr_Kind_AEXPR_DISTINCT, pg.A_Expr_Kind_AEXPR_NOT_DISTINCT:
		return x.distinctFrom(a), "bool"
	case pg.A_Expr_Kind_AEXPR_NULLIF:
		return x.nullIf(a), query.Unknown
	case pg.A_Expr_Kind_AEXPR_LIKE, pg.A_Expr_Kind_AEXPR_ILIKE, pg.A_Expr_Kind_AEXPR_SIMILAR:
		o := x.binary(spelled(a), a)
		o.Strict = true
		return o, "bool"
	case pg.A_Expr_Kind_AEXPR_BETWEEN, pg.A_Expr_Kind_AEXPR_BETWEEN_SYM, pg.A_Expr_Kind_AEXPR_NOT_BETWEEN, pg.A_Expr_Kind_AEXPR_NOT_BETWEEN_SYM:
		return x.between(a), "bool"
	}
	return x.l.unsupported(n), query.Unknown
}

func (x *exprs) operator(a *pg.A_Expr) (query.Expr, query.Type) {
	name := parsetree.OperatorName(a)
	if x.l.ours() && gluedAt(name) {
		return x.l.refuse(a.GetLocation(), "mangled-parameter", "PostgreSQL reads "+name+" as one operator", "put a space in front of the @ of the parameter"), query.Unknown
	}
	if x.sc == x.l.made && asksWhetherNew(a, name) {
		return &query.Op{Text: "xmax " + name + " 0", Filled: true}, "bool"
	}
	if name == "=" || name == "<>" {
		return x.comparison(a, name), "bool"
	}
	if is := x.ordersTruth(a, name); is != nil {
		return is, "bool"
	}
	o := x.binary(name, a)
	o.Strict = pgtype.StrictOperators[name] && !anyRow(a)
	if o.Strict {
		o.Implies = x.l.allNotNull(o.Args).e
	}
	return o, query.Unknown
}

func anyRow(a *pg.A_Expr) bool {
	return a.GetLexpr().GetRowExpr() != nil || a.GetRexpr().GetRowExpr() != nil
}

// userOperators refuses constructs that use an operator by a name that the schema
// defines too: which of them is meant depends on the types.
func (x *exprs) userOperators(at int32, names ...string) *query.Opaque {
	for _, o := range x.l.db.Operators {
		if slices.Contains(names, o.Name.Name) {
			return x.l.refuse(at, "unsupported-syntax", "operator "+o.Name.Name+" is defined by the schema, so its meaning is not known", "use the built-in operator")
		}
	}
	return nil
}

// comparison lowers = and <>, of rows position by position.
func (x *exprs) comparison(a *pg.A_Expr, name string) query.Expr {
	if name == "=" {
		return x.equal(a.GetLexpr(), a.GetRexpr(), a.GetLocation())
	}
	if is := x.truth(a.GetLexpr(), a.GetRexpr(), false); is != nil {
		return is
	}
	eq := x.equal(a.GetLexpr(), a.GetRexpr(), a.GetLocation())
	o := &query.Op{Args: []query.Expr{eq}, Text: "<>", Negation: eq}
	_, o.Strict = eq.(*query.Eq)
	return o
}

// equal lowers the equality of two nodes, either of which may be a row or a subquery.
func (x *exprs) equal(l, r *pg.Node, at int32) query.Expr {
	if is := x.truth(l, r, true); is != nil {
		return is
	}
	if l.GetSubLink() != nil && r.GetSubLink() == nil {
		l, r = r, l
	}
	if s := r.GetSubLink(); s != nil && s.GetSubLinkType() == pg.SubLinkType_EXPR_SUBLINK && l.GetSubLink() == nil {
		return x.memberOf(l, s)
	}
	lr, rr := l.GetRowExpr(), r.GetRowExpr()
	if lr != nil && rr != nil && len(lr.GetArgs()) == len(rr.GetArgs()) && len(lr.GetArgs()) > 0 {
		x.l.known(lr.GetLocation(), "ROW", lr.GetRowFormat())
		x.l.known(rr.GetLocation(), "ROW", rr.GetRowFormat())
		if refused := x.l.conjuncts(len(lr.GetArgs()), at); refused != nil {
			return refused
		}
		args := make([]query.Expr, len(lr.GetArgs()))
		for i := range args {
			args[i] = x.equal(lr.GetArgs()[i], rr.GetArgs()[i], at)
		}
		return &query.And{Args: args}
	}
	a, ta := x.expr(l)
	b, tb := x.expr(r)
	x.l.sides = append(x.l.sides, operand{a, ta}, operand{b, tb})
	if isOpaque(a) || isOpaque(b) {
		return &query.Op{Args: []query.Expr{a, b}, Text: "="}
	}
	for _, side := range []struct {
		e query.Expr
		t query.Type
		n *pg.Node
	}{{a, ta, r}, {b, tb, l}} {
		if v, ok := truthText(side.n); ok && side.t == "bool" {
			if is := asTruth(side.e, v); is != nil {
				return is
			}
		}
	}
	pos := spanOf(a, b, x.l.token(at))
	if same := x.l.sameText(operand{a, ta}, operand{b, tb}, pos); same != nil {
		return same
	}
	eq := x.l.equality(a, ta, b, tb, pos)
	if o, ok := eq.(*query.Op); ok {
		o.Implies = x.l.equals(operand{a, ta}, operand{b, tb}, pos).e
		if o.Implies == nil {
			o.Implies = x.l.allNotNull(o.Args).e
		}
	}
	return eq
}

func isOpaque(e query.Expr) bool { _, ok := e.(*query.Opaque); return ok }

// spanOf covers both sides of an equality where both have positions.
func spanOf(a, b query.Expr, op query.Span) query.Span {
	s := op
	for _, e := range []query.Expr{a, b} {
		var p query.Span
		switch e := e.(type) {
		case *query.Col:
			p = e.Pos
		case *query.Param:
			p = e.Pos
		case *query.Const:
			p = e.Pos
		case nil, *query.Eq, *query.And, *query.Or, *query.Not, *query.Sub, *query.Op, *query.IsNotNull, *query.Opaque:
		default:
			panic(query.Unexpected(e))
		}
		if p.Known() {
			s.Start, s.End = min(s.Start, p.Start), max(s.End, p.End)
		}
	}
	return s
}

// in lowers x IN (a, b), an OR of equalities; with one element it is an equality.
func (x *exprs) in(a *pg.A_Expr) query.Expr {
	var arms []query.Expr
	items := a.GetRexpr().GetList().GetItems()
	if len(items) > 1 && !short(a.GetLexpr(), 4) { // its left side would be lowered for each element
		return x.op("IN", append([]*pg.Node{a.GetLexpr()}, items...)...)
	}
	outside := x.l.sides
	x.l.sides = nil
	for _, el := range items {
		arms = append(arms, x.equal(a.GetLexpr(), el, a.GetLocation()))
	}
	if len(items) > 1 {
		x.l.share(x.l.sides)
	}
	x.l.sides = outside
	var e query.Expr = &query.Or{Args: arms, In: true, Pos: x.l.token(a.GetLocation())}
	switch len(arms) {
	case 0:
		e = x.l.refuse(a.GetLocation(), "unsupported-syntax", "tenantgen does not know this kind of IN", "")
	case 1:
		e = arms[0]
	}
	if parsetree.OperatorName(a) == "<>" {
		return &query.Not{Arg: e}
	}
	return e
}

// short reports whether n is a column or a value, or a call or row of a few of them.
func short(n *pg.Node, depth int) bool {
	var args []*pg.Node
	switch e := n.GetNode().(type) {
	case *pg.Node_ColumnRef, *pg.Node_ParamRef, *pg.Node_AConst:
		return true
	case *pg.Node_TypeCast:
		args = []*pg.Node{e.TypeCast.GetArg()}
	case *pg.Node_RowExpr:
		args = e.RowExpr.GetArgs()
	case *pg.Node_FuncCall:
		args = e.FuncCall.GetArgs()
	case *pg.Node_AExpr:
		args = []*pg.Node{e.AExpr.GetRexpr()}
		if parsetree.OperatorName(e.AExpr) != "@" || e.AExpr.GetLexpr() != nil {
			return false
		}
	}
	return depth > 0 && len(args) > 0 && len(args) <= 16 && !slices.ContainsFunc(args, func(a *pg.Node) bool { return !short(a, depth-1) })
}

// anyArray lowers x = ANY (array). ARRAY[a] of one element is an equality.
func (x *exprs) anyArray(a *pg.A_Expr) query.Expr {
	els := a.GetRexpr().GetAArrayExpr().GetElements()
	if parsetree.OperatorName(a) == "=" && len(els) == 1 {
		return x.equal(a.GetLexpr(), els[0], a.GetLocation())
	}
	o, t := x.overArray(parsetree.OperatorName(a)+" ANY", a)
	o.Pos = x.l.token(a.GetLocation())
	x.among(a, o, t)
	return o
}

// subLink lowers a subquery in an expression.
func (x *exprs) subLink(s *pg.SubLink) (query.Expr, query.Type) {
	if refused := x.quantifier(s); refused != nil {
		return refused, query.Unknown
	}
	switch s.GetSubLinkType() {
	case pg.SubLinkType_EXISTS_SUBLINK:
		return x.sub(query.Exists, s), "bool"
	case pg.SubLinkType_EXPR_SUBLINK:
		sub := x.sub(query.Scalar, s)
		t := query.Unknown
		if outs := query.Outputs(sub.Query); len(outs) == 1 {
			t = outs[0].Type
		}
		return sub, t
	case pg.SubLinkType_ARRAY_SUBLINK:
		x.l.spreads(s.GetLocation())
		return x.sub(query.Other, s), query.Unknown
	case pg.SubLinkType_ANY_SUBLINK:
		op := parsetree.Strings(s.GetOperName())
		if len(op) == 0 || op[len(op)-1] == "=" {
			return x.memberOf(s.GetTestexpr(), s), "bool"
		}
		return x.quantified(s), "bool"
	case pg.SubLinkType_ALL_SUBLINK:
		return x.quantified(s), "bool"
	}
	return x.l.refuse(s.GetLocation(), "unsupported-syntax", "tenantgen does not know this kind of subquery", ""), query.Unknown
}

// quantifier refuses IN, ANY and ALL by an operator that the schema defines.
func (x *exprs) quantifier(s *pg.SubLink) *query.Opaque {
	switch s.GetSubLinkType() {
	case pg.SubLinkType_ANY_SUBLINK, pg.SubLinkType_ALL_SUBLINK, pg.SubLinkType_ROWCOMPARE_SUBLINK:
	default:
		return nil
	}
	op := parsetree.Strings(s.GetOperName())
	if len(op) > 1 && op[0] != "pg_catalog" {
		return x.l.refuse(s.GetLocation(), "unsupported-syntax", "tenantgen does not know operator "+strings.Join(op, "."), "use the built-in operator")
	}
	if len(op) == 0 {
		op = []string{"="}
	}
	return x.userOperators(s.GetLocation(), op[len(op)-1])
}

func (x *exprs) quantified(s *pg.SubLink) query.Expr {
	test, _ := x.expr(s.GetTestexpr())
	return &query.Op{Args: []query.Expr{test, x.sub(query.Other, s)}, Text: "ANY/ALL"}
}

func (x *exprs) sub(kind query.SubKind, s *pg.SubLink) *query.Sub {
	x.l.parts(s)
	sub := &query.Sub{Kind: kind, Query: x.l.subquery(s.GetSubselect(), x.sc, x.env), Pos: x.l.token(s.GetLocation())}
	if outs := query.Outputs(sub.Query); len(outs) > 0 && !outs[0].Open {
		if x.l.first == nil {
			x.l.first = map[*pg.SubLink]string{}
		}
		x.l.first[s] = outs[0].Name
	}
	return sub
}

// memberOf lowers test IN (subquery) and test = (subquery): when true, a row of
// the subquery equals test in every position.
func (x *exprs) memberOf(test *pg.Node, s *pg.SubLink) query.Expr {
	sub := x.sub(query.In, s)
	outs := query.Outputs(sub.Query)
	tests := []*pg.Node{test}
	if row := test.GetRowExpr(); row != nil {
		x.l.known(row.GetLocation(), "ROW", row.GetRowFormat())
		tests = row.GetArgs()
	}
	for i, n := range tests {
		e, t := x.expr(n)
		sub.Args = append(sub.Args, e)
		x.l.sides = append(x.l.sides, operand{e, t})
		if i < len(outs) {
			x.l.sides = append(x.l.sides, operand{nil, outs[i].Type})
		}
		if len(tests) == len(outs) && !anyOpenOutput(outs) {
			if _, ok := x.l.equality(e, t, &query.Const{}, outs[i].Type, query.Span{}).(*query.Eq); ok {
				sub.Test = append(sub.Test, e)
				continue
			}
		}
		sub.Test = append(sub.Test, nil)
	}
	sub.Text = Text(first(sub.Args)) + " IN (…)"
	return sub
}

func first(es []query.Expr) query.Expr {
	if len(es) == 0 {
		return nil
	}
	return es[0]
}

// atParam lowers sqlc's @name, which PostgreSQL's grammar reads as the prefix
// operator @ applied to a column, under casts or not.
func (x *exprs) atParam(a *pg.A_Expr) (query.Expr, query.Type) {
	var casts []*pg.TypeCast
	n := a.GetRexpr()
	for c := n.GetTypeCast(); c != nil; c = n.GetTypeCast() {
		casts = append(casts, c)
		n = c.GetArg()
	}
	fields := parsetree.Strings(n.GetColumnRef().GetFields())
	if len(fields) != 1 || a.GetLexpr() != nil || a.GetKind() != pg.A_Expr_Kind_AEXPR_OP || len(casts) > 1 {
		return x.l.refuse(a.GetLocation(), "mangled-parameter", "sqlc reads everything behind this @ as the name of a parameter", "write sqlc.arg(name)"), query.Unknown
	}
	if refused := x.l.spelledAt(a.GetLocation(), fields[0]); refused != nil {
		return refused, query.Unknown
	}
	e, t := x.param(&paramUse{name: fields[0], at: a.GetLocation()}, 0)
	slices.Reverse(casts)
	for _, c := range casts {
		e, t = x.recast(e, t, c)
	}
	return e, t
}

// recast applies one cast to an expression that is lowered already.
func (x *exprs) recast(e query.Expr, from query.Type, c *pg.TypeCast) (query.Expr, query.Type) {
	ref := x.l.typeRef(c.GetTypeName())
	to := pgtype.Family(x.l.db, ref)
	x.l.given(e, from, c, ref)
	if p, ok := e.(*query.Param); ok && x.l.keepsLiteral(ref) && (from == pgtype.AnyType || from == "text" || from == to) {
		return p, to
	}
	return &query.Op{Args: []query.Expr{e}, Strict: true, Text: "::" + ref.Name.Name}, query.Unknown
}

// param records one use of a parameter; number is 0 for a named one.
func (x *exprs) param(use *paramUse, number int) (query.Expr, query.Type) {
	pos := x.l.token(use.at)
	text := "$"
	if pos.Known() {
		text = x.l.text[pos.Start:pos.End]
	}
	if use.name != "" {
		text = "@" + use.name
		if pos.Known() {
			pos.End = max(pos.End, min(len(x.l.text), pos.Start+1+len(use.name)))
		}
	}
	use.node = &query.Param{Number: number, Text: text, Pos: pos}
	use.clause = string(x.l.clause)
	x.l.params = append(x.l.params, use)
	if x.l.uses == nil {
		x.l.uses = map[*query.Param]*paramUse{}
	}
	x.l.uses[use.node] = use
	return use.node, pgtype.AnyType
}
