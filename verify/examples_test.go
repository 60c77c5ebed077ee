package verify_test

import (
	"context"
	"fmt"
	"log"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/verify"
)

// A live database is held against what a project promises, before and after a deployment, say.
func ExampleRun() {
	project, err := tenantgen.Load("sqlc.yaml")
	if err != nil {
		log.Fatal(err)
	}
	project.Check()
	promises, err := project.Promises()
	if err != nil {
		log.Fatal(err)
	}
	report, err := verify.Run(context.Background(), "postgres://auditor@db/notes", promises)
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range report.Findings {
		fmt.Println(f)
	}
}

// What explain prints of a rule.
func ExampleLookup() {
	fmt.Println(verify.Lookup("rls-not-forced").Title)
	// Output: row-level security does not apply to the owner of a tenant table
}
