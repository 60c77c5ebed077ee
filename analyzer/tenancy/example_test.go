package tenancy_test

import (
	"fmt"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
)

// A table with the tenant column belongs to tenants; of every other one the configuration has to say whose it is.
func ExampleClassify() {
	db, _ := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: `
		CREATE TABLE notes (id bigint PRIMARY KEY, org_id uuid NOT NULL);
		CREATE TABLE plans (name text PRIMARY KEY);
		CREATE TABLE colors (name text PRIMARY KEY);`}})
	own, problems := tenancy.Classify(db, config.Tenant{Columns: []string{"org_id"}, Tables: []config.Table{{Name: "plans", Global: true}}})
	for _, t := range db.Tables {
		fmt.Println(t.Name.Name, own.Of(t).Kind == tenancy.Global, own.Of(t).Kind == tenancy.Undeclared)
	}
	for _, p := range problems {
		fmt.Println(p.Msg)
	}
	// Output:
	// notes false false
	// plans true false
	// colors false true
	// table colors has no column org_id and is not declared
}
