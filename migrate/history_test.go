package migrate_test

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/migrate"
)

// A history is a random application as it grows: era by era, its own migration and
// what is wanted afterwards.
type history []era

type era struct {
	sql   string
	after application
}

// application is the schema and the declarations at one time.
type application struct {
	tables  []table
	setting string
	role    int // which of two roles it runs as
	next    int // number of the next name
}

type table struct {
	schema, name string
	kind         migrate.Kind // when it is not global
	global       bool
	written      bool   // a global table that queries write
	tenant       string // the tenant column, "" when it has none
	inner        bool   // its tenant is of an inner level: a bigint, in a setting of its own
	shown        bool   // it has a column of that name, for these two conditions
	alsoRead     bool
	restricted   bool
	parent       string // the parent's name, of a child
	ref          string // the column that refers to the parent
	parts        []string
	list         bool // partitioned
}

// wanted is what the declarations want of a schema that has the tables.
func (a application) wanted(db *catalog.Database, roles [2]string) migrate.Wanted {
	w := migrate.Wanted{AppRole: roles[a.role], Source: migrate.Source{Setting: a.setting}}
	for _, t := range a.tables {
		have := db.Table(catalog.Name{Schema: t.schema, Name: t.name})
		target := migrate.Target{Table: have, Kind: t.kind, Column: t.tenant, Why: "drawn"}
		switch {
		case t.global:
			w.Globals = append(w.Globals, migrate.Global{Table: have, Privileges: written(t.written)})
			continue
		case t.kind == migrate.Child:
			p := a.tables[a.index(t.parent)]
			target.Column = ""
			target.Parents = []migrate.Parent{{Table: db.Table(catalog.Name{Schema: p.schema, Name: p.name}), On: []migrate.Pair{{Child: t.ref, Parent: "id"}}}}
		}
		if t.alsoRead && t.shown {
			target.ReadAlso = "shown"
		}
		if t.restricted && t.shown {
			target.Restrict = "shown IS NOT NULL /* ; */ -- \n"
		}
		if t.kind == migrate.Column && t.inner {
			target.Setting = "app.inner"
		}
		w.Targets = append(w.Targets, target)
	}
	return w
}

func (a application) index(name string) int {
	return slices.IndexFunc(a.tables, func(t table) bool { return t.name == name })
}

func (a application) clone() application {
	a.tables = slices.Clone(a.tables)
	for i := range a.tables {
		a.tables[i].parts = slices.Clone(a.tables[i].parts)
	}
	return a
}

func (t table) sqlName() string {
	return migrate.QuoteName(catalog.Name{Schema: t.schema, Name: t.name})
}

// author draws what the application's authors do.
type author struct {
	*rapid.T
	application
	sql []string
}

func drawHistory(rt *rapid.T) history {
	w := &author{T: rt, application: application{setting: "app.org_id"}}
	w.do(`CREATE SCHEMA "Other one"`)
	var h history
	for range rapid.IntRange(2, 4).Draw(rt, "tables at first") {
		w.create()
	}
	h = append(h, w.era())
	for range rapid.IntRange(1, 5).Draw(rt, "eras") {
		for range rapid.IntRange(1, 3).Draw(rt, "changes") {
			w.change()
		}
		h = append(h, w.era())
	}
	return h
}

func (w *author) era() era {
	e := era{strings.Join(w.sql, ";\n") + ";\n", w.clone()}
	w.sql = nil
	return e
}

func (w *author) do(format string, args ...any) { w.sql = append(w.sql, fmt.Sprintf(format, args...)) }

// name draws a name that no other table, column or policy has.
func (w *author) name() string {
	w.next++
	stem := rapid.SampledFrom([]string{"t", "Order", "select", "größe", `q"uo`, "a b", "parent"}).Draw(w.T, "stem")
	if w.next == 1 || w.Bool("number") {
		return fmt.Sprint(stem, w.next)
	}
	return fmt.Sprint(stem, " ", w.next)
}

func (w *author) Bool(label string) bool { return rapid.Bool().Draw(w.T, label) }

// pick draws the index of a table for which ok holds, -1 when there is none.
func (w *author) pick(ok func(table) bool) int {
	var list []int
	for i, t := range w.tables {
		if ok(t) {
			list = append(list, i)
		}
	}
	if len(list) == 0 {
		return -1
	}
	return rapid.SampledFrom(list).Draw(w.T, "table")
}

