package prove_test

import (
	"context"
	"log"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/prove"
)

// The queries of a project are run on pairs of states that differ in other tenants' rows only, on a throw-away PostgreSQL.
func Example() {
	project, err := tenantgen.Load("sqlc.yaml")
	if err != nil {
		log.Fatal(err)
	}
	reports, err := project.Prove(context.Background(), project.Check(), tenantgen.ProveQueries{}, prove.Options{Seed: 7})
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range reports {
		for _, o := range r.Outcomes {
			if o.Status == prove.Leaks {
				log.Print(o.Query.Name, " leaks")
			}
		}
	}
}
