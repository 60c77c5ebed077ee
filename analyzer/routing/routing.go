// Package routing tells what keeps Citus from sending a statement to the one machine that
// has the tenant's rows.
package routing

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// Obstacle is something that keeps a statement from one machine.
type Obstacle struct {
	Message, Hint string
	Base          *query.Base // the occurrence of a table that it is about, if any
	Pos           query.Span
}

// Obstacles tells why Citus cannot send a scoped statement to the one machine that
// has the tenant's rows; it returns nothing when Citus can. It knows less than the
// prover, as Citus's router planner does: an equality with the parameter counts, and
// one with a column that has such an equality, where PostgreSQL's planner derives it
// too (src/backend/optimizer/path/equivclass.c). Keys, foreign keys, parents, and
// what a subquery that is planned by itself promises do not.
func Obstacles(own *tenancy.Map, st *query.Statement) []Obstacle {
	r := &router{own: own, pinned: map[value]int{}}
	r.query(st.Root, nil)
	for _, b := range r.bases {
		r.judge(b)
	}
	for _, w := range r.shared {
		r.writesReference(w)
	}
	return r.fails
}

// router collects what the planner sees of a statement.
type router struct {
	own    *tenancy.Map
	pinned map[value]int // the parameter that a value equals
	bases  []*query.Base
	shared []*query.Write // of reference tables
	param  int            // that all of them are compared with
	fails  []Obstacle
}

func (r *router) fail(pos query.Span, base *query.Base, msg, hint string) {
	r.fails = append(r.fails, Obstacle{Base: base, Pos: pos, Message: "Citus cannot send the query to one machine: " + msg, Hint: hint})
}

// value is a column of an occurrence, or a parameter.
type value struct {
	rel        query.RelID
	col, param int
}

// asValue returns the value that an expression is; a parameter that is not one value in all
// places is none.
func asValue(e query.Expr) (value, bool) {
	switch e := e.(type) {
	case *query.Col:
		return value{rel: e.Rel, col: e.Index}, true
	case *query.Param:
		return value{param: e.Number}, !e.Mixed
	case nil, *query.Const, *query.Eq, *query.And, *query.Or, *query.Not, *query.Sub, *query.Op, *query.IsNotNull:
	default:
		panic(query.Unexpected(e))
	}
	return value{}, false
}

// derive is an equality that holds in a level of the statement. One that stands in ON
// of an outer join pins b when a is pinned, not the other way round.
type derive struct {
	a, b   value
	oneWay bool
}

// plane is one level that PostgreSQL plans as a whole: a query with the subqueries
// that it pulls up into it.
type plane struct {
	rels  []query.RelID // what it joins
	links []derive
	later []func() // subqueries that are planned by themselves, once this is closed
}

// judge wants the distribution column of an occurrence to be pinned.
func (r *router) judge(b *query.Base) {
	if strings.HasPrefix(b.Via, "function ") {
		r.fail(b.Pos, b, b.Via+" reads "+b.Table.Name.String()+", and a function cannot query distributed tables from there", "write its query in place of the call")
		return
	}
	i := r.own.Distribution(b.Table)
	if i < 0 {
		r.fail(b.Pos, b, b.Table.Name.String()+" has no tenant column, so it is not distributed by it", "give the table the tenant column")
		return
	}
	column := b.Alias + "." + b.Table.Columns[i].Name
	switch n, ok := r.pinned[value{rel: b.ID, col: i}]; {
	case !ok:
		r.fail(b.Pos, b, "it does not see that "+column+" is the tenant", "compare "+column+" with the tenant parameter, in the query that reads "+b.Table.Name.String())
	case r.param != 0 && n != r.param:
		r.fail(b.Pos, b, column+" is compared with another parameter than the other tables", "compare both with one parameter")
	default:
		r.param = n
	}
}

func (r *router) distributed(b *query.Base) bool {
	k := r.own.Of(b.Table).Kind
	return k == tenancy.Column || k == tenancy.Child
}

// query plans a query by itself. outs are the parameters that conditions outside
// compare its output columns with, 0 for none.
func (r *router) query(q query.Query, outs []int) {
	p := &plane{}
	r.into(p, q, outs)
	r.close(p)
}

// into adds a query to a plane.
func (r *router) into(p *plane, q query.Query, outs []int) {
	switch q := q.(type) {
	case *query.Select:
		r.with(q.With)
		r.selects(p, q, outs)
	case *query.SetOp:
		r.with(q.With)
		for _, arm := range []query.Query{q.Left, q.Right} {
			p.later = append(p.later, func() { r.query(arm, outs) })
		}
		r.exprs(p, q.Rest)
	case *query.Values:
		r.with(q.With)
		for _, row := range q.Rows {
			r.exprs(p, row)
		}
		r.exprs(p, q.Rest)
	case *query.Write:
		r.with(q.With)
		r.write(p, q)
	default:
		panic(query.Unexpected(q))
	}
}

// with plans WITH queries by themselves: what their references ask of them is not
// known inside.
func (r *router) with(list []*query.CTE) {
	for _, cte := range list {
		if w, ok := cte.Query.(*query.Write); ok && (w.Kind == query.Insert || w.Kind == query.Merge) {
			r.fail(w.Pos, nil, "WITH has an "+w.Kind.String(), "run it as a statement of its own")
		}
		r.query(cte.Query, nil)
	}
}