func owned(t table) bool   { return !t.global }
func anyTable(table) bool  { return true }
func notList(t table) bool { return !t.list }

// create makes a tenant table, a partitioned one, a child or a global table.
func (w *author) create() {
	t := table{schema: rapid.SampledFrom([]string{"public", "public", "Other one"}).Draw(w.T, "schema"), name: w.name()}
	parent := -1
	if len(w.tables) > 0 {
		parent = w.pick(func(p table) bool { return owned(p) && notList(p) })
	}
	q := migrate.QuoteIdent
	switch kind := rapid.IntRange(0, 5).Draw(w.T, "kind"); {
	case kind == 0:
		t.global, t.written = true, w.Bool("written")
		w.do("CREATE TABLE %s (id serial PRIMARY KEY)", t.sqlName())
	case kind == 1 && parent >= 0:
		t.kind, t.parent, t.ref = migrate.Child, w.tables[parent].name, w.name()
		w.do("CREATE TABLE %s (id int PRIMARY KEY, %s int)", t.sqlName(), q(t.ref))
	case kind == 2:
		t.tenant, t.list = w.name(), true
		w.do("CREATE TABLE %s (id int NOT NULL, %s uuid NOT NULL) PARTITION BY LIST (id)", t.sqlName(), q(t.tenant))
		w.tables = append(w.tables, t)
		w.partition(len(w.tables) - 1)
		return
	default:
		typ := "uuid"
		if t.tenant, t.inner, t.shown = w.name(), w.Bool("inner"), true; t.inner {
			typ = "bigint"
		}
		t.alsoRead, t.restricted = w.Bool("also read"), w.Bool("restricted")
		w.do("CREATE TABLE %s (id int PRIMARY KEY, %s %s NOT NULL, shown boolean)", t.sqlName(), q(t.tenant), typ)
	}
	w.tables = append(w.tables, t)
}

func (w *author) partition(i int) {
	t := &w.tables[i]
	part := table{schema: "public", name: w.name()}
	w.do("CREATE TABLE %s PARTITION OF %s FOR VALUES IN (%d)", part.sqlName(), t.sqlName(), w.next)
	t.parts = append(t.parts, part.name)
}

// change draws one change of the schema, of the declarations, or of our policies.
func (w *author) change() {
	changes := []func(){w.create, w.create, w.drop, w.rename, w.rename, w.renameColumn, w.move, w.grow, w.reparent, w.share, w.unshare,
		w.dropColumn, w.edit, w.edit, w.edit, w.settings, w.condition}
	changes[rapid.IntRange(0, len(changes)-1).Draw(w.T, "change")]()
}

// orphans makes the children of a table global, for want of a better parent.
func (w *author) orphans(name string) {
	for i := range w.tables {
		if c := &w.tables[i]; c.parent == name && !c.global {
			c.global = true
			w.orphans(c.name)
		}
	}
}

func (w *author) drop() {
	if i := w.pick(anyTable); i >= 0 && len(w.tables) > 1 {
		w.orphans(w.tables[i].name)
		w.do("DROP TABLE %s CASCADE", w.tables[i].sqlName())
		w.tables = slices.Delete(w.tables, i, i+1)
	}
}

func (w *author) rename() {
	i := w.pick(anyTable)
	from, to := w.tables[i].name, w.name()
	w.do("ALTER TABLE %s RENAME TO %s", w.tables[i].sqlName(), migrate.QuoteIdent(to))
	w.tables[i].name = to
	for j := range w.tables {
		if w.tables[j].parent == from {
			w.tables[j].parent = to
		}
	}
}

func (w *author) renameColumn() {
	if i := w.pick(func(t table) bool { return t.tenant != "" || t.ref != "" }); i >= 0 {
		t := &w.tables[i]
		column := &t.tenant
		if t.tenant == "" {
			column = &t.ref
		}
		to := w.name()
		w.do("ALTER TABLE %s RENAME COLUMN %s TO %s", t.sqlName(), migrate.QuoteIdent(*column), migrate.QuoteIdent(to))
		*column = to
	}
}

func (w *author) move() {
	t := &w.tables[w.pick(anyTable)]
	to := "Other one"
	if t.schema == to {
		to = "public"
	}
	w.do("ALTER TABLE %s SET SCHEMA %s", t.sqlName(), migrate.QuoteIdent(to))
	t.schema = to
}

