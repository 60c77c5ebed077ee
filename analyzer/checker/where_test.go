package checker

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// What shows that a test is true of a row; each thing that is amiss, alone.
func TestPassesTest(t *testing.T) {
	isNull, isNotNull, isNote := tenancy.Test{Column: 0, Kind: catalog.IsNull}, tenancy.Test{Column: 0, Kind: catalog.IsNotNull}, tenancy.Test{Column: 0, Kind: catalog.HasValue, Value: "note"}
	to := func(b certificate.Term) certificate.Chain {
		return certificate.Chain{{A: certificate.Column(1, 0), B: b, Kind: certificate.Given}}
	}
	null, value := certificate.Null(), certificate.NotNull()
	for _, c := range []struct {
		name  string
		test  tenancy.Test
		chain certificate.Chain
		spoil func(k *checker, r *row)
		want  bool
	}{
		{"null", isNull, to(null), nil, true},
		{"not null", isNotNull, to(value), nil, true},
		{"a value", isNote, to(certificate.Literal(1)), nil, true},
		{"known of the row", isNull, nil, func(_ *checker, r *row) { r.tests = []tenancy.Test{isNull} }, true},
		{"another known of it", isNull, nil, func(_ *checker, r *row) { r.tests = []tenancy.Test{isNotNull} }, false},
		{"no chain", isNull, nil, nil, false},
		{"not null for null", isNull, to(value), nil, false},
		{"null for not null", isNotNull, to(null), nil, false},
		{"a value for null", isNull, to(certificate.Literal(1)), nil, false},
		{"another value", isNote, to(certificate.Literal(2)), nil, false},
		{"no value", tenancy.Test{Kind: catalog.HasValue}, to(certificate.Literal(9)), nil, false},
		{"a column", isNote, to(certificate.Column(7, 1)), nil, false},
		{"no equality", isNote, to(certificate.Literal(1)), func(k *checker, _ *row) { k.table("pins").Columns[0].Value.Nondeterministic = true }, false},
		{"a row that is null", isNull, to(null), func(k *checker, _ *row) { k.table("pins").Columns[0].Value.Kind = "composite" }, false},
		{"a row that is not", isNotNull, to(value), func(k *checker, _ *row) { k.table("pins").Columns[0].Value.Kind = "undeclared" }, false},
		{"rows in an array", isNull, to(null), func(k *checker, _ *row) {
			k.table("pins").Columns[0].Value = catalog.Value{Kind: "composite", Array: true}
		}, true},
		{"a column not known", isNull, to(null), func(_ *checker, r *row) { r.has = func(int) bool { return false } }, false},
		{"no column", tenancy.Test{Column: -1, Kind: catalog.IsNull}, certificate.Chain{{A: certificate.Column(1, -1), B: null, Kind: certificate.Given}}, nil, false},
		{"no such column", tenancy.Test{Column: 99, Kind: catalog.IsNull}, certificate.Chain{{A: certificate.Column(1, 99), B: null, Kind: certificate.Given}}, nil, false},
		{"another column", tenancy.Test{Column: 1, Kind: catalog.IsNull}, to(null), nil, false},
	} {
		k := pins(t)
		k.st.Literals = []string{"note", "card"}
		r := &row{id: 1, table: k.table("pins")}
		s := &scope{rows: []row{*r}, seen: k.seen}
		for _, b := range []certificate.Term{null, value, certificate.Literal(1), certificate.Literal(2), certificate.Literal(9), certificate.Column(7, 1)} {
			s.made = append(s.made, equal([][2]certificate.Term{{certificate.Column(1, 0), b}, {certificate.Column(1, -1), b}, {certificate.Column(1, 99), b}})...)
		}
		if c.spoil != nil {
			c.spoil(k, r)
		}
		got := false
		if said := refused(func() { got = k.passesTest(r, c.test, c.chain, s) }); got != c.want || said != "" {
			t.Errorf("%s: %t %s", c.name, got, said)
		}
	}
}

