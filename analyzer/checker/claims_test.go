package checker

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// A column of a set operation has its arms' values where their types are one.
func TestTyped(t *testing.T) {
	op := &query.SetOp{Out: []query.Output{{Type: "int"}, {Type: query.Unknown}}}
	k := &checker{claims: map[*certificate.Claim]bool{}}
	for col, want := range map[int]string{0: "", 1: "has no known type", 2: "has no known type", -1: "has no known type"} {
		expectRefusal(t, "column", refused(func() { k.typed(op, col) }), want)
	}
	for _, c := range []*certificate.Claim{{Of: op, Col: 0, Is: certificate.Out(1)}, {Of: op, Col: 1, Is: certificate.Out(0)}, {Of: op, Col: 1, Is: certificate.Param(1)}} {
		expectRefusal(t, "a claim", refused(func() { k.claim(c) }), "has no known type")
	}
	expectRefusal(t, "a claim of a parameter", refused(func() { k.claim(&certificate.Claim{Of: op, Col: 0, Is: certificate.Param(1)}) }), "a claim has 0 arms, not 2")
}

// What can be claimed of VALUES is that a column is a parameter in each row.
func TestClaimValues(t *testing.T) {
	p, col, op := &query.Param{Number: 1}, &query.Col{Rel: 1}, &query.Op{}
	rows := func(e ...query.Expr) *query.Values {
		v := &query.Values{Out: []query.Output{{Type: "int"}}}
		for _, e := range e {
			v.Rows = append(v.Rows, []query.Expr{e})
		}
		return v
	}
	short, untyped := rows(p), rows(p)
	short.Rows[0], untyped.Out[0].Type = nil, query.Unknown
	const each, none, computed, ends = "has no proof for each row", "has no such column", "has a computed value", "a chain ends at"
	for _, c := range []struct {
		name   string
		v      *query.Values
		col    int
		is     certificate.Term
		proofs int
		want   string
	}{
		{"a parameter", rows(p, p), 0, certificate.Param(1), 2, ""},
		{"another", rows(p), 0, certificate.Param(2), 1, ends},
		{"once another", rows(p, &query.Param{Number: 2}), 0, certificate.Param(1), 2, ends},
		{"a row without", rows(p, p), 0, certificate.Param(1), 1, each},
		{"no rows", rows(), 0, certificate.Param(1), 0, each},
		{"no column", rows(p), 1, certificate.Param(1), 1, each},
		{"no type", untyped, 0, certificate.Param(1), 1, each},
		{"a short row", short, 0, certificate.Param(1), 1, none},
		{"a column", rows(col), 0, certificate.Column(1, 0), 1, none},
		{"computed", rows(op), 0, certificate.Param(1), 1, computed},
	} {
		k := &checker{cert: &certificate.Certificate{}, st: &query.Statement{}}
		expectRefusal(t, c.name, refused(func() {
			k.claimValues(c.v, &certificate.Claim{Col: c.col, Is: c.is, Proof: make([]certificate.Chain, c.proofs)})
		}), c.want)
	}
}

// Of what a claim may be, and which of its columns have a value that is known.
func TestYields(t *testing.T) {
	k := &checker{cert: &certificate.Certificate{}}
	expectRefusal(t, "VALUES", refused(func() { k.yields(&query.Values{}) }), "nothing can be claimed of *query.Values")
	expectRefusal(t, "an aggregate", refused(func() { k.yields(&query.Select{Aggregate: true}) }), "an aggregate yields a row from none")
	expectRefusal(t, "a SELECT", refused(func() { k.yields(&query.Select{}) }), "")
	outs := []query.Output{{Expr: &query.Col{Rel: 1}}, {Expr: &query.Op{}}, {Open: true}, {Expr: &query.Col{Rel: 1}}}
	for col, want := range map[int]string{-1: "there is no output column", 0: "", 1: "is computed", 2: "there is no output column", 3: "there is no output column", 4: "there is no output column"} {
		expectRefusal(t, "output", refused(func() { k.output(outs, col) }), want)
	}
}

