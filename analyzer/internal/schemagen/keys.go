package schemagen

import (
	"fmt"
	"strings"
)

// keys gives a table its primary key and others.
func (g *gen) keys(t *Table) {
	own := t.Tenant
	if t.Kind == Root || t.Kind == Tenant && g.partitioned(t) {
		return
	}
	switch {
	case own == "" || g.chance(40):
		g.key(t, "PRIMARY KEY", "id")
		if own != "" && g.chance(50) {
			g.key(t, "UNIQUE", own, "id")
		}
	case t.column(own).NotNull && g.chance(85):
		g.key(t, "PRIMARY KEY", own, "id")
		if g.chance(45) {
			g.key(t, "UNIQUE", "id")
		}
	default:
		g.key(t, "UNIQUE", own, "id")
	}
	for _, c := range t.Columns {
		if c.Name == "id" || c.Name == own || c.ref || c.json != nil || c.class == "bool" {
			continue
		}
		switch g.weighted(50, 14, 12, 24) {
		case 1:
			g.key(t, "UNIQUE", c.Name)
		case 2:
			if own != "" {
				g.key(t, "UNIQUE", own, c.Name)
			}
		case 3:
			g.oddKey(t, c)
		}
	}
}

// key adds a key that the rest of the schema may refer to.
func (g *gen) key(t *Table, word string, columns ...string) {
	if len(columns) > 1 && g.chance(20) {
		columns[0], columns[1] = columns[1], columns[0]
	}
	list := strings.Join(columns, ", ")
	name := g.name("k")
	text := fmt.Sprintf("CONSTRAINT %s %s", name, word)
	nulls := word == "UNIQUE" && g.chance(10)
	if nulls {
		text += " NULLS NOT DISTINCT"
	}
	text += " (" + list + ")"
	if g.chance(6) {
		text += " INCLUDE (" + t.Columns[len(t.Columns)-1].Name + ")"
	}
	if g.chance(6) {
		text += pick(g.rng, " DEFERRABLE", " DEFERRABLE INITIALLY DEFERRED")
		g.s.Features = append(g.s.Features, "deferrable")
		t.Items = append(t.Items, text)
		return // foreign keys may not refer to it, nor conflicts
	}
	t.Items = append(t.Items, text)
	t.keys = append(t.keys, columns)
	t.targets = append(t.targets, "("+list+")", "ON CONSTRAINT "+name)
}

// oddKey adds what is nearly a key. Statements take it for one.
func (g *gen) oddKey(t *Table, c *Column) {
	name := g.name("k")
	index := func(text string, args ...any) {
		t.More = append(t.More, fmt.Sprintf("CREATE UNIQUE INDEX %s ON %s ", name, t.Name)+fmt.Sprintf(text, args...))
	}
	where := c.Name + " IS NOT NULL"
	if f := t.column("flag"); f != nil && f.class == "bool" {
		where = "flag"
	}
	both := c.Name
	if t.Tenant != "" && g.chance(40) {
		both = t.Tenant + ", " + c.Name
	}
	switch g.weighted(22, 14, 14, 10, 20, 10, 10) {
	case 0:
		g.s.Features = append(g.s.Features, "partial key")
		index("(%s) WHERE %s", both, where)
		t.targets = append(t.targets, fmt.Sprintf("(%s) WHERE %s", both, where))
	case 1:
		if c.class == "text" {
			g.s.Features = append(g.s.Features, "expression key")
			index("(lower(%s::text))", c.Name)
			t.targets = append(t.targets, fmt.Sprintf("(lower(%s::text))", c.Name))
		}
	case 2:
		if c.class == "text" {
			g.s.Features = append(g.s.Features, "key with collation")
			index(`(%s COLLATE "C")`, c.Name)
			t.targets = append(t.targets, fmt.Sprintf(`(%s COLLATE "C")`, c.Name))
		}
	case 3:
		if c.class == "text" && strings.HasPrefix(c.Type, "text") {
			g.s.Features = append(g.s.Features, "key with operator class")
			index("(%s text_pattern_ops)", c.Name)
		}
	case 4:
		g.exclusion(t, c, name)
	case 5:
		index("(%s) NULLS NOT DISTINCT", both)
	case 6:
		index("(%s)", both)
		t.targets = append(t.targets, "("+both+")")
	}
}

