package querygen

// pin returns a condition by which o has rows of the tenant only, given that the
// occurrences in known do.
func (g *gen) pin(o *occurrence, known []*occurrence) *Expr {
	if o.child() {
		return g.pinChild(o, known)
	}
	if e := g.byKey(o, known); e != nil && g.chance(15) {
		return e
	}
	var chains []*Expr
	for _, k := range known {
		if k.tenant != "" && k != o {
			chains = append(chains, eq(o.owner(), k.owner()))
		}
	}
	switch n := g.weighted(50, 35*min(1, len(chains)), 10); {
	case n == 1:
		e := pick(g, chains...)
		if g.chance(20) {
			e.Args[0], e.Args[1] = e.Args[1], e.Args[0]
		}
		return e
	case n == 2:
		var e *Expr
		if g.nested(func() { e = g.bySubquery(o) }) {
			return e
		}
	}
	return g.byParam(o.owner(), o)
}

// byParam equates a tenant column with the tenant parameter in one of many ways.
func (g *gen) byParam(owner *Expr, o *occurrence) *Expr {
	plain := eq(owner, param(tenantParam))
	here := &scope{occs: []*occurrence{o}}
	switch g.weighted(70, 6, 4, 4, 4, 4, 2, 2, 4, 3) {
	case 1:
		return eq(param(tenantParam), owner)
	case 2:
		return form("%s = %s::int", owner, param(tenantParam))
	case 3:
		return form("%s IN (%s)", owner, param(tenantParam))
	case 4:
		return form("(%s, %s) = (%s, %s)", owner, g.intCol(here), param(tenantParam), g.intExpr(here, 0))
	case 5:
		again := eq(owner, param(tenantParam))
		if g.slip("arm of OR without a pin", 25) {
			again = eq(g.intCol(here), param(tenantParam))
		}
		arms := []*Expr{and(plain, g.cond(here, 0)), and(again, g.cond(here, 0))}
		if g.chance(50) {
			arms[0], arms[1] = arms[1], arms[0]
		}
		return &Expr{Op: Or, Args: arms}
	case 6:
		return &Expr{Op: Not, Args: []*Expr{form("%s <> %s", owner, param(tenantParam))}}
	case 7:
		return form("(%s) IS TRUE", plain)
	case 8:
		return and(g.cond(here, 0), plain)
	case 9:
		return pick(g, form("%s BETWEEN %s AND %s", owner, param(tenantParam), param(tenantParam)),
			form("%s = ANY (ARRAY[%s])", owner, param(tenantParam)), form("%s >= %s AND %s <= %s", owner, param(tenantParam), owner, param(tenantParam)))
	}
	return plain
}

// byKey pins o through a key or foreign key, nil where none fits.
func (g *gen) byKey(o *occurrence, known []*occurrence) *Expr {
	if o.table == nil {
		return nil
	}
	var found []*Expr
	partial := g.slip("join by a part of a key", 4)
	for _, k := range known {
		if k.table == nil || k == o {
			continue
		}
		switch {
		case partial && k.table == o.table:
			found = append(found, eq(g.intCol(&scope{occs: []*occurrence{o}}), g.intCol(&scope{occs: []*occurrence{k}})))
		case k.table == o.table && o.table.plain:
			found = append(found, eq(o.tableCol("id"), k.tableCol("id")))
		case k.table.name == "projects" && o.table.name == "users":
			found = append(found, eq(o.tableCol("id"), k.tableCol("owner_id")))
		case k.table.name == "users" && o.table.name == "projects":
			found = append(found, eq(o.tableCol("owner_id"), k.tableCol("id")))
		}
	}
	if len(found) == 0 {
		return nil
	}
	return pick(g, found...)
}

// bySubquery pins o by a subquery that yields the tenant.
func (g *gen) bySubquery(o *occurrence) *Expr {
	here := &scope{occs: []*occurrence{o}}
	switch g.draw(4) {
	case 0:
		x := g.base(pick(g, tables[:7]...)).occs[0]
		q := &Query{Out: []*Out{{Expr: form("1")}}, From: []*Rel{{Table: x.table.name, Alias: x.alias}}}
		*x = occurrence{alias: x.alias, cols: x.table.cols, tenant: x.table.tenant, table: x.table}
		q.Where = and(g.byParam(x.owner(), x), eq(x.owner(), o.owner()))
		if g.chance(50) {
			q.Where.Args = append(q.Where.Args, g.cond(&scope{[]*occurrence{x}, here}, 0))
		}
		if g.slip("NOT EXISTS as a pin", 15) {
			return subForm("NOT EXISTS (%s)", q)
		}
		return subForm("EXISTS (%s)", q)
	case 1:
		return subForm("%s IN (%s)", g.subselect(want{tenant: true, types: []Type{Int}}).q, o.owner())
	case 2:
		return subForm("(%s, %s) IN (%s)", g.subselect(want{tenant: true, types: []Type{Int, Int}}).q, o.owner(), g.intCol(here))
	}
	return subForm("%s = ANY (%s)", g.subselect(want{tenant: true, types: []Type{Int}}).q, o.owner())
}

// pinChild pins a row of a child table through its parent.
func (g *gen) pinChild(o *occurrence, known []*occurrence) *Expr {
	link := o.tableCol(o.table.link)
	for _, k := range known {
		if k.table != nil && k.table.name == o.table.parent && !g.chance(10) {
			return eq(link, k.tableCol("id"))
		}
	}
	t := lookup(o.table.parent)
	x := &occurrence{alias: g.alias("p"), cols: t.cols, tenant: t.tenant, table: t}
	q := &Query{Out: []*Out{{Expr: x.col("id")}}, From: []*Rel{{Table: t.name, Alias: x.alias}}, Where: and(g.pin(x, []*occurrence{o}))}
	if g.chance(50) {
		return subForm("%s IN (%s)", q, link)
	}
	q.Where.Args = append(q.Where.Args, eq(x.col("id"), link))
	return subForm("EXISTS (%s)", q)
}