func (r *router) selects(p *plane, q *query.Select, outs []int) {
	for _, rel := range q.From {
		r.rel(p, rel)
		p.rels = append(p.rels, relIDs(rel)...)
	}
	r.condition(p, q.Where)
	for i, n := range outs {
		if i < len(q.Out) && n > 0 {
			if t, ok := asValue(q.Out[i].Expr); ok {
				p.links = append(p.links, derive{a: value{param: n}, b: t})
			}
		}
	}
	for _, o := range q.Out {
		r.expr(p, o.Expr)
	}
	if q.Group != nil {
		r.exprs(p, q.Group.By)
	}
	r.expr(p, q.Having)
	r.exprs(p, q.DistinctOn)
	for _, w := range q.Windows {
		r.exprs(p, w.PartitionBy)
	}
	r.exprs(p, q.Rest)
}

// flat reports whether PostgreSQL pulls a subquery up into the query around it
// (src/backend/optimizer/prep/prepjointree.c, is_simple_subquery).
func flat(q query.Query) *query.Select {
	s, ok := q.(*query.Select)
	if !ok || len(s.With) > 0 || s.Group != nil || s.Aggregate || s.Having != nil || s.Distinct || len(s.DistinctOn) > 0 ||
		len(s.Windows) > 0 || s.Limited || s.Locks || s.Volatile {
		return nil
	}
	return s
}

// rel adds an item of FROM.
func (r *router) rel(p *plane, rel query.Rel) {
	switch rel := rel.(type) {
	case *query.Base:
		r.base(rel)
	case *query.Derived:
		r.derived(p, rel)
	case *query.Rows:
		r.exprs(p, rel.Args)
	case *query.Join:
		r.rel(p, rel.Left)
		r.rel(p, rel.Right)
		r.join(p, rel)
	case *query.CTERef:
	default:
		panic(query.Unexpected(rel))
	}
}

func (r *router) base(b *query.Base) {
	if r.distributed(b) {
		r.bases = append(r.bases, b)
	}
}

func (r *router) derived(p *plane, d *query.Derived) {
	if s := flat(d.Query); s != nil {
		r.selects(p, s, nil)
		for i, o := range s.Out {
			if t, ok := asValue(o.Expr); ok {
				p.links = append(p.links, derive{a: value{rel: d.ID, col: i}, b: t})
			}
		}
		return
	}
	p.later = append(p.later, func() {
		outs := make([]int, len(d.Out))
		for i := range outs {
			outs[i] = r.pinned[value{rel: d.ID, col: i}]
		}
		r.query(d.Query, outs)
	})
}

// join adds the condition of a join. In an outer one it says something of the rows of
// the nullable side only.
func (r *router) join(p *plane, j *query.Join) {
	if j.Kind == query.Inner {
		r.condition(p, j.On)
		return
	}
	on := &plane{}
	r.condition(on, j.On)
	p.later = append(p.later, on.later...)
	for _, l := range on.links {
		switch {
		case j.Kind == query.Left:
			p.links = append(p.links, toward(l, relIDs(j.Right))...)
		case j.Kind == query.Right:
			p.links = append(p.links, toward(l, relIDs(j.Left))...)
		}
	}
}

// toward turns an equality of ON into those that pin columns of the nullable side.
func toward(l derive, nullable []query.RelID) []derive {
	var out []derive
	a, b := slices.Contains(nullable, l.a.rel), slices.Contains(nullable, l.b.rel)
	if b {
		out = append(out, derive{l.a, l.b, true})
	}
	if a {
		out = append(out, derive{l.b, l.a, true})
	}
	return out
}

// relIDs lists the relations of an item of FROM, with those of subqueries that are
// pulled up.
func relIDs(rel query.Rel) []query.RelID {
	switch rel := rel.(type) {
	case *query.Base:
		return []query.RelID{rel.ID}
	case *query.CTERef:
		return []query.RelID{rel.ID}
	case *query.Rows:
		return []query.RelID{rel.ID}
	case *query.Join:
		return append(relIDs(rel.Left), relIDs(rel.Right)...)
	case *query.Derived:
		ids := []query.RelID{rel.ID}
		if s := flat(rel.Query); s != nil {
			for _, inner := range s.From {
				ids = append(ids, relIDs(inner)...)
			}
		}
		return ids
	default:
		panic(query.Unexpected(rel))
	}
}

// close finds what equals a parameter, and then plans the subqueries. A column of a
// query around this one is no constant here.
func (r *router) close(p *plane) {
	p.links = slices.DeleteFunc(p.links, func(l derive) bool { return !p.knows(l.a) || !p.knows(l.b) })
	for again := true; again; {
		again = false
		for _, l := range p.links {
			again = r.pass(l.a, l.b) || !l.oneWay && r.pass(l.b, l.a) || again
		}
	}
	for _, f := range p.later {
		f()
	}
}

func (p *plane) knows(t value) bool { return t.param > 0 || slices.Contains(p.rels, t.rel) }

// pass pins b when a is a parameter or pinned, and reports whether that is news.
func (r *router) pass(a, b value) bool {
	n := r.pinned[a]
	if a.param > 0 {
		n = a.param
	}
	if n == 0 || b.param > 0 || r.pinned[b] != 0 {
		return false
	}
	r.pinned[b] = n
	return true
}
