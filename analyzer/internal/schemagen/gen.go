package schemagen

import (
	"fmt"
	"slices"
	"strings"
)

// gen is the state of generating one schema.
type gen struct {
	*rng
	s     *Schema
	names int
	force []string // features that must be in
	seed  uint64
}

// Generate returns the schema of a seed. Features that force names are in it.
func Generate(seed uint64, force ...string) *Schema {
	g := &gen{rng: newRNG(seed, 1), s: &Schema{Former: slices.Contains(force, Former)}, force: force, seed: seed}
	for _, f := range force {
		if strings.HasPrefix(f, "domain: ") {
			g.force = append(g.force, "reader: domain")
		}
		if strings.Contains(f, ": ") {
			g.force = append(g.force, "reader")
		}
	}
	s := g.s
	s.root = tenantTypes[g.weighted(50, 26, 8, 7, 9)]
	s.Levels = g.feature("levels", 7)
	if s.Levels {
		s.root = tenantTypes[0]
	}
	s.Tenants = slices.Clone(s.root.ids)
	g.Shuffle(len(s.Tenants), func(i, j int) { s.Tenants[i], s.Tenants[j] = s.Tenants[j], s.Tenants[i] })
	s.Tenants = s.Tenants[:3]
	g.roots()
	g.tenantTable()
	makers := []func(){g.tenantTable}
	for range g.IntN(2) {
		makers = append(makers, g.tenantTable)
	}
	for range g.weighted(40, 40, 20) {
		makers = append(makers, g.globalTable)
	}
	g.Shuffle(len(makers), func(i, j int) { makers[i], makers[j] = makers[j], makers[i] })
	for _, f := range makers {
		f()
	}
	for range g.weighted(30, 40, 30) {
		g.childTable()
	}
	g.references()
	g.heirs()
	g.features()
	if !s.Former {
		g.newer()
	}
	s.needTypes()
	return s
}

// feature decides whether a schema has a feature and notes it.
func (g *gen) feature(name string, percent int) bool {
	if slices.Contains(g.force, name) || g.chance(percent) {
		if !g.s.has(name) {
			g.s.Features = append(g.s.Features, name)
		}
		return true
	}
	return false
}

func (g *gen) name(prefix string) string {
	g.names++
	return fmt.Sprintf("%s%d", prefix, g.names)
}

func (g *gen) add(t *Table) *Table {
	g.s.Tables = append(g.s.Tables, t)
	return t
}

func (t *Table) col(c *Column) *Column {
	t.Columns = append(t.Columns, c)
	return c
}

// roots makes the tables of the tenants themselves.
func (g *gen) roots() {
	s := g.s
	t := g.add(&Table{Name: "orgs", Kind: Root, Tenant: "id"})
	t.col(&Column{Name: "id", Type: s.root.name, class: s.root.class, values: s.root.ids})
	t.col(&Column{Name: "name", Type: "text", class: "text", values: texts})
	t.Items = append(t.Items, "PRIMARY KEY (id)")
	t.keys, t.targets = [][]string{{"id"}}, []string{"(id)"}
	if !s.Levels {
		return
	}
	t.Level = "org"
	s.Projects = []string{"11", "12", "13", "14"}
	p := g.add(&Table{Name: "projects", Kind: Root, Tenant: "id", Outer: "org_id", Level: "project"})
	p.col(&Column{Name: "id", Type: "int", class: "int", values: s.Projects})
	p.col(&Column{Name: "org_id", Type: "int", class: "int", values: s.root.ids, NotNull: true})
	p.col(&Column{Name: "name", Type: "text", class: "text", values: texts})
	p.Items = append(p.Items, "PRIMARY KEY (id)")
	p.keys, p.targets = [][]string{{"id"}}, []string{"(id)"}
	if g.chance(60) {
		p.Items = append(p.Items, "UNIQUE (org_id, id)")
		p.keys = append(p.keys, []string{"org_id", "id"})
	}
}

