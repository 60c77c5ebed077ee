package checker

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// Two rows, and what is amiss with what relates them beyond the premises.
func TestRelatesWithoutPremises(t *testing.T) {
	x := relate(t, certificate.SameRow, "notes", "notes", tenancy.Pair{Child: 1, Parent: 1})
	x.st.Key, x.to.table = x.from.table.Keys[0], x.k.table("files")
	if ok, said := x.holds(); ok {
		t.Errorf("a key of one table is none of another %s", said)
	}
	x = relate(t, certificate.ForeignKey, "tasks", "notes")
	x.st.Foreign = x.from.table.Foreign[0]
	x.st.Foreign.NotValid = true
	if ok, said := x.holds(); ok {
		t.Errorf("a key that is not valid relates no rows %s", said)
	}
}

// By one of several parents a row is the tenant's if they agree, and by one of its kind if
// it is said to be of that kind.
func TestRelatesByOneParent(t *testing.T) {
	for _, kinds := range []bool{false, true} {
		a, b := of("notes", "note_id=id"), of("cards", "card_id=id")
		if kinds {
			a, b = byKind("notes", "note_id=id", "note"), byKind("cards", "card_id=id", "card")
		}
		k := world(t, pinsSchema+"ALTER TABLE pins ADD FOREIGN KEY (note_id) REFERENCES notes;", child("pins", a, b))
		k.st.Literals = []string{"note"}
		parent := k.own.Of(k.table("pins")).Parents[0]
		link, kind := certificate.Chain{{A: certificate.Column(1, 1), B: certificate.Column(2, 1), Kind: certificate.Given}}, certificate.Chain{{A: certificate.Column(1, 0), B: certificate.Literal(1), Kind: certificate.Given}}
		st := &certificate.Step{A: certificate.Owner(1), B: certificate.Owner(2), Kind: certificate.ParentRow, Parent: &parent, Premises: []certificate.Chain{link}}
		s := &scope{seen: k.seen, rows: []row{{id: 1, table: k.table("pins")}, {id: 2, table: k.table("notes")}}, made: equal([][2]certificate.Term{{certificate.Column(1, 1), certificate.Column(2, 1)}, {certificate.Column(1, 0), certificate.Literal(1)}})}
		if !kinds {
			expectRefusal(t, "two parents", refused(func() { k.isRelated(st, s) }), "parents-agree")
			continue
		}
		for _, c := range []struct {
			premise certificate.Chain
			want    bool
		}{{kind, true}, {nil, false}, {link, false}} {
			st.Premises = []certificate.Chain{link, c.premise}
			if k.isRelated(st, s) != c.want {
				t.Errorf("by kind: %v", c.premise)
			}
		}
	}
}

// Each arm of a true OR proves a step.
func TestEveryArm(t *testing.T) {
	a, b := certificate.Column(1, 0), certificate.Column(1, 1)
	eq := func() *query.Eq { return &query.Eq{L: &query.Col{Rel: 1}, R: &query.Col{Rel: 1, Index: 1}} }
	for name, c := range map[string]struct {
		spoil func(st *certificate.Step, or *query.Or, s *scope)
		want  bool
	}{
		"":                  {func(*certificate.Step, *query.Or, *scope) {}, true},
		"no OR":             {func(st *certificate.Step, or *query.Or, _ *scope) { st.Node = or.Args[0] }, false},
		"not true":          {func(_ *certificate.Step, _ *query.Or, s *scope) { s.truths = nil }, false},
		"no arms":           {func(st *certificate.Step, or *query.Or, _ *scope) { or.Args, st.Premises = nil, nil }, false},
		"too few premises":  {func(st *certificate.Step, _ *query.Or, _ *scope) { st.Premises = st.Premises[:1] }, false},
		"too many premises": {func(st *certificate.Step, _ *query.Or, _ *scope) { st.Premises = append(st.Premises, nil) }, false},
		"an arm of another": {func(st *certificate.Step, or *query.Or, _ *scope) { st.Premises[1][0].Node = or.Args[0] }, false},
		"an empty premise":  {func(st *certificate.Step, _ *query.Or, _ *scope) { st.Premises[1] = nil }, false},
		"changed since": {func(_ *certificate.Step, _ *query.Or, s *scope) {
			s.changed, s.stale = 1, func(c int) bool { return c == 1 }
		}, false},
	} {
		or := &query.Or{Args: []query.Expr{eq(), eq()}}
		st := &certificate.Step{A: a, B: b, Kind: certificate.EveryArm, Node: or}
		for _, arm := range or.Args {
			st.Premises = append(st.Premises, certificate.Chain{{A: a, B: b, Kind: certificate.Condition, Node: arm}})
		}
		k := &checker{cert: &certificate.Certificate{}, st: &query.Statement{}}
		s := &scope{seen: map[query.Expr]relations{}, truths: []query.Expr{or}}
		c.spoil(st, or, s)
		ok := false
		said := refused(func() { ok = k.justified(st, s) })
		if (ok && said == "") != c.want {
			t.Errorf("%q: %t %s", name, ok, said)
		}
	}
}

