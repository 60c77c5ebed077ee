package schemagen

import "fmt"

// source is a FROM clause with conditions.
type source struct {
	text  string
	occs  []*occ
	where []string
}

func (q *source) String() string {
	if len(q.where) == 0 {
		return q.text
	}
	return q.text + " WHERE " + join(q.where, " AND ")
}

// level is a SELECT with the classes of its outputs.
type level struct {
	text    string
	classes []string
	owner   string // the output that holds the tenant
}

// from makes a FROM clause of up to n occurrences that are joined along links and keys.
// Mostly not each of them is pinned by itself: what links say is to be believed or not.
func (g *stmt) from(n int, outer []*occ) *source {
	q := &source{}
	first := &occ{g.alias(), g.table()}
	q.text, q.occs = first.t.Name+" "+first.alias, []*occ{first}
	var pinned []*occ
	if len(outer) > 0 && g.chance(75) {
		if c := g.match(first, outer); c != "" {
			q.where = append(q.where, c)
		}
	}
	if g.chance(80) {
		q.where = append(q.where, g.pin(first, outer)...)
		pinned = append(pinned, first)
	}
	for range n - 1 {
		g.next(q, &pinned)
	}
	if len(pinned) == 0 || first.t.Kind == Child && g.chance(60) {
		q.where = append(q.where, g.pin(pick(g.rng, q.occs...), nil)...)
	}
	for range g.weighted(45, 40, 15) {
		q.where = append(q.where, g.cond(q.occs))
	}
	if g.chance(30) {
		g.Shuffle(len(q.where), func(i, j int) { q.where[i], q.where[j] = q.where[j], q.where[i] })
	}
	return q
}

// next joins one more occurrence.
func (g *stmt) next(q *source, pinned *[]*occ) {
	to := pick(g.rng, q.occs...)
	o := &occ{g.alias(), g.neighbour(to.t)}
	on := g.match(o, []*occ{to})
	conds := []string{on}
	if on == "" {
		conds = nil
	}
	if g.chance(58) {
		conds = append(conds, g.pin(o, *pinned)...)
		*pinned = append(*pinned, o)
	}
	kind := pick(g.rng, "JOIN", "JOIN", "JOIN", "JOIN", "LEFT JOIN", "LEFT JOIN", ",", "RIGHT JOIN")
	q.occs = append(q.occs, o)
	switch {
	case kind == ",":
		q.text += " CROSS JOIN " + o.t.Name + " " + o.alias
		q.where = append(q.where, conds...)
	case len(conds) == 0:
		q.text += " " + kind + " " + o.t.Name + " " + o.alias + " ON true"
	default:
		q.text += " " + kind + " " + o.t.Name + " " + o.alias + " ON " + join(conds, " AND ")
	}
}

// neighbour is a table that is linked with t, or t itself, or any.
func (g *stmt) neighbour(t *Table) *Table {
	var near []*Table
	for _, l := range t.Links {
		near = append(near, l.Table, l.Table)
	}
	for _, x := range g.s.Tables {
		for _, l := range x.Links {
			if l.Table == t {
				near = append(near, x)
			}
		}
	}
	switch g.weighted(60, 20, 20) {
	case 0:
		if len(near) > 0 {
			return pick(g.rng, near...)
		}
	case 1:
		return t
	}
	return g.table()
}

// match compares an occurrence with one of others, along a link or a key.
func (g *stmt) match(o *occ, others []*occ) string {
	var ways []string
	for _, x := range others {
		for _, l := range o.t.Links {
			if l.Table == x.t {
				ways = append(ways, g.linked(l, o, x))
			}
		}
		for _, l := range x.t.Links {
			if l.Table == o.t {
				ways = append(ways, g.linked(l, x, o))
			}
		}
		if x.t == o.t {
			for _, k := range o.t.keys {
				l := &Link{Columns: k, Refs: k}
				ways = append(ways, g.linked(l, o, x))
			}
			c := pick(g.rng, o.t.Columns...)
			ways = append(ways, o.col(c.Name)+" = "+x.col(c.Name))
		}
	}
	if len(ways) > 0 && g.chance(90) {
		return pick(g.rng, ways...)
	}
	x := pick(g.rng, others...)
	for range 6 {
		a, b := pick(g.rng, o.t.Columns...), pick(g.rng, x.t.Columns...)
		if a.class == b.class {
			return o.col(a.Name) + " = " + x.col(b.Name)
		}
	}
	return ""
}

