package querygen

import (
	"fmt"
	"slices"
	"strings"
)

// want is what a subquery should be like.
type want struct {
	types  []Type // of the output; nil for any
	tenant bool   // the first column must be the tenant
	open   bool   // leave it unpinned and output the tenant column
	outer  *scope // what it may refer to; all of it is pinned
}

// result is a generated query.
type result struct {
	q      *Query
	cols   []col
	tenant string // the column that holds the tenant
	open   bool   // unpinned, as wanted
}

// subselect is a query that yields rows: mostly a SELECT level, sometimes a set operation.
func (g *gen) subselect(w want) *result {
	if g.depth > 0 && g.chance(10) {
		var res *result
		g.nested(func() { res = g.setOp(w) })
		if res != nil {
			return res
		}
	}
	return g.level(w)
}

// setOp combines two queries position by position.
func (g *gen) setOp(w want) *result {
	left := g.level(w)
	right := want{types: types(left.cols), tenant: left.tenant != "" || w.tenant, open: left.open, outer: w.outer}
	r := g.level(right)
	if r.open != left.open {
		return nil
	}
	if left.tenant != "" && (r.tenant == "" || r.cols[0].name == "" || index(left.cols, left.tenant) != index(r.cols, r.tenant)) {
		return nil
	}
	if g.slip("swap the outputs of an arm", 5) && len(r.q.Out) > 1 {
		r.q.Out[0].Expr, r.q.Out[1].Expr = r.q.Out[1].Expr, r.q.Out[0].Expr
	}
	q := &Query{SetOp: pick(g, "UNION ALL", "UNION", "INTERSECT", "EXCEPT", "EXCEPT ALL"), Left: left.q, Right: r.q}
	return &result{q: q, cols: left.cols, tenant: left.tenant, open: left.open}
}

func types(cols []col) []Type {
	out := make([]Type, len(cols))
	for i, c := range cols {
		out[i] = c.typ
	}
	return out
}

func index(cols []col, name string) int {
	return slices.IndexFunc(cols, func(c col) bool { return c.name == name })
}

// level is one SELECT level in which every occurrence is pinned, but for the one whose
// tenant column an open query outputs.
func (g *gen) level(w want) *result {
	n := 1 + g.weighted(45, 35, 15, 5)
	if w.outer != nil || g.depth < 2 {
		n = 1 + g.weighted(80, 20)
	}
	p := g.tree(n, w.outer)
	q := &Query{From: []*Rel{p.rel}}
	if n > 1 && g.chance(10) { // by comma
		more := g.leaf(w.outer)
		q.From = append(q.From, more.rel)
		p = &part{occs: slices.Concat(p.occs, more.occs), needs: slices.Concat(p.needs, more.needs)}
	}
	res := &result{q: q}
	here := &scope{p.occs, w.outer}
	var conds []*Expr
	lead := -1
	known := w.outer.all()
	if w.open {
		lead = slices.IndexFunc(p.needs, func(o *occurrence) bool { return o.tenant != "" })
	}
	if lead >= 0 {
		res.open = true
		known = append(slices.Clip(known), p.needs[lead])
	}
	for i, o := range p.needs {
		if i == lead {
			continue
		}
		if p.merged != "" && len(q.From) == 1 && g.chance(40) {
			conds = append(conds, g.byParam(column("", p.merged), o))
		} else {
			conds = append(conds, g.pin(o, known))
		}
		known = append(slices.Clip(known), o)
	}
	for range g.weighted(60, 30, 10) {
		c := g.cond(here, 2)
		if g.chance(40) {
			conds = append([]*Expr{c}, conds...)
		} else {
			conds = append(conds, c)
		}
	}
	q.Where = and(conds...)
	g.output(res, p, here, w, lead)
	return res
}

