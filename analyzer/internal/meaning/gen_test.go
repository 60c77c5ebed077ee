package meaning

import (
	"fmt"
	"math/rand/v2"

	"github.com/tenantgen/tenantgen/analyzer/query"
)

// gen draws statements that read, as lowering would make them of SQL.
type gen struct {
	*rand.Rand
	*world
	rels   int
	ops    int
	budget int // of relations
	named  int
	array  bool
}

// scope is what an expression can name: the relations of its level, and of those around it.
type scope struct {
	cols []query.Col
	up   *scope
	ctes []*query.CTE
}

func (s *scope) child() *scope { return &scope{up: s, ctes: s.ctes} }

func (g *gen) chance(percent int) bool { return g.IntN(100) < percent }

func (g *gen) id() query.RelID {
	g.rels++
	return query.RelID(g.rels - 1)
}

// statement draws one with the tenant as parameter 1, an array in a statement for a set of tenants.
func (g *gen) statement(relations int) *query.Statement {
	st := g.begin(relations)
	if width := 1 + g.IntN(2); !g.array && g.chance(40) {
		st.Root = g.nested(width)
	} else {
		st.Root = g.query(&scope{}, width, 3)
	}
	return g.finished(st)
}

func outs(width int) []query.Output {
	out := make([]query.Output, width)
	for i := range out {
		out[i] = query.Output{Name: fmt.Sprint("c", i), Type: "int"}
	}
	return out
}

// query draws one that yields width columns.
func (g *gen) query(s *scope, width, depth int) query.Query {
	s = s.child()
	var with []*query.CTE
	for depth > 1 && g.budget > 1 && g.chance(15) {
		c := g.cte(s, depth-1)
		with, s.ctes = append(with, c), append(s.ctes[:len(s.ctes):len(s.ctes)], c)
	}
	switch {
	case depth > 0 && g.budget > 1 && g.chance(15):
		op := &query.SetOp{With: with, Kind: query.SetOpKind(g.IntN(3)), All: g.chance(50), Out: outs(width), Limited: g.chance(10)}
		op.Left, op.Right = g.query(s, width, depth-1), g.query(s, width, depth-1)
		return op
	case g.chance(3):
		v := &query.Values{With: with, Out: outs(width)}
		for range 1 + g.IntN(2) {
			v.Rows = append(v.Rows, g.exprs(s, width, depth))
		}
		return v
	}
	q := g.level(s, width, depth)
	q.With = with
	return q
}

func (g *gen) cte(s *scope, depth int) *query.CTE {
	width := 1 + g.IntN(2)
	g.named++
	c := &query.CTE{Name: fmt.Sprint("w", g.named), Out: outs(width)}
	if g.chance(25) {
		c.Recursive = true
		op := &query.SetOp{All: g.chance(30), Out: outs(width)}
		op.Left = g.level(s.child(), width, depth)
		in := s.child()
		in.ctes = append(s.ctes[:len(s.ctes):len(s.ctes)], c)
		term := g.plainLevel(in, width, depth, &query.CTERef{ID: g.id(), CTE: c, Alias: c.Name})
		op.Right, c.Query = term, op
		return c
	}
	c.Query = g.query(s, width, depth)
	return c
}

// level draws a SELECT with anything.
func (g *gen) level(s *scope, width, depth int) *query.Select {
	q := g.plainLevel(s.child(), width, depth)
	switch n := g.IntN(100); {
	case n < 10:
		q.Limited = true
	case n < 15:
		q.Distinct = true
	}
	return q
}

// plainLevel draws FROM, WHERE, grouping and a select list; first stands in FROM already.
func (g *gen) plainLevel(s *scope, width, depth int, first ...query.Rel) *query.Select {
	q := &query.Select{From: first}
	for _, r := range first {
		s.cols = append(s.cols, columnsOf(r)...)
	}
	for len(q.From) == 0 || len(q.From) < 2 && g.budget > 0 && g.chance(25) {
		q.From = append(q.From, g.rel(s, depth))
	}
	q.Where = g.where(s, depth)
	for range width {
		q.Out = append(q.Out, query.Output{Name: fmt.Sprint("c", len(q.Out)), Type: "int", Expr: g.expr(s, depth)})
	}
	if len(first) == 0 {
		g.shape(q, s)
	}
	return q
}

