package checker

import (
	"slices"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/query"
)

func set(ids ...query.RelID) relations {
	var r relations
	for _, id := range ids {
		r.null(&query.Col{Rel: id})
	}
	return r
}

// A set of relations, over more than one word.
func TestRelations(t *testing.T) {
	r := set(3, 70)
	for id, want := range map[query.RelID]bool{3: true, 70: true, 0: false, 6: false, 67: false, 134: false, -1: false, -64: false, 500: false} {
		if r.has(id) != want {
			t.Errorf("%d: %t", id, !want)
		}
	}
	if set().has(0) || !set().empty() || r.empty() || !(relations{0, 0}).empty() || set(-1).has(0) {
		t.Error("the empty set")
	}
	s := set(3)
	if s.add(set(3)) || !s.add(set(3, 70)) || s.add(set(70)) || !s.has(70) || !s.has(3) {
		t.Error("add", s)
	}
	if s.keep(set(3)); s.has(70) || !s.has(3) {
		t.Error("keep", s)
	}
	if s.keep(set(4)); !s.empty() {
		t.Error("keep", s)
	}
}

// Of which relations a condition is not true when they are left out for a row of nulls.
func TestRejected(t *testing.T) {
	a, b, c := &query.Col{Rel: 1}, &query.Col{Rel: 2}, &query.Col{Rel: 3}
	eq := func(l, r query.Expr) query.Expr { return &query.Eq{L: l, R: r} }
	op := func(strict, rejects bool, args ...query.Expr) *query.Op {
		return &query.Op{Strict: strict, Rejects: rejects, Args: args}
	}
	sub := func(kind query.SubKind, q query.Query, args ...query.Expr) query.Expr {
		return &query.Sub{Kind: kind, Query: q, Args: args}
	}
	plain, folded, grouped := &query.Select{Where: eq(b, c)}, &query.Select{Where: eq(b, c), Aggregate: true}, &query.Select{Where: eq(b, c), Group: &query.Group{}}
	for _, x := range []struct {
		name string
		e    query.Expr
		want []query.RelID
	}{
		{"IS NOT NULL", &query.IsNotNull{Arg: a}, []query.RelID{1}},
		{"IS NOT NULL of an operator", &query.IsNotNull{Arg: op(true, false, a, b)}, []query.RelID{1, 2}},
		{"IS NOT NULL of coalesce", &query.IsNotNull{Arg: op(false, false, a, b)}, nil},
		{"NOT", &query.Not{Arg: op(true, false, a)}, []query.RelID{1}},
		{"NOT of what rejects", &query.Not{Arg: op(false, true, a)}, nil},
		{"NOT EXISTS", &query.Not{Arg: sub(query.Exists, plain)}, nil},
		{"AND", &query.And{Args: []query.Expr{eq(a, a), eq(b, b)}}, []query.RelID{1, 2}},
		{"OR", &query.Or{Args: []query.Expr{eq(a, b), eq(b, c)}}, []query.RelID{2}},
		{"OR of others", &query.Or{Args: []query.Expr{eq(a, a), eq(b, b), eq(a, a)}}, nil},
		{"OR of none first", &query.Or{Args: []query.Expr{op(false, false, a), eq(a, a)}}, nil},
		{"=", eq(a, b), []query.RelID{1, 2}},
		{"a column", a, []query.RelID{1}},
		{"an operator", op(true, false, a, b), []query.RelID{1, 2}},
		{"coalesce", op(false, false, a, b), nil},
		{"BETWEEN", op(false, true, a, b), []query.RelID{1, 2}},
		{"EXISTS", sub(query.Exists, plain), []query.RelID{2, 3}},
		{"EXISTS of all", sub(query.Exists, &query.Select{}), nil},
		{"EXISTS of an aggregate", sub(query.Exists, folded), nil},
		{"EXISTS of GROUP BY ()", sub(query.Exists, grouped), nil},
		{"EXISTS of a union", sub(query.Exists, &query.SetOp{Left: plain, Right: plain}), nil},
		{"IN", sub(query.In, plain, a), []query.RelID{1, 2, 3}},
		{"IN of an aggregate", sub(query.In, folded, a), []query.RelID{1}},
		{"a value", sub(query.Scalar, plain, a), nil},
		{"ANY", sub(query.Other, plain, a), nil},
		{"a parameter", &query.Param{Number: 1}, nil},
	} {
		got := rejected(x.e)
		for id := query.RelID(0); id < 5; id++ {
			if got.has(id) != slices.Contains(x.want, id) {
				t.Errorf("%s: %d is rejected: %t", x.name, id, got.has(id))
			}
		}
	}
}

// perRow: a row comes from a row, unless there is an aggregate without groups.
func TestPerRow(t *testing.T) {
	by := []query.Expr{&query.Col{}}
	for _, c := range []struct {
		sel  query.Select
		want bool
	}{
		{query.Select{}, true},
		{query.Select{Aggregate: true}, false},
		{query.Select{Group: &query.Group{By: by}}, true},
		{query.Select{Group: &query.Group{By: by, Sets: true}}, false},
		{query.Select{Group: &query.Group{}}, false},
		{query.Select{Group: &query.Group{By: by}, Aggregate: true}, false},
	} {
		if perRow(&c.sel) != c.want {
			t.Errorf("%+v", c.sel)
		}
	}
}