// output chooses what a level outputs and how it groups and orders its rows.
func (g *gen) output(res *result, p *part, here *scope, w want, lead int) {
	owner := g.tenantOutput(res, p, w, lead)
	kind := g.weighted(58, 16, 6, 6, 5, 9)
	if res.open { // what may filter it from outside is most delicate here
		kind = g.weighted(44, 16, 0, 6, 14, 20)
	}
	switch {
	case kind == 1 && simple(w.types):
		g.grouped(res, here, w, owner)
	case kind == 2 && simple(w.types) && owner == nil:
		g.aggregated(res, here, w)
	case kind == 5 && simple(w.types):
		g.windowed(res, here, w, owner)
	default:
		g.columns(res, here, w, owner)
		res.q.Distinct = kind == 3
		if kind == 4 {
			g.distinctOn(res, here, owner)
		}
	}
	if res.open && g.slip("LIMIT over rows of all tenants", 12) || !res.open && g.chance(10) {
		limited(res.q, pick(g, "LIMIT 2", "LIMIT 1", "LIMIT 2 OFFSET 1", "OFFSET 1", "FETCH FIRST 2 ROWS WITH TIES"))
	}
	if len(res.q.GroupBy) == 0 && g.chance(4) {
		res.q.OrderBy = ordinals(len(res.cols))
	}
}

func simple(types []Type) bool {
	return !slices.ContainsFunc(types, func(t Type) bool { return t == JSON || t == Bool })
}

// tenantOutput is the first output of a query that must output the tenant, else nil.
func (g *gen) tenantOutput(res *result, p *part, w want, lead int) *Expr {
	switch {
	case res.open:
		return p.needs[lead].owner()
	case !w.tenant && !w.open && !g.chance(35):
		return nil
	}
	var owners []*Expr
	for _, o := range p.occs {
		if o.tenant != "" && (!w.tenant || p.rel == nil || p.rel.Join == "") {
			owners = append(owners, o.owner())
		}
	}
	switch {
	case len(owners) > 0 && !(w.tenant && g.chance(15)):
		return pick(g, owners...)
	case w.tenant:
		return form("%s::int", param(tenantParam))
	}
	return nil
}

// named gives an output column a name that is not taken, often a misleading one.
func (g *gen) named(res *result, e *Expr, typ Type) {
	name := pick(g, "id", "name", "x", "org_id", "tenant", "ref", "parent_id")
	if index(res.cols, name) >= 0 {
		name = g.alias("c")
	}
	res.q.Out = append(res.q.Out, &Out{e, name})
	res.cols = append(res.cols, col{name: name, typ: typ})
}

// lead puts the tenant column first.
func (g *gen) lead(res *result, owner *Expr) {
	if owner == nil {
		return
	}
	g.named(res, owner, Int)
	res.tenant = res.cols[0].name
}

// rest is the types of the output after the tenant column.
func (g *gen) rest(w want, owner *Expr) []Type {
	if w.types != nil {
		if owner != nil {
			return w.types[1:]
		}
		return w.types
	}
	var out []Type
	for range 1 + g.weighted(40, 40, 20) {
		out = append(out, Type(g.weighted(55, 35, 7, 3)))
	}
	return out
}

func (g *gen) columns(res *result, here *scope, w want, owner *Expr) {
	if owner != nil && w.types != nil && w.types[0] != Int {
		owner = nil
	}
	g.lead(res, owner)
	for _, t := range g.rest(w, owner) {
		if t == Int && g.chance(50) {
			g.named(res, g.intCol(here), t)
			res.cols[len(res.cols)-1].ref = pick(g, "tasks", "users", "projects", "notes")
		} else {
			g.named(res, g.expr(here, t, 1), t)
		}
	}
}

func (g *gen) distinctOn(res *result, here *scope, owner *Expr) {
	e := g.intCol(here)
	if owner != nil && (res.open && !g.slip("DISTINCT ON without the tenant", 35) || g.chance(50)) {
		res.q.DistinctOn = []*Expr{owner}
		if g.chance(50) {
			res.q.DistinctOn = append(res.q.DistinctOn, e)
		}
	} else {
		res.q.DistinctOn = []*Expr{e}
	}
	res.q.OrderBy = list(res.q.DistinctOn, ", ") + ", " + ordinals(len(res.cols))
}

func ordinals(n int) string {
	var parts []string
	for i := range n {
		parts = append(parts, fmt.Sprint(i+1))
	}
	return strings.Join(parts, ", ")
}

