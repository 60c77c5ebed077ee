package confirm

import (
	"slices"

	"github.com/tenantgen/tenantgen/internal/nodetree"
)

// What a condition says that is no plain equality: own rules, of the server's nodes.

// constant is the value of a literal as the server stores it, "" for NULL and for what is no literal.
func constant(e *nodetree.Node) string {
	for e != nil {
		arg, c, ok := peel(e)
		if !ok || c.kind != "relabel" && c.kind != "" {
			break
		}
		e = arg
	}
	if e == nil || e.Name != "CONST" || e.Bool("constisnull") {
		return ""
	}
	return string(e.Bytes("constvalue"))
}

// never reports whether a value is a literal that is not true: FALSE, or NULL.
func never(e *nodetree.Node, is bool) bool {
	if e == nil || e.Name == "CONST" && e.Bool("constisnull") {
		return true
	}
	v, ok := boolOf(e)
	return ok && v != is
}

const (
	boolOID = 16
	textOID = 25
	asInt   = 2558 // pg_catalog.int4 (boolean)
)

// asNumber is the condition that is cast to a number, one where it is true and zero where it is false, nil for anything else.
func asNumber(e *nodetree.Node) *nodetree.Node {
	if arg, c, ok := peel(e); ok && c.fn == asInt {
		return arg
	}
	return nil
}

// boolOf is the value of a literal of type boolean.
func boolOf(e *nodetree.Node) (v, ok bool) {
	if e == nil || e.Name != "CONST" || e.OID("consttype") != boolOID || e.Bool("constisnull") {
		return false, false
	}
	return slices.Contains(e.Bytes("constvalue"), 1), true
}

// alternative is a value that CASE, COALESCE or NULLIF may have, with what is true where it has it.
type alternative struct {
	value *nodetree.Node
	when  []*nodetree.Node
	not   []*nodetree.Node // are not true there
	arg   *nodetree.Node   // of CASE, for which a CASETESTEXPR stands
}

// alternatives lists the values that an expression may have, nil for one that is no choice.
func alternatives(e *nodetree.Node) []alternative {
	var all []alternative
	switch {
	case e == nil:
	case e.Name == "CASEEXPR":
		var before []*nodetree.Node
		for _, w := range e.Nodes("args") {
			all = append(all, alternative{w.Node("result"), []*nodetree.Node{w.Node("expr")}, slices.Clone(before), e.Node("arg")})
			before = append(before, w.Node("expr"))
		}
		if e.Node("defresult") != nil {
			all = append(all, alternative{e.Node("defresult"), nil, before, e.Node("arg")})
		}
	case e.Name == "COALESCEEXPR":
		for _, a := range e.Nodes("args") {
			all = append(all, alternative{value: a})
		}
	case e.Name == "NULLIFEXPR" && len(e.Nodes("args")) == 2:
		all = append(all, alternative{value: e.Nodes("args")[0]})
	}
	return all
}

// merged is what a column of a FULL JOIN with USING stands for: COALESCE of both sides.
func (c *conditions) merged(e *nodetree.Node) *nodetree.Node {
	if e.Name == "VAR" && e.Int("varlevelsup", 0) == 0 {
		if t := c.at.term(e); t.node != nil && t.node.Name == "COALESCEEXPR" && len(t.casts) == 0 {
			return t.node
		}
	}
	return e
}

// choice notes what a condition says that is itself a choice.
func (c *conditions) choice(e *nodetree.Node, negated, or bool) {
	all := slices.DeleteFunc(alternatives(e), func(a alternative) bool { return never(a.value, !negated) })
	for _, a := range all {
		c.beside(a, or || len(all) > 1)
		c.add(a.value, negated, or || len(all) > 1)
	}
}

// beside notes what is true where a choice has a value.
func (c *conditions) beside(a alternative, or bool) {
	test := c.test
	if a.arg != nil {
		c.test = a.arg
	}
	for _, w := range a.when {
		c.add(w, false, or)
	}
	for _, n := range a.not {
		c.add(n, true, true) // false or null
	}
	c.test = test
}

