package schemagen

import (
	"fmt"
	"strings"
)

// view makes views that statements read, and some that they write.
func (g *gen) view() {
	for i := range 1 + g.IntN(2) {
		name := fmt.Sprintf("v%d", i)
		t := g.any()
		v := &Table{Name: name, view: true, Kind: t.Kind, Tenant: t.Tenant}
		var outs []string
		for _, c := range t.Columns {
			n := c.Name
			if g.chance(10) && c.Name != t.Tenant {
				n += "x"
			}
			outs = append(outs, "s."+c.Name+" AS "+n)
			v.Columns = append(v.Columns, &Column{Name: n, class: c.class, values: c.values, Type: c.Type, ref: c.ref})
		}
		with := pick(g.rng, "", " WITH (security_invoker)", " WITH (security_barrier)")
		from, tail := t.Name+" s", ""
		switch g.weighted(35, 15, 10, 15, 10, 15) {
		case 1:
			tail = " WHERE s." + g.data(t, "text").Name + " IS NOT NULL"
		case 2:
			tail = " ORDER BY s.id LIMIT 2"
		case 3:
			if len(t.Links) > 0 {
				l := pick(g.rng, t.Links...)
				from += " " + pick(g.rng, "JOIN ", "LEFT JOIN ") + l.Table.Name + " u ON " + l.on("s", "u")
				if l.Table.Tenant != "" {
					outs = append(outs, "u."+l.Table.Tenant+" AS owner")
					v.Columns = append(v.Columns, &Column{Name: "owner", class: l.Table.column(l.Table.Tenant).class, values: l.Table.column(l.Table.Tenant).values})
					if v.Tenant == "" || g.chance(20) {
						v.Tenant = "owner"
					}
				}
			}
		case 4:
			outs[0] = "DISTINCT " + outs[0]
		case 5:
			if t.Tenant != "" {
				v.Columns = []*Column{{Name: "own", class: t.column(t.Tenant).class, values: t.column(t.Tenant).values}, {Name: "id", class: "int", values: ints}}
				v.Tenant = "own"
				outs, tail = []string{"s." + t.Tenant + " AS own", "count(*) AS id"}, " GROUP BY s."+t.Tenant
			}
		}
		if t.Kind == Child && v.Tenant == "" {
			v.Kind = Global // nothing in it can be pinned
		}
		g.after("CREATE VIEW %s%s AS SELECT %s FROM %s%s", name, with, strings.Join(outs, ", "), from, tail)
		g.s.views = append(g.s.views, v)
	}
}

// atView makes a view in whose text @ is an operator.
func (g *gen) atView() {
	t := g.owned()
	if t.column(t.Tenant).class != "int" {
		return
	}
	at := pick(g.rng, "@"+t.Tenant, "@ "+t.Tenant, "OPERATOR(pg_catalog.@) "+t.Tenant, "(@"+t.Tenant+")")
	g.after("CREATE VIEW atv AS SELECT id, %s FROM %s WHERE %s = %s", t.Tenant, t.Name, t.Tenant, at)
	v := &Table{Name: "atv", view: true, Kind: Global, Columns: []*Column{t.column("id"), t.column(t.Tenant)}}
	g.s.views = append(g.s.views, v, v)
}
