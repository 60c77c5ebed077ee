package schemagen

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Statement is a generated statement. Pools holds the values that its parameters can take, by
// number from 1; those of tenants are put where the analyzer finds them.
type Statement struct {
	Text    string
	Pools   [][]string
	numbers map[string]int // of the parameters, by the name while generating
	Tenants [2]int         // the parameters that are meant to be the tenant, by level; 0 for none
	Set     bool           // it is a query for a set of tenants, which is the parameter
}

// stmt is the state of generating one statement.
type stmt struct {
	*rng
	s       *Schema
	aliases int
	pools   [][]string
	params  map[string]string // the parameter of a level
	depth   int
	levels  *rng // for what statements ask of levels: the others draw as they did before
	newer   *rng // and of newer declarations
	set     bool // of a set of tenants
}

// occ is an occurrence of a table or view.
type occ struct {
	alias string
	t     *Table
}

func (o *occ) col(name string) string { return o.alias + "." + name }

// Statement returns the n-th statement over a schema.
func (s *Schema) Statement(seed uint64, n int) *Statement {
	g := &stmt{rng: newRNG(seed, 3, uint64(n)), s: s, params: map[string]string{}, depth: 2, levels: newRNG(seed, 4, uint64(n)), newer: newRNG(seed, 7, uint64(n))}
	if g.set = s.Sets && g.newer.chance(45); g.set {
		return g.ofSet()
	}
	var text string
	switch g.weighted(34, 8, 8, 5, 18, 12, 10, 4, 2+min(6, 3*len(s.snippets))) {
	case 0:
		text = g.query(nil).text
	case 1:
		text = g.setOperation(nil)
	case 2:
		text = g.derived()
	case 3:
		text = g.outerAggregate()
	case 4:
		text = g.insert()
	case 5:
		text = g.update()
	case 6:
		text = g.delete()
	case 7:
		text = g.merge()
	case 8:
		text = g.free()
	}
	return g.finished(text)
}

// finished is the statement of a text, sometimes after damage.
func (g *stmt) finished(text string) *Statement {
	if g.chance(5) {
		text = g.damage(text)
	}
	st := renumbered(text, g.pools)
	st.Set = g.set
	for i, level := range []string{"org", "project"} {
		st.Tenants[i] = st.numbers[g.params[level]]
	}
	return st
}

var parameter = regexp.MustCompile(`\$[1-9][0-9]*`)

// renumbered leaves no number out.
func renumbered(text string, pools [][]string) *Statement {
	numbers := map[string]int{}
	st := &Statement{numbers: numbers}
	st.Text = parameter.ReplaceAllStringFunc(text, func(p string) string {
		if numbers[p] == 0 {
			n, _ := strconv.Atoi(p[1:])
			st.Pools = append(st.Pools, pools[n-1])
			numbers[p] = len(st.Pools)
		}
		return fmt.Sprintf("$%d", numbers[p])
	})
	return st
}

func (g *stmt) alias() string {
	g.aliases++
	return fmt.Sprintf("a%d", g.aliases)
}

// param is a parameter with values of a pool, sometimes one that is there already.
func (g *stmt) param(pool []string) string {
	if len(pool) == 0 {
		return "NULL"
	}
	for i, p := range g.pools {
		if p[0] == pool[0] && len(p) == len(pool) && g.chance(25) {
			return fmt.Sprintf("$%d", i+1)
		}
	}
	g.pools = append(g.pools, pool)
	return fmt.Sprintf("$%d", len(g.pools))
}

// tenant is the parameter of the level of a table.
func (g *stmt) tenant(t *Table) string {
	level, pool := "org", g.s.root.ids
	if g.s.Levels && (t.Level == "project" || t.Tenant == "project_id") {
		level, pool = "project", g.s.Projects
	}
	return g.tenantOf(level, pool)
}

// tenantOf is the parameter of a level.
func (g *stmt) tenantOf(level string, pool []string) string {
	if g.params[level] == "" {
		g.pools = append(g.pools, pool)
		g.params[level] = fmt.Sprintf("$%d", len(g.pools))
	}
	return g.params[level]
}

// table chooses what to read.
func (g *stmt) table() *Table {
	switch g.weighted(55, 20, 25) {
	case 1:
		if len(g.s.targets) > 0 {
			return pick(g.rng, g.s.targets...)
		}
	case 2:
		if len(g.s.views) > 0 {
			return pick(g.rng, g.s.views...)
		}
	}
	return pick(g.rng, g.s.Tables...)
}

// target chooses what to write to.
func (g *stmt) target() *Table {
	if len(g.s.targets) > 0 && g.chance(30) {
		return pick(g.rng, g.s.targets...)
	}
	if len(g.s.views) > 0 && g.chance(6) {
		return pick(g.rng, g.s.views...)
	}
	return pick(g.rng, g.s.Tables...)
}

