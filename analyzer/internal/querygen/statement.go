package querygen

import "slices"

// Statement is a generated statement.
type Statement struct {
	SQL     string
	Writes  bool
	Damages []string // what was done to it after every occurrence was pinned
	// Oracle marks an ON CONFLICT DO UPDATE by a key that other tenants' rows share:
	// whether it leaves its row out tells of theirs, as the unique violation does that
	// it would raise without the clause. That is the business of the schema rules.
	Oracle bool
}

func (s *Statement) String() string { return s.SQL }

// GoString is how rapid prints a statement.
func (s *Statement) GoString() string { return s.SQL }

// Generate makes a statement by the choices of draw.
func Generate(draw Draw) *Statement {
	g := &gen{draw: draw, writes: map[string]bool{}}
	g.depth = g.weighted(20, 35, 30, 15)
	var with []*CTE
	recursive := false
	for range g.weighted(65, 25, 10) {
		c, rec := g.cte()
		with, recursive = append(with, c), recursive || rec
	}
	var res *result
	if g.chance(30) {
		res = g.write()
	} else {
		res = g.subselect(want{})
		if g.chance(3) && plainLevel(res.q) {
			res.q.Lock = pick(g, "FOR UPDATE", "FOR SHARE SKIP LOCKED")
		}
	}
	res.q.With, res.q.Recursive = append(with, res.q.With...), recursive
	s := &Statement{Damages: g.slips}
	for range g.weighted(40, 35, 15, 10) - len(g.slips) {
		if what := g.damage(res.q); what != "" {
			s.Damages = append(s.Damages, what)
		}
	}
	s.SQL, s.Writes = res.q.String(), len(g.writes) > 0
	for _, w := range sitesOf(res.q).writes {
		s.Oracle = s.Oracle || w.Conflict != nil && w.Conflict.Sets != nil && lookup(w.Table).sharedKey(w.Conflict.Target)
	}
	return s
}

func plainLevel(q *Query) bool {
	if q.SetOp != "" || q.Distinct || len(q.DistinctOn)+len(q.GroupBy) > 0 || len(q.From) != 1 || q.From[0].Join != "" || q.From[0].Query != nil || q.Having != nil {
		return false
	}
	return !slices.ContainsFunc(q.Out, func(o *Out) bool { return o.Expr.Op != Col })
}

// cte is a WITH query that later parts may refer to.
func (g *gen) cte() (*CTE, bool) {
	c := &CTE{Name: g.alias("q")}
	r := &relation{name: c.Name}
	var res *result
	recursive := false
	kind := g.weighted(40, 15, 15, 15, 15)
	depth := g.depth
	g.depth = max(depth-1, 0)
	switch kind {
	case 0:
		res = g.subselect(want{})
	case 1:
		res = g.subselect(want{open: true})
	case 2:
		res = g.write()
		if len(res.cols) == 0 { // MERGE
			res = g.subselect(want{})
		}
	case 3:
		res, recursive = g.recursive(c), true
	default:
		res = g.shadowing(c, r)
	}
	g.depth = depth
	r.cols, r.tenant, r.open, c.Query = res.cols, res.tenant, res.open, res.q
	g.ctes = append(g.ctes, r)
	return c, recursive
}

// shadowing is a WITH query that has the name and the columns of a table.
func (g *gen) shadowing(c *CTE, r *relation) *result {
	t := tables[g.draw(4)]
	if slices.Contains(g.shadow, t.name) || g.writes[t.name] {
		return g.subselect(want{})
	}
	o := &occurrence{alias: g.alias("s"), cols: t.cols, tenant: t.tenant, table: t}
	q := &Query{From: []*Rel{{Table: "public." + t.name, Alias: o.alias}}}
	for _, x := range t.cols {
		q.Out = append(q.Out, &Out{Expr: o.col(x.name)})
	}
	res := &result{q: q, cols: t.cols, tenant: t.tenant, open: g.chance(30)}
	if !res.open {
		q.Where = and(g.pin(o, nil))
	}
	if g.chance(40) {
		q.Where = and(append([]*Expr{g.cond(&scope{occs: []*occurrence{o}}, 1)}, conjuncts(q.Where)...)...)
	}
	c.Name, r.name = t.name, t.name
	g.shadow = append(g.shadow, t.name)
	return res
}

func conjuncts(e *Expr) []*Expr {
	if e == nil {
		return nil
	}
	return []*Expr{e}
}

// recursive walks a tree down or up, within the tenant.
func (g *gen) recursive(c *CTE) *result {
	t, parent := lookup("folders"), "parent_id"
	if g.chance(40) {
		t, parent = lookup("users"), "boss_id"
	}
	start := &occurrence{alias: g.alias("a"), cols: t.cols, tenant: t.tenant, table: t}
	step := &occurrence{alias: g.alias("b"), cols: t.cols, tenant: t.tenant, table: t}
	self := &occurrence{alias: g.alias("r"), cols: []col{{"org", Int, "orgs"}, {"node", Int, t.name}, {"up", Int, t.name}, {"depth", Int, ""}}, tenant: "org"}
	outs := func(owner *Expr, o *occurrence, depth *Expr) []*Out {
		return []*Out{{Expr: owner}, {Expr: o.col("id")}, {Expr: o.col(parent)}, {Expr: depth}}
	}
	here := &scope{occs: []*occurrence{start}}
	first := &Query{Out: outs(start.owner(), start, form("1")), From: []*Rel{{Table: t.name, Alias: start.alias}}, Where: and(g.pin(start, nil))}
	if g.chance(50) {
		first.Where.Args = append(first.Where.Args, g.cond(here, 1))
	}
	link := pick(g, eq(step.col(parent), self.col("node")), eq(step.col("id"), self.col("up")))
	owned := pick(g, eq(step.owner(), self.owner()), eq(step.owner(), self.owner()), g.byParam(step.owner(), step))
	on := and(link, owned)
	owner := pick(g, step.owner(), self.owner())
	if g.slip("recursion drifts", 20) {
		owner = pick(g, step.col("id"), self.col("node"), step.col(parent), self.col("up"))
		if g.chance(50) {
			on = and(link, eq(step.owner(), self.owner()))
		}
	}
	second := &Query{Out: outs(owner, step, form("%s + 1", self.col("depth"))),
		From:  []*Rel{{Join: "JOIN", L: &Rel{Table: c.Name, Alias: self.alias}, R: &Rel{Table: t.name, Alias: step.alias}, On: on}},
		Where: and(form("%s < 3", self.col("depth")))}
	c.Cols = []string{"org", "node", "up", "depth"}
	return &result{q: &Query{SetOp: pick(g, "UNION ALL", "UNION"), Left: first, Right: second}, cols: self.cols, tenant: "org"}
}
