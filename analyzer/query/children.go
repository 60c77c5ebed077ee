package query

import (
	"fmt"
	"slices"
)

// Node is a part of a statement: a Query, a Rel, an Expr or a *CTE.
type Node interface{ node() }

func (*Select) node()    {}
func (*SetOp) node()     {}
func (*Values) node()    {}
func (*Write) node()     {}
func (*CTE) node()       {}
func (*Base) node()      {}
func (*Derived) node()   {}
func (*CTERef) node()    {}
func (*Rows) node()      {}
func (*Join) node()      {}
func (*Col) node()       {}
func (*Param) node()     {}
func (*Const) node()     {}
func (*Eq) node()        {}
func (*And) node()       {}
func (*Or) node()        {}
func (*Not) node()       {}
func (*Sub) node()       {}
func (*Op) node()        {}
func (*IsNotNull) node() {}
func (*Opaque) node()    {}

// Unexpected is what a switch over nodes panics with in its default, for a part of a statement
// that it does not name: nobody passes over what he does not know.
func Unexpected(n any) string { return fmt.Sprintf("query: a %T is not expected here", n) }

// Children calls f with each part that stands directly in n, WITH queries first. A reference
// to a WITH query does not contain it, and an Op does not contain what else it says.
func Children(n Node, f func(Node)) {
	c := children(f)
	switch n := n.(type) {
	case Query:
		c.query(n)
	case *CTE:
		c.add(n.Query)
	case Rel:
		c.rel(n)
	case Expr:
		c.exprs(Operands(n)...)
		if s, ok := n.(*Sub); ok {
			c.add(s.Query)
		}
	default:
		panic(Unexpected(n))
	}
}

// Operands lists the expressions directly below e. Those in the query of a Sub stand below
// that, and are none of them.
func Operands(e Expr) []Expr {
	switch e := e.(type) {
	case nil, *Col, *Param, *Const, *Opaque:
		return nil
	case *Eq:
		return []Expr{e.L, e.R}
	case *And:
		return e.Args
	case *Or:
		return e.Args
	case *Not:
		return []Expr{e.Arg}
	case *IsNotNull:
		return []Expr{e.Arg}
	case *Op:
		return e.Args
	case *Sub:
		return e.Args
	}
	panic(Unexpected(e))
}

// HasSub reports whether an expression contains a subquery.
func HasSub(e Expr) bool {
	if _, ok := e.(*Sub); ok {
		return true
	}
	return slices.ContainsFunc(Operands(e), HasSub)
}

// Exprs are the expressions of a list of columns; those of an unknown column are nil.
func Exprs(outs []Output) []Expr {
	es := make([]Expr, len(outs))
	for i, o := range outs {
		es[i] = o.Expr
	}
	return es
}

// children is called with nodes, but for what is not there.
type children func(Node)

func (c children) add(n Node) {
	if n != nil {
		c(n)
	}
}

func (c children) with(ctes []*CTE) {
	for _, cte := range ctes {
		c.add(cte)
	}
}

func (c children) rels(rels []Rel) {
	for _, r := range rels {
		c.add(r)
	}
}

func (c children) exprs(es ...Expr) {
	for _, e := range es {
		c.add(e)
	}
}

func (c children) outputs(outs []Output) {
	for _, o := range outs {
		c.add(o.Expr)
	}
}

func (c children) sets(sets []Set) {
	for _, s := range sets {
		c.add(s.Value)
	}
}

func (c children) query(q Query) {
	switch q := q.(type) {
	case *Select:
		c.with(q.With)
		c.rels(q.From)
		c.exprs(q.Where)
		if q.Group != nil {
			c.exprs(q.Group.By...)
		}
		c.exprs(q.Having)
		for _, w := range q.Windows {
			c.exprs(w.PartitionBy...)
		}
		c.outputs(q.Out)
		c.exprs(q.DistinctOn...)
		c.exprs(q.Rest...)
	case *SetOp:
		c.with(q.With)
		c.add(q.Left)
		c.add(q.Right)
		c.exprs(q.Rest...)
	case *Values:
		c.with(q.With)
		for _, row := range q.Rows {
			c.exprs(row...)
		}
		c.exprs(q.Rest...)
	case *Write:
		c.write(q)
	case *Opaque:
	default:
		panic(Unexpected(q))
	}
}

func (c children) write(w *Write) {
	c.with(w.With)
	if w.Target != nil {
		c.add(w.Target)
	}
	c.rels(w.From)
	c.add(w.Source)
	c.exprs(w.Where)
	c.sets(w.Sets)
	if w.Conflict != nil {
		c.exprs(w.Conflict.Rest...)
		c.sets(w.Conflict.Sets)
		c.exprs(w.Conflict.Where)
	}
	for _, a := range w.Actions {
		c.exprs(a.When)
		c.sets(a.Sets)
		c.exprs(a.Values...)
	}
	c.outputs(w.Returning)
}

func (c children) rel(r Rel) {
	switch r := r.(type) {
	case *Derived:
		c.add(r.Query)
	case *Rows:
		c.exprs(r.Args...)
	case *Join:
		c.add(r.Left)
		c.add(r.Right)
		c.exprs(r.On)
	case *Base, *CTERef, *Opaque:
	default:
		panic(Unexpected(r))
	}
}
