package tenancy

import (
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/config"
)

// Declarations that do not fit the schema are problems, each with its own words: taken
// for what they are not, they would give rows to a tenant who does not own them.
func TestDeclarationsThatDoNotFit(t *testing.T) {
	on := func(table, child, parent string) []config.Table {
		return []config.Table{{Name: "lines", Parents: []config.Parent{{Table: table, On: []config.Pair{{Child: child, Parent: parent}}}}}, {Name: "plans", Global: true}}
	}
	for want, tables := range map[string][]config.Table{
		"table nowhere does not exist":         {{Name: "nowhere", Global: true}},
		"table notes has no column owner_id":   {{Name: "notes", TenantColumn: "owner_id"}},
		"table trees does not exist":           on("trees", "note_id", "id"),
		"lines.nothing or notes.id does not":   on("notes", "nothing", "id"),
		"lines.note_id or notes.nothing does":  on("notes", "note_id", "nothing"),
		"parent plans of lines belongs to no":  on("plans", "note_id", "id"),
		"columns title of notes are no key, s": on("notes", "note_id", "title"),
		"public.notes is the table that is de": {{Name: "notes", TenantColumn: "org_id"}, {Name: "public.notes", Global: true}},
	} {
		_, problems := Classify(shop(), config.Tenant{Columns: []string{"org_id"}, Tables: tables})
		found := false
		for _, p := range problems {
			found = found || strings.Contains(p.Msg, want)
		}
		if !found {
			t.Errorf("%q is not among the problems: %v", want, problems)
		}
	}
}

// A parent that is right is no problem, and the child's owner.
func TestDeclarationsThatFit(t *testing.T) {
	db := shop()
	m, problems := Classify(db, config.Tenant{Columns: []string{"org_id"}, Tables: []config.Table{{Name: "plans", Global: true},
		{Name: "lines", Parents: []config.Parent{{Table: "notes", On: []config.Pair{{Child: "note_id", Parent: "id"}}}}}}})
	if len(problems) > 0 {
		t.Error(problems)
	}
	if o := m.Of(db.Tables[1]); o.Kind != Child || len(o.Parents) != 1 {
		t.Errorf("lines is owned %+v", o)
	}
}

func shop() *catalog.Database {
	notes, lines, plans := table("notes", "", "id", "org_id", "title"), table("lines", "", "id", "note_id"), table("plans", "", "id")
	notes.Keys = []*catalog.Key{{Name: "notes_pkey", Columns: []string{"id"}}}
	plans.Keys = []*catalog.Key{{Name: "plans_pkey", Columns: []string{"id"}}}
	return &catalog.Database{Tables: []*catalog.Table{notes, lines, plans}, SearchPath: []string{"public"}}
}

// Each thing that keeps a key from identifying rows, alone.
func TestKeysThatIdentifyNothing(t *testing.T) {
	plain := func() (*catalog.Table, *catalog.Key) {
		tbl := table("notes", "", "id", "org_id")
		k := &catalog.Key{Name: "notes_pkey", Columns: []string{"id"}}
		tbl.Keys = []*catalog.Key{k}
		return tbl, k
	}
	if tbl, k := plain(); !Identifies(tbl, k) || !hasKey(tbl, []string{"id"}) || hasKey(tbl, []string{"org_id"}) {
		t.Error("a plain key identifies its rows, and no other columns do")
	}
	for what, spoil := range map[string]func(*catalog.Table, *catalog.Key){
		"partial":          func(_ *catalog.Table, k *catalog.Key) { k.Partial = true },
		"of an expression": func(_ *catalog.Table, k *catalog.Key) { k.Expression = true },
		"deferrable":       func(_ *catalog.Table, k *catalog.Key) { k.Deferrable = true },
		"of no column":     func(_ *catalog.Table, k *catalog.Key) { k.Columns = nil },
		"of inheriting tables": func(tbl *catalog.Table, _ *catalog.Key) {
			tbl.Children = []catalog.Name{{Schema: "public", Name: "old"}}
		},
	} {
		tbl, k := plain()
		if spoil(tbl, k); Identifies(tbl, k) || hasKey(tbl, []string{"id"}) {
			t.Errorf("a key that is %s identifies rows", what)
		}
	}
	if tbl, k := plain(); func() bool { tbl.Unsure = "DO"; return Identifies(tbl, k) }() {
		t.Error("a key of a table that DDL may change identifies rows")
	}
	tbl, k := plain()
	tbl.Children, tbl.PartitionBy = []catalog.Name{{Schema: "public", Name: "part"}}, "org_id"
	if !Identifies(tbl, k) {
		t.Error("a key of a partitioned table holds for all partitions")
	}
}

var int4 = catalog.Value{Type: catalog.Name{Schema: "pg_catalog", Name: "int4"}}

