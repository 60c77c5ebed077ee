package schemagen

import (
	"fmt"
	"strings"
)

// pools of values by class.
var pools = map[string][]string{"int": ints, "text": texts, "numeric": numerics, "float": floats, "uuid": uuids,
	"bool": {"true", "false"}, "range": {"[1,3)", "[2,5)"}}

// expr is an expression of a class over occurrences.
func (g *stmt) expr(class string, occs []*occ) string {
	if class == "tenant" {
		return g.tenantExpr(occs)
	}
	if name, ok := strings.CutPrefix(class, "row "); ok {
		for _, o := range occs {
			if o.t.Name == name {
				return o.alias
			}
		}
		return "NULL::" + name
	}
	var cols []string
	for _, o := range occs {
		for _, c := range o.t.Columns {
			if c.class == class {
				cols = append(cols, o.col(c.Name))
			}
		}
	}
	switch g.weighted(50, 20, 10, 30) {
	case 0:
		if len(cols) > 0 {
			return pick(g.rng, cols...)
		}
	case 1:
		return g.typed(class, g.param(g.pool(class)))
	case 3:
		if e := g.snippet(class, occs); e != "" {
			return e
		}
	}
	pool := g.pool(class)
	if len(pool) == 0 {
		return "NULL"
	}
	return g.typed(class, Quote(pick(g.rng, pool...)))
}

func (g *stmt) pool(class string) []string {
	if class == g.s.root.class && g.chance(20) {
		return g.s.root.ids
	}
	return pools[class]
}

func (g *stmt) typed(class, e string) string {
	typ := map[string]string{"int": "int", "text": "text", "numeric": "numeric", "float": "float8", "uuid": "uuid", "bool": "bool", "range": "int4range"}[class]
	if class == "int" && g.s.root.name == "bigint" {
		typ = "bigint"
	}
	if typ == "" {
		return e
	}
	return e + "::" + typ
}

// tenantExpr is the tenant, as an argument of a function.
func (g *stmt) tenantExpr(occs []*occ) string {
	var cols []string
	for _, o := range occs {
		if o.t.Tenant != "" {
			cols = append(cols, o.col(o.t.Tenant))
		}
	}
	if len(cols) > 0 && g.chance(50) {
		return pick(g.rng, cols...)
	}
	return g.tenant(g.s.Tables[0])
}

// snippet is an expression that the schema offers, "" for none.
func (g *stmt) snippet(class string, occs []*occ) string {
	var fit []snippet
	for _, s := range g.s.snippets {
		if s.class == class {
			fit = append(fit, s)
		}
	}
	if len(fit) == 0 {
		return ""
	}
	s := pick(g.rng, fit...)
	var args []any
	for _, a := range s.args {
		args = append(args, g.expr(a, occs))
	}
	return fmt.Sprintf(s.text, args...)
}

// cond is a condition over occurrences.
func (g *stmt) cond(occs []*occ) string {
	o := pick(g.rng, occs...)
	c := pick(g.rng, o.t.Columns...)
	col := o.col(c.Name)
	switch g.weighted(32, 10, 12, 25, 10, 6, 5) {
	case 1:
		return col + pick(g.rng, " IS NULL", " IS NOT NULL")
	case 2:
		return g.like(o, c, occs)
	case 3:
		if e := g.snippet("bool", occs); e != "" {
			return e
		}
	case 4:
		if g.depth > 0 {
			g.depth--
			defer func() { g.depth++ }()
			return g.exists(occs)
		}
	case 5:
		return "NOT (" + g.cond(occs) + ")"
	case 6:
		return "(" + g.cond(occs) + " OR " + g.cond(occs) + ")"
	}
	if len(c.values) == 0 {
		return col + " IS NOT NULL"
	}
	if g.chance(50) {
		return col + " = " + g.param(c.values)
	}
	return col + pick(g.rng, " = ", " = ", " <> ", " IS NOT DISTINCT FROM ") + Quote(pick(g.rng, c.values...))
}

// like compares columns of one class, directly or through one value.
func (g *stmt) like(o *occ, c *Column, occs []*occ) string {
	var others []string
	for _, x := range occs {
		for _, d := range x.t.Columns {
			if (x != o || d != c) && d.class == c.class {
				others = append(others, x.col(d.Name))
			}
		}
	}
	if len(others) == 0 || len(c.values) == 0 {
		return o.col(c.Name) + " IS NOT NULL"
	}
	x := pick(g.rng, others...)
	if g.chance(30) {
		p := g.param(c.values)
		return o.col(c.Name) + " = " + p + " AND " + x + " = " + p
	}
	return o.col(c.Name) + " = " + x
}

// exists is a condition with a subquery of its own.
func (g *stmt) exists(occs []*occ) string {
	q := g.from(1+g.weighted(70, 30), occs)
	if g.chance(25) {
		o := pick(g.rng, occs...)
		c := pick(g.rng, o.t.Columns...)
		var cols []string
		for _, x := range q.occs {
			for _, d := range x.t.Columns {
				if d.class == c.class {
					cols = append(cols, x.col(d.Name))
				}
			}
		}
		if len(cols) > 0 {
			return fmt.Sprintf("%s%s IN (SELECT %s FROM %s)", o.col(c.Name), pick(g.rng, "", "", " NOT"), pick(g.rng, cols...), q)
		}
	}
	head := "1"
	if g.chance(15) {
		head = g.inner(q.occs, occs)
	}
	return fmt.Sprintf("%sEXISTS (SELECT %s FROM %s)", pick(g.rng, "", "", "", "NOT "), head, q)
}

// inner is a subquery with an aggregate whose level is that of its arguments.
func (g *stmt) inner(near, outer []*occ) string {
	all := near
	if g.chance(30) {
		all = outer
	}
	x := func() string { return g.expr("int", all) }
	return "(SELECT " + pick(g.rng, "count(*) FILTER (WHERE "+x()+" > 0)", "array_agg(1 ORDER BY "+x()+")", "max("+x()+")",
		"percentile_disc(0.5) WITHIN GROUP (ORDER BY "+x()+")", "count(*)", "bool_or("+x()+" > 1) FILTER (WHERE true)") + ")"
}

func join(list []string, sep string) string { return strings.Join(list, sep) }
