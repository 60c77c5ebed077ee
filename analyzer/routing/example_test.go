package routing_test

import (
	"fmt"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/routing"
	"github.com/tenantgen/tenantgen/config"
)

// SELECT … FROM notes, with the condition org_id = $1 and without it. With scale: citus, analyzer.Result.Routable says it of
// every query.
func ExampleObstacles() {
	db, _ := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: `CREATE TABLE notes (id bigint PRIMARY KEY, org_id uuid NOT NULL);`}})
	own, _ := analyzer.Classify(db, config.Tenant{Columns: []string{"org_id"}})
	notes := &query.Base{Table: db.Tables[0], Alias: "notes"}
	for _, where := range []query.Expr{&query.Eq{L: &query.Col{Rel: 0, Index: 1}, R: &query.Param{Number: 1}}, nil} {
		obstacles := routing.Obstacles(own, &query.Statement{Root: &query.Select{From: []query.Rel{notes}, Where: where}, Rels: 1})
		fmt.Println(len(obstacles))
		for _, o := range obstacles {
			fmt.Println(o.Message)
		}
	}
	// Output:
	// 0
	// 1
	// Citus cannot send the query to one machine: it does not see that notes.org_id is the tenant
}
