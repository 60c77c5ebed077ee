package checker

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// An arm is never true that wants a null where there is none: of the tenant, and of a NOT NULL column of a row that is there.
func TestImpossible(t *testing.T) {
	k := world(t, `CREATE TYPE place AS (street text, town text); CREATE TABLE parcels (org_id int NOT NULL, at place NOT NULL);
		CREATE TABLE notes (org_id int NOT NULL, id int, title text);
		CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw; CREATE FOREIGN TABLE afar (org_id int NOT NULL) SERVER far;
		CREATE TABLE parted (org_id int NOT NULL, id int) PARTITION BY LIST (id); CREATE FOREIGN TABLE part PARTITION OF parted FOR VALUES IN (1) SERVER far;`, global("afar"), global("parted"), global("part"))
	k.st.Params = []*query.ParamInfo{{Number: 1}, {Number: 2}, {Number: 3, Nullable: true}, {Number: 4, Slice: true}}
	k.st.Refreshed = map[query.RelID]int{9: 1}
	null := func(e query.Expr) *query.Op { return &query.Op{Negation: &query.IsNotNull{Arg: e}} }
	org, id := &query.Col{Rel: 0}, &query.Col{Rel: 0, Index: 1}
	there := &scope{rows: []row{{id: 0, table: k.table("notes")}}}
	for name, c := range map[string]struct {
		e    query.Expr
		s    *scope
		cert certificate.Certificate
		want bool
	}{
		"of a column":            {null(org), there, certificate.Certificate{}, true},
		"that may be null":       {null(id), there, certificate.Certificate{}, false},
		"that there is not":      {null(&query.Col{Rel: 0, Index: 9}), there, certificate.Certificate{}, false},
		"of no row":              {null(org), &scope{}, certificate.Certificate{}, false},
		"of the last REFRESH":    {null(&query.Col{Rel: 9}), &scope{rows: []row{{id: 9, table: k.table("notes")}}}, certificate.Certificate{}, false},
		"of another relation":    {null(org), &scope{rows: []row{{id: 0}}}, certificate.Certificate{}, false},
		"of a foreign table":     {null(org), &scope{rows: []row{{id: 0, table: k.table("afar")}}}, certificate.Certificate{}, false},
		"of a foreign partition": {null(org), &scope{rows: []row{{id: 0, table: k.table("parted")}}}, certificate.Certificate{}, false},
		"of a row in a column":   {null(id), &scope{rows: []row{{id: 0, table: k.table("parcels")}}}, certificate.Certificate{}, false},
		"of a new row":           {null(org), &scope{rows: []row{{id: 0, table: k.table("notes"), written: true}}}, certificate.Certificate{}, false},
		"in AND":                 {&query.And{Args: []query.Expr{null(id), null(org)}}, there, certificate.Certificate{}, true},
		"in no part of AND":      {&query.And{Args: []query.Expr{null(id), null(id)}}, there, certificate.Certificate{}, false},
		"in every arm of OR":     {&query.Or{Args: []query.Expr{null(org), null(org)}}, there, certificate.Certificate{}, true},
		"in one arm of OR":       {&query.Or{Args: []query.Expr{null(org), null(id)}}, there, certificate.Certificate{}, false},
		"of an empty OR":         {&query.Or{}, there, certificate.Certificate{}, false},
		"that is not wanted":     {&query.IsNotNull{Arg: org}, there, certificate.Certificate{}, false},
		"under NOT":              {&query.Not{Arg: null(org)}, there, certificate.Certificate{}, false},
		"of an operation":        {null(&query.Op{Args: []query.Expr{org}, Strict: true}), there, certificate.Certificate{}, false},
		"of the tenant":          {null(&query.Param{Number: 1}), there, certificate.Certificate{Tenants: []int{1}}, true},
		"of an outer tenant":     {null(&query.Param{Number: 2}), there, certificate.Certificate{Tenants: []int{2, 1}}, true},
		"of another parameter":   {null(&query.Param{Number: 2}), there, certificate.Certificate{Tenants: []int{1}}, false},
		"of a nullable one":      {null(&query.Param{Number: 3}), there, certificate.Certificate{Tenants: []int{3}}, false},
		"of a list":              {null(&query.Param{Number: 4}), there, certificate.Certificate{Tenants: []int{4}}, false},
		"of a set of tenants":    {null(&query.Param{Number: 1}), there, certificate.Certificate{Tenants: []int{1}, Set: true}, false},
		"where there is nothing": {nil, there, certificate.Certificate{}, false},
	} {
		if k.cert = &c.cert; k.impossible(c.e, c.s) != c.want {
			t.Errorf("%s: not %t", name, c.want)
		}
	}
	or := &query.Or{Args: []query.Expr{null(org)}}
	there.truths = []query.Expr{or}
	if k.everyArm(&certificate.Step{Node: or, Premises: []certificate.Chain{nil}}, or, there) {
		t.Error("an OR without an arm that can be true proves something")
	}
}
