package checker_test

import (
	"fmt"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/checker"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
)

// SELECT … FROM notes WHERE org_id = $1, with a proof by hand: the rows of notes belong to the tenant in their org_id, which
// the condition says is $1. A proof that leaves the condition out does not convince.
func Example() {
	db, _ := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: `CREATE TABLE notes (id bigint PRIMARY KEY, org_id uuid NOT NULL);`}})
	own, _ := analyzer.Classify(db, config.Tenant{Columns: []string{"org_id"}})
	notes := &query.Base{ID: 0, Table: db.Tables[0], Alias: "notes"}
	orgID := db.Tables[0].Columns[1]
	is := &query.Eq{L: &query.Col{Rel: 0, Index: 1}, R: &query.Param{Number: 1}}
	st := &query.Statement{
		Root:   &query.Select{From: []query.Rel{notes}, Where: is},
		Params: []*query.ParamInfo{{Number: 1, Equals: []query.Type{query.Type(tenancy.Family(orgID))}}},
		Rels:   1,
	}
	column := certificate.Column(0, 1)
	tenantColumn := certificate.Step{A: certificate.Owner(0), B: column, Kind: certificate.Tenant}
	condition := certificate.Step{A: column, B: certificate.Param(1), Kind: certificate.Condition, Node: is}
	for _, chain := range []certificate.Chain{{tenantColumn, condition}, {tenantColumn}} {
		fmt.Println(checker.Check(db, st, own, &certificate.Certificate{Tenants: []int{1}, Pins: []certificate.Pin{{Base: notes, Row: 0, Chain: chain}}}))
	}
	// Output:
	// <nil>
	// a chain ends at r0.1, not at $1
}
