package querygen

import (
	"fmt"
	"slices"
)

// Draw returns a random number that is at least 0 and smaller than n; the smaller,
// the simpler the statement.
type Draw func(n int) int

// gen is the state of generating one statement.
type gen struct {
	draw   Draw
	names  int
	depth  int // how deep subqueries may still nest
	ctes   []*relation
	shadow []string        // tables whose names WITH queries take
	writes map[string]bool // tables that the statement writes to
	slips  []string        // what was left out on purpose
}

// relation is something that FROM can name, as a WITH query.
type relation struct {
	name   string
	cols   []col
	tenant string // the column that holds the tenant, "" for none
	open   bool   // rows of all tenants: whoever refers to it must pin it
}

// occurrence is a relation in FROM: a table, a subquery, a reference.
type occurrence struct {
	alias  string
	cols   []col
	tenant string
	table  *table // nil for what is not a table
}

// scope is what an expression may refer to, innermost level first.
type scope struct {
	occs  []*occurrence
	outer *scope
}

func (s *scope) all() []*occurrence {
	var out []*occurrence
	for ; s != nil; s = s.outer {
		out = append(out, s.occs...)
	}
	return out
}

func (g *gen) chance(percent int) bool { return g.draw(100) >= 100-percent }

// pick returns one of items.
func pick[T any](g *gen, items ...T) T { return items[g.draw(len(items))] }

// weighted returns an index with the probability of its weight.
func (g *gen) weighted(weights ...int) int {
	total := 0
	for _, w := range weights {
		total += w
	}
	n := g.draw(total)
	for i, w := range weights {
		if n < w {
			return i
		}
		n -= w
	}
	return 0
}

// slip reports, rarely and at most twice, that a mechanism is to be got wrong in a way
// that is nearly right.
func (g *gen) slip(what string, percent int) bool {
	if len(g.slips) < 2 && g.chance(percent) {
		g.slips = append(g.slips, what)
		return true
	}
	return false
}

func (g *gen) alias(prefix string) string {
	g.names++
	return fmt.Sprintf("%s%d", prefix, g.names)
}

// nested runs f one level deeper and reports whether that is allowed.
func (g *gen) nested(f func()) bool {
	if g.depth <= 0 {
		return false
	}
	g.depth--
	f()
	g.depth++
	return true
}

func (o *occurrence) col(name string) *Expr { return column(o.alias, name) }

// tableCol is a column of the table by its name there, whatever the alias list calls it.
func (o *occurrence) tableCol(name string) *Expr {
	for i, c := range o.table.cols {
		if c.name == name {
			return o.col(o.cols[i].name)
		}
	}
	return o.col(name)
}

func (o *occurrence) owner() *Expr { return o.col(o.tenant) }

func (o *occurrence) child() bool { return o.table != nil && o.table.parent != "" }

// owned reports whether rows of o belong to tenants, so that it must be pinned.
func (o *occurrence) owned() bool { return o.tenant != "" || o.child() }

// part is a part of a FROM clause.
type part struct {
	rel    *Rel
	occs   []*occurrence
	needs  []*occurrence // what is not pinned yet
	merged string        // the tenant column that USING merges, when rel is that join
}

// table chooses a table or view.
func (g *gen) table() *table {
	return tables[g.weighted(20, 14, 14, 12, 8, 8, 6, 7, 3, 4, 4, 4, 3)]
}

// base is an occurrence of a table.
func (g *gen) base(t *table) *part {
	o := &occurrence{alias: g.alias(t.name[:1]), cols: t.cols, tenant: t.tenant, table: t}
	r := &Rel{Table: t.name, Alias: o.alias}
	if slices.Contains(g.shadow, t.name) && g.chance(50) {
		r.Table = "public." + t.name
	}
	if g.chance(6) { // a column alias list: names that mean something else
		o.cols = slices.Clone(t.cols)
		shift := 1 + g.draw(len(t.cols))
		for i := range o.cols {
			o.cols[i].name = t.cols[(i+shift)%len(t.cols)].name
			r.Cols = append(r.Cols, o.cols[i].name)
			if t.cols[i].name == t.tenant {
				o.tenant = o.cols[i].name
			}
		}
	}
	p := &part{rel: r, occs: []*occurrence{o}}
	if o.owned() {
		p.needs = p.occs
	}
	return p
}

