package schemagen

import (
	"fmt"
	"slices"
	"strings"
)

// deed is what happens to a state when the tenant's rows are there, and those that they refer to, before the others' come.
type deed struct {
	table *Table
	sql   string
}

// unkept has rows violate a foreign key that goes on counting as valid: nobody looked when they changed, or something undid
// what the key's action did.
func (g *gen) unkept() {
	if g.chance(25) {
		g.numbered()
		return
	}
	t, l := g.referring()
	if t == nil {
		return
	}
	g.s.targets = append(g.s.targets, t, l.Table)
	if g.chance(40) {
		g.retyped(t, l)
	} else {
		g.undone(t, l)
	}
}

// referring is a table with a foreign key, mostly one that is made so that proofs go by it: by the tenant, too, to a row that
// one column finds.
func (g *gen) referring() (*Table, *Link) {
	if g.s.Levels || g.chance(30) {
		for range 20 {
			t := g.any()
			for _, l := range t.Links {
				if l.FK != "" && l.Table != t && t.Suffix == "" {
					return t, l
				}
			}
		}
		return nil, nil
	}
	made := func() *Table {
		t := &Table{Name: g.name("m"), Kind: Tenant, Tenant: "org_id"}
		t.col(&Column{Name: "org_id", Type: g.s.root.plain[0], class: g.s.root.class, values: g.s.root.ids, NotNull: true})
		t.col(&Column{Name: "id", Type: "int", class: "int", values: ints, NotNull: true})
		t.col(&Column{Name: "body", Type: "text", class: "text", values: texts})
		return g.add(t)
	}
	to, t := made(), made()
	to.Items = append(to.Items, "UNIQUE (id)", "UNIQUE (org_id, id)")
	to.keys = [][]string{{"id"}, {"org_id", "id"}}
	l := &Link{Table: to, Columns: []string{"org_id", "m_id"}, Refs: []string{"org_id", "id"}, FK: g.name("fk")}
	t.col(&Column{Name: "m_id", Type: "int", class: "int", values: ints, ref: true, NotNull: g.chance(30)})
	t.Links = append(t.Links, l)
	action := pick(g.rng, " ON DELETE CASCADE", " ON DELETE SET NULL (m_id)", " ON UPDATE CASCADE", " ON DELETE SET DEFAULT (m_id)")
	t.Items = append(t.Items, fmt.Sprintf("CONSTRAINT %s FOREIGN KEY (org_id, m_id) REFERENCES %s (org_id, id)%s", l.FK, to.Name, action))
	return t, l
}

// retyped gives a column of the reference, or one that it refers to, a type of which the key is made anew, by an owner who sees no rows.
func (g *gen) retyped(t *Table, l *Link) {
	of, names := t, l.Columns
	if g.chance(30) {
		of, names = l.Table, l.Refs
	}
	i := slices.IndexFunc(names, func(n string) bool {
		c := of.column(n)
		return n != of.Tenant && n != of.Outer && c.class == "int" && c.Generated == ""
	})
	if i < 0 {
		return
	}
	typ := pick(g.rng, of.column(names[i]).Type, of.column(names[i]).Type, "bigint")
	sql := fmt.Sprintf("ALTER TABLE %s ALTER COLUMN %s TYPE %s USING %s", of.Name, names[i], typ, fmt.Sprintf(pick(g.rng, "%s + 1", "%s + 1", "7 - %s", "%s"), names[i]))
	if g.chance(85) {
		g.after("ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY", t.Name)
	}
	g.after("%s", sql)
	const owner = "pg_database_owner" // may not pass by policies, as those that the server is tested with may
	g.s.deeds = append(g.s.deeds, deed{t, fmt.Sprintf("ALTER TABLE %[1]s OWNER TO %[3]s; ALTER TABLE %[2]s OWNER TO %[3]s; SET LOCAL ROLE %[3]s; %[4]s; RESET ROLE", t.Name, l.Table.Name, owner, sql)})
}

