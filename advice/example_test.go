package advice_test

import (
	"fmt"

	"github.com/tenantgen/tenantgen/advice"
	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/config"
)

// What to do about a unique key that omits the tenant, while the application runs.
func ExamplePlan() {
	db, _ := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: `
		CREATE TABLE notes (id bigint NOT NULL, org_id uuid NOT NULL, slug text NOT NULL, PRIMARY KEY (org_id, id), CONSTRAINT notes_slug UNIQUE (slug));`}})
	own, _ := analyzer.Classify(db, config.Tenant{Columns: []string{"org_id"}})
	plan, err := advice.Plan(db, rules.Check(db, own, nil))
	if err != nil {
		panic(err)
	}
	for _, m := range plan.Migrations {
		fmt.Println(m.Name, m.Alone) // alone: not within a transaction
	}
	// Output:
	// tenant_advice_notes_org_id_slug_key true
	// tenant_advice_add false
	// tenant_advice_finish false
}
