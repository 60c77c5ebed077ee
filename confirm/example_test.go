package confirm_test

import (
	"context"
	"log"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/confirm"
)

// PostgreSQL itself reads the schema and the queries of a project; what it reads otherwise is a finding.
func Example() {
	project, err := tenantgen.Load("sqlc.yaml")
	if err != nil {
		log.Fatal(err)
	}
	report := project.Check()
	reports, err := project.Confirm(context.Background(), report, confirm.Options{})
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range reports {
		for _, d := range r.Differences {
			log.Print(d)
		}
	}
}