// limited adds LIMIT with an order that makes the outcome one multiset.
func limited(q *Query, limit string) *Query {
	switch {
	case q.Limit != "":
		return q
	case q.OrderBy == "":
		q.OrderBy = ordinals(len(outputs(q)))
	}
	q.Limit = limit
	return q
}

func outputs(q *Query) []*Out {
	for q.SetOp != "" {
		q = q.Left
	}
	return q.Out
}

// grouped is a level with GROUP BY.
func (g *gen) grouped(res *result, here *scope, w want, owner *Expr) {
	if owner != nil && w.types != nil && w.types[0] != Int {
		owner = nil
	}
	g.lead(res, owner)
	if owner != nil {
		res.q.GroupBy = append(res.q.GroupBy, owner)
	}
	rest := g.rest(w, owner)
	for _, t := range rest {
		if (t == Int || t == Text) && g.chance(40) {
			if e := g.colOf(here, t); e != nil {
				res.q.GroupBy = append(res.q.GroupBy, e)
				g.named(res, e, t)
				continue
			}
		}
		g.named(res, g.aggregate(here, t), t)
	}
	if len(res.q.GroupBy) == 0 {
		res.q.GroupBy = []*Expr{g.intCol(here)}
	}
	if !res.open && g.chance(15) {
		res.q.Grouping = pick(g, "ROLLUP", "CUBE", "GROUPING SETS")
	}
	if g.chance(20) {
		res.q.Having = form(pick(g, "%s > 1", "%s = 2", "%s IS NOT NULL"), g.aggregate(here, Int))
	}
}

// aggregated is a level with aggregates only: one row, whatever there is.
func (g *gen) aggregated(res *result, here *scope, w want) {
	for _, t := range g.rest(w, nil) {
		g.named(res, g.aggregate(here, t), t)
	}
	if g.chance(15) {
		res.q.Having = form("%s > 0", g.aggregate(here, Int))
	}
}

// aggregate is an aggregate of this level: with columns of an outer level alone it
// would belong there.
func (g *gen) aggregate(here *scope, t Type) *Expr {
	here = &scope{occs: here.occs}
	var e *Expr
	switch t {
	case Text:
		x := g.textExpr(here, 1)
		e = pick(g, form("max(%s)", x), form("string_agg(%s, ',' ORDER BY %s)", x, x))
	case Bool:
		e = form("bool_or(%s)", g.expr(here, Bool, 0))
	case JSON:
		x := g.intCol(here)
		e = form("jsonb_agg(%s ORDER BY %s)", x, x)
	default:
		e = pick(g, form("count(*)::int"), form("max(%s)", g.intCol(here)), form("sum(%s)::int", g.intCol(here)), form("count(DISTINCT %s)::int", g.intCol(here)))
		if strings.HasSuffix(e.Text, "::int") && g.chance(20) {
			e.Text = strings.TrimSuffix(e.Text, "::int") + " FILTER (WHERE %s)"
			e.Args = append(e.Args, g.cond(here, 1))
			e = form("(%s)::int", e)
		}
	}
	return e
}

// windowed is a level with a window function whose result does not depend on the
// order of peers.
func (g *gen) windowed(res *result, here *scope, w want, owner *Expr) {
	g.lead(res, owner)
	for i, t := range g.rest(w, owner) {
		if t != Int || i > 0 && g.chance(50) {
			g.named(res, g.expr(here, t, 0), t)
			continue
		}
		over := &Expr{Text: "PARTITION BY %s ", Key: true}
		if owner != nil && (res.open && !g.slip("window over all tenants", 35) || !res.open && g.chance(50)) {
			over.Args = append(over.Args, owner)
		}
		if g.chance(50) {
			over.Args = append(over.Args, g.intCol(here))
		}
		fn := pick(g, form("rank()"), form("count(*)"), form("sum(%s)", g.intCol(here)), form("max(%s)", g.intCol(here)), form("dense_rank()"))
		g.named(res, form("(%s OVER (%sORDER BY %s))::int", fn, over, g.intCol(here)), t)
	}
}
