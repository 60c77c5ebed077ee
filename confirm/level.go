package confirm

import (
	"slices"

	"github.com/tenantgen/tenantgen/internal/nodetree"
)

// level is one query of the server's tree, within those that stand around it.
type level struct {
	query  *nodetree.Node
	outer  *level
	rtable []*nodetree.Node
	// args are what the parameters of a function's body stand for, in the level of its call.
	args []term
	body bool
	// apart tells that its places are not in the statement's text: a view's or a function's body.
	apart bool
	// pending are the conditions of ours that stand in it, with the server's.
	pending []pending
}

// loc is where a node stands in the statement's text, -1 where it stands elsewhere.
func (l *level) loc(n *nodetree.Node) int {
	if l.apart {
		return -1
	}
	return n.Int("location", -1)
}

func newLevel(q *nodetree.Node, outer *level) *level {
	l := &level{query: q, outer: outer, rtable: q.Nodes("rtable")}
	if outer != nil {
		l.args, l.body, l.apart = outer.args, outer.body, outer.apart
	}
	return l
}

// Kinds of an entry of a range table (parsenodes.h, RTEKind).
const (
	rteRelation  = 0
	rteSubquery  = 1
	rteJoin      = 2
	rteFunction  = 3
	rteTableFunc = 4
	rteValues    = 5
	rteCTE       = 6
	rteResult    = 8
	rteGroup     = 9 // PostgreSQL 18
)

// entry is a range table's, counted from one; nil where there is none.
func (l *level) entry(varno int) *nodetree.Node {
	if l == nil || varno < 1 || varno > len(l.rtable) {
		return nil
	}
	return l.rtable[varno-1]
}

func (l *level) up(levels int) *level {
	for ; l != nil && levels > 0; levels-- {
		l = l.outer
	}
	return l
}

// term is what a side of a comparison is, below its casts.
type term struct {
	kind termKind
	at   *level // of a column: where its relation stands
	rte  int    // its number there
	col  int    // the column's, or the parameter's number
	null bool
	// casts are what the value goes through, the outermost first.
	casts []cast
	loc   int
	node  *nodetree.Node
}

type termKind int

const (
	otherTerm termKind = iota
	columnTerm
	paramTerm
	constTerm
	outputTerm // of the query of a SubLink
	unseenTerm // a column of ours whose relation is nothing that the server has there
)

// cast is a conversion on the way to a value.
type cast struct {
	kind string // relabel, io, domain, function
	to   uint32
	fn   uint32
	wide bool // the function takes a length
}

// same reports whether two terms are one value, casts aside.
func (t term) same(u term) bool {
	switch {
	case t.kind != u.kind:
		return false
	case t.kind == columnTerm:
		return t.at == u.at && t.rte == u.rte && t.col == u.col
	case t.kind == paramTerm || t.kind == outputTerm:
		return t.col == u.col
	}
	return t.kind == constTerm && t.null == u.null
}

// term is what an expression stands for at a level.
func (l *level) term(e *nodetree.Node) term {
	var casts []cast
	loc := -1
	for e != nil {
		arg, c, ok := peel(e)
		if !ok {
			break
		}
		if c.kind != "" {
			casts = append(casts, c)
		}
		e = arg
	}
	t := term{casts: casts, loc: loc, node: e}
	if e == nil {
		return t
	}
	t.loc = l.loc(e)
	switch e.Name {
	case "CONST":
		t.kind, t.null = constTerm, e.Bool("constisnull")
	case "PARAM":
		return l.param(e, t)
	case "VAR":
		return l.variable(e, t)
	}
	return t
}

// Kinds of a PARAM (primnodes.h, ParamKind).
const (
	paramExtern  = 0
	paramSublink = 2
)

func (l *level) param(e *nodetree.Node, t term) term {
	n := e.Int("paramid", 0)
	switch {
	case e.Int("paramkind", -1) == paramSublink:
		t.kind, t.col = outputTerm, n
	case l.body && n >= 1 && n <= len(l.args):
		arg := l.args[n-1]
		arg.casts = slices.Concat(t.casts, arg.casts)
		return arg
	case !l.body:
		t.kind, t.col = paramTerm, n
	}
	return t
}

// variable follows a column through joins, and in PostgreSQL 18 through what is grouped.
func (l *level) variable(e *nodetree.Node, t term) term {
	at, n, col := l.up(e.Int("varlevelsup", 0)), e.Int("varno", 0), e.Int("varattno", 0)
	rte := at.entry(n)
	field := ""
	switch {
	case rte == nil:
		return t
	case rte.Int("rtekind", -1) == rteJoin:
		field = "joinaliasvars"
	case rte.Int("rtekind", -1) == rteGroup:
		field = "groupexprs"
	default:
		t.kind, t.at, t.rte, t.col = columnTerm, at, n, col
		return t
	}
	exprs := rte.Nodes(field)
	if col < 1 || col > len(exprs) {
		return t
	}
	inner := at.term(exprs[col-1])
	inner.casts, inner.loc = slices.Concat(t.casts, inner.casts), t.loc
	return inner
}

// peel takes a cast off an expression.
func peel(e *nodetree.Node) (arg *nodetree.Node, c cast, ok bool) {
	switch e.Name {
	case "RELABELTYPE":
		return e.Node("arg"), cast{kind: "relabel", to: e.OID("resulttype")}, true
	case "COERCEVIAIO":
		return e.Node("arg"), cast{kind: "io", to: e.OID("resulttype")}, true
	case "COERCETODOMAIN":
		return e.Node("arg"), cast{kind: "domain", to: e.OID("resulttype")}, true
	case "COLLATEEXPR":
		return e.Node("arg"), cast{}, true // inputcollid of the operator says which
	case "ARRAYCOERCEEXPR":
		if el := e.Node("elemexpr"); el == nil || el.Name != "RELABELTYPE" {
			return nil, cast{}, false
		}
		return e.Node("arg"), cast{}, true // of elements that stay what they are
	case "FUNCEXPR":
		if format := e.Int("funcformat", 0); format != 1 && format != 2 { // a cast, written or implicit
			return nil, cast{}, false
		}
		args := e.Nodes("args")
		if len(args) == 0 {
			return nil, cast{}, false
		}
		return args[0], cast{kind: "function", to: e.OID("funcresulttype"), fn: e.OID("funcid"), wide: len(args) > 1}, true
	}
	return nil, cast{}, false
}