// linked compares the columns of a link, some of them only, sometimes through a value.
func (g *stmt) linked(l *Link, from, to *occ) string {
	var parts []string
	for i := range l.Columns {
		a, b := from.col(l.Columns[i]), to.col(l.Refs[i])
		if len(l.Columns) > 1 && g.chance(25) {
			continue
		}
		c := from.t.column(l.Columns[i])
		switch {
		case g.chance(6):
			parts = append(parts, a+" IS NOT DISTINCT FROM "+b)
		case g.chance(8) && c != nil && len(c.values) > 0:
			p := g.param(c.values)
			parts = append(parts, a+" = "+p, b+" = "+p)
		case g.chance(5):
			parts = append(parts, a+"::text = "+b+"::text")
		case g.chance(50):
			parts = append(parts, b+" = "+a)
		default:
			parts = append(parts, a+" = "+b)
		}
	}
	if len(parts) == 0 {
		return "true"
	}
	return join(append(parts, g.besides(l, from.alias, to.alias)...), " AND ")
}

// query is a SELECT.
func (g *stmt) query(classes []string) *level {
	q := g.from(1+g.weighted(45, 40, 15), nil)
	l := &level{}
	var outs []string
	out := func(e, class string) { outs, l.classes = append(outs, e), append(l.classes, class) }
	if classes == nil && g.chance(14) {
		return g.grouped(q)
	}
	if classes == nil {
		for range 1 + g.IntN(3) {
			o := pick(g.rng, q.occs...)
			c := pick(g.rng, o.t.Columns...)
			if g.chance(72) {
				out(o.col(c.Name), c.class)
			} else {
				class := pick(g.rng, "int", "text", "bool")
				out(g.expr(class, q.occs), class)
			}
		}
	}
	for _, class := range classes {
		out(g.expr(class, q.occs), class)
	}
	for _, o := range q.occs {
		if o.t.Tenant != "" && classes == nil && g.chance(40) {
			l.owner = fmt.Sprintf("x%d", len(outs))
			out(o.col(o.t.Tenant), "tenant")
			break
		}
	}
	for i := range outs {
		outs[i] += fmt.Sprintf(" AS x%d", i)
	}
	distinct := ""
	if g.chance(10) {
		distinct = "DISTINCT "
	}
	l.text = "SELECT " + distinct + join(outs, ", ") + " FROM " + q.String()
	if g.chance(10) {
		l.text += " ORDER BY " + ordinals(len(outs)) + pick(g.rng, "", " LIMIT 2", " OFFSET 1")
	}
	return l
}

func ordinals(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprint(i+1))
	}
	return join(list, ", ")
}

// grouped computes aggregates.
func (g *stmt) grouped(q *source) *level {
	l := &level{}
	o := pick(g.rng, q.occs...)
	c := pick(g.rng, o.t.Columns...)
	agg := pick(g.rng, "count(*)", "count("+g.expr("text", q.occs)+")", "sum("+g.expr("int", q.occs)+")", "max("+g.expr("int", q.occs)+")",
		"bool_or("+g.cond(q.occs)+")", "count(*) FILTER (WHERE "+g.cond(q.occs)+")")
	if g.chance(40) {
		l.text, l.classes = "SELECT "+agg+" AS x0 FROM "+q.String(), []string{"int"}
		return l
	}
	l.text = fmt.Sprintf("SELECT %s AS x0, %s AS x1 FROM %s GROUP BY %s", o.col(c.Name), agg, q, o.col(c.Name))
	l.classes = []string{c.class, "int"}
	if c.Name == o.t.Tenant {
		l.owner = "x0"
	}
	if g.chance(15) {
		l.text += " HAVING " + g.cond(q.occs)
	}
	return l
}