// equal pins the tenant column of an occurrence by the parameter, in one of many ways.
func (g *stmt) equal(o *occ) string {
	own, p := o.col(o.t.Tenant), g.tenant(o.t)
	c := o.t.column(o.t.Tenant)
	if g.set {
		return g.among(own, p, c)
	}
	if x := o.t.shown(o.alias, p); x != "" && g.newer.chance(40) {
		return "(" + own + " = " + p + " OR " + x + ")"
	}
	typ := c.Type
	if typ == "" {
		typ = g.s.root.name
	}
	switch g.weighted(62, 8, 5, 4, 4, 3, 3, 3, 3, 3, 2) {
	case 1:
		return p + " = " + own
	case 2:
		return own + " = " + p + "::" + bare(typ)
	case 3:
		return own + " = " + p + "::" + g.s.root.name
	case 4:
		return own + " IN (" + p + ")"
	case 5:
		return own + " = " + p + "::text::" + bare(typ)
	case 6:
		return own + " = ANY (ARRAY[" + p + "])"
	case 7:
		return own + "::" + g.s.root.name + " = " + p
	case 8:
		return own + " = " + p + "::" + bare(pick(g.rng, g.s.root.nearly...))
	case 9:
		return "(" + own + ", " + o.col(o.t.Columns[0].Name) + ") = (" + p + ", " + o.col(o.t.Columns[0].Name) + ")"
	case 10:
		if g.s.root.class == "text" {
			return own + " COLLATE " + pick(g.rng, `"C"`, "ci", `"default"`) + " = " + p
		}
		return own + " IS NOT DISTINCT FROM " + p
	}
	return own + " = " + p
}

// pin returns conditions by which an occurrence is the tenant's, given those that are.
func (g *stmt) pin(o *occ, known []*occ) []string {
	t := o.t
	switch {
	case t.Tenant != "":
		if t.Level == "project" && g.levels.chance(20) {
			if of := g.ofOrganization(o, known); of != "" {
				return []string{of}
			}
		}
		var ways []string
		for _, k := range known {
			if k.t.Tenant != "" && (k.t.Level == "project") == (t.Level == "project") {
				ways = append(ways, o.col(t.Tenant)+" = "+k.col(k.t.Tenant))
			}
		}
		if len(ways) > 0 && g.chance(35) {
			return []string{pick(g.rng, ways...)}
		}
		return []string{g.equal(o)}
	case t.Kind == Child && len(t.Parents) > 0:
		l := pick(g.rng, t.Parents...)
		for _, k := range known {
			if k.t == l.Table && g.chance(80) {
				return []string{g.on(l, o.alias, k.alias)}
			}
		}
		if x := t.shown(o.alias, ""); x != "" && g.newer.chance(40) {
			return []string{"(" + g.parent(o, l) + " OR " + x + ")"}
		}
		return []string{g.parent(o, l)}
	}
	return nil
}

// ofOrganization pins an occurrence of an inner level by its organization alone: by its own
// column, or through its project, "" when it has neither.
func (g *stmt) ofOrganization(o *occ, known []*occ) string {
	org := g.tenantOf("org", g.s.root.ids)
	if o.t.Outer != "" && g.levels.chance(60) {
		return o.col(o.t.Outer) + " = " + org
	}
	if o.t.Kind != Tenant {
		return ""
	}
	for _, k := range known {
		if k.t.Name == "projects" {
			return o.col(o.t.Tenant) + " = " + k.col("id")
		}
	}
	return fmt.Sprintf("%s IN (SELECT id FROM projects WHERE org_id = %s)", o.col(o.t.Tenant), org)
}

// parent pins a child by a subquery for its parent.
func (g *stmt) parent(o *occ, l *Link) string {
	p := &occ{g.alias(), l.Table}
	conds := g.pin(p, nil)
	if len(l.Columns) == 1 && g.chance(50) {
		more := g.besides(l, o.alias, p.alias)
		return fmt.Sprintf("%s IN (SELECT %s FROM %s %s WHERE %s)", o.col(l.Columns[0]), p.col(l.Refs[0]), l.Table.Name, p.alias, strings.Join(append(conds, more...), " AND "))
	}
	return fmt.Sprintf("EXISTS (SELECT 1 FROM %s %s WHERE %s)", l.Table.Name, p.alias, strings.Join(append(conds, g.on(l, o.alias, p.alias)), " AND "))
}

// damage drops or changes a word.
func (g *stmt) damage(text string) string {
	from, to := " AND ", " OR "
	switch g.IntN(4) {
	case 1:
		from, to = "JOIN ", "LEFT JOIN "
	case 2:
		from, to = "EXISTS", "NOT EXISTS"
	case 3:
		from, to = " = ", " <> "
	}
	n := strings.Count(text, from)
	if n == 0 {
		return text
	}
	at := 0
	for range 1 + g.IntN(n) {
		at += strings.Index(text[at:], from) + 1
	}
	return text[:at-1] + to + text[at-1+len(from):]
}

// free is a statement without tenant tables.
func (g *stmt) free() string {
	var outs []string
	for range 1 + g.IntN(2) {
		outs = append(outs, g.expr(pick(g.rng, "int", "text", "bool"), nil))
	}
	return "SELECT " + strings.Join(outs, ", ")
}