func (g *gen) exclusion(t *Table, c *Column, name string) {
	odd := func(typ string) bool {
		return typ == "name" || typ == "citext" || typ == "tnum" || typ == "float8" && g.chance(50)
	}
	if odd(c.Type) || t.Tenant != "" && odd(t.column(t.Tenant).Type) {
		return
	}
	g.s.Features = append(g.s.Features, "exclusion constraint")
	with := c.Name + " WITH ="
	if c.class == "range" {
		with = c.Name + " WITH &&"
	}
	if t.Tenant != "" && g.chance(35) {
		with = t.Tenant + " WITH =, " + with
	}
	g.s.Before = append(g.s.Before, "CREATE EXTENSION IF NOT EXISTS btree_gist")
	t.Items = append(t.Items, fmt.Sprintf("CONSTRAINT %s EXCLUDE USING gist (%s)", name, with))
	t.targets = append(t.targets, "ON CONSTRAINT "+name)
}

// partitioned makes a partitioned table of t, and its keys.
func (g *gen) partitioned(t *Table) bool {
	if !t.column(t.Tenant).NotNull || t.column(t.Tenant).Generated != "" || !g.feature("partitions", 8) {
		return false
	}
	by := t.Tenant
	if g.chance(30) {
		by = "id"
	}
	t.Suffix = fmt.Sprintf(" PARTITION BY HASH (%s)", by)
	part := func(n int) string { return fmt.Sprintf("%s_p%d", t.Name, n) }
	bounds := []string{"FOR VALUES WITH (MODULUS 2, REMAINDER 0)", "FOR VALUES WITH (MODULUS 2, REMAINDER 1)"}
	switch {
	case by == t.Tenant && g.chance(60) && t.column(by).Type != "tnum" && t.column(by).Type != "slug3" && t.column(by).Type != "cislug":
		t.Suffix = fmt.Sprintf(" PARTITION BY LIST (%s)", by)
		bounds = []string{"FOR VALUES IN ('" + g.s.Tenants[0] + "')", "DEFAULT"}
		if t.Tenant == "project_id" {
			bounds[0] = "FOR VALUES IN (11, 12)"
		}
	case t.column(by).class == "int" && g.chance(70):
		t.Suffix = fmt.Sprintf(" PARTITION BY RANGE (%s)", by)
		bounds = []string{"FOR VALUES FROM (MINVALUE) TO (3)", "FOR VALUES FROM (3) TO (MAXVALUE)"}
	}
	for i, b := range bounds {
		t.More = append(t.More, fmt.Sprintf("CREATE TABLE %s PARTITION OF %s %s", part(i), t.Name, b))
	}
	columns := []string{t.Tenant, "id"}
	t.Items = append(t.Items, fmt.Sprintf("PRIMARY KEY (%s, id)", t.Tenant))
	t.keys, t.targets = append(t.keys, columns), append(t.targets, fmt.Sprintf("(%s, id)", t.Tenant))
	for _, c := range t.Columns {
		if c.Name != t.Tenant && c.json == nil && g.chance(40) {
			g.s.Features = append(g.s.Features, "key of a partition")
			t.More = append(t.More, fmt.Sprintf("CREATE UNIQUE INDEX ON %s (%s)", part(g.IntN(2)), c.Name))
		}
	}
	return true
}

// heirs lets tables inherit from others, some with a tenant column of their own.
func (g *gen) heirs() {
	if !g.feature("inheritance", 7) {
		return
	}
	var open []*Table
	for _, t := range g.s.Tables {
		if t.Suffix == "" && t.Kind != Root {
			open = append(open, t)
		}
	}
	up := pick(g.rng, open...)
	t := &Table{Name: g.name("h"), Kind: up.Kind, Tenant: up.Tenant, Outer: up.Outer, Level: up.Level, Parents: up.Parents, Suffix: " INHERITS (" + up.Name + ")", Heir: true}
	up.Only = true
	if up.Kind == Global && g.chance(20) {
		t.Kind, t.Tenant = Tenant, "org_id"
		t.Columns = append(t.Columns, &Column{Name: "org_id", Type: g.s.root.name, class: g.s.root.class, values: g.s.root.ids, NotNull: true})
	}
	if up.Kind == Child && g.chance(40) && !g.s.Levels {
		t.Kind, t.Tenant, t.Parents = Tenant, "org_id", nil
		t.Columns = append(t.Columns, &Column{Name: "org_id", Type: g.s.root.name, class: g.s.root.class, values: g.s.root.ids, NotNull: true})
	}
	for _, c := range up.Columns {
		t.Columns = append(t.Columns, c)
	}
	if g.chance(50) {
		t.Items = append(t.Items, "PRIMARY KEY (id)")
		t.keys, t.targets = [][]string{{"id"}}, []string{"(id)"}
	}
	g.add(t)
}
