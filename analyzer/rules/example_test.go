package rules_test

import (
	"fmt"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/config"
)

// The schema rules, on a schema whose key omits the tenant.
func ExampleCheck() {
	db, _ := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: `
		CREATE TABLE notes (id bigint NOT NULL, org_id uuid NOT NULL, slug text NOT NULL, PRIMARY KEY (org_id, id), UNIQUE (slug));`}})
	own, _ := analyzer.Classify(db, config.Tenant{Columns: []string{"org_id"}})
	for _, f := range rules.Check(db, own, nil) {
		fmt.Println(f.Rule.Name, f.Table, f.Fix != nil)
	}
	// Output:
	// mutable-tenant-column notes true
	// key-without-tenant notes true
}

// What explain prints of a rule.
func ExampleLookup() {
	fmt.Println(rules.Lookup("unscoped-table").Title)
	fmt.Println(rules.Lookup("no-such-rule") == nil)
	// Output:
	// a query reads a tenant table without being confined to one tenant
	// true
}
