package pgsql

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// A parameter has one type for the server. The first place that wants one decides which, in
// the order of PostgreSQL's analysis (src/backend/parser/parse_param.c), and from there its
// value is converted for the others. A parameter that is compared in two families, or that
// may get a type that changes values, is therefore no term: two of its values, of which each
// is a tenant in one place, may be one in another.

// equated notes that e is compared with, or written to, something of family t.
func (l *lowerer) equated(e query.Expr, t query.Type) {
	if use := l.useOf(e); use != nil && t != anyType && t != query.Unknown && !slices.Contains(use.equals, t) {
		use.equals = append(use.equals, t)
	}
}

// elsewhere notes that e stands where it may get type t, Unknown for one that is not known.
func (l *lowerer) elsewhere(e query.Expr, t query.Type) {
	if use := l.useOf(e); use != nil && !slices.Contains(use.elsewhere, t) {
		use.elsewhere = append(use.elsewhere, t)
	}
}

func (l *lowerer) useOf(e query.Expr) *paramUse {
	p, ok := e.(*query.Param)
	if !ok {
		return nil
	}
	return l.uses[p]
}

// met notes the types in which the sides of an equality meet.
func (l *lowerer) met(a query.Expr, ta query.Type, b query.Expr, tb query.Type) {
	for _, side := range []struct {
		e, other query.Expr
		t, ot    query.Type
	}{{a, b, ta, tb}, {b, a, tb, ta}} {
		switch t := resultOf(side.other, side.ot); {
		case side.t == anyType && t == query.Unknown:
			l.elsewhere(side.e, t)
		case side.t == anyType || side.t == t:
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
	if t != anyType {
		l.equated(e, t)
	} else if t = l.castFamily(c.Type); t == query.Unknown {
		l.elsewhere(e, t)
	} else {
		l.equated(e, t)
	}
}

// given notes that column i of what q yields, with no type of its own, is written to c.
func (l *lowerer) given(q query.Query, i int, c *catalog.Column) {
	switch q := q.(type) {
	case *query.Select:
		l.written(q.Out[i].Expr, anyType, c)
	case *query.Values:
		for _, row := range q.Rows {
			if i < len(row) {
				l.written(row[i], anyType, c)
			}
		}
	case *query.SetOp:
		l.given(q.Left, i, c)
		l.given(q.Right, i, c)
	}
}

// castFamily is the type that a cast gives a parameter, Unknown when its values change in it.
func (l *lowerer) castFamily(t catalog.TypeRef) query.Type {
	if u := l.db.Type(t.Name); u != nil && u.Kind == "domain" && l.modified(u.Base) {
		return query.Unknown // the parameter has the domain's type, and so its modifier
	}
	return l.family(t)
}

// compared lowers operands that PostgreSQL gives one type, or types that have an operator:
// a bare parameter among them may get that of another one.
func (x *exprs) compared(text string, nodes ...*pg.Node) *query.Op {
	o := &query.Op{Text: text}
	var types []query.Type
	for _, n := range nodes {
		if n == nil {
			continue
		}
		e, t := x.expr(n)
		o.Args, types = append(o.Args, e), append(types, t)
	}
	for i, e := range o.Args {
		for j, other := range o.Args {
			if i != j && types[i] == anyType && types[j] != anyType {
				x.l.elsewhere(e, resultOf(other, types[j]))
			}
		}
	}
	return o
}

// resultOf knows some operators that yield text.
func resultOf(e query.Expr, t query.Type) query.Type {
	o, ok := e.(*query.Op)
	if ok && t == query.Unknown && slices.Contains([]string{"->>", "#>>", "lower", "upper", "btrim"}, o.Text) {
		return "text"
	}
	return t
}

// passed notes that bare parameters are arguments of a function, which may take any type.
func (x *exprs) passed(args []query.Expr, nodes []*pg.Node) {
	for i, e := range args[:min(len(args), len(nodes))] {
		if p, ok := e.(*query.Param); ok && nodes[i].GetTypeCast() == nil && nodes[i].GetAExpr().GetRexpr().GetTypeCast() == nil {
			x.l.elsewhere(p, query.Argument)
		}
	}
}
