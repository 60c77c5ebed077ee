package confirm

import (
	"fmt"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/internal/nodetree"
)

// restsOn are the nodes of a statement that a proof rests on.
func restsOn(c *certificate.Certificate) map[any]bool {
	r := &rests{nodes: map[any]bool{}, seen: map[any]bool{}}
	if c == nil {
		return r.nodes
	}
	for _, p := range c.Pins {
		r.chain(p.Chain)
	}
	for _, d := range c.Demands {
		for _, by := range d.By {
			r.chain(by)
		}
	}
	for _, row := range c.Rows {
		r.row(row.Claim)
	}
	for _, chain := range c.Sets {
		r.chain(chain)
	}
	for _, o := range c.Outer {
		r.chain(o.Chain)
		r.chain(o.Same)
	}
	return r.nodes
}

type rests struct{ nodes, seen map[any]bool }

func (r *rests) chain(c certificate.Chain) {
	for i := range c {
		s := &c[i]
		if s.Node != nil {
			r.nodes[s.Node] = true
		}
		if or, ok := s.Node.(*query.Or); ok && s.Kind == certificate.EitherSide {
			r.within(or)
		}
		for _, p := range s.Premises {
			r.chain(p)
		}
		r.claim(s.Claim)
	}
}

// within adds the equalities in a condition.
func (r *rests) within(n query.Node) {
	if e, ok := n.(*query.Eq); ok {
		r.nodes[e] = true
	}
	query.Children(n, r.within)
}

func (r *rests) claim(c *certificate.Claim) {
	if c == nil || r.seen[c] {
		return
	}
	r.seen[c] = true
	for _, p := range c.Proof {
		r.chain(p)
	}
	for _, a := range c.Arms {
		r.claim(a)
	}
}

func (r *rests) row(c *certificate.RowClaim) {
	if c == nil || r.seen[c] {
		return
	}
	r.seen[c] = true
	for _, p := range c.ColsProof {
		r.chain(p)
	}
	r.chain(c.OwnProof)
	for _, p := range c.Passes {
		r.chain(p)
	}
	for _, a := range c.Arms {
		r.row(a)
	}
}

// pending is a condition of ours, and the server's.
type pending struct {
	ours   query.Expr
	theirs *nodetree.Node
}

// wait keeps a condition for when the subqueries of the level are known.
func (l *level) wait(ours query.Expr, theirs *nodetree.Node) {
	if ours != nil {
		l.pending = append(l.pending, pending{ours, theirs})
	}
}

// conditions makes sure that what ours says is true where it stands, the server says too.
func (m *matcher) conditions(l *level) {
	for _, p := range l.pending {
		c := &conditions{w: m.w, at: l}
		c.add(p.theirs, false, false)
		m.says(p.ours, c.leaves, false)
	}
	l.pending = nil
}

// says visits what is true when e is.
func (m *matcher) says(e query.Expr, leaves []leaf, or bool) {
	switch e := e.(type) {
	case *query.And:
		for _, a := range e.Args {
			m.says(a, leaves, or)
		}
	case *query.Or:
		for _, a := range e.Args {
			m.says(a, leaves, or || len(e.Args) > 1)
		}
	case *query.Eq:
		m.equality(e, leaves, or)
	case *query.Sub:
		if e.Kind == query.In {
			m.member(e, leaves, or)
		}
	case *query.Op:
		if e.Among != nil {
			m.element(e, leaves, or)
		}
		if e.Implies != nil {
			m.says(e.Implies, leaves, or)
		}
	}
}

// at reports whether a place in the server's tree is within a span of ours. What has no place in
// the text is anywhere.
func (m *matcher) at(span query.Span, loc int) bool {
	return !span.Known() || loc < 0 || m.q.Offset(span.Start) <= loc && loc < m.q.Offset(span.End)
}

func (m *matcher) equality(e *query.Eq, leaves []leaf, or bool) {
	a, oka := m.term(e.L)
	b, okb := m.term(e.R)
	if !oka || !okb || a.kind == constTerm && b.kind == constTerm {
		return
	}
	fits := func(x leaf) bool {
		return x.kind == equals && x.text == e.AsText && (a.same(x.l) && b.same(x.r) || a.same(x.r) && b.same(x.l))
	}
	m.leaf(e, e.Pos, m.say(a)+" = "+m.say(b), leaves, or, fits)
}

