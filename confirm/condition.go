package confirm

import (
	"github.com/tenantgen/tenantgen/internal/nodetree"
)

// leaf is what a condition says in one place: that two values are equal, that one is an element of
// an array, a column of a subquery, or NULL or not.
type leaf struct {
	kind leafKind
	l, r term
	op   *op
	name string // the operator's
	coll uint32
	loc  int
	or   bool // an OR stands above it
	text bool // what l is written as is r, which is text
	opno uint32
	sub  *nodetree.Node
}

type leafKind int

const (
	equals leafKind = iota
	element
	member
	isNull
	isNotNull
	truth
)

// conditions reads what is true where a condition is: own rules, of what the server calls AND, OR,
// NOT, IS TRUE, IN and an equality.
type conditions struct {
	w      *world
	at     *level
	leaves []leaf
	test   *nodetree.Node // for which a CASETESTEXPR stands
}

// Kinds of a BOOLEANTEST (primnodes.h, BoolTestType).
const (
	isTrue     = 0
	isNotTrue  = 1
	isFalse    = 2
	isNotFalse = 3
)

// add notes what e says when it is true, or with negated when it is not.
func (c *conditions) add(e *nodetree.Node, negated, or bool) {
	if e == nil {
		return
	}
	switch e.Name {
	case "BOOLEXPR":
		args := e.Nodes("args")
		above, up := or, false
		switch e.Text("boolop") {
		case "not":
			negated = !negated
		case "and":
			up = negated
		case "or":
			up = !negated
		}
		or = or || up && len(args) > 1
		from := len(c.leaves)
		for _, a := range args {
			c.add(a, negated, or)
		}
		c.pinch(from, or)
		if up && len(args) > 1 {
			c.inEach(args, negated, above)
		}
	case "BOOLEANTEST":
		switch kind := e.Int("booltesttype", -1); {
		case !negated && kind == isTrue, negated && kind == isNotTrue:
			c.add(e.Node("arg"), false, or)
		case !negated && kind == isFalse, negated && kind == isNotFalse:
			c.add(e.Node("arg"), true, or)
		case !negated && kind == isNotFalse, negated && kind == isFalse:
			c.add(e.Node("arg"), false, true)
		case !negated && kind == isNotTrue, negated && kind == isTrue:
			c.add(e.Node("arg"), true, true)
		}
	case "OPEXPR":
		c.comparison(e, negated, or, nil)
	case "SCALARARRAYOPEXPR":
		c.array(e, negated, or)
	case "SUBLINK":
		if !negated && e.Int("subLinkType", -1) == anySublink {
			c.membership(e.Node("testexpr"), e, or)
		}
	case "NULLTEST":
		kind := isNull
		if (e.Int("nulltesttype", 0) == 1) != negated {
			kind = isNotNull
		}
		if kind == isNotNull && !e.Bool("argisrow") {
			c.notNull(e.Node("arg"), or)
		}
		c.leaves = append(c.leaves, leaf{kind: kind, l: c.at.term(e.Node("arg")), loc: c.at.loc(e), or: or})
	case "DISTINCTEXPR":
		c.distinct(e, negated, or)
	case "CASEEXPR", "COALESCEEXPR", "NULLIFEXPR":
		c.choice(e, negated, or)
	default:
		if t := c.at.term(e); t.kind == columnTerm {
			c.leaves = append(c.leaves, leaf{kind: truth, l: t, loc: t.loc, or: or || negated})
		}
	}
}

// strict are operators of PostgreSQL's own that are null where a side is, in every variant.
var strict = map[string]bool{"=": true, "<>": true, "<": true, ">": true, "<=": true, ">=": true, "+": true, "-": true, "*": true, "/": true, "~~": true, "!~~": true}

func (c *conditions) comparison(e *nodetree.Node, negated, or bool, sub *nodetree.Node) {
	args, o := e.Nodes("args"), c.w.ops[e.OID("opno")]
	if len(args) != 2 || o == nil {
		return
	}
	for i, a := range args {
		if a.Name == "CASETESTEXPR" && c.test != nil {
			args[i] = c.test
		}
	}
	if sub == nil && o.name.Schema == "pg_catalog" && strict[o.name.Name] {
		for _, a := range args {
			c.notNull(a, or)
		}
	}
	if sub == nil && (c.truth(args, o, negated, or) || !negated && o.name.Name == "=" && c.chosen(e, args, negated, or)) {
		return
	}
	c.compare(e, args, negated, or, sub)
}

// compare notes what a comparison of two values says.
func (c *conditions) compare(e *nodetree.Node, args []*nodetree.Node, negated, or bool, sub *nodetree.Node) {
	o := c.w.ops[e.OID("opno")]
	meant, no := o, e.OID("opno")
	if negated {
		if meant, no = c.w.ops[o.negate], o.negate; meant == nil {
			return
		}
	}
	kind, l, r := equals, c.at.term(args[0]), c.at.term(args[1])
	if sub == nil && r.scalar() == nil && l.scalar() != nil {
		l, r = r, l
	}
	if s := r.scalar(); sub == nil && s != nil { // x = (SELECT …) is true of one row only, too
		sub, r.kind, r.col = s, outputTerm, 1
	}
	if sub != nil {
		kind = member
	}
	x := leaf{kind: kind, l: l, r: r, op: meant, opno: no, name: meant.name.Name, coll: e.OID("inputcollid"), loc: c.at.loc(e), or: or, sub: sub}
	if kind == equals && meant.same {
		c.asText(&x)
	}
	c.leaves = append(c.leaves, x)
}

// scalar is the subquery whose only value a term is, nil for any other.
func (t term) scalar() *nodetree.Node {
	if t.node != nil && t.node.Name == "SUBLINK" && t.node.Int("subLinkType", -1) == exprSublink {
		return t.node
	}
	return nil
}

// array reads x IN (…) and x = ANY (array).
func (c *conditions) array(e *nodetree.Node, negated, or bool) {
	args, o := e.Nodes("args"), c.w.ops[e.OID("opno")]
	if len(args) != 2 || o == nil {
		return
	}
	if negated {
		if e.Bool("useOr") || c.w.ops[o.negate] == nil {
			return
		}
		o = c.w.ops[o.negate]
	} else if !e.Bool("useOr") && len(args[1].Nodes("elements")) != 1 { // ALL of one is that one
		return
	}
	x, coll, loc := c.at.term(args[0]), e.OID("inputcollid"), c.at.loc(e)
	if args[1].Name != "ARRAYEXPR" {
		c.leaves = append(c.leaves, leaf{kind: element, l: x, r: c.at.term(args[1]), op: o, name: o.name.Name, coll: coll, loc: loc, or: or})
		return
	}
	elements := args[1].Nodes("elements")
	for _, el := range elements {
		one := leaf{kind: equals, l: x, r: c.at.term(el), op: o, name: o.name.Name, coll: coll, loc: loc, or: or || len(elements) > 1}
		if o.same {
			c.asText(&one)
		}
		c.leaves = append(c.leaves, one)
	}
}

// Kinds of a SUBLINK (primnodes.h, SubLinkType).
const (
	existsSublink = 0
	anySublink    = 2
	exprSublink   = 4
	multiSublink  = 5
)

// membership reads the comparisons of x IN (SELECT …).
func (c *conditions) membership(test, sub *nodetree.Node, or bool) {
	switch {
	case test == nil:
	case test.Name == "BOOLEXPR" && test.Text("boolop") == "and":
		for _, a := range test.Nodes("args") {
			c.membership(a, sub, or)
		}
	case test.Name == "OPEXPR":
		c.comparison(test, false, or, sub)
	}
}
