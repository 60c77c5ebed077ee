package checker

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// TestOneTime holds rows of two times apart: rows 0 and 1 are of the time when the statement began, 2 and 3 are locked, 4 is by
// a lock of another kind; 7 to 9 stand behind rows of queries.
func TestOneTime(t *testing.T) {
	claim := func(rows ...query.RelID) *certificate.RowClaim {
		if len(rows) == 1 {
			return &certificate.RowClaim{Row: rows[0]}
		}
		return &certificate.RowClaim{Arms: []*certificate.RowClaim{{Row: rows[0]}, {Row: rows[1]}}}
	}
	k := &checker{st: &query.Statement{Latest: map[query.RelID]int{2: 1, 3: 1, 4: 2}},
		cert: &certificate.Certificate{Rows: map[query.RelID]certificate.Row{7: {ID: 7, Claim: claim(2)}, 8: {ID: 8, Claim: claim(0, 2)}, 9: {ID: 9, Claim: claim(1, 0)}}}}
	for _, c := range []struct {
		from, to query.RelID
		written  bool
		matched  []query.RelID
		want     bool
	}{
		{from: 0, to: 1, want: true},
		{from: 0, to: 2},
		{from: 2, to: 0},
		{from: 2, to: 3, want: true},
		{from: 2, to: 4},
		{from: 7, to: 2, want: true},
		{from: 7, to: 0},
		{from: 9, to: 0, want: true},
		{from: 8, to: 0},
		{from: 8, to: 2},
		{from: 8, to: 8},
		{from: 0, to: 2, written: true, want: true},
		{from: 2, to: 0, written: true},
		{from: 8, to: 2, written: true},
		{from: 0, to: 2, matched: []query.RelID{2}, want: true},
		{from: 0, to: 2, matched: []query.RelID{3}},
		{from: 2, to: 8, matched: []query.RelID{2}, want: true},
		{from: 8, to: 2, matched: []query.RelID{2}, want: true},
		{from: 4, to: 2, matched: []query.RelID{2}},
		{from: 4, to: 2, matched: []query.RelID{2, 4}, want: true},
	} {
		k.matched = map[query.RelID]bool{}
		for _, id := range c.matched {
			k.matched[id] = true
		}
		if got := k.oneTime(&row{id: c.from, written: c.written}, &row{id: c.to}, []tenancy.Pair{{}}, &scope{}); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// TestKeeps: a row that is waited for was found by a value if a condition beside it says so, not one further in.
func TestKeeps(t *testing.T) {
	eq := func(l, r query.Expr) query.Expr { return &query.Eq{L: l, R: r} }
	col, other, param := &query.Col{Rel: 2, Index: 1}, &query.Col{Rel: 0, Index: 1}, &query.Param{Number: 5}
	k := &checker{st: &query.Statement{Latest: map[query.RelID]int{2: 1}}, cert: &certificate.Certificate{}, writes: map[*query.Base]*query.Write{}}
	for name, c := range map[string]struct {
		beside, further query.Expr
		target          query.WriteKind
		id              query.RelID
		column          int
		want            bool
	}{
		"said":             {beside: eq(col, param), id: 2, column: 1, want: true, target: query.Update},
		"the other way":    {beside: eq(param, col), id: 2, column: 1, want: true, target: query.Delete},
		"further in":       {further: eq(col, param), id: 2, column: 1, target: query.Update},
		"of a column":      {beside: eq(col, other), id: 2, column: 1, target: query.Update},
		"another column":   {beside: eq(col, param), id: 2, column: 0, target: query.Update},
		"by ON CONFLICT":   {beside: eq(col, param), id: 2, column: 1, target: query.Insert},
		"behind another":   {beside: eq(&query.Col{Rel: 7, Index: 1}, param), id: 7, column: 1, target: query.Update},
		"not in the scope": {beside: eq(col, param), id: 3, column: 1, target: query.Update},
	} {
		k.writes = map[*query.Base]*query.Write{{ID: 2}: {Kind: c.target}}
		level := &scope{rows: []row{{id: 2}, {id: 7}}}
		in := level.child()
		if c.beside != nil {
			level.truths = append(level.truths, c.beside)
		}
		if c.further != nil {
			in.truths = append(in.truths, c.further)
		}
		if got := k.keeps(&row{id: c.id}, []tenancy.Pair{{Child: c.column, Parent: 9}}, func(p tenancy.Pair) int { return p.Child }, in); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
