package schemagen

import (
	"fmt"
	"slices"
)

// value is a value for a column, from a row that is known or by itself.
func (g *stmt) value(c *Column, occs []*occ) string {
	switch {
	case c.json != nil:
		return g.param(g.documents(c)) + "::jsonb"
	case len(c.values) == 0 || !c.NotNull && g.chance(8):
		return "NULL"
	case g.chance(12):
		return "DEFAULT"
	case g.chance(55):
		return g.param(c.values)
	case g.chance(30):
		return g.expr(c.class, occs)
	}
	return Quote(pick(g.rng, c.values...))
}

func (g *stmt) documents(c *Column) []string {
	var out []string
	for key, what := range c.json {
		for _, v := range map[string][]string{"tenant": g.s.Tenants, "link": ints}[what] {
			out = append(out, fmt.Sprintf(`{"%s": %s, "more": 1}`, key, v))
		}
	}
	return out
}

// columns are those that an INSERT gives.
func (g *stmt) columns(t *Table) []*Column {
	var out []*Column
	for _, c := range t.Columns {
		if c.Generated != "" {
			continue
		}
		if c.NotNull || c.Name == "id" || c.json != nil || c.Name == t.Tenant || g.chance(70) {
			out = append(out, c)
		}
	}
	return out
}

func (g *stmt) insert() string {
	t := g.target()
	cols := g.columns(t)
	var names, vals []string
	for _, c := range cols {
		names = append(names, c.Name)
	}
	from := (*source)(nil)
	var l *Link
	switch {
	case t.Kind == Child && len(t.Parents) > 0 && g.chance(92):
		l = pick(g.rng, t.Parents...)
		p := &occ{g.alias(), l.Table}
		from = &source{text: p.t.Name + " " + p.alias, occs: []*occ{p}, where: g.pin(p, nil)}
		for _, w := range l.Where {
			if g.newer.chance(85) {
				from.where = append(from.where, w.SQL(p.alias))
			}
		}
		if g.chance(60) {
			from.where = append(from.where, g.cond(from.occs))
		}
		for _, other := range t.Parents {
			if other != l && g.chance(50) {
				o := &occ{g.alias(), other.Table}
				from.text += " CROSS JOIN " + o.t.Name + " " + o.alias
				from.occs = append(from.occs, o)
				from.where = append(from.where, g.pin(o, nil)...)
			}
		}
	case g.chance(20):
		from = g.from(1+g.IntN(2), nil)
	}
	var occs []*occ
	if from != nil {
		occs = from.occs
	}
	for _, c := range cols {
		v := g.value(c, occs)
		if from != nil && v == "DEFAULT" {
			v = "NULL"
		}
		if c.Name == t.Tenant && g.chance(95) {
			v = g.tenant(t) + pick(g.rng, "", "", "", "::"+g.s.root.name)
			if t.Kind == Root || g.s.Levels {
				v = g.tenant(t)
			}
			if from != nil && g.chance(40) {
				for _, o := range occs {
					if o.t.Tenant != "" {
						v = o.col(o.t.Tenant)
					}
				}
			}
		} else if c.Name == t.Outer && g.chance(50) {
			v = g.tenant(g.s.Tables[0])
		}
		if from != nil {
			for _, x := range t.Parents {
				for i, name := range x.Columns {
					for _, o := range occs {
						if name == c.Name && o.t == x.Table {
							v = o.col(x.Refs[i])
						}
					}
				}
			}
		}
		if l != nil && l.When != nil && l.When.Column == c.Name && g.newer.chance(85) {
			v = Quote(l.When.Value)
		}
		vals = append(vals, v)
	}
	text := fmt.Sprintf("INSERT INTO %s AS a0 (%s) ", t.Name, join(names, ", "))
	if from == nil {
		text += "VALUES (" + join(vals, ", ") + ")"
	} else {
		text += "SELECT " + join(vals, ", ") + " FROM " + from.String()
	}
	if g.chance(45) {
		text += g.conflict(t)
	}
	return text + g.returning(t, "a0")
}

func (g *stmt) returning(t *Table, alias string) string {
	if !g.chance(30) {
		return ""
	}
	return " RETURNING " + alias + "." + pick(g.rng, t.Columns...).Name
}

