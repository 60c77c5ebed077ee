package catalog_test

import (
	"fmt"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// What schema files leave behind.
func ExampleDatabase() {
	db, _ := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: `
		CREATE TABLE orgs (id uuid PRIMARY KEY);
		CREATE TABLE notes (id bigint PRIMARY KEY, org_id uuid NOT NULL REFERENCES orgs);`}})
	notes := db.Table(catalog.ParseName("public.notes"))
	for _, c := range notes.Columns {
		fmt.Println(c.Name, c.Type.Name, c.NotNull)
	}
	for _, fk := range notes.Foreign {
		fmt.Println(fk.Name, fk.Columns)
	}
	// Output:
	// id pg_catalog.int8 true
	// org_id pg_catalog.uuid true
	// notes_org_id_fkey [org_id]
}