func (m *matcher) element(e *query.Op, leaves []leaf, or bool) {
	a, ok := m.term(e.Args[0])
	if !ok {
		return
	}
	fits := func(x leaf) bool {
		return x.kind == element && a.same(x.l) && x.r.kind == paramTerm && x.r.col == e.Among.Number
	}
	m.leaf(e, e.Pos, fmt.Sprintf("%s = ANY ($%d)", m.say(a), e.Among.Number), leaves, or, fits)
}

func (m *matcher) member(e *query.Sub, leaves []leaf, or bool) {
	for i, test := range e.Test {
		if test == nil {
			continue
		}
		a, ok := m.term(test)
		if !ok {
			continue
		}
		fits := func(x leaf) bool {
			return x.kind == member && x.sub == m.subs[e] && a.same(x.l) && x.r.kind == outputTerm && x.r.col == i+1
		}
		m.leaf(e, query.Span{}, fmt.Sprintf("%s = column %d of the subquery", m.say(a), i+1), leaves, or, fits)
	}
}

// leaf finds the condition that fits, and makes sure that it says what ours says.
func (m *matcher) leaf(e query.Expr, span query.Span, ours string, leaves []leaf, or bool, fits func(leaf) bool) {
	why := ""
	for _, x := range leaves {
		if !fits(x) || !m.at(span, x.loc) {
			continue
		}
		bad := m.misfit(x, or, m.rests[e])
		if bad == "" {
			return
		}
		why = m.sayLeaf(x) + ", " + bad
	}
	if why == "" {
		for _, x := range leaves {
			if x.loc >= 0 && span.Known() && m.at(span, x.loc) && x.kind != truth {
				why = m.sayLeaf(x)
				break
			}
		}
	}
	if why == "" {
		why = "no such condition"
	}
	m.differ(span, "a condition", ours, why)
}

// misfit says why a condition is not what ours says although its columns are. What a proof rests on
// must make values the same, not only equal.
func (m *matcher) misfit(x leaf, or, proof bool) string {
	switch {
	case !x.op.same:
		return "which is no equality"
	case x.or && !or:
		return "which need not hold"
	case proof && m.w.loose[x.coll]:
		return "under a collation in which values that differ may be equal"
	case proof && !x.op.exact:
		return "which calls values equal that differ"
	case !m.keeps(x.l, x.l) || !m.keeps(x.r, x.r):
		return "under a cast that may change the value"
	}
	return ""
}

func (m *matcher) sayLeaf(x leaf) string {
	switch x.kind {
	case isNull:
		return m.say(x.l) + " IS NULL"
	case isNotNull:
		return m.say(x.l) + " IS NOT NULL"
	case element:
		return m.say(x.l) + " " + x.name + " ANY (" + m.say(x.r) + ")"
	}
	return m.say(x.l) + " " + x.name + " " + m.say(x.r)
}

// wider are the types that a value of a type becomes without becoming another's, or not at all
// (PostgreSQL manual, 8.1 and 8.5).
var wider = map[string][]string{
	"int2": {"int4", "int8", "numeric", "float8"}, "int4": {"int2", "int8", "numeric", "float8"}, "int8": {"int2", "int4", "numeric"}, "float4": {"float8"},
	"date": {"timestamp", "timestamptz"}, "timestamp": {"timestamptz"}, "varchar": {"text"}, "text": {"varchar"}, "name": {"text"},
}

// parameterTypes are those that a parameter may be cast to: one that fits becomes the same value, and
// any other is an error.
var parameterTypes = []string{"uuid", "text", "varchar", "int2", "int4", "int8", "numeric", "bool", "date", "timestamp", "timestamptz", "bytea", "oid", "jsonb", "time", "inet"}

// keeps reports whether the casts that a value goes through leave it the same value.
func (m *matcher) keeps(_, got term) bool {
	if got.node == nil || got.kind == constTerm {
		return true
	}
	from := got.node.OID("vartype")
	if got.kind == paramTerm {
		from = got.node.OID("paramtype")
	}
	for _, c := range slices.Backward(got.casts) {
		t, id, strict := m.w.base(c.to)
		f, _, _ := m.w.base(from)
		if t == nil || f == nil || !strict || c.wide {
			return false
		}
		_ = id
		switch {
		case c.kind == "domain", f == t:
		case c.kind == "relabel" && t.name.Schema == "pg_catalog" && t.name.Name != "bpchar":
		case got.kind == paramTerm && t.name.Schema == "pg_catalog" && slices.Contains(parameterTypes, t.name.Name), got.kind == paramTerm && t.kind == "e":
		case c.kind == "function" && slices.Contains(wider[f.name.Name], t.name.Name):
		case got.kind == otherTerm:
		default:
			return false
		}
		from = c.to
	}
	return true
}
