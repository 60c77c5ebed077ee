package schemagen

import (
	"fmt"
	"slices"
	"strings"
)

// Former forces a schema, its statements and its states to be as they were before there were generators of newer
// declarations: what a search found then is found by the same seeds.
const Former = "former"

// Test is a condition on a column of a parent's row, without which no row belongs to it.
type Test struct{ Column, Op, Value string }

// SQL is the test of a row, as a declaration and an index have it where alias is "".
func (t Test) SQL(alias string) string {
	if alias != "" {
		alias += "."
	}
	switch t.Op {
	case "=":
		return fmt.Sprintf("%s%s = '%s'", alias, t.Column, t.Value)
	case "true":
		return alias + t.Column
	case "false":
		return "NOT " + alias + t.Column
	}
	return alias + t.Column + " " + t.Op
}

// holds reports whether a row passes a test.
func (t Test) holds(r *Row) bool {
	v := r.Values[t.Column]
	switch t.Op {
	case "IS NULL":
		return v == nil
	case "IS NOT NULL":
		return v != nil
	case "=":
		return v != nil && *v == t.Value
	}
	return v != nil && *v == t.Op
}

// conditions are what besides its columns a declared link says of the rows at its ends.
func (l *Link) conditions(from, to string) []string {
	var out []string
	if l.When != nil {
		out = append(out, l.When.SQL(from))
	}
	for _, t := range l.Where {
		out = append(out, t.SQL(to))
	}
	return out
}

// newer adds what may be declared since the first generators: it draws by itself, so that the rest is as it was.
func (g *gen) newer() {
	n := &gen{rng: newRNG(g.seed, 6), s: g.s, names: 100, force: g.force}
	if !g.s.Levels && n.feature("sets", 22) {
		g.s.Sets = true
	}
	if n.feature("live parent", 12) {
		n.liveParent()
	}
	if n.feature("discriminator", 14) {
		n.discriminator()
	}
	if n.feature("read_also, too", 14) {
		n.readAlsoToo()
	}
	n = &gen{rng: newRNG(g.seed, 9), s: g.s, names: 200, force: g.force}
	if n.feature("unkept key", 10) {
		n.unkept()
	}
}

// liveParent makes a table of which a column is a key among some rows only, as a soft delete leaves it, and children by that key.
func (g *gen) liveParent() {
	t := &Table{Name: g.name("l")}
	g.tenantColumn(t)
	t.col(&Column{Name: "id", Type: "int", class: "int", values: ints, NotNull: true})
	t.col(&Column{Name: "gone", Type: pick(g.rng, "int", "text"), class: "int", values: ints[:2]})
	if gone := t.column("gone"); gone.Type == "text" {
		gone.class, gone.values = "text", texts[:2]
	}
	t.col(&Column{Name: "live", Type: "bool", class: "bool", values: []string{"true", "false"}, NotNull: g.chance(50)})
	code := dataType{"int", "int", ints}
	if g.chance(35) {
		code = dataType{pick(g.rng, "text", "text", "citext", "text COLLATE ci", "varchar(3)"), "text", texts}
	}
	t.col(&Column{Name: "code", Type: code.name, class: code.class, values: code.values, NotNull: g.chance(50)})
	if t.column(t.Tenant).NotNull {
		g.key(t, "PRIMARY KEY", t.Tenant, "id")
	}
	tests := []Test{{"gone", pick(g.rng, "IS NULL", "IS NULL", "IS NOT NULL"), ""}}
	switch g.weighted(50, 25, 25) {
	case 1:
		tests = []Test{{"live", pick(g.rng, "true", "false"), ""}}
	case 2:
		tests = append(tests, Test{"live", pick(g.rng, "true", "false"), ""})
	}
	if g.chance(15) {
		tests = []Test{{"gone", "=", t.column("gone").values[0]}}
	}
	var texts []string
	for _, x := range tests {
		texts = append(texts, x.SQL(""))
	}
	list := "code"
	if g.chance(25) {
		list = t.Tenant + ", code"
	}
	t.More = append(t.More, fmt.Sprintf("CREATE UNIQUE INDEX %s ON %s (%s) WHERE %s", g.name("k"), t.Name, list, strings.Join(texts, " AND ")))
	t.targets = append(t.targets, fmt.Sprintf("(%s) WHERE %s", list, strings.Join(texts, " AND ")))
	g.add(t)
	g.s.targets = append(g.s.targets, t)
	for range 1 + g.IntN(2) {
		declared := slices.Clone(tests)
		if g.chance(8) {
			declared = declared[:len(declared)-1] // no key among these
		}
		g.byCode(t, declared)
	}
}

// byCode makes a child of a live row, by its code alone or by the tenant's column, too.
func (g *gen) byCode(t *Table, where []Test) {
	c := &Table{Name: g.name("c"), Kind: Child}
	c.col(&Column{Name: "id", Type: "int", class: "int", values: ints, NotNull: true})
	code := t.column("code")
	l := &Link{Table: t, Columns: []string{"code_" + c.Name}, Refs: []string{"code"}, Where: where, NoFK: "no foreign key refers to a part of the rows"}
	c.col(&Column{Name: l.Columns[0], Type: g.refType(code), class: code.class, values: code.values, ref: true, NotNull: g.chance(60)})
	if g.chance(20) {
		own := t.column(t.Tenant)
		l.Columns, l.Refs = append(l.Columns, "own"), append(l.Refs, t.Tenant)
		c.col(&Column{Name: "own", Type: own.Type, class: own.class, values: own.values, ref: true})
	}
	c.col(&Column{Name: "body", Type: "text", class: "text", values: texts})
	c.Parents, c.Links = []*Link{l}, []*Link{l}
	if g.chance(50) {
		g.key(c, "PRIMARY KEY", "id")
	}
	g.s.targets = append(g.s.targets, c)
	g.add(c)
}