// leaf is an item of FROM that is no join. outer is what a subquery in it may refer to.
func (g *gen) leaf(outer *scope) *part {
	kind := g.weighted(68, 6, 8, 12, 6)
	switch {
	case kind == 1:
		return g.computed()
	case kind >= 2 && kind <= 3:
		var p *part
		if g.nested(func() { p = g.derived(kind == 3, false, outer) }) {
			return p
		}
	case kind == 4 && len(g.ctes) > 0:
		return g.reference(pick(g, g.ctes...))
	}
	if len(g.ctes) > 0 && g.chance(40) {
		return g.reference(pick(g, g.ctes...))
	}
	return g.base(g.table())
}

// computed are rows that come from no table.
func (g *gen) computed() *part {
	o := &occurrence{alias: g.alias("v"), cols: []col{{"x", Int, pick(g, "", "tasks", "orgs")}}}
	r := &Rel{Alias: o.alias, Cols: []string{"x"}}
	switch g.draw(3) {
	case 0:
		r.Func = form("unnest(%s)", param(arrayParam))
	case 1:
		r.Func = form("generate_series(1, 3)")
	default:
		r.Query = &Query{Rows: [][]*Expr{{form("1")}, {form("%s", pick(g, param(intParam), param(tenantParam)))}}}
		if r.Query.Rows[1][0].Args[0].N == tenantParam && g.chance(50) {
			r.Query.Rows[0][0] = param(tenantParam)
		}
	}
	return &part{rel: r, occs: []*occurrence{o}}
}

// derived is a subquery in FROM. When open is true it yields rows of all tenants
// together with the tenant column, for a condition outside to filter.
func (g *gen) derived(open, lateral bool, outer *scope) *part {
	res := g.subselect(want{open: open, outer: outer})
	o := &occurrence{alias: g.alias("d"), cols: res.cols, tenant: res.tenant}
	p := &part{rel: &Rel{Query: res.q, Alias: o.alias, Lateral: lateral}, occs: []*occurrence{o}}
	if g.chance(12) {
		o.cols = slices.Clone(o.cols)
		for i := range o.cols {
			o.cols[i].name = fmt.Sprintf("k%d", i)
			p.rel.Cols = append(p.rel.Cols, o.cols[i].name)
			if res.cols[i].name == res.tenant {
				o.tenant = o.cols[i].name
			}
		}
	}
	if res.open {
		p.needs = p.occs
	}
	return p
}

// reference is a reference to a WITH query.
func (g *gen) reference(c *relation) *part {
	o := &occurrence{alias: g.alias("r"), cols: c.cols, tenant: c.tenant}
	p := &part{rel: &Rel{Table: c.name, Alias: o.alias}, occs: []*occurrence{o}}
	if c.open && !g.slip("WITH query read unpinned", 15) {
		p.needs = p.occs
	}
	return p
}

// tree is a FROM item of n leaves.
func (g *gen) tree(n int, outer *scope) *part {
	if n <= 1 {
		return g.leaf(outer)
	}
	kind := pick(g, "JOIN", "JOIN", "JOIN", "JOIN", "LEFT JOIN", "LEFT JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN")
	right := 1 + g.draw(n-1)
	left := g.tree(n-right, outer)
	if kind == "FULL JOIN" && g.depth > 0 && !g.slip("FULL JOIN of tables", 25) {
		return g.full(left, outer)
	}
	if (kind == "JOIN" || kind == "LEFT JOIN") && g.chance(15) {
		var p *part
		if g.nested(func() {
			p = g.lateral(left, kind, outer)
		}) {
			return p
		}
	}
	var r *part
	if parent := left.parentOf(); parent != nil && g.chance(60) {
		r = g.base(parent)
	} else {
		r = g.tree(right, outer)
	}
	return g.join(left, r, kind)
}

