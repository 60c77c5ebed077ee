package querygen

import "slices"

// targets are the tables that statements write to.
func (g *gen) target() *table {
	var free []*table
	for _, t := range tables {
		if !t.view && t.name != "orgs" && !g.writes[t.name] && !slices.Contains(g.shadow, t.name) {
			free = append(free, t)
		}
	}
	t := free[0]
	if g.chance(70) {
		t = free[g.draw(min(4, len(free)))]
	} else {
		t = pick(g, free...)
	}
	g.writes[t.name] = true
	return t
}

// write is a data-modifying statement.
func (g *gen) write() *result {
	t := g.target()
	o := &occurrence{alias: g.alias("w"), cols: t.cols, tenant: t.tenant, table: t}
	w := &Write{Table: t.name, Alias: o.alias}
	res := &result{q: &Query{Write: w}}
	switch g.weighted(35, 35, 20, 10) {
	case 0:
		g.insert(w, o)
	case 1:
		w.Kind = "UPDATE"
		here := g.sources(w, o)
		w.Sets = g.sets(o, here)
	case 2:
		w.Kind = "DELETE"
		g.sources(w, o)
	case 3:
		g.merge(w, o)
		return res
	}
	return g.returning(res, o)
}

// returning outputs columns of the target only: which of several matching source
// rows an UPDATE sees is not defined.
func (g *gen) returning(res *result, o *occurrence) *result {
	w := res.q.Write
	here := &scope{occs: []*occurrence{o}}
	if o.tenant != "" {
		g.named(res, o.owner(), Int)
		res.tenant = res.cols[0].name
	}
	g.named(res, o.tableCol("id"), Int)
	if g.chance(40) {
		g.named(res, g.expr(here, Text, 1), Text)
	}
	if w.Kind != "INSERT" && g.chance(10) {
		g.named(res, g.intExpr(here, 1), Int)
	}
	w.Returning, res.q.Out = res.q.Out, nil
	return res
}

// sources fills in FROM and WHERE of UPDATE and DELETE.
func (g *gen) sources(w *Write, o *occurrence) *scope {
	here := &scope{occs: []*occurrence{o}}
	var conds, known = []*Expr(nil), []*occurrence(nil)
	target := &part{occs: here.occs}
	if o.owned() {
		target.needs = target.occs
	}
	needs := target.needs
	if g.chance(45) {
		p := g.tree(1+g.weighted(80, 20), nil)
		w.From = []*Rel{p.rel}
		conds = append(conds, g.match(target, p))
		needs = slices.Concat(p.needs, needs)
		known = slices.DeleteFunc(slices.Clone(p.occs), func(x *occurrence) bool { return slices.Contains(p.needs, x) })
		here = &scope{occs: slices.Concat(here.occs, p.occs)}
	}
	if len(needs) > 1 && g.chance(50) {
		slices.Reverse(needs)
	}
	for _, n := range needs {
		conds = append(conds, g.pin(n, known))
		known = append(slices.Clip(known), n)
	}
	if g.chance(60) {
		conds = append(conds, g.cond(here, 2))
	}
	w.Where = and(conds...)
	return here
}

// sets are assignments that keep the tenant. Values come from the target alone.
func (g *gen) sets(o *occurrence, here *scope) []*Set {
	own := &scope{occs: []*occurrence{o}}
	var out []*Set
	for _, name := range o.table.set {
		if len(out) > 0 && g.chance(50) {
			continue
		}
		out = append(out, &Set{[]string{name}, g.expr(own, o.table.typeOf(name), 1)})
	}
	if o.tenant != "" && g.chance(5) {
		out = append(out, &Set{[]string{o.tenant}, pick(g, param(tenantParam), o.owner())})
	}
	if len(out) > 1 && g.chance(20) {
		out[0] = &Set{[]string{out[0].Columns[0], out[1].Columns[0]}, form("(%s, %s)", out[0].Value, out[1].Value)}
		out = slices.Delete(out, 1, 2)
	}
	return out
}

func (t *table) typeOf(name string) Type { return t.cols[index(t.cols, name)].typ }

// insert fills in an INSERT whose rows carry the tenant.
func (g *gen) insert(w *Write, o *occurrence) {
	w.Kind = "INSERT"
	t := o.table
	ty := []Type{}
	switch {
	case t.tenant != "":
		w.Columns, ty = append(w.Columns, t.tenant), append(ty, Int)
	case t.parent != "":
		w.Columns, ty = append(w.Columns, t.link), append(ty, Int)
	}
	w.Columns, ty = append(w.Columns, "id"), append(ty, Int)
	for _, name := range append([]string{t.fixed, "done", "owner_id"}, t.set...) {
		must := name == t.fixed || name == "done" || name == "owner_id"
		if i := index(t.cols, name); i >= 0 && !slices.Contains(w.Columns, name) && (must || g.chance(50)) {
			w.Columns, ty = append(w.Columns, name), append(ty, t.cols[i].typ)
		}
	}
	switch {
	case t.parent != "":
		w.Source = g.childSource(t, ty)
	case t.tenant == "" || g.chance(50):
		g.rows(w, ty, t.tenant != "")
	default:
		w.Source = g.subselect(want{types: ty, tenant: true}).q
	}
	if t.plain && w.Source.Rows == nil && len(w.Source.Out) > 1 && g.chance(70) {
		id := w.Source.Out[slices.Index(w.Columns, "id")]
		if len(w.Source.GroupBy) == 0 && !w.Source.Distinct {
			id.Expr = form("90 + %s", id.Expr)
		}
	}
	if g.chance(45) {
		w.Conflict = g.conflict(o)
		// Of source rows with one key the first wins, so their order must be total.
		if w.Source.Rows == nil && w.Source.OrderBy == "" && w.Source.Lock == "" {
			w.Source.OrderBy = ordinals(len(outputs(w.Source)))
		}
	}
}