// discriminator makes a table whose rows belong to one of several parents, by what a column says.
func (g *gen) discriminator() {
	t := &Table{Name: g.name("w"), Kind: Child}
	t.col(&Column{Name: "id", Type: "int", class: "int", values: ints, NotNull: true})
	kind := dataType{pick(g.rng, "text", "text", "text", "varchar(3)", "citext", "text COLLATE ci", "char(4)"), "text", []string{"a", "b", "A", "c"}}
	if g.chance(20) {
		kind = dataType{pick(g.rng, "int", "smallint", "numeric(4,1)"), "int", []string{"1", "2", "3"}}
	}
	t.col(&Column{Name: "kind", Type: kind.name, class: kind.class, values: kind.values, NotNull: g.chance(60)})
	shared := g.chance(55)
	for i := range 2 {
		l := g.oneOf(t, shared)
		if l == nil {
			continue
		}
		if l.When = (&Test{"kind", "=", kind.values[i]}); g.chance(4) {
			l.When = nil
		}
		t.Parents = append(t.Parents, l)
	}
	if len(t.Parents) == 0 {
		return
	}
	t.col(&Column{Name: "body", Type: "text", class: "text", values: texts})
	if g.chance(50) {
		g.key(t, "PRIMARY KEY", "id")
	}
	if g.chance(30) {
		g.key(t, "UNIQUE", "kind", t.Parents[0].Columns[0])
	}
	g.s.targets = append(g.s.targets, t, t)
	g.add(t)
}

// oneOf gives a table a link to one of its parents: by a column that all of them share, or one of its own.
func (g *gen) oneOf(t *Table, shared bool) *Link {
	to := g.ownedTable()
	if !shared {
		return g.link(t, to, false)
	}
	for _, k := range to.keys {
		ref := to.column(k[0])
		if len(k) != 1 || ref.class != "int" {
			continue
		}
		if t.column("owner_id") == nil {
			t.col(&Column{Name: "owner_id", Type: "int", class: "int", values: ints, ref: true, NotNull: g.chance(60)})
		}
		l := &Link{Table: to, Columns: []string{"owner_id"}, Refs: k, NoFK: "rows go with their owner"}
		t.Links = append(t.Links, l)
		return l
	}
	return nil
}

// readAlsoToo declares what others may read of a table, also by a column that names the reader.
func (g *gen) readAlsoToo() {
	t := g.tableOf(func(t *Table) bool { return (t.Kind == Tenant || t.Kind == Child) && t.ReadAlso == "" })
	if t == nil || slices.ContainsFunc(g.s.Tables, func(x *Table) bool { return strings.Contains(x.Suffix, "("+t.Name+")") }) || t.Heir {
		return
	}
	if !g.s.Levels && t.Kind == Tenant && g.chance(30) && g.s.root.class != "text" {
		t.col(&Column{Name: "partner", Type: g.s.root.name, class: g.s.root.class, values: g.s.root.ids})
		t.ReadAlso, t.shows = "partner = @org_id", Test{"partner", "@", ""}
	} else {
		t.col(&Column{Name: "open", Type: "bool", class: "bool", values: []string{"true", "false", "false"}})
		t.ReadAlso, t.shows = "open", Test{"open", "true", ""}
	}
	g.s.targets = append(g.s.targets, t)
}

// shown is the condition under which a row of another tenant may be read by tenant, which is an expression, "" when
// there is none that statements use.
func (t *Table) shown(alias, tenant string) string {
	switch {
	case t.shows.Op == "":
		return ""
	case t.shows.Op == "@":
		return alias + "." + t.shows.Column + " = " + tenant
	}
	return t.shows.SQL(alias)
}

// Shown is a query for the rows that a tenant may read beside its own, "" where there are none.
func (s *Schema) Shown(tenant string) string {
	var parts []string
	for _, t := range s.Tables {
		if t.shows.Op != "" {
			parts = append(parts, fmt.Sprintf("SELECT '%s', t::text FROM %s t WHERE (%s) IS TRUE", t.Name, t.Name, t.shown("t", Quote(tenant))))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, " UNION ALL ") + " ORDER BY 1, 2"
}

// shows reports whether a row is one that the tenant of the pair may read beside its own.
func (f *filler) shows(r *Row) bool {
	if f.s.Former || r.Table.shows.Op == "" {
		return false
	}
	if r.Table.shows.Op == "@" {
		v := r.Values["partner"]
		return v != nil && *v == f.p.Tenant
	}
	return r.Table.shows.holds(r)
}

// hide makes a row one that the tenant may not read.
func (f *filler) hide(r *Row) {
	if f.shows(r) {
		r.Values[r.Table.shows.Column] = nil
	}
}

// living are mostly the rows that pass what is declared of a parent's row.
func (f *filler) living(rows []*Row, l *Link) []*Row {
	if len(l.Where) == 0 || f.chance(20) {
		return rows
	}
	return slices.DeleteFunc(rows, func(r *Row) bool {
		return slices.ContainsFunc(l.Where, func(t Test) bool { return !t.holds(r) })
	})
}

// unsaid fills the columns of a parent that a row does not have, where no other link does.
func (f *filler) unsaid(r *Row, l *Link) {
	for _, name := range l.Columns {
		if _, ok := r.Values[name]; ok || !r.Table.column(name).ref {
			continue
		}
		other := slices.ContainsFunc(r.Table.Links, func(x *Link) bool {
			return x != l && slices.Contains(x.Columns, name) && (x.When == nil || x.When.holds(r))
		})
		if !other && l.FK == "" {
			r.Values[name] = f.value(r.Table.column(name))
		}
	}
}