// tenantColumn gives a table its tenant column, sometimes of a type on which equal is not the same.
func (g *gen) tenantColumn(t *Table) {
	s := g.s
	t.Kind, t.Tenant = Tenant, "org_id"
	if s.Levels && g.chance(75) {
		if t.Tenant = "project_id"; g.chance(60) {
			t.Outer = "org_id"
			t.col(&Column{Name: "org_id", Type: "int", class: "int", values: s.root.ids, NotNull: g.chance(85)})
		}
		t.col(&Column{Name: "project_id", Type: "int", class: "int", values: s.Projects, NotNull: true})
		t.Level = "project"
		return
	}
	c := &Column{Name: "org_id", class: s.root.class, values: s.root.ids, NotNull: g.chance(88)}
	c.Type = pick(g.rng, s.root.plain...)
	if !s.Levels && g.feature("nearly-equal tenant type", 18) {
		c.Type = pick(g.rng, s.root.nearly...)
	}
	if s.root.class == "int" && !s.Levels && g.feature("generated tenant", 4) {
		doc := &Column{Name: "doc", Type: "jsonb", class: "json", NotNull: true, json: map[string]string{"org": "tenant"}}
		t.col(doc)
		c.Type, c.Generated = s.root.name, "(doc->>'org')::"+s.root.name
	}
	t.col(c)
	if c.Generated == "" && c.NotNull && g.chance(6) {
		c.Default = "'" + pick(g.rng, s.Tenants...) + "'"
		g.s.Features = append(g.s.Features, "default tenant")
	}
}

func (g *gen) tenantTable() {
	t := &Table{Name: g.name("t")}
	g.tenantColumn(t)
	g.body(t)
	g.add(t)
}

func (g *gen) globalTable() {
	t := &Table{Name: g.name("g"), Kind: Global}
	g.body(t)
	g.add(t)
}

// body gives a table an id, data and keys.
func (g *gen) body(t *Table) {
	typ := g.idType()
	t.col(&Column{Name: "id", Type: typ.name, class: typ.class, values: typ.values, NotNull: true})
	for i := range 1 + g.IntN(3) {
		typ := g.anyType()
		c := &Column{Name: []string{"slug", "flag", "num"}[i], Type: typ.name, class: typ.class, values: typ.values, NotNull: g.chance(25)}
		if g.chance(12) {
			c.Default = "'" + pick(g.rng, typ.values...) + "'"
		}
		t.col(c)
	}
	g.keys(t)
}

// childTable makes a table whose rows belong to whom their parent belongs.
func (g *gen) childTable() {
	t := &Table{Name: g.name("c"), Kind: Child}
	n := 1
	if g.feature("two parents", 12) {
		n = 2
	}
	typ := dataType{"int", "int", ints}
	t.col(&Column{Name: "id", Type: typ.name, class: typ.class, values: typ.values, NotNull: true})
	for range n {
		if l := g.link(t, g.ownedTable(), n == 1); l != nil {
			t.Parents = append(t.Parents, l)
		}
	}
	if len(t.Parents) == 0 {
		return
	}
	for i := range 1 + g.IntN(2) {
		typ := g.anyType()
		t.col(&Column{Name: []string{"body", "flag"}[i], Type: typ.name, class: typ.class, values: typ.values})
	}
	g.keys(t)
	g.add(t)
}

func (g *gen) ownedTable() *Table {
	var owned []*Table
	for _, t := range g.s.Tables {
		if t.Kind != Global && t.Kind != Root && !t.Heir {
			owned = append(owned, t)
		}
	}
	return pick(g.rng, owned...)
}

var actions = []string{"", "", "RESTRICT", "CASCADE", "CASCADE", "CASCADE", "SET NULL", "SET NULL", "SET DEFAULT"}

