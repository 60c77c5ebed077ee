package lower

import (
	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// A condition may be compared as a value: with TRUE or FALSE by their order (FALSE is less: PostgreSQL manual, 8.6), or as a number.

// flipped are the ordering operators seen from the other side, opposites what NOT makes of them.
var (
	flipped   = map[string]string{"<": ">", ">": "<", "<=": ">=", ">=": "<="}
	opposites = map[string]string{"<": ">=", ">": "<=", "<=": ">", ">=": "<"}
)

// ordersTruth is p >= TRUE or p > FALSE, which is p in three-valued logic, and their opposites. It is nil for anything else.
func (x *exprs) ordersTruth(a *pg.A_Expr, name string) query.Expr {
	if flipped[name] == "" || a.GetLexpr() == nil {
		return nil
	}
	p, v, ok := withBoolean(a.GetLexpr(), a.GetRexpr())
	if !ok || lone(p) {
		return nil
	}
	if p == a.GetRexpr() {
		name = flipped[name]
	}
	is := v && name == ">=" || !v && name == ">"
	if !is && !(v && name == "<") && !(!v && name == "<=") {
		return nil
	}
	e, _ := x.expr(p)
	if same := asTruth(e, is); same != nil {
		return same
	}
	return &query.Op{Args: []query.Expr{e}, Text: name}
}

// bounds notes the sides of a comparison by order, and what NOT makes of it, where values of their type are in a total order.
func (x *exprs) bounds(o *query.Op, all []operand) {
	sides := [2]operand{all[0], all[1]}
	put(&x.l.bounds, o, sides)
	if t := x.l.sharedType(all); t == query.Unknown || t == pgtype.AnyType {
		return
	}
	not := &query.Op{Args: o.Args, Text: opposites[o.Text], Strict: true}
	put(&x.l.bounds, not, sides)
	o.Negation = not
}

// asNumber notes what a condition is as a number: one where it is true, else zero.
func (l *lowerer) asNumber(o *query.Op, p query.Expr) {
	one, zero := &query.Const{Text: "1"}, &query.Const{Text: "0"}
	put(&l.numbers, one, 1)
	put(&l.numbers, zero, 0)
	put(&l.branches, o, []branch{{when: l.saying(p), then: operand{one, "int"}}, {then: operand{zero, "int"}}})
}

// nullIfTruth notes that NULLIF (p, FALSE) has a value only where p is true, and NULLIF (p, TRUE) only where it is false.
func (l *lowerer) nullIfTruth(o *query.Op, p, than query.Expr) {
	c, ok := than.(*query.Const)
	v, known := l.truths[c]
	if !ok || !known {
		return
	}
	if v {
		p = negate(p)
	}
	put(&l.cases, o, []branch{{when: l.saying(p)}})
}

// untyped reports whether e is a string that no cast gives a type: among others like it, it is of type text (PostgreSQL manual,
// 10.5), in which different strings differ.
func (l *lowerer) untyped(e query.Expr) bool {
	c, _ := e.(*query.Const)
	_, ok := l.strings[c]
	return ok
}

// builtIn reports whether a type is the built-in one of that name.
func builtIn(t catalog.TypeRef, name string) bool {
	return t.Name == catalog.Name{Schema: pgtype.SystemSchema, Name: name} && !t.Array && !t.Modified
}

// allArray lowers x = ALL (array). Over ARRAY[a] of one element it is the comparison with that.
func (x *exprs) allArray(a *pg.A_Expr) query.Expr {
	name, els := parsetree.OperatorName(a), a.GetRexpr().GetAArrayExpr().GetElements()
	if len(els) == 1 && (name == "=" || name == "<>") {
		one := x.equal(a.GetLexpr(), els[0], a.GetLocation())
		if name == "=" {
			return one
		}
		return &query.Not{Arg: one}
	}
	o, _ := x.overArray(name+" ALL", a)
	return o
}

// truthCast is a condition that is cast to boolean, which it is already. What it is as a number is noted of o.
func (l *lowerer) truthCast(e query.Expr, ref catalog.TypeRef, o *query.Op) query.Expr {
	if builtIn(ref, "bool") {
		return asTruth(e, true)
	}
	if builtIn(ref, "int4") {
		l.asNumber(o, e)
	}
	return nil
}