// grow adds a partition, or a column that is nobody's business.
func (w *author) grow() {
	i := w.pick(anyTable)
	if w.tables[i].list {
		w.partition(i)
		return
	}
	w.do("ALTER TABLE %s ADD COLUMN %s text", w.tables[i].sqlName(), migrate.QuoteIdent(w.name()))
}

// reparent gives a child another parent, or a tenant table a parent instead of its column.
func (w *author) reparent() {
	i := w.pick(func(t table) bool { return owned(t) && notList(t) })
	if i < 0 {
		return
	}
	below := w.below(w.tables[i].name)
	p := w.pick(func(t table) bool { return owned(t) && notList(t) && !slices.Contains(below, t.name) })
	if p < 0 {
		return
	}
	t := &w.tables[i]
	t.kind, t.parent, t.ref = migrate.Child, w.tables[p].name, w.name()
	w.do("ALTER TABLE %s ADD COLUMN %s int", t.sqlName(), migrate.QuoteIdent(t.ref))
}

// below returns a table and its children, to any depth.
func (w *author) below(name string) []string {
	names := []string{name}
	for _, t := range w.tables {
		if t.parent == name && !t.global && t.kind == migrate.Child {
			names = append(names, w.below(t.name)...)
		}
	}
	return names
}

// share makes a table global, or changes who writes a global one.
func (w *author) share() {
	t := &w.tables[w.pick(anyTable)]
	if t.global {
		t.written = !t.written
		return
	}
	t.global = true
	w.orphans(t.name)
}

// unshare gives a table to its tenants (again), by a column.
func (w *author) unshare() {
	if i := w.pick(func(t table) bool { return t.tenant == "" || t.global }); i >= 0 {
		t := &w.tables[i]
		t.global, t.kind, t.parent, t.ref = false, migrate.Column, "", ""
		if t.tenant == "" {
			t.tenant, t.inner = w.name(), false
			w.do("ALTER TABLE %s ADD COLUMN %s uuid", t.sqlName(), migrate.QuoteIdent(t.tenant))
		}
	}
}

func (w *author) dropColumn() {
	if i := w.pick(func(t table) bool { return t.tenant != "" && notList(t) }); i >= 0 {
		t := &w.tables[i]
		w.do("ALTER TABLE %s DROP COLUMN %s CASCADE", t.sqlName(), migrate.QuoteIdent(t.tenant))
		t.tenant = ""
		if t.kind == migrate.Column {
			t.global = true
			w.orphans(t.name)
		}
	}
}

func (w *author) condition() {
	if i := w.pick(func(t table) bool { return owned(t) && t.shown }); i >= 0 {
		condition := &w.tables[i].alsoRead
		if w.Bool("restrict") {
			condition = &w.tables[i].restricted
		}
		*condition = !*condition
	}
}

func (w *author) settings() {
	if w.Bool("role") {
		w.role = 1 - w.role
	} else {
		w.setting = map[string]string{"app.org_id": "my.org", "my.org": "app.org_id"}[w.setting]
	}
}

// edit changes by hand what is ours, if it is still there.
func (w *author) edit() {
	i := w.pick(owned)
	if i < 0 {
		return
	}
	t := w.tables[i]
	name := t.sqlName()
	if len(t.parts) > 0 && w.Bool("of a partition") {
		name = table{schema: "public", name: t.parts[0]}.sqlName()
	}
	w.next++
	edits := []string{
		"DROP POLICY IF EXISTS tenant_isolation ON %s", "DROP POLICY IF EXISTS tenant_isolation_floor ON %s",
		"DROP POLICY IF EXISTS tenant_isolation ON %s; CREATE POLICY tenant_isolation ON %[1]s USING (true /* ; */) WITH CHECK (id::text = E'it''s\n\\'' || $$;\n-- +goose Down\n$$)",
		fmt.Sprintf("DROP POLICY IF EXISTS tenant_isolation ON %%s; CREATE POLICY mine%d ON %%[1]s AS RESTRICTIVE FOR SELECT USING (true)", w.next),
		"ALTER TABLE %s DISABLE ROW LEVEL SECURITY", "ALTER TABLE %s NO FORCE ROW LEVEL SECURITY",
	}
	w.do(rapid.SampledFrom(edits).Draw(w.T, "edit"), name)
}