// shape makes groups, windows or a choice of rows, and often leaves the first column to whoever filters outside.
func (g *gen) shape(q *query.Select, s *scope) {
	own := g.col(s)
	if g.chance(50) {
		own = g.first(s)
		q.Out[0].Expr = own
	}
	last := len(q.Out) - 1
	switch n := g.IntN(100); {
	case n < 8:
		q.Aggregate = true
		for i := range q.Out {
			q.Out[i].Expr = g.aggregate(s)
		}
	case n < 20:
		q.Group = &query.Group{By: []query.Expr{own}}
		for i := range q.Out {
			if q.Out[i].Expr = own; i > 0 {
				q.Out[i].Expr = g.aggregate(s)
			}
		}
		if g.chance(20) {
			q.Having = g.aggregate(s)
		} else if g.chance(40) {
			q.Having = &query.And{Args: []query.Expr{&query.Eq{L: own, R: &query.Param{Number: 1, Text: "$1"}, Text: "= $1"}, g.aggregate(s)}}
		}
	case n < 28:
		q.DistinctOn = []query.Expr{g.col(s)}
	case n < 36:
		q.Windows = []query.Window{{PartitionBy: []query.Expr{g.col(s)}}}
		q.Out[last].Expr = g.op(s)
	}
}

// first is a column in which tenants are, if there is one.
func (g *gen) first(s *scope) *query.Col {
	for range 6 {
		if c := g.col(s); c.Index == 0 {
			return c
		}
	}
	return g.col(s)
}

// nested draws a level over a query whose first column is asked to be the tenant.
func (g *gen) nested(width int) *query.Select {
	s := &scope{}
	q := &query.Select{}
	inner := g.query(&scope{}, 2, 1)
	var r query.Rel = &query.Derived{ID: g.id(), Alias: "d", Query: inner, Out: outs(2)}
	if g.chance(40) {
		g.named++
		c := &query.CTE{Name: fmt.Sprint("w", g.named), Query: inner, Out: outs(2)}
		q.With, r = []*query.CTE{c}, &query.CTERef{ID: g.id(), CTE: c, Alias: c.Name}
	}
	s.cols = columnsOf(r)
	q.From = []query.Rel{r}
	if g.budget > 0 && g.chance(50) {
		q.From = append(q.From, g.rel(s, 0))
	}
	q.Where = &query.And{Args: []query.Expr{&query.Eq{L: g.first(s), R: &query.Param{Number: 1, Text: "$1"}, Text: "= $1"}, g.cond(s, 0)}}
	for i := range width {
		q.Out = append(q.Out, query.Output{Name: fmt.Sprint("c", i), Type: "int", Expr: g.expr(s, 0)})
	}
	return q
}

func columnsOf(r query.Rel) []query.Col {
	var all []query.Col
	for _, c := range below(r) {
		for i := range c.width {
			all = append(all, query.Col{Rel: c.id, Index: i, Text: fmt.Sprintf("r%d.%d", c.id, i)})
		}
	}
	return all
}

func (g *gen) rel(s *scope, depth int) query.Rel {
	g.budget--
	var r query.Rel
	switch n := g.IntN(100); {
	case n < 15 && len(s.ctes) > 0:
		c := s.ctes[g.IntN(len(s.ctes))]
		r = &query.CTERef{ID: g.id(), CTE: c, Alias: c.Name}
	case n < 30 && depth > 0:
		width := 1 + g.IntN(2)
		q := g.query(&scope{up: s.up, ctes: s.ctes}, width, depth-1)
		r = &query.Derived{ID: g.id(), Alias: "d", Query: q, Out: outs(width)}
	case n < 55 && depth > 0 && g.budget > 0:
		return g.join(s, depth)
	default:
		r = &query.Base{ID: g.id(), Table: g.table(), Alias: "t"}
	}
	s.cols = append(s.cols, columnsOf(r)...)
	return r
}

func (g *gen) join(s *scope, depth int) query.Rel {
	in := &scope{up: s.up, ctes: s.ctes}
	j := &query.Join{Kind: query.JoinKind(g.IntN(4)), Left: g.rel(in, depth-1)}
	side := &scope{up: s.up, ctes: s.ctes}
	j.Right = g.rel(side, depth-1)
	in.cols = append(in.cols, side.cols...)
	j.On = g.where(in, depth-1)
	s.cols = append(s.cols, in.cols...)
	return j
}

// where draws a condition that often says whose the rows are.
func (g *gen) where(s *scope, depth int) query.Expr {
	var args []query.Expr
	for range 1 + g.IntN(3) {
		args = append(args, g.cond(s, depth))
	}
	if len(args) == 1 {
		return args[0]
	}
	return &query.And{Args: args}
}