// Each thing that keeps a foreign key from saying that two rows have one tenant, alone.
func TestForeignKeysThatCarryNothing(t *testing.T) {
	type world struct {
		m    *Map
		a, b *catalog.Table
		fk   *catalog.ForeignKey
	}
	plain := func() *world {
		a, b := table("tasks", "", "org_id", "id", "note_id"), table("notes", "", "org_id", "id")
		b.Keys = []*catalog.Key{{Columns: []string{"id"}}, {Columns: []string{"org_id", "id"}}}
		for _, c := range append(slices.Clone(a.Columns), b.Columns...) {
			c.Value = int4
		}
		w := &world{a: a, b: b, fk: &catalog.ForeignKey{RefTable: b.Name, Columns: []string{"org_id", "note_id"}, RefColumns: []string{"org_id", "id"}}}
		a.Foreign = []*catalog.ForeignKey{w.fk}
		w.m = &Map{Levels: []Level{{Columns: []string{"org_id"}}}, owners: map[*catalog.Table]Owner{a: {Kind: Column}, b: {Kind: Column}}}
		return w
	}
	if pairs, ok := plain().m.Carries(plain().fk, plain().a, plain().b); ok {
		t.Error("the tables of another world", pairs) // owners are by identity
	}
	w := plain()
	if pairs, ok := w.m.Carries(w.fk, w.a, w.b); !ok || len(pairs) != 1 || pairs[0] != (Pair{2, 1}) {
		t.Errorf("a plain foreign key carries %v, %t", pairs, ok)
	}
	w.a.PartitionBy, w.a.Children = "org_id", []catalog.Name{{Schema: "public", Name: "part"}}
	if _, ok := w.m.Carries(w.fk, w.a, w.b); !ok {
		t.Error("a foreign key of a partitioned table holds for all partitions")
	}
	for what, spoil := range map[string]func(*world){
		"inheriting tables":            func(w *world) { w.a.Children = []catalog.Name{{Schema: "public", Name: "old"}} },
		"a global child":               func(w *world) { w.m.owners[w.a] = Owner{Kind: Global} },
		"a global parent":              func(w *world) { w.m.owners[w.b] = Owner{Kind: Global} },
		"another level":                func(w *world) { w.m.owners[w.b] = Owner{Kind: Column, Level: 1} },
		"a nullable tenant":            func(w *world) { w.a.Columns[0].NotNull = false },
		"types that differ":            func(w *world) { w.b.Columns[0].Value.Type.Name = "text" },
		"types of no equality":         func(w *world) { w.a.Columns[0].Value, w.b.Columns[0].Value = catalog.Value{}, catalog.Value{} },
		"a child that DDL may change":  func(w *world) { w.a.Unsure = "DO" },
		"a parent that DDL may change": func(w *world) { w.b.Unsure = "DO" },
		"NOT VALID":                    func(w *world) { w.fk.NotValid = true },
		"unseen":                       func(w *world) { w.fk.Unseen = true },
		"deferrable":                   func(w *world) { w.fk.Deferrable = true },
		"another table":                func(w *world) { w.fk.RefTable.Name = "others" },
		"fewer columns":                func(w *world) { w.fk.RefColumns = w.fk.RefColumns[:1] },
		"no tenant":                    func(w *world) { w.fk.Columns, w.fk.RefColumns = []string{"note_id"}, []string{"id"} },
		"the tenant as an id":          func(w *world) { w.fk.Columns = []string{"note_id", "org_id"} },
		"the tenant with an id":        func(w *world) { w.fk.RefColumns = []string{"id", "id"} },
		"an id with the tenant":        func(w *world) { w.fk.Columns = []string{"note_id", "note_id"} },
		"no key without tenant":        func(w *world) { w.b.Keys = w.b.Keys[1:] },
	} {
		w := plain()
		if spoil(w); func() bool { _, ok := w.m.Carries(w.fk, w.a, w.b); return ok }() {
			t.Errorf("a foreign key with %s carries the tenant", what)
		}
	}
}

// Whether columns decide the owner, or have but one, for each kind of owner.
func TestColumnsOfAnOwner(t *testing.T) {
	column := Owner{Kind: Column, Column: 1}
	child := Owner{Kind: Child, Parents: []Parent{{On: []Pair{{2, 0}, {3, 1}}}}}
	for _, c := range []struct {
		what      string
		got, want bool
	}{
		{"the tenant column decides", column.DecidedBy(1), true},
		{"another column decides nothing", column.DecidedBy(0), false},
		{"a link to the parent decides", child.DecidedBy(3), true},
		{"another column of a child decides nothing", child.DecidedBy(1), false},
		{"nothing decides of a global row", Owner{Kind: Global}.DecidedBy(0), false},
		{"the tenant column covers", column.CoveredBy([]int{0, 1}), true},
		{"other columns do not", column.CoveredBy([]int{0, 2}), false},
		{"the whole link covers", child.CoveredBy([]int{3, 2}), true},
		{"half of it does not", child.CoveredBy([]int{3}), false},
		{"global rows need nothing", Owner{Kind: Global}.CoveredBy(nil), true},
	} {
		if c.got != c.want {
			t.Errorf("%s: %t", c.what, c.got)
		}
	}
}