// That a row stands behind every output row; each thing that is amiss, alone.
func TestRowClaim(t *testing.T) {
	const noRow = "there is no row of notes behind the output"
	test := tenancy.Test{Column: 2, Kind: catalog.IsNull}
	for name, c := range map[string]struct {
		spoil func(k *checker, c *certificate.RowClaim)
		want  string
	}{
		"":       {func(*checker, *certificate.RowClaim) {}, ""},
		"no row": {func(_ *checker, c *certificate.RowClaim) { c.Row = 9 }, noRow},
		"of another table": {func(k *checker, c *certificate.RowClaim) {
			c.Of.(*query.Select).From[0].(*query.Base).Table = k.table("files")
		}, noRow},
		"that was made":     {func(k *checker, c *certificate.RowClaim) { c.Of = made(k, c, true) }, noRow},
		"that is so said":   {func(k *checker, c *certificate.RowClaim) { c.Of, c.Written = made(k, c, true), true }, ""},
		"of which is known": {func(k *checker, c *certificate.RowClaim) { c.Of, c.Written = made(k, c, false), true }, "column 2 of the row is not known"},
		"no proof":          {func(_ *checker, c *certificate.RowClaim) { c.Cols[0] = 0 }, "a chain ends at"},
		"no test":           {func(_ *checker, c *certificate.RowClaim) { c.Tests = []tenancy.Test{test} }, "a test is not known to be true of the row of notes"},
		"no owner":          {func(_ *checker, c *certificate.RowClaim) { c.Owner = 1 }, "a chain ends at"},
		"no UNION": {func(_ *checker, c *certificate.RowClaim) {
			c.Of = &query.CTE{Name: "w", Recursive: true, Query: &query.Select{}}
		}, "WITH query w is no UNION"},
		"no UNION but EXCEPT": {func(_ *checker, c *certificate.RowClaim) {
			c.Of = &query.CTE{Name: "w", Recursive: true, Query: &query.SetOp{Kind: query.Except}}
		}, "WITH query w is no UNION"},
		"no arms":        {func(_ *checker, c *certificate.RowClaim) { c.Of = &query.CTE{Name: "w", Query: &query.Select{}} }, "a row has 0 arms, not 1"},
		"that is proved": {func(k *checker, c *certificate.RowClaim) { c.Row, k.rows[c] = 9, true }, ""}, // by induction
	} {
		k := world(t, "CREATE TABLE notes (org_id int NOT NULL, id int, slug text); CREATE TABLE files (org_id int NOT NULL, id int, slug text);")
		claim := &certificate.RowClaim{Table: k.table("notes"), Cols: map[int]int{1: 0}, Row: 1,
			Of: &query.Select{From: []query.Rel{k.base(1, "notes")}, Out: []query.Output{{Expr: &query.Col{Rel: 1, Index: 1}}}}}
		c.spoil(k, claim)
		expectRefusal(t, name, refused(func() { k.rowClaim(claim) }), c.want)
	}
}

// made is an INSERT that returns the same, of a value that it keeps or does not.
func made(k *checker, c *certificate.RowClaim, keeps bool) *query.Write {
	return &query.Write{Target: k.base(1, "notes"), SourceID: 2, Source: &query.Values{}, Columns: []int{1}, Keeps: []bool{keeps}, Returning: c.Of.(*query.Select).Out}
}

// An arm has the row that is claimed, and may know more of it.
func TestRowArms(t *testing.T) {
	of, notes, files := &query.Select{}, &catalog.Table{Name: catalog.Name{Name: "notes"}}, &catalog.Table{}
	test := tenancy.Test{Column: 2}
	for name, c := range map[string]struct {
		spoil func(c, arm *certificate.RowClaim)
		want  string
	}{
		"":                {func(_, _ *certificate.RowClaim) {}, ""},
		"more columns":    {func(_, arm *certificate.RowClaim) { arm.Cols[0] = 0 }, ""},
		"more tests":      {func(c, _ *certificate.RowClaim) { c.Tests = nil }, ""},
		"not of no owner": {func(c, _ *certificate.RowClaim) { c.Owner = 0 }, ""},
		"not made":        {func(c, arm *certificate.RowClaim) { c.Written, arm.Written = true, false }, ""},
		"of another":      {func(_, arm *certificate.RowClaim) { arm.Of = &query.Select{} }, "arm 1 has another row"},
		"another table":   {func(_, arm *certificate.RowClaim) { arm.Table = files }, "arm 1 has another row"},
		"that was made":   {func(_, arm *certificate.RowClaim) { arm.Written = true }, "arm 1 has another row"},
		"another's":       {func(_, arm *certificate.RowClaim) { arm.Owner = 2 }, "arm 1 has another row"},
		"no column":       {func(_, arm *certificate.RowClaim) { arm.Cols = nil }, "arm 1 does not know column 2 of its row"},
		"another column":  {func(_, arm *certificate.RowClaim) { arm.Cols[1] = 1 }, "arm 1 does not know column 2 of its row"},
		"no test":         {func(_, arm *certificate.RowClaim) { arm.Tests = nil }, "arm 1 does not know a test of its row"},
		"no arm":          {func(c, _ *certificate.RowClaim) { c.Arms = nil }, "a row has 0 arms, not 1"},
	} {
		k := &checker{rows: map[*certificate.RowClaim]bool{}}
		claim := func() *certificate.RowClaim {
			return &certificate.RowClaim{Of: of, Table: notes, Cols: map[int]int{1: 0}, Owner: 1, Tests: []tenancy.Test{test}}
		}
		top, arm := claim(), claim()
		top.Arms, k.rows[arm] = []*certificate.RowClaim{arm}, true
		c.spoil(top, arm)
		expectRefusal(t, name, refused(func() { k.rowArms(top, []any{of}) }), c.want)
	}
}