// chosen notes what a comparison says of which a side is a choice, and reports whether one is.
func (c *conditions) chosen(e *nodetree.Node, args []*nodetree.Node, negated, or bool) bool {
	for i, a := range args {
		other := args[1-i]
		if p := asNumber(a); p != nil {
			if slices.Contains(other.Bytes("constvalue"), 1) && other.Name == "CONST" {
				c.add(p, false, or)
			}
			return true
		}
		all := alternatives(c.merged(a))
		if all == nil {
			continue
		}
		all = slices.DeleteFunc(all, func(x alternative) bool {
			if x.value != nil && x.value.Name == "CONST" && x.value.Bool("constisnull") {
				return true
			}
			u, v := constant(x.value), constant(other)
			return u != "" && v != "" && u != v && x.value.Name == "CONST" && other.Name == "CONST" && (x.value.Bool("constbyval") || x.value.OID("consttype") == textOID && !c.w.loose[e.OID("inputcollid")]) && x.value.OID("consttype") == other.OID("consttype")
		})
		for _, x := range all {
			c.beside(x, or || len(all) > 1)
			sides := []*nodetree.Node{x.value, other}
			if i == 1 {
				slices.Reverse(sides)
			}
			c.compare(e, sides, negated, or || len(all) > 1, nil)
		}
		return true
	}
	return false
}

// truth reads p = TRUE, p <> TRUE, p > FALSE and their like, and reports whether a comparison is one.
func (c *conditions) truth(args []*nodetree.Node, o *op, negated, or bool) bool {
	if o.name.Schema != "pg_catalog" {
		return false
	}
	for i, a := range args {
		v, ok := boolOf(a)
		p := args[1-i]
		if !ok || p.Name == "VAR" || p.Name == "PARAM" || p.Name == "CONST" {
			continue
		}
		name := o.name.Name
		if i == 0 {
			name = map[string]string{"<": ">", ">": "<", "<=": ">=", ">=": "<="}[name] + map[bool]string{true: name}[name == "=" || name == "<>"]
		}
		switch {
		case name == "=" && v, name == "<>" && !v, name == ">=" && v, name == ">" && !v:
			c.add(p, negated, or)
			return true
		case name == "=", name == "<>", name == "<" && v, name == "<=" && !v:
			c.add(p, !negated, or)
			return true
		}
	}
	return false
}

// distinct reads IS DISTINCT FROM: where it is not true, both sides are equal or both are null.
func (c *conditions) distinct(e *nodetree.Node, negated, or bool) {
	args := e.Nodes("args")
	if len(args) != 2 || c.w.ops[e.OID("opno")] == nil {
		return
	}
	for i, a := range args {
		if v, ok := boolOf(a); ok {
			c.add(args[1-i], v != negated, or || !negated) // p is not what differs from v, or null where it differs
			return
		}
	}
	if negated {
		value := func(n *nodetree.Node) bool { return n.Name == "CONST" && !n.Bool("constisnull") }
		or = or || !value(args[0]) && !value(args[1])
		if !c.chosen(e, args, false, or) {
			c.compare(e, args, false, or, nil)
		}
	}
}

// asText takes the casts to text off the sides of a leaf whose types have one spelling for each
// value: what is written alike is the same.
func (c *conditions) asText(x *leaf) {
	l, from, okl := c.printed(x.l)
	r, to, okr := c.printed(x.r)
	switch {
	case okl && okr && from == to:
		x.l, x.r = l, r
	case okl && x.r.kind == paramTerm && c.isText(x.r):
		x.l, x.text = l, true
	case okr && x.l.kind == paramTerm && c.isText(x.l):
		x.r, x.text = r, true
	}
}

// printed is a term without its casts to text, and the type of which it has one spelling for each value.
func (c *conditions) printed(t term) (term, string, bool) {
	if t.node == nil || t.kind != columnTerm && t.kind != paramTerm {
		return t, "", false
	}
	n := 0
	for n < len(t.casts) && c.textual(t.casts[n].to) && !t.casts[n].wide {
		n++
	}
	from := t.node.OID("vartype")
	if t.kind == paramTerm {
		from = t.node.OID("paramtype")
	}
	if n < len(t.casts) {
		from = t.casts[n].to
	}
	b, _, strict := c.w.base(from)
	if n == 0 || b == nil || !strict || b.name.Schema != "pg_catalog" {
		return t, "", false
	}
	family := map[string]string{"uuid": "uuid", "int2": "int", "int4": "int", "int8": "int"}[b.name.Name]
	t.casts = t.casts[n:]
	return t, family, family != ""
}

