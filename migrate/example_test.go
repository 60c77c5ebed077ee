package migrate_test

import (
	"fmt"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/migrate"
)

// The steps to row-level security on one table. Render prints them as a migration in the format of a tool.
func ExamplePlan() {
	db, _ := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: `CREATE TABLE notes (id bigint PRIMARY KEY, org_id uuid NOT NULL);`}})
	notes := db.Table(catalog.ParseName("public.notes"))
	steps, err := migrate.Plan(db, migrate.Wanted{
		Source:  migrate.Source{Setting: "app.org_id"},
		Targets: []migrate.Target{{Table: notes, Kind: migrate.Column, Column: "org_id"}},
	})
	if err != nil {
		panic(err)
	}
	for _, s := range steps {
		fmt.Println(s.Comment)
	}
	fmt.Println(steps[2].SQL[0])
	// Output:
	// notes: tenant_isolation lets the current tenant's rows through.
	// notes: tenant_isolation_floor keeps other policies from letting more through.
	// notes: policies apply, to the table's owner too.
	// ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
}