// A test behind a query may be one of a row of nulls.
func TestPassesTestWithinOneQuery(t *testing.T) {
	k := pins(t)
	outside, within := &query.Col{Rel: 2}, &query.Col{Rel: 1}
	for i, col := range []*query.Col{within, outside} {
		node := &query.Op{Text: "IS NULL", Args: []query.Expr{col}, Negation: &query.IsNotNull{Arg: col}}
		at := certificate.Column(col.Rel, 0)
		c := certificate.Chain{{A: at, B: certificate.Null(), Kind: certificate.Tested, Node: node}}
		if i == 1 {
			c = append(certificate.Chain{{A: certificate.Column(1, 0), B: at, Kind: certificate.Given}}, c...)
		}
		r := &row{id: 1, table: k.table("pins")}
		s := &scope{rows: []row{*r, {id: 2}}, seen: k.seen, truths: []query.Expr{node}, made: equal([][2]certificate.Term{{certificate.Column(1, 0), at}})}
		if k.passesTest(r, tenancy.Test{Kind: catalog.IsNull}, c, s) != (i == 0) {
			t.Errorf("%v", c)
		}
	}
}

// What a condition says of a column, where it is true.
func TestIsTest(t *testing.T) {
	col := &query.Col{Rel: 1, Index: 2}
	null := &query.Op{Negation: &query.IsNotNull{Arg: col}}
	not, notNull := &query.Not{Arg: col}, &query.IsNotNull{Arg: col}
	other := &query.Op{Negation: col}
	computed := &query.IsNotNull{Arg: &query.Op{}}
	for _, c := range []struct {
		name string
		node any
		b    certificate.Term
		want bool
	}{
		{"x", col, certificate.Literal(1), true},
		{"x is false", col, certificate.Literal(2), false},
		{"x is a column", col, certificate.Column(1, 1), false},
		{"NOT x", not, certificate.Literal(2), true},
		{"NOT x is true", not, certificate.Literal(1), false},
		{"NOT x is a column", not, certificate.Column(1, 2), false},
		{"IS NOT NULL", notNull, certificate.NotNull(), true},
		{"IS NOT NULL is null", notNull, certificate.Null(), false},
		{"IS NULL", null, certificate.Null(), true},
		{"IS NULL is not", null, certificate.NotNull(), false},
		{"another operator", other, certificate.Null(), false},
		{"of an expression", computed, certificate.NotNull(), false},
		{"no condition", nil, certificate.Literal(1), false},
	} {
		k := &checker{st: &query.Statement{Literals: []string{"true", "false"}}}
		s := &scope{truths: []query.Expr{col, not, notNull, null, other, computed}}
		if k.isTest(&certificate.Step{A: certificate.Column(1, 2), B: c.b, Node: c.node}, s) != c.want {
			t.Errorf("%s: %t", c.name, !c.want)
		}
		if k.isTest(&certificate.Step{A: certificate.Column(1, 3), B: c.b, Node: c.node}, s) || k.isTest(&certificate.Step{A: certificate.Column(3, 2), B: c.b, Node: c.node}, s) {
			t.Errorf("%s: of another column", c.name)
		}
		if k.isTest(&certificate.Step{A: certificate.Column(1, 2), B: c.b, Node: c.node}, &scope{}) {
			t.Errorf("%s: where it is not true", c.name)
		}
	}
}

// A condition is sure where it is true, in members that it is not inside of, and not past
// the side of a join whose row may be left out.
func TestSure(t *testing.T) {
	e := &query.IsNotNull{}
	sub := &query.Sub{}
	top := &scope{truths: []query.Expr{e}}
	padded := &scope{up: top, pads: set(1)}
	with := &scope{members: []member{{sub, top}}}
	for _, c := range []struct {
		name   string
		s      *scope
		inside []*query.Sub
		want   bool
	}{
		{"here", top, nil, true},
		{"above", &scope{up: top}, nil, true},
		{"nowhere", &scope{}, nil, false},
		{"past a join", padded, nil, false},
		{"past a join of others", &scope{up: top, pads: set(2)}, nil, true},
		{"in a member", with, nil, true},
		{"in the member itself", with, []*query.Sub{sub}, false},
	} {
		if c.s.sure(e, 1, c.inside) != c.want {
			t.Errorf("%s: %t", c.name, !c.want)
		}
	}
}