// link gives a table columns that refer to a key of another, mostly with a foreign key;
// nil when the other has no key.
func (g *gen) link(t, to *Table, must bool) *Link {
	if len(to.keys) == 0 {
		return nil
	}
	key := pick(g.rng, to.keys...)
	l := &Link{Table: to}
	for _, name := range key {
		ref := to.column(name)
		if name == to.Tenant && name == t.Tenant && t.Kind == Tenant && ref.class == t.column(name).class {
			l.Columns, l.Refs = append(l.Columns, name), append(l.Refs, name)
			continue
		}
		if name == to.Outer && name == t.Outer && t.Outer != "" {
			l.Columns, l.Refs = append(l.Columns, name), append(l.Refs, name)
			continue
		}
		c := &Column{Name: g.name(to.Name + "_"), Type: g.refType(ref), class: ref.class, values: ref.values, ref: true, NotNull: must && g.chance(60) || g.chance(20)}
		if t.Kind == Child && ref.class == "int" && g.feature("generated link", 3) {
			t.col(&Column{Name: g.name("doc"), Type: "jsonb", class: "json", NotNull: true, json: map[string]string{c.Name: "link"}})
			c.Generated, c.Type, c.NotNull = fmt.Sprintf("(%s->>'%s')::int", t.Columns[len(t.Columns)-1].Name, c.Name), "int", false
		}
		if g.chance(15) && c.Generated == "" && len(c.values) > 0 {
			c.Default = "'" + pick(g.rng, c.values...) + "'"
		}
		t.col(c)
		l.Columns, l.Refs = append(l.Columns, c.Name), append(l.Refs, name)
	}
	t.Links = append(t.Links, l)
	if g.chance(18) {
		g.s.Features = append(g.s.Features, "reference without foreign key")
		return l
	}
	l.FK = g.name("fk")
	t.Items = append(t.Items, g.foreignKey(l))
	return l
}

// refType is mostly the type that a reference refers to.
func (g *gen) refType(ref *Column) string {
	switch {
	case ref.class == "int" && strings.HasSuffix(ref.Type, "int") && g.chance(8):
		return pick(g.rng, "bigint", "int", "smallint")
	case ref.class == "text" && (ref.Type == "text" || ref.Type == "varchar") && g.chance(10):
		return pick(g.rng, "text", "varchar", "varchar(3)")
	}
	return ref.Type
}

func (g *gen) foreignKey(l *Link) string {
	text := fmt.Sprintf("CONSTRAINT %s FOREIGN KEY (%s) REFERENCES %s (%s)", l.FK, strings.Join(l.Columns, ", "), l.Table.Name, strings.Join(l.Refs, ", "))
	if len(l.Columns) > 1 && g.chance(8) {
		text += " MATCH FULL"
	}
	if a := pick(g.rng, actions...); a != "" {
		if strings.HasPrefix(a, "SET") && len(l.Columns) > 1 && g.chance(45) {
			a += " (" + pick(g.rng, l.Columns...) + ")"
		}
		text += " ON DELETE " + a
	}
	if a := pick(g.rng, append([]string{"", "", "", ""}, actions...)...); a != "" {
		text += " ON UPDATE " + a
	}
	if g.chance(7) {
		text += pick(g.rng, " DEFERRABLE", " DEFERRABLE INITIALLY DEFERRED")
		g.s.Features = append(g.s.Features, "deferrable")
	}
	return text
}

// references adds references between all kinds of tables, also to the table itself.
func (g *gen) references() {
	tables := g.s.Tables
	for i, t := range tables {
		if t.Kind == Root && t.Name != "projects" {
			continue
		}
		for range g.weighted(45, 40, 15) {
			to := tables[g.IntN(i+1)]
			if g.chance(10) {
				to = t
			}
			g.link(t, to, false)
		}
		if t.Kind == Tenant && t.Tenant == "org_id" && g.chance(12) {
			fk := &Link{Columns: []string{"org_id"}, Refs: []string{"id"}, Table: tables[0], FK: g.name("fk")}
			if t.column("org_id").Type == tables[0].column("id").Type {
				t.Links = append(t.Links, fk)
				t.Items = append(t.Items, g.foreignKey(fk))
			}
		}
	}
}