func (g *gen) cond(s *scope, depth int) query.Expr {
	switch n := g.IntN(100); {
	case n < 45:
		return g.owned(s)
	case n < 65:
		return &query.Eq{L: g.col(s), R: g.value(s), Text: "="}
	case n < 67 && depth > 0: // plain writes draw none
		return g.orNull(s)
	case n < 73:
		return &query.Or{Args: []query.Expr{g.conjunction(s, depth), g.conjunction(s, depth)}}
	case n < 76:
		return &query.Not{Arg: g.cond(s, 0)}
	case n < 80:
		return &query.IsNotNull{Arg: g.col(s)}
	case n < 92 && depth > 0 && g.budget > 0:
		return g.sub(s, depth-1)
	}
	return g.op(s)
}

func (g *gen) conjunction(s *scope, depth int) query.Expr {
	return &query.And{Args: []query.Expr{g.owned(s), g.cond(s, max(depth-1, 0))}}
}

// owned is a condition on a first column, in which tenants are.
func (g *gen) owned(s *scope) query.Expr {
	c := g.col(s)
	for range 3 {
		if c.Index > 0 {
			c = g.col(s)
		}
	}
	if g.array && g.chance(60) {
		p := &query.Param{Number: 1, Text: "$1"}
		return &query.Op{Args: []query.Expr{c, p}, Strict: true, Rejects: true, Among: p, Text: "= ANY"}
	}
	if g.chance(70) && !g.array {
		return &query.Eq{L: c, R: &query.Param{Number: 1, Text: "$1"}, Text: "= $1"}
	}
	return &query.Eq{L: c, R: g.value(s), Text: "="}
}

func (g *gen) sub(s *scope, depth int) query.Expr {
	width := 1 + g.IntN(2)
	sub := &query.Sub{Kind: query.SubKind(g.IntN(4)), Text: fmt.Sprint("s", g.rels)}
	if sub.Kind == query.In {
		for range width {
			sub.Test = append(sub.Test, g.value(s))
		}
		sub.Args = sub.Test
	}
	sub.Query = g.query(s, width, depth)
	if g.chance(15) {
		return &query.Not{Arg: sub}
	}
	return sub
}

func (g *gen) op(s *scope) *query.Op {
	g.ops++
	o := &query.Op{Text: fmt.Sprint("f", g.ops%5), Args: []query.Expr{g.value(s), g.value(s)}, Strict: g.chance(40), Rejects: g.chance(20)}
	switch n := g.IntN(100); {
	case n < 10:
		return isNull(g.col(s))
	case n < 20:
		if o.Implies = g.owned(s); g.chance(30) {
			o.Implies = g.orNull(s)
		}
		o.Args = append(o.Args, o.Implies)
	}
	return o
}

func isNull(e query.Expr) *query.Op {
	return &query.Op{Text: "IS NULL", Args: []query.Expr{e}, Negation: &query.IsNotNull{Arg: e}}
}

func (g *gen) aggregate(s *scope) *query.Op {
	g.ops++
	o := &query.Op{Text: fmt.Sprint("agg", g.ops%3), Args: []query.Expr{g.col(s)}, Aggregate: true, Folds: true}
	if g.chance(40) {
		o.Filter = g.owned(s)
	}
	return o
}

func (g *gen) exprs(s *scope, n, depth int) []query.Expr {
	var all []query.Expr
	for range n {
		all = append(all, g.value(s))
	}
	return all
}

func (g *gen) expr(s *scope, depth int) query.Expr {
	switch n := g.IntN(100); {
	case n < 70:
		return g.col(s)
	case n < 75 && depth > 0 && g.budget > 0:
		return &query.Sub{Kind: query.Scalar, Text: fmt.Sprint("s", g.rels), Query: g.query(s, 1, depth-1)}
	case n < 82:
		return g.op(s)
	}
	return g.value(s)
}

// col is a column of this level, or of one around it.
func (g *gen) col(s *scope) *query.Col {
	for len(s.cols) == 0 || s.up != nil && s.up.some() && g.chance(25) {
		if s.up == nil {
			return nil
		}
		s = s.up
	}
	c := s.cols[g.IntN(len(s.cols))]
	return &c
}

func (s *scope) some() bool { return s != nil && (len(s.cols) > 0 || s.up.some()) }

func (g *gen) value(s *scope) query.Expr {
	switch n := g.IntN(100); {
	case n < 65 && s.some():
		return g.col(s)
	case n < 92:
		if g.array {
			return &query.Param{Number: 2, Text: "$2"}
		}
		n := 1 + g.IntN(2)
		return &query.Param{Number: n, Text: fmt.Sprint("$", n)}
	case n < 96:
		return &query.Const{Null: true, Text: "NULL"}
	}
	return g.literal(g.IntN(3))
}
