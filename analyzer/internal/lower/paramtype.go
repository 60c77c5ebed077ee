package lower

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// A parameter has one type for the server. The first place that wants one decides which, in
// the order of PostgreSQL's analysis (src/backend/parser/parse_param.c), and from there its
// value is converted for the others. A parameter that is compared in two families, or that
// may get a type that changes values, is therefore no term: two of its values, of which each
// is a tenant in one place, may be one in another. What a place gives is Unknown unless the
// code below says otherwise.

// equated notes that e is compared with, or written to, something of family t.
func (l *lowerer) equated(e query.Expr, t query.Type) {
	use := l.useOf(e)
	if use == nil || t == pgtype.AnyType || t == query.Unknown {
		return
	}
	use.known = true
	use.equals = appendNew(use.equals, []query.Type{t})
}

// typed notes that the place of e gives it type t: Unknown for one that may change its value,
// AnyType for none at all.
func (l *lowerer) typed(e query.Expr, t query.Type) {
	use := l.useOf(e)
	if use == nil {
		return
	}
	use.known = true
	if t != pgtype.AnyType {
		use.elsewhere = appendNew(use.elsewhere, []query.Type{t})
	}
}

// yielded notes that e is a whole column of a result, which is text unless a set operation
// or an INSERT says otherwise (PostgreSQL manual, 10.6).
func (l *lowerer) yielded(e query.Expr) {
	if use := l.useOf(e); use != nil {
		use.output = true
	}
}

// places lists the types that the place may give.
func (p *paramUse) places() []query.Type {
	switch {
	case p.known:
		return p.elsewhere
	case p.output:
		return []query.Type{"text"}
	}
	return []query.Type{query.Unknown}
}

func (l *lowerer) useOf(e query.Expr) *paramUse {
	p, ok := e.(*query.Param)
	if !ok {
		return nil
	}
	return l.uses[p]
}

// met notes the types in which the sides of an equality meet. Two sides without a type are
// text (PostgreSQL manual, 10.2).
func (l *lowerer) met(a query.Expr, ta query.Type, b query.Expr, tb query.Type) {
	for _, side := range []struct {
		e, other query.Expr
		t, ot    query.Type
	}{{a, b, ta, tb}, {b, a, tb, ta}} {
		switch t := l.resultOf(side.other, side.ot); {
		case side.t == pgtype.AnyType && t == pgtype.AnyType:
			l.typed(side.e, "text")
		case side.t == pgtype.AnyType && t == query.Unknown:
			l.typed(side.e, t)
		case side.t == pgtype.AnyType || side.t == t:
			l.equated(side.e, t)
		}
	}
}

// outputs notes the families of parameters that are whole columns of a result.
func (l *lowerer) outputs(outs []query.Output) {
	for _, o := range outs {
		l.equated(o.Expr, o.Type)
	}
}

// written notes that e, of type t, is written to c: a bare parameter gets the column's type.
func (l *lowerer) written(e query.Expr, t query.Type, c *catalog.Column) {
	if t != pgtype.AnyType {
		l.equated(e, t)
	} else if t = l.castFamily(c.Type); t == query.Unknown {
		l.typed(e, t)
	} else {
		l.equated(e, t)
	}
}

// given notes that e is cast to ref. The elements of ARRAY[…] under a cast to an array get
// its element type (src/backend/parser/parse_expr.c, transformTypeCast).
func (l *lowerer) given(e query.Expr, from query.Type, c *pg.TypeCast, ref catalog.TypeRef) {
	if from == pgtype.AnyType {
		l.typed(e, l.castFamily(ref))
	}
	if c.GetArg().GetAArrayExpr() != nil {
		ref.Array = !ref.Array
		l.elements(e, l.castFamily(ref))
	}
}

func (l *lowerer) elements(array query.Expr, t query.Type) {
	o, ok := array.(*query.Op)
	if !ok || o.Text != "ARRAY" {
		return
	}
	for _, e := range o.Args {
		l.typed(e, t)
		l.elements(e, t)
	}
}

