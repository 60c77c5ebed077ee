package meaning

import (
	"fmt"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// begin begins a statement of so many relations, with the tenant as parameter 1: an array in a statement for a set of tenants.
func (g *gen) begin(relations int) *query.Statement {
	g.rels, g.ops, g.named, g.budget = 0, 0, 0, relations
	st := &query.Statement{Literals: g.own.Literals}
	for n := 1; n <= 2; n++ {
		p := &query.ParamInfo{Number: n, Equals: []query.Type{"int"}}
		if n == 1 && g.array {
			p = &query.ParamInfo{Number: n, Elements: []catalog.Name{{Schema: "pg_catalog", Name: "int4"}}}
		}
		st.Params = append(st.Params, p)
	}
	return st
}

// finished adds what lowering says of a whole statement.
func (g *gen) finished(st *query.Statement) *query.Statement {
	st.Rels = g.rels
	posts := map[query.RelID]bool{}
	visit(st.Root, func(n query.Node) {
		if b, ok := n.(*query.Base); ok && b.Table == g.posts {
			posts[b.ID] = true
		}
	})
	visit(st.Root, func(n query.Node) {
		eq, ok := n.(*query.Eq)
		if !ok {
			return
		}
		c, column := eq.L.(*query.Col)
		v, constant := eq.R.(*query.Const)
		if column && constant && posts[c.Rel] && fmt.Sprintf("%d = %s", c.Index, v.Text) == publicPost {
			if st.Forms == nil {
				st.Forms = map[query.Expr]query.Form{}
			}
			st.Forms[eq] = query.Form{Rel: c.Rel, Text: publicPost}
		}
	})
	return st
}

// visit calls f with a part of a statement and all parts of that.
func visit(n query.Node, f func(query.Node)) {
	f(n)
	query.Children(n, func(part query.Node) { visit(part, f) })
}

// literal is a constant as lowering writes it: known by its value where something asks for that.
func (g *gen) literal(n int) *query.Const {
	text := fmt.Sprint(n)
	return &query.Const{Text: text, Literal: g.own.Literal(text)}
}

// table is one of the pool: those that most rules are about come most often.
func (g *gen) table() *catalog.Table {
	w := g.world
	pool := [...]*catalog.Table{w.notes, w.notes, w.notes, w.notes, w.notes, w.notes, w.tasks, w.tasks, w.comments, w.comments, w.plans, w.plans, w.links, w.links,
		w.posts, w.items, w.marks, w.rooms, w.drafts}
	return pool[g.IntN(len(pool))]
}

// orNull is an equality in which nulls may count as equal, or as true: what IS NOT DISTINCT FROM, IS NOT FALSE
// and COALESCE come to, also in an arm of another OR.
func (g *gen) orNull(s *scope) query.Expr {
	eq := &query.Eq{L: g.first(s), R: g.value(s), Text: "="}
	if g.chance(60) {
		eq.R = &query.Param{Number: 1 + g.IntN(2), Text: "$"}
	}
	if g.array {
		eq.R = &query.Param{Number: 2, Text: "$2"}
	}
	arms := []query.Expr{eq, isNull(eq.L)}
	switch n := g.IntN(100); {
	case n < 30:
		arms[1] = &query.And{Args: []query.Expr{isNull(eq.L), isNull(eq.R)}}
	case n < 50:
		arms = append(arms, isNull(eq.R))
	case n < 60:
		arms[1] = &query.Or{Args: []query.Expr{&query.And{Args: []query.Expr{eq, g.cond(s, 0)}}, isNull(eq.L)}}
	}
	return &query.Or{Args: arms}
}