// undone has a trigger or a rule undo the key's action.
func (g *gen) undone(t *Table, l *Link) {
	key := t.Items[slices.IndexFunc(t.Items, func(x string) bool { return strings.HasPrefix(x, "CONSTRAINT "+l.FK+" ") })]
	event, harm := "UPDATE", fmt.Sprintf("DELETE FROM %s", l.Table.Name)
	switch _, onDelete, _ := strings.Cut(key, " ON DELETE "); {
	case strings.HasPrefix(onDelete, "CASCADE"):
		event = "DELETE"
	case strings.HasPrefix(onDelete, "SET "):
	default:
		ref := l.Refs[len(l.Refs)-1]
		if c := l.Table.column(ref); c.class != "int" || c.Generated != "" || ref == l.Table.Tenant {
			return
		}
		harm = fmt.Sprintf("UPDATE %s SET %[2]s = %[2]s + 10", l.Table.Name, ref)
	}
	harm += fmt.Sprintf(" WHERE (%s) IN (SELECT %s FROM %s ORDER BY 1, %d LIMIT 1)", strings.Join(l.Refs, ", "), strings.Join(l.Columns, ", "), t.Name, len(l.Columns))
	name := g.name("undo")
	make, drop := fmt.Sprintf("CREATE RULE %s AS ON %s TO %s DO INSTEAD NOTHING", name, event, t.Name), fmt.Sprintf("DROP RULE %s ON %s", name, t.Name)
	if g.chance(75) {
		g.before("CREATE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN %s; END $$", name, pick(g.rng, "NULL", "NULL", "OLD"))
		make, drop = fmt.Sprintf("CREATE TRIGGER %s BEFORE %s ON %s FOR EACH ROW EXECUTE FUNCTION %[1]s()", name, event, t.Name), fmt.Sprintf("DROP TRIGGER %s ON %s", name, t.Name)
	}
	g.after("%s", make)
	if g.chance(50) {
		g.after("%s", drop)
		harm = make + "; " + harm + "; " + drop
	}
	g.s.deeds = append(g.s.deeds, deed{t, harm})
}

// numbered makes a table that is given a foreign key with values that PostgreSQL does not look at, or does.
func (g *gen) numbered() {
	var to *Table
	var key string
	for _, t := range g.s.Tables {
		for _, k := range t.keys {
			if t.Kind == Tenant && len(k) == 1 && t.column(k[0]).class == "int" {
				to, key = t, k[0]
			}
		}
	}
	if to == nil {
		return
	}
	c := &Table{Name: g.name("n"), Kind: Child}
	c.col(&Column{Name: "id", Type: "int", class: "int", values: ints, NotNull: true})
	c.col(&Column{Name: "body", Type: "text", class: "text", values: texts})
	l := &Link{Table: to, Columns: []string{"to_" + c.Name}, Refs: []string{key}, FK: g.name("fk")}
	typ := pick(g.rng, "int GENERATED BY DEFAULT AS IDENTITY", "serial", "third", "third", "third DEFAULT 2", "int DEFAULT 2")
	if strings.HasPrefix(typ, "third") {
		g.before("CREATE DOMAIN third AS int DEFAULT 3")
	}
	c.col(&Column{Name: l.Columns[0], Type: typ, class: "int", values: ints, ref: true, late: true})
	c.Parents, c.Links = []*Link{l}, []*Link{l}
	sql := fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s %s CONSTRAINT %s REFERENCES %s (%s) ON DELETE %s", c.Name, l.Columns[0], typ, l.FK, to.Name, key, pick(g.rng, "CASCADE", "RESTRICT"))
	c.More = append(c.More, sql)
	g.s.targets = append(g.s.targets, c, c)
	g.add(c)
	g.s.deeds = append(g.s.deeds, deed{c, fmt.Sprintf("ALTER TABLE %s DROP COLUMN %s; %s", c.Name, l.Columns[0], sql)})
}

// happens are the deeds of a pair, the same in both of its states.
func (p *Pair) happens(r *rng, s *Schema) []*Row {
	var rows []*Row
	for _, d := range s.deeds {
		if r.chance(80) {
			rows = append(rows, &Row{Table: d.table, text: d.sql})
		}
	}
	return rows
}