// castFamily is the type that a cast gives a parameter, Unknown when its values change in it.
func (l *lowerer) castFamily(t catalog.TypeRef) query.Type {
	if u := l.db.Type(t.Name); u != nil && u.Kind == "domain" && pgtype.Modified(l.db, u.Base) {
		return query.Unknown // the parameter has the domain's type, and so its modifier
	}
	return pgtype.Family(l.db, t)
}

// resultOf knows some operations that yield text, and those that yield one of several values.
func (l *lowerer) resultOf(e query.Expr, t query.Type) query.Type {
	if t != query.Unknown {
		return t
	}
	if op, ok := e.(*query.Op); ok && len(l.branches[op]) > 0 {
		return l.branches[op][0].then.t
	}
	if l.texts[e] {
		return "text"
	}
	return t
}

// yieldsText notes that an operation yields text.
func (l *lowerer) yieldsText(e query.Expr) {
	if l.texts == nil {
		l.texts = map[query.Expr]bool{}
	}
	l.texts[e] = true
}

// inColumn runs f for what q yields in column i.
func inColumn(q query.Query, i int, f func(query.Expr)) {
	switch q := q.(type) {
	case *query.Select:
		if i < len(q.Out) {
			f(q.Out[i].Expr)
		}
	case *query.Values:
		for _, row := range q.Rows {
			if i < len(row) {
				f(row[i])
			}
		}
	case *query.SetOp:
		inColumn(q.Left, i, f)
		inColumn(q.Right, i, f)
	case nil, *query.Write, *query.Opaque:
	default:
		panic(query.Unexpected(q))
	}
}

// arms notes the type t of column i of a set operation.
func (l *lowerer) arms(op *query.SetOp, i int, t query.Type) {
	if t == pgtype.AnyType {
		return
	}
	inColumn(op, i, func(e query.Expr) {
		if use := l.useOf(e); use != nil && !use.known {
			l.typed(e, t)
		}
	})
}

// cells notes the types of the columns of VALUES.
func (l *lowerer) cells(v *query.Values) {
	for i, o := range v.Out {
		inColumn(v, i, func(e query.Expr) {
			if use := l.useOf(e); use != nil && !use.known && o.Type != pgtype.AnyType {
				l.typed(e, o.Type)
			}
			l.yielded(e)
		})
	}
}

// elementType is the family of an array's elements: that of a column, or of what a cast says.
func (x *exprs) elementType(n *pg.Node, e query.Expr) query.Type {
	var t catalog.TypeRef
	if c, ok := e.(*query.Col); ok {
		if table := x.l.tables[c.Rel]; table != nil && c.Index < len(table.Columns) {
			t = table.Columns[c.Index].Type
		}
	} else if c := parsetree.CastOf(n); c != nil && len(c.GetTypeName().GetArrayBounds()) > 0 && len(parsetree.Strings(c.GetTypeName().GetNames())) > 0 {
		t = x.l.namedType(parsetree.Qualified(c.GetTypeName().GetNames()))
		t.Array = !t.Array
	}
	if !t.Array {
		return query.Unknown
	}
	t.Array = false
	return pgtype.Family(x.l.db, t)
}

// overArray lowers x op ANY (array) and ALL, which compare x with the elements, and tells the
// type of x.
func (x *exprs) overArray(text string, a *pg.A_Expr) (*query.Op, query.Type) {
	all := x.operands(a.GetLexpr(), a.GetRexpr())
	if len(all) == 2 && all[0].t == pgtype.AnyType && slices.Contains([]string{"=", "<>"}, parsetree.OperatorName(a)) {
		x.l.typed(all[0].e, x.elementType(a.GetRexpr(), all[1].e))
	}
	return &query.Op{Args: exprsOf(all), Text: text}, all[0].t
}
