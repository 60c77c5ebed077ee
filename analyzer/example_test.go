package analyzer_test

import (
	"fmt"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/config"
)

// One statement is judged against a schema.
func Example() {
	db, findings := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: `
		CREATE TABLE notes (id bigint PRIMARY KEY, org_id uuid NOT NULL, title text NOT NULL);`}})
	own, problems := analyzer.Classify(db, config.Tenant{Columns: []string{"org_id"}})
	fmt.Print(findings, problems, "\n")
	for _, r := range analyzer.New(db, own, nil).File("notes.sql", `
		SELECT title FROM notes WHERE id = @id AND org_id = @org_id;
		SELECT title FROM notes WHERE id = @id;`) {
		for _, rel := range r.Relations {
			fmt.Println(r.Verdict, rel.Table, rel.Proof)
		}
		for _, d := range r.Diagnostics {
			fmt.Printf("%s: %s: %s: %s\n", r.Verdict, d.Rule, d.Message, d.Hint)
		}
	}
	// Output:
	// [] []
	// scoped notes [notes.org_id = @org_id]
	// rejected: unscoped-table: reads rows of every tenant in notes: add AND notes.org_id = @org_id to its WHERE
}