func (g *stmt) conflict(t *Table) string {
	target := ""
	if len(t.targets) > 0 && g.chance(85) {
		target = pick(g.rng, t.targets...)
	}
	if target == "" || g.chance(35) {
		return " ON CONFLICT " + target + " DO NOTHING"
	}
	text := " ON CONFLICT " + target + " DO UPDATE SET "
	var sets []string
	for range 1 + g.IntN(2) {
		if c := g.settable(t); c != nil && !slices.ContainsFunc(sets, func(s string) bool { return len(s) > len(c.Name) && s[:len(c.Name)+1] == c.Name+" " }) {
			sets = append(sets, c.Name+" = "+pick(g.rng, "excluded."+c.Name, "excluded."+c.Name, g.value(c, nil)))
		}
	}
	if len(sets) == 0 {
		return " ON CONFLICT " + target + " DO NOTHING"
	}
	text += join(sets, ", ")
	if t.Tenant != "" && g.chance(35) {
		text += " WHERE a0." + t.Tenant + " = " + pick(g.rng, "excluded."+t.Tenant, g.tenant(t))
	}
	return text
}

// settable is a column that an UPDATE sets, seldom the tenant's.
func (g *stmt) settable(t *Table) *Column {
	for range 5 {
		c := pick(g.rng, t.Columns...)
		if c.Generated != "" || c.Name == t.Tenant && g.chance(90) || slices.ContainsFunc(t.Parents, func(l *Link) bool { return slices.Contains(l.Columns, c.Name) }) && g.chance(75) {
			continue
		}
		return c
	}
	return nil
}

// reached are conditions by which a target is the tenant's, with a FROM clause.
func (g *stmt) reached(o *occ) *source {
	q := &source{occs: []*occ{o}}
	var pinned []*occ
	if g.chance(45) {
		x := &occ{g.alias(), g.neighbour(o.t)}
		q.text, q.occs = x.t.Name+" "+x.alias, append(q.occs, x)
		if m := g.match(x, q.occs[:1]); m != "" {
			q.where = append(q.where, m)
		}
		if g.chance(75) {
			q.where = append(q.where, g.pin(x, nil)...)
			pinned = append(pinned, x)
		}
	}
	if len(pinned) == 0 || g.chance(60) {
		q.where = append(q.where, g.pin(o, pinned)...)
	}
	for range g.weighted(45, 45, 10) {
		q.where = append(q.where, g.cond(q.occs))
	}
	return q
}

func (g *stmt) update() string {
	o := &occ{"a0", g.target()}
	q := g.reached(o)
	var sets []string
	c := g.settable(o.t)
	if c == nil {
		return g.delete()
	}
	v := g.value(c, q.occs[:1])
	if c.Name == o.t.Tenant && g.chance(50) {
		v = g.tenant(o.t)
	}
	sets = append(sets, c.Name+" = "+v)
	if d := g.settable(o.t); d != nil && d != c && g.chance(35) {
		sets = append(sets, d.Name+" = "+g.value(d, q.occs[:1]))
	}
	text := "UPDATE " + o.t.Name + " AS a0 SET " + join(sets, ", ")
	return text + g.tail(" FROM ", q) + g.returning(o.t, "a0")
}

func (g *stmt) tail(word string, q *source) string {
	text := ""
	if q.text != "" {
		text = word + q.text
	}
	if len(q.where) > 0 {
		text += " WHERE " + join(q.where, " AND ")
	}
	return text
}

func (g *stmt) delete() string {
	o := &occ{"a0", g.target()}
	q := g.reached(o)
	return "DELETE FROM " + o.t.Name + " AS a0" + g.tail(" USING ", q) + g.returning(o.t, "a0")
}

func (g *stmt) merge() string {
	t := pick(g.rng, g.s.Tables...)
	o := &occ{"a0", t}
	x := &occ{g.alias(), g.neighbour(t)}
	on := append(g.pin(o, nil), g.match(x, []*occ{o}))
	on = slices.DeleteFunc(on, func(s string) bool { return s == "" })
	using := fmt.Sprintf("(SELECT * FROM %s %s WHERE %s) %s", x.t.Name, "i", join(append(g.pin(&occ{"i", x.t}, nil), "true"), " AND "), x.alias)
	text := fmt.Sprintf("MERGE INTO %s a0 USING %s ON %s", t.Name, using, join(append(on, "true"), " AND "))
	c := g.settable(t)
	if c != nil && g.chance(60) {
		text += " WHEN MATCHED THEN UPDATE SET " + c.Name + " = " + g.value(c, []*occ{o, x})
	} else {
		text += " WHEN MATCHED THEN DELETE"
	}
	if t.Tenant != "" && g.chance(40) {
		var names, vals []string
		for _, c := range g.columns(t) {
			v := g.value(c, []*occ{x})
			if c.Name == t.Tenant {
				v = g.tenant(t)
			}
			names, vals = append(names, c.Name), append(vals, v)
		}
		text += fmt.Sprintf(" WHEN NOT MATCHED THEN INSERT (%s) VALUES (%s)", join(names, ", "), join(vals, ", "))
	}
	return text
}
