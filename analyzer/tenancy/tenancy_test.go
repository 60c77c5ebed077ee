package tenancy

import (
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/config"
)

func table(name, parent string, columns ...string) *catalog.Table {
	t := &catalog.Table{Name: catalog.Name{Schema: "public", Name: name}}
	for _, c := range columns {
		t.Columns = append(t.Columns, &catalog.Column{Name: c, NotNull: true})
	}
	if parent != "" {
		t.Parents = []catalog.Name{{Schema: "public", Name: parent}}
	}
	return t
}

// A table that inherits from a global one used to become global with it, so that its
// tenants' rows could be read by anybody.
func TestGlobalParentKeepsTenantsApart(t *testing.T) {
	audit, notes, plans := table("audit", "", "at"), table("notes", "audit", "at", "org_id"), table("plans", "", "id")
	db := &catalog.Database{Tables: []*catalog.Table{audit, notes, plans}, SearchPath: []string{"public"}}
	m, problems := Classify(db, config.Tenant{Columns: []string{"org_id"},
		Tables: []config.Table{{Name: "audit", Global: true}, {Name: "plans", Global: true}}})
	if o := m.Of(notes); o.Kind != Column || o.Column != 1 {
		t.Errorf("notes is owned %+v, want by its own column", o)
	}
	if o := m.Of(audit); o.Kind != Undeclared {
		t.Errorf("audit is owned %+v, want undeclared: reading it reads notes", o)
	}
	if m.Of(plans).Kind != Global {
		t.Error("plans is no longer global")
	}
	if len(problems) == 0 || !strings.Contains(problems[0].Msg, "reads the rows of notes") {
		t.Errorf("problems: %v", problems)
	}
}

// A partition has its parent's owner, and a declared child keeps its declaration.
func TestInheritedOwner(t *testing.T) {
	parts, p1, log := table("parts", "", "id", "org_id"), table("p1", "parts", "org_id", "id"), table("log", "base", "id")
	base := table("base", "", "id")
	db := &catalog.Database{Tables: []*catalog.Table{parts, p1, base, log}, SearchPath: []string{"public"}}
	m, problems := Classify(db, config.Tenant{Columns: []string{"org_id"}, Tables: []config.Table{{Name: "base", Global: true}}})
	if o := m.Of(p1); o.Kind != Column || o.Column != 0 {
		t.Errorf("p1 is owned %+v", o)
	}
	if m.Of(log).Kind != Global || len(problems) != 0 {
		t.Errorf("log is owned %+v, problems %v", m.Of(log), problems)
	}
}

// A declaration of a level without a column used to be taken for none: the table went
// to the innermost level whose column it has.
func TestLevelWithoutColumn(t *testing.T) {
	db := &catalog.Database{Tables: []*catalog.Table{table("docs", "", "id", "project_id", "org_id"), table("tags", "", "id", "project_id")}, SearchPath: []string{"public"}}
	cfg := config.Tenant{Levels: []config.Level{{Name: "org", Column: "org_id", Setting: "app.org_id"}, {Name: "project", Column: "project_id", Setting: "app.project_id"}},
		Tables: []config.Table{{Name: "docs", Level: "org", ReadAlso: "id = 1", Line: 3}, {Name: "tags", Level: "org", Line: 4}}}
	m, problems := Classify(db, cfg)
	if o := m.Of(db.Tables[0]); o.Kind != Column || o.Level != 0 || o.Column != 2 || o.ReadAlso == "" {
		t.Errorf("docs is owned %+v, want by its org_id", o)
	}
	if o := m.Of(db.Tables[1]); o.Kind != Undeclared || len(problems) < 1 || problems[0].Line != 4 || !strings.Contains(problems[0].Msg, "no column org_id") {
		t.Errorf("tags is owned %+v, problems %v", o, problems)
	}
}

// A child of rows of several levels is of the deepest, in whatever order parents and tables
// are declared: it used to be of the level of the parent that is named last, as far as that
// was known by then.
func TestLevelOfChildren(t *testing.T) {
	parent := func(table string) config.Parent {
		return config.Parent{Table: table, On: []config.Pair{{Child: table + "_id", Parent: "id"}}}
	}
	child := func(name string, parents ...string) config.Table {
		d := config.Table{Name: name}
		for _, p := range parents {
			d.Parents = append(d.Parents, parent(p))
		}
		return d
	}
	for name, declared := range map[string][]config.Table{
		"outer last":   {child("memos", "orders", "visits"), child("lines", "memos"), child("letters", "lines", "visits")},
		"inner last":   {child("memos", "visits", "orders"), child("lines", "memos"), child("letters", "visits", "lines")},
		"parents last": {child("letters", "visits", "lines"), child("lines", "memos"), child("memos", "orders", "visits")},
	} {
		tables := []*catalog.Table{table("visits", "", "id", "firm_id"), table("orders", "", "id", "plant_id"), table("notes", "", "id", "visits_id"),
			table("memos", "", "id", "orders_id", "visits_id"), table("lines", "", "id", "memos_id"), table("letters", "", "id", "lines_id", "visits_id")}
		for _, of := range tables {
			of.Keys = []*catalog.Key{{Columns: []string{"id"}, Primary: true}}
		}
		m, problems := Classify(&catalog.Database{Tables: tables, SearchPath: []string{"public"}}, config.Tenant{
			Levels: []config.Level{{Name: "firm", Column: "firm_id"}, {Name: "plant", Column: "plant_id"}}, Tables: append(declared, child("notes", "visits"))})
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		for i, want := range []int{0, 1, 0, 1, 1, 1} {
			column := tables[want].Columns[1]
			if got := m.Of(tables[i]).Level; got != want || m.TenantColumn(tables[i]) != column {
				t.Errorf("%s: %s is of level %d, its tenant is %v, want %d and %s", name, tables[i].Name, got, m.TenantColumn(tables[i]), want, column.Name)
			}
		}
	}
}