// parentOf is the parent table of a child that is still to be pinned.
func (p *part) parentOf() *table {
	for _, o := range p.needs {
		if o.child() {
			return lookup(o.table.parent)
		}
	}
	return nil
}

// full joins two subqueries that are pinned inside: a FULL JOIN pins neither side.
func (g *gen) full(left *part, outer *scope) *part {
	var right *part
	g.nested(func() {
		if len(left.needs) > 0 {
			left = g.derived(false, false, outer)
		}
		right = g.derived(false, false, outer)
	})
	return &part{rel: &Rel{Join: "FULL JOIN", L: left.rel, R: right.rel, On: and(g.match(left, right))},
		occs: slices.Concat(left.occs, right.occs)}
}

// lateral joins left to a subquery that refers to it.
func (g *gen) lateral(left *part, kind string, outer *scope) *part {
	right := g.derived(false, true, &scope{left.occs, outer})
	return &part{rel: &Rel{Join: kind, L: left.rel, R: right.rel}, occs: slices.Concat(left.occs, right.occs), needs: left.needs}
}

// join joins two parts and pins by its condition what no condition outside can pin.
func (g *gen) join(left, right *part, kind string) *part {
	j := &Rel{Join: kind, L: left.rel, R: right.rel}
	p := &part{rel: j, occs: slices.Concat(left.occs, right.occs)}
	if kind != "CROSS JOIN" && g.chance(12) && g.using(p, left, right) {
		return p
	}
	conds := []*Expr{g.match(left, right)}
	keep, filtered, known := left.needs, right.needs, left.occs
	if kind == "RIGHT JOIN" {
		keep, filtered, known = right.needs, left.needs, right.occs
	}
	p.needs = keep
	if kind != "JOIN" && kind != "CROSS JOIN" && len(keep) > 0 && g.slip("ON pins the preserved side", 8) {
		filtered = slices.Concat(keep, filtered)
		keep = nil
		p.needs = nil
	}
	for _, o := range filtered {
		switch {
		case kind == "CROSS JOIN", kind == "JOIN" && g.chance(35), g.chance(8):
			p.needs = append(slices.Clip(p.needs), o)
		default:
			conds = append(conds, g.pin(o, known))
			known = append(slices.Clip(known), o)
		}
	}
	if g.chance(15) {
		conds = append(conds, g.cond(&scope{occs: p.occs}, 0))
	}
	if kind != "CROSS JOIN" {
		j.On = and(conds...)
	}
	return p
}

// using makes p a join with USING or NATURAL when both sides have the tenant column.
func (g *gen) using(p, left, right *part) bool {
	if len(left.occs) != 1 || len(right.occs) != 1 || left.rel.Join != "" || right.rel.Join != "" {
		return false
	}
	l, r := left.occs[0], right.occs[0]
	if l.table == nil || r.table == nil || l.tenant != "org_id" || r.tenant != "org_id" || left.rel.Cols != nil || right.rel.Cols != nil {
		return false
	}
	p.rel.Using = []string{"org_id"}
	if g.chance(50) {
		p.rel.Using = append(p.rel.Using, "id")
	}
	p.rel.Natural = g.chance(15)
	p.needs, p.merged = left.needs, "org_id"
	if p.rel.Join == "RIGHT JOIN" {
		p.needs = right.needs
	}
	return true
}

// match compares a column of one part with one of the other, mostly a reference
// with what it refers to.
func (g *gen) match(left, right *part) *Expr {
	var refs, ints []*Expr
	for _, l := range left.occs {
		for _, r := range right.occs {
			for _, a := range l.cols {
				for _, b := range r.cols {
					if a.typ != Int || b.typ != Int || a.name == l.tenant || b.name == r.tenant {
						continue
					}
					e := eq(l.col(a.name), r.col(b.name))
					ints = append(ints, e)
					if a.ref != "" && a.ref == b.ref {
						refs = append(refs, e)
					}
				}
			}
		}
	}
	switch {
	case len(refs) > 0 && !g.chance(20):
		return pick(g, refs...)
	case len(ints) > 0:
		return pick(g, ints...)
	}
	return form("TRUE")
}