func (c *conditions) textual(id uint32) bool {
	b := c.w.types[id]
	return b != nil && b.name.Schema == "pg_catalog" && (b.name.Name == "text" || b.name.Name == "varchar") && !b.loose
}

// isText reports whether a parameter is text and stays what it is.
func (c *conditions) isText(t term) bool {
	return t.node != nil && c.textual(t.node.OID("paramtype")) && !slices.ContainsFunc(t.casts, func(x cast) bool { return !c.textual(x.to) || x.wide })
}

// pinch adds the equality that two bounds of one value make, of the leaves from the one of a number on.
func (c *conditions) pinch(from int, or bool) {
	for _, x := range c.leaves[from:] {
		for _, y := range c.leaves[from:] {
			if x.kind != equals || y.kind != equals || x.or != or || y.or != or || x.coll != y.coll {
				continue
			}
			lo, okl := c.limits(x)
			hi, okh := c.limits(y)
			if eq := c.w.ops[lo.equal]; okl && okh && eq != nil && lo.equal == hi.equal &&
				(lo.greater && !hi.greater && c.alike(x.l, y.l) && c.alike(x.r, y.r) || lo.greater == hi.greater && c.alike(x.l, y.r) && c.alike(x.r, y.l)) {
				both := x
				both.op, both.name = eq, eq.name.Name
				c.leaves = append(c.leaves, c.eachOf(both)...)
			}
		}
	}
}

// alike reports whether two terms are one value: a column, a parameter, or COALESCE of the same ones.
func (c *conditions) alike(a, b term) bool {
	if a.same(b) {
		return true
	}
	x, y := coalesced(a), coalesced(b)
	return x != nil && slices.EqualFunc(x, y, func(x, y *nodetree.Node) bool {
		s, t := c.at.term(x), c.at.term(y)
		return s.same(t) && len(s.casts) == 0 && len(t.casts) == 0
	})
}

// coalesced are the arguments of a term that is a COALESCE.
func coalesced(t term) []*nodetree.Node {
	if t.node == nil || t.node.Name != "COALESCEEXPR" || len(t.casts) > 0 {
		return nil
	}
	return t.node.Nodes("args")
}

// eachOf is an equality, or where its left side is a COALESCE those of which one is true.
func (c *conditions) eachOf(x leaf) []leaf {
	args := coalesced(x.l)
	if args == nil {
		return []leaf{x}
	}
	var all []leaf
	for _, a := range args {
		one := x
		one.l, one.or = c.at.term(a), x.or || len(args) > 1
		all = append(all, one)
	}
	return all
}

func (c *conditions) limits(x leaf) (limit, bool) {
	if x.op == nil {
		return limit{}, false
	}
	l, ok := c.w.bounds[x.opno]
	return l, ok
}

// inEach adds the equalities that every arm of an OR has.
func (c *conditions) inEach(arms []*nodetree.Node, negated, or bool) {
	var all [][]leaf
	for _, a := range arms {
		one := &conditions{w: c.w, at: c.at, test: c.test}
		one.add(a, negated, false)
		all = append(all, one.leaves)
	}
	for _, x := range all[0] {
		every := x.kind == equals && !x.or && x.op != nil && !slices.ContainsFunc(all[1:], func(arm []leaf) bool {
			return !slices.ContainsFunc(arm, func(y leaf) bool {
				return y.kind == equals && !y.or && y.op == x.op && y.coll == x.coll && (x.l.same(y.l) && x.r.same(y.r) || x.l.same(y.r) && x.r.same(y.l))
			})
		})
		if every {
			x.or = or
			c.leaves = append(c.leaves, x)
		}
	}
}
