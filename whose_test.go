package tenantgen

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/config"
)

// What an editor shows of a table is whose rows it has, by its declaration.
func TestWhose(t *testing.T) {
	db, ds := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "s.sql", Text: `CREATE SCHEMA app;
		CREATE TABLE app.firms (id int PRIMARY KEY);
		CREATE TABLE notes (firm_id int NOT NULL, id int PRIMARY KEY, public boolean NOT NULL, gone timestamptz);
		CREATE TABLE lines (id int, note_id int REFERENCES notes, firm int REFERENCES app.firms);
		CREATE TABLE plans (id int);
		CREATE TABLE loose (id int);`}})
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	own, _ := analyzer.Classify(db, config.Tenant{Columns: []string{"firm_id"}, Tables: []config.Table{
		{Name: "app.firms", TenantColumn: "id"}, {Name: "notes", ReadAlso: "public", Restrict: "gone IS NULL"}, {Name: "plans", Global: true},
		{Name: "lines", Parents: []config.Parent{{Table: "notes", On: []config.Pair{{Child: "note_id", Parent: "id"}}}, {Table: "app.firms", On: []config.Pair{{Child: "firm", Parent: "id"}}}}},
	}})
	e := &Editing{project: &Project{Units: []*Unit{{Schema: db, Tenancy: own}}}}
	for name, want := range map[string]string{
		"app.firms": "**app.firms**: a row is of the tenant in `id`",
		"notes":     "**notes**: a row is of the tenant in `firm_id`; others may read it where `public`; policies show it only where `gone IS NULL`",
		"lines":     "**lines**: a row belongs to the tenant of its row of notes, by `note_id = notes.id`, or of its row of app.firms, by `firm = app.firms.id`",
		"plans":     "**plans**: its rows are nobody's: every tenant may read them",
		"loose":     "**loose**: nobody said whose its rows are",
		"nothing":   "", "": "",
	} {
		if got := e.Whose(name); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
	levels, _ := analyzer.Classify(db, config.Tenant{Levels: []config.Level{{Name: "firm", Column: "firm_id"}, {Name: "note", Column: "note_id"}}})
	if got, want := whose(levels, db.LookupTable("", "notes", db.SearchPath)), "**notes**: a row is of the tenant in `firm_id`, at the level firm"; got != want {
		t.Error(got)
	}
}