// A value in a true IN is that of a column of the query.
func TestIsMember(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(st *certificate.Step, sub *query.Sub, s *scope)
		want  bool
	}{
		"":                 {func(*certificate.Step, *query.Sub, *scope) {}, true},
		"no sub-select":    {func(st *certificate.Step, _ *query.Sub, _ *scope) { st.Node = &query.Op{} }, false},
		"EXISTS":           {func(_ *certificate.Step, sub *query.Sub, _ *scope) { sub.Kind = query.Exists }, false},
		"not true":         {func(_ *certificate.Step, _ *query.Sub, s *scope) { s.truths = nil }, false},
		"a negative index": {func(st *certificate.Step, _ *query.Sub, _ *scope) { st.Index = -1 }, false},
		"too far":          {func(st *certificate.Step, _ *query.Sub, _ *scope) { st.Index = 1 }, false},
		"another type":     {func(_ *certificate.Step, sub *query.Sub, _ *scope) { sub.Test[0] = nil }, false},
		"an aggregate":     {func(_ *certificate.Step, sub *query.Sub, _ *scope) { sub.Query.(*query.Select).Aggregate = true }, false},
		"an unknown width": {func(_ *certificate.Step, sub *query.Sub, _ *scope) { sub.Query.(*query.Select).Out[0].Open = true }, false},
		"another column":   {func(st *certificate.Step, _ *query.Sub, _ *scope) { st.B = certificate.Column(2, 1) }, false},
	} {
		sub := &query.Sub{Kind: query.In, Test: []query.Expr{&query.Col{Rel: 1}}, Query: &query.Select{Out: []query.Output{{Expr: &query.Col{Rel: 2}}}}}
		st := &certificate.Step{A: certificate.Column(1, 0), B: certificate.Column(2, 0), Kind: certificate.Member, Node: sub}
		s := &scope{truths: []query.Expr{sub}}
		c.spoil(st, sub, s)
		if (&checker{cert: &certificate.Certificate{}}).isMember(st, s) != c.want {
			t.Errorf("%q", name)
		}
	}
}

// Whom a row belongs to is said by its tenant column, or by what is claimed of a row behind.
func TestIsOwner(t *testing.T) {
	const behind query.RelID = 50
	k := world(t, "CREATE TABLE notes (org_id int NOT NULL, id int);")
	of := &query.Select{From: []query.Rel{k.base(1, "notes")}, Out: []query.Output{{Expr: &query.Col{Rel: 1, Index: 1}}}}
	claim := &certificate.RowClaim{Of: of, Table: k.table("notes"), Cols: map[int]int{1: 0}, Owner: 1}
	k.rows[claim] = true
	k.cert.Rows = map[query.RelID]certificate.Row{behind: {ID: behind, In: 5, Claim: claim}, 51: {ID: 51, In: 6, Claim: claim}, 52: {ID: 52, In: 7, Claim: claim}, 53: {ID: 53, In: 8, Claim: claim}, 54: {ID: 54, In: 7, Claim: &certificate.RowClaim{Table: k.table("notes"), Owner: 1}}}
	s := &scope{rows: []row{{id: 1, table: k.table("notes")}, {id: 5, of: of}, {id: 6, of: &query.Select{}}, {id: 7}, {id: 9, table: k.table("notes"), has: func(c int) bool { return c == 1 }}}}
	for _, c := range []struct {
		name string
		kind certificate.Kind
		a, b certificate.Term
		want bool
	}{
		{"its column", certificate.Tenant, certificate.Owner(1), certificate.Column(1, 0), true},
		{"backwards", certificate.Tenant, certificate.Column(1, 0), certificate.Owner(1), true},
		{"another column", certificate.Tenant, certificate.Owner(1), certificate.Column(1, 1), false},
		{"of another row", certificate.Tenant, certificate.Owner(1), certificate.Column(9, 0), false},
		{"of no row", certificate.Tenant, certificate.Owner(8), certificate.Column(8, 0), false},
		{"of a sub-select", certificate.Tenant, certificate.Owner(5), certificate.Column(5, 0), false},
		{"no owner", certificate.Tenant, certificate.Column(1, 1), certificate.Column(1, 0), false},
		{"not known", certificate.Tenant, certificate.Owner(9), certificate.Column(9, 0), false},
		{"a row behind", certificate.Behind, certificate.Owner(behind), certificate.Param(1), true},
		{"a row behind, backwards", certificate.Behind, certificate.Param(1), certificate.Owner(behind), true},
		{"of another tenant", certificate.Behind, certificate.Owner(behind), certificate.Param(2), false},
		{"of no parameter", certificate.Behind, certificate.Owner(behind), certificate.Column(1, 1), false},
		{"its column behind", certificate.Behind, certificate.Column(behind, 1), certificate.Column(5, 0), true},
		{"another output", certificate.Behind, certificate.Column(behind, 1), certificate.Column(5, 1), false},
		{"a column not known", certificate.Behind, certificate.Column(behind, 0), certificate.Column(5, 0), false},
		{"behind no row", certificate.Behind, certificate.Owner(60), certificate.Param(1), false},
		{"behind another query", certificate.Behind, certificate.Owner(51), certificate.Param(1), false},
		{"behind a table", certificate.Behind, certificate.Owner(52), certificate.Param(1), false},
		{"behind a table, of no query", certificate.Behind, certificate.Owner(54), certificate.Param(1), false},
		{"behind nothing", certificate.Behind, certificate.Owner(53), certificate.Param(1), false},
	} {
		if k.isOwner(&certificate.Step{A: c.a, B: c.b, Kind: c.kind}, s) != c.want {
			t.Errorf("%s: %t", c.name, !c.want)
		}
	}
	k.rows = map[*certificate.RowClaim]bool{} // what is claimed has to be proved
	expectRefusal(t, "a claim", refused(func() { k.find(behind, s) }), "there is no row of notes behind the output")
}