// setOperation combines queries over one table, often by its key and with one arm unpinned.
func (g *stmt) setOperation(_ []*occ) string {
	o := &occ{g.alias(), g.table()}
	op := pick(g.rng, "INTERSECT", "INTERSECT", "EXCEPT", "UNION", "UNION ALL", "INTERSECT ALL", "EXCEPT ALL")
	x := &occ{g.alias(), o.t}
	cols, others := []string{pick(g.rng, o.t.Columns...).Name}, []string(nil)
	if len(o.t.keys) > 0 && g.chance(60) {
		cols = pick(g.rng, o.t.keys...)
	}
	others = cols
	for _, t := range g.s.Tables {
		for _, l := range t.Links {
			if l.Table == o.t && g.chance(35) {
				x.t, others, cols = t, l.Columns, l.Refs
			}
		}
	}
	list := func(o *occ, cols []string) string {
		var out []string
		for _, c := range cols {
			out = append(out, o.col(c))
		}
		return join(out, ", ")
	}
	arm := func(o *occ, cols []string, pinned bool) string {
		var where []string
		if pinned {
			where = g.pin(o, nil)
		}
		if g.chance(50) {
			where = append(where, g.cond([]*occ{o}))
		}
		return "SELECT " + list(o, cols) + " FROM " + (&source{text: o.t.Name + " " + o.alias, where: where}).String()
	}
	left, right := arm(o, cols, g.chance(85)), arm(x, others, g.chance(50))
	if g.chance(30) {
		return "SELECT count(*) FROM (" + left + " " + op + " " + right + ") s"
	}
	return left + " " + op + " " + right
}

// derived puts a query into FROM or WITH and filters outside.
func (g *stmt) derived() string {
	l := g.query(nil)
	where := ""
	if l.owner != "" && g.chance(60) {
		where = " WHERE d." + l.owner + " = " + g.tenant(g.s.Tables[0])
		if g.set {
			where = " WHERE " + g.among("d."+l.owner, g.tenant(g.s.Tables[0]), &Column{})
		}
	}
	out := pick(g.rng, "*", "count(*)", "d.x0", "count(d.x0)")
	if g.chance(40) {
		return fmt.Sprintf("WITH d AS %s(%s) SELECT %s FROM d%s", pick(g.rng, "", "MATERIALIZED "), l.text, out, where)
	}
	return fmt.Sprintf("SELECT %s FROM (%s) d%s", out, l.text, where)
}

// outerAggregate has aggregates in a subquery that may be of another level.
func (g *stmt) outerAggregate() string {
	p := &occ{g.alias(), g.table()}
	q := g.from(1, []*occ{p})
	n := q.occs[0]
	if p.t.Tenant != "" && n.t.Tenant != "" && g.chance(80) {
		q.where = append(q.where, p.col(p.t.Tenant)+" = "+n.col(n.t.Tenant))
	}
	cond := fmt.Sprintf("EXISTS (SELECT %s FROM %s)", g.inner(q.occs, []*occ{p}), q)
	if g.chance(20) {
		cond = fmt.Sprintf("EXISTS (SELECT 1 FROM %s ORDER BY %s)", q, g.inner(q.occs, []*occ{p}))
	}
	if g.chance(20) {
		if e := g.snippet(pick(g.rng, "int", "text", "bool"), q.occs); e != "" {
			cond = fmt.Sprintf("EXISTS (SELECT %s FROM %s)", e, q)
		}
	}
	if g.chance(20) {
		return "DELETE FROM " + p.t.Name + " " + p.alias + " WHERE " + cond
	}
	return "SELECT " + p.col(pick(g.rng, p.t.Columns...).Name) + " FROM " + p.t.Name + " " + p.alias + " WHERE " + cond
}