// rows makes the source of INSERT a VALUES list.
func (g *gen) rows(w *Write, ty []Type, tenant bool) {
	w.Source = &Query{}
	for range 1 + g.weighted(70, 30) {
		var row []*Expr
		for i, t := range ty {
			switch {
			case i == 0 && tenant && g.slip("row of another tenant", 6):
				row = append(row, pick(g, form("2"), param(otherParam), form("%s + 1", param(tenantParam))))
			case i == 0 && tenant:
				row = append(row, param(tenantParam))
			case i <= 1 && w.Columns[i] == "id":
				row = append(row, pick(g, form("91"), form("92"), form("93"), form("1"), form("2"), form("3"), param(intParam)))
			default:
				row = append(row, g.expr(&scope{}, t, 0))
			}
		}
		w.Source.Rows = append(w.Source.Rows, row)
	}
}

// childSource takes the key of the parent from a pinned row.
func (g *gen) childSource(t *table, ty []Type) *Query {
	p := g.base(lookup(t.parent))
	x := p.occs[0]
	q := &Query{From: []*Rel{p.rel}, Where: and(g.pin(x, nil))}
	if g.chance(50) {
		q.Where.Args = append(q.Where.Args, g.cond(&scope{occs: p.occs}, 1))
	}
	for i, typ := range ty {
		e := g.expr(&scope{occs: p.occs}, typ, 0)
		switch i {
		case 0:
			e = x.tableCol("id")
		case 1:
			e = form("90 + %s", x.tableCol("id"))
		}
		q.Out = append(q.Out, &Out{Expr: e})
	}
	return q
}

// conflict is an ON CONFLICT clause, with a target that includes the tenant where there is one.
func (g *gen) conflict(o *occurrence) *Conflict {
	c := &Conflict{Target: o.table.targets[0]}
	if g.chance(50) {
		c.Target = pick(g, o.table.targets...)
	}
	if g.chance(40) {
		if g.chance(20) {
			c.Target = ""
		}
		return c
	}
	excluded := &occurrence{alias: "excluded", cols: o.cols, tenant: o.tenant, table: o.table}
	both := &scope{occs: []*occurrence{o, excluded}}
	for _, name := range o.table.set[:1+g.draw(len(o.table.set))] {
		c.Sets = append(c.Sets, &Set{[]string{name}, pick(g, excluded.col(name), g.expr(both, o.table.typeOf(name), 1))})
	}
	if g.chance(40) {
		conds := []*Expr{g.cond(both, 1)}
		if o.tenant != "" && g.chance(60) {
			conds = append(conds, pick(g, eq(o.owner(), excluded.owner()), eq(o.owner(), param(tenantParam))))
		}
		c.Where = and(conds...)
	}
	return c
}

// merge fills in a MERGE.
func (g *gen) merge(w *Write, o *occurrence) {
	w.Kind = "MERGE"
	p := g.leaf(nil)
	w.From = []*Rel{p.rel}
	target := &part{occs: []*occurrence{o}}
	conds := []*Expr{g.match(target, p)}
	var known []*occurrence
	for _, n := range p.needs {
		conds = append(conds, g.pin(n, nil))
		known = append(known, n)
	}
	if o.owned() {
		conds = append(conds, g.pin(o, known))
	}
	w.Where = and(conds...)
	both := &scope{occs: slices.Concat(target.occs, p.occs)}
	matched := &When{Matched: true, Delete: g.chance(25)}
	if !matched.Delete {
		matched.Sets = g.sets(o, both)
	}
	if g.chance(40) {
		matched.And = g.cond(both, 1)
	}
	w.Whens = append(w.Whens, matched)
	if o.tenant != "" && g.chance(50) {
		m := &When{Columns: []string{o.tenant, "id"}, Values: []*Expr{param(tenantParam), form("95")}}
		for _, c := range o.cols {
			if c.name == o.table.fixed || c.name == "done" || c.name == "owner_id" {
				m.Columns, m.Values = append(m.Columns, c.name), append(m.Values, g.expr(&scope{occs: p.occs}, c.typ, 0))
			}
		}
		w.Whens = append(w.Whens, m)
	}
}
