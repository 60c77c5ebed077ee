package certificate_test

import (
	"fmt"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// The proof of SELECT … FROM notes n WHERE n.org_id = $1 has one pin: the owner of a row of notes is in its org_id, and that
// is the parameter. Package checker replays such proofs.
func ExampleCertificate() {
	notes := &query.Base{ID: 0, Table: &catalog.Table{Name: catalog.Name{Schema: "public", Name: "notes"}}, Alias: "n"}
	is := &query.Eq{L: &query.Col{Rel: 0, Index: 1, Text: "n.org_id"}, R: &query.Param{Number: 1, Text: "$1"}, Text: "n.org_id = $1"}
	column, _ := certificate.TermOf(is.L)
	proof := &certificate.Certificate{Tenants: []int{1}, Pins: []certificate.Pin{{Base: notes, Role: certificate.Read, Row: 0, Chain: certificate.Chain{
		{A: certificate.Owner(0), B: column, Kind: certificate.Tenant},
		{A: column, B: certificate.Param(1), Kind: certificate.Condition, Node: is, Text: is.Text},
	}}}}
	for _, step := range proof.Chain(notes, certificate.Read, 0) {
		fmt.Printf("%v = %v: %q\n", step.A, step.B, step.Text)
	}
	// Output:
	// owner of r0 = r0.1: ""
	// r0.1 = $1: "n.org_id = $1"
}

// What a proof rests on though neither the query nor a constraint guarantees it is named.
func ExampleCertificate_Assume() {
	premise := certificate.Premise{Kind: certificate.ForeignKeyPremise, Table: catalog.Name{Schema: "public", Name: "tags"}, Constraint: "tags_note_id_fkey", Columns: []string{"note_id"}}
	var proof certificate.Certificate
	proof.Assume(premise)
	proof.Assume(premise) // is kept once
	fmt.Println(len(proof.Assumes), proof.Names(premise))
	// Output: 1 true
}
