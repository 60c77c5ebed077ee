package checker

import (
	"slices"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
)

const pinsSchema = `
CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY);
CREATE TABLE cards (org_id int NOT NULL, id int PRIMARY KEY);
CREATE TABLE pins (kind text, note_id int, card_id int);
`

func pins(t *testing.T) *checker {
	return world(t, pinsSchema, child("pins", of("notes", "note_id=id"), of("cards", "card_id=id")))
}

func byKind(table, link, kind string) config.Parent {
	p := of(table, link)
	p.When = []config.Match{{Column: "kind", Value: kind}}
	return p
}

// Parents that may disagree are a premise, unless a row has but one.
func TestAgreed(t *testing.T) {
	for _, c := range []struct {
		name, schema string
		a, b         config.Parent
		want         string
	}{
		{"two", pinsSchema, of("notes", "note_id=id"), of("cards", "card_id=id"), "parents-agree"},
		{"a CHECK", pinsSchema + "ALTER TABLE pins ADD CHECK (num_nonnulls(note_id, card_id) = 1);", of("notes", "note_id=id"), of("cards", "card_id=id"), ""},
		{"two kinds", pinsSchema, byKind("notes", "note_id=id", "note"), byKind("cards", "card_id=id", "card"), ""},
		{"a kind and any", pinsSchema, byKind("notes", "note_id=id", "note"), of("cards", "card_id=id"), "parents-agree"},
	} {
		k := world(t, c.schema, child("pins", c.a, c.b))
		expectRefusal(t, c.name, refused(func() { k.agreed(k.table("pins")) }), c.want)
	}
}

// Values of one column tell parents apart, of two they do not, nor one value.
func TestOtherwise(t *testing.T) {
	by := func(column int, value string) tenancy.Parent {
		return tenancy.Parent{When: []tenancy.Match{{Column: column, Value: value}}}
	}
	if !otherwise(by(0, "a"), by(0, "b")) || otherwise(by(0, "a"), by(1, "b")) || otherwise(by(0, "a"), by(0, "a")) || otherwise(by(0, "a"), tenancy.Parent{}) {
		t.Error("otherwise")
	}
}

// A CHECK keeps one of two links null if it names a column of each, in every partition.
func TestOnlyOne(t *testing.T) {
	db := &catalog.Database{}
	part := &catalog.Table{Name: catalog.Name{Name: "part"}, OneOf: [][]string{{"a", "b"}}}
	top := &catalog.Table{Name: catalog.Name{Name: "top"}, OneOf: [][]string{{"x"}, {"a", "b"}}, Children: []catalog.Name{part.Name}}
	db.Tables = []*catalog.Table{top, part}
	k := &checker{db: db}
	for _, c := range []struct {
		a, b string
		want bool
	}{{"a", "b", true}, {"b", "a", true}, {"a", "a", false}, {"a", "c", false}, {"c", "a", false}, {"x", "a", false}} {
		if k.onlyOne(top, []string{c.a}, []string{c.b}) != c.want {
			t.Errorf("%+v", c)
		}
	}
	if part.OneOf = nil; k.onlyOne(top, []string{"a"}, []string{"b"}) {
		t.Error("a partition lacks the CHECK")
	}
	if db.Tables = db.Tables[:1]; k.onlyOne(top, []string{"a"}, []string{"b"}) {
		t.Error("nothing is known of a partition")
	}
	if top.Children, top.OneOf = nil, nil; k.onlyOne(top, []string{"a"}, []string{"b"}) {
		t.Error("there is no CHECK")
	}
}

const newPin query.RelID = 10

// pinned is a proof that a new row of pins, with its card left out, is the tenant's by its row of notes.
type pinnedRow struct {
	k *checker
	w *query.Write
	s *scope
	p *certificate.Pin
}

func pinByNote(t *testing.T) *pinnedRow {
	x := &pinnedRow{k: pins(t)}
	x.w = &query.Write{Target: x.k.base(0, "pins"), Columns: []int{1}, Source: &query.Values{Rows: [][]query.Expr{{&query.Param{Number: 2}}}}}
	x.k.writes[x.w.Target] = x.w
	parent := x.k.own.Of(x.w.Target.Table).Parents[0]
	note, link := certificate.Column(1, 1), certificate.Column(newPin, 1)
	x.s = &scope{rows: []row{{id: newPin, table: x.w.Target.Table, written: true}, {id: 1, table: x.k.table("notes")}, {id: 2, table: x.k.table("notes")}},
		made: equal([][2]certificate.Term{{link, note}, {certificate.Column(1, 0), certificate.Param(1)}}), seen: x.k.seen}
	x.k.cert.Pins = []certificate.Pin{{Base: x.w.Target, Role: certificate.Inserted, Parent: 1, Row: newPin, Chain: certificate.Chain{
		{A: certificate.Owner(newPin), B: certificate.Owner(1), Kind: certificate.ParentRow, Parent: &parent, Premises: []certificate.Chain{{{A: link, B: note, Kind: certificate.Given}}}},
		{A: certificate.Owner(1), B: certificate.Column(1, 0), Kind: certificate.Tenant},
		{A: certificate.Column(1, 0), B: certificate.Param(1), Kind: certificate.Given},
	}}}
	x.p = &x.k.cert.Pins[0]
	return x
}

// A new row is shown to be the tenant's by each parent that it may have; each thing that
// is amiss with the proof, alone.
func TestPinnedByEach(t *testing.T) {
	const byNote, another, notByNote = "nothing shows that the new row of pins is the tenant's by its row of notes", "is about another row", "does not go by its row of notes"
	for name, c := range map[string]struct {
		spoil func(x *pinnedRow)
		want  string
	}{
		"":                         {func(*pinnedRow) {}, ""},
		"another occurrence":       {func(x *pinnedRow) { x.p.Base = x.k.base(5, "pins") }, byNote},
		"another role":             {func(x *pinnedRow) { x.p.Role = certificate.Existing }, byNote},
		"another action":           {func(x *pinnedRow) { x.p.Action = 1 }, byNote},
		"another parent":           {func(x *pinnedRow) { x.p.Parent = 2 }, byNote},
		"a card that is not shown": {func(x *pinnedRow) { x.w.Columns = []int{2} }, "by its row of cards"},
		"no parent at all":         {func(x *pinnedRow) { x.k.cert.Pins, x.w.Columns = nil, []int{0} }, "refers to no parent"},
		"no chain":                 {func(x *pinnedRow) { x.p.Chain = nil }, another},
		"another step":             {func(x *pinnedRow) { x.p.Chain[0].Kind = certificate.SameRow }, another},
		"the chain of another":     {func(x *pinnedRow) { x.p.Chain[0].A = certificate.Owner(2) }, another},
		"two rows": {func(x *pinnedRow) {
			other := *x.p
			other.Parent, other.Row = 3, 11
			x.k.cert.Pins = []certificate.Pin{other, *x.p}
		}, another},
		"no row":           {func(x *pinnedRow) { x.s.rows = x.s.rows[1:] }, notByNote},
		"no row there":     {func(x *pinnedRow) { x.s.rows = x.s.rows[:1] }, notByNote},
		"no parent":        {func(x *pinnedRow) { x.p.Chain[0].Parent = nil }, notByNote},
		"no owner":         {func(x *pinnedRow) { x.p.Chain[0].B = certificate.Column(1, 1) }, notByNote},
		"another table":    {func(x *pinnedRow) { x.s.rows[1].table = x.k.table("cards") }, notByNote},
		"a card":           {func(x *pinnedRow) { x.p.Chain[0].Parent.Table = x.k.table("cards") }, notByNote},
		"other columns":    {func(x *pinnedRow) { x.p.Chain[0].Parent.On = []tenancy.Pair{{Child: 2, Parent: 1}} }, notByNote},
		"sometimes":        {func(x *pinnedRow) { x.p.Chain[0].Parent.When = []tenancy.Match{{Value: "a"}} }, notByNote},
		"some rows":        {func(x *pinnedRow) { x.p.Chain[0].Parent.Where = []tenancy.Test{{}} }, notByNote},
		"no premise":       {func(x *pinnedRow) { x.p.Chain[0].Premises = nil }, notByNote},
		"another's tenant": {func(x *pinnedRow) { x.p.Chain = x.p.Chain[:2] }, "a chain ends at"},
	} {
		x := pinByNote(t)
		c.spoil(x)
		expectRefusal(t, name, refused(func() { x.k.pinnedByEach(x.w.Target, 0, 1, x.s) }), c.want)
	}
}

// A proof by one parent says nothing of another that differs from it in one thing.
func TestByParent(t *testing.T) {
	second := of("notes", "card_id=id")
	slug := func(where string) config.Parent {
		p := of("slugs", "note_id=id")
		p.Where = where
		return p
	}
	const schema = pinsSchema + `
CREATE TABLE slugs (org_id int NOT NULL, id int NOT NULL, a bool NOT NULL, b bool NOT NULL);
CREATE UNIQUE INDEX ON slugs (id) WHERE a;
CREATE UNIQUE INDEX ON slugs (id) WHERE b;
`
	for name, parents := range map[string][]config.Parent{
		"columns": {of("notes", "note_id=id"), second},
		"kind":    {byKind("notes", "note_id=id", "a"), byKind("notes", "note_id=id", "b")},
		"rows":    {slug("a"), slug("b")},
		"table":   {of("notes", "note_id=id"), of("cards", "note_id=id")},
	} {
		for i, by := range []int{0, 1} {
			k := world(t, schema, child("pins", parents...))
			k.st.Literals = []string{"a", "b", "true"}
			all := k.own.Of(k.table("pins")).Parents
			first, other := all[0], all[by]
			to := other.Table
			step := certificate.Step{A: certificate.Owner(newPin), B: certificate.Owner(1), Kind: certificate.ParentRow, Parent: &other}
			s := &scope{rows: []row{{id: newPin, table: k.table("pins"), written: true}, {id: 1, table: to, tests: other.Where}}, seen: k.seen}
			link, key := certificate.Column(newPin, other.On[0].Child), certificate.Column(1, other.On[0].Parent)
			step.Premises = []certificate.Chain{{{A: link, B: key, Kind: certificate.Given}}}
			s.made = equal([][2]certificate.Term{{link, key}, {certificate.Column(1, 0), certificate.Param(1)}})
			for _, m := range other.When {
				lit := certificate.Literal(1 + slices.Index(k.st.Literals, m.Value))
				step.Premises = append(step.Premises, certificate.Chain{{A: certificate.Column(newPin, m.Column), B: lit, Kind: certificate.Given}})
				s.made = append(s.made, equal([][2]certificate.Term{{certificate.Column(newPin, m.Column), lit}})...)
			}
			step.Premises = append(step.Premises, make([]certificate.Chain, len(other.Where))...)
			p := &certificate.Pin{Base: k.base(0, "pins"), Role: certificate.Inserted, Parent: 1, Row: newPin, Chain: certificate.Chain{step, {A: certificate.Owner(1), B: certificate.Column(1, 0), Kind: certificate.Tenant}, {A: certificate.Column(1, 0), B: certificate.Param(1), Kind: certificate.Given}}}
			k.cert.Pins = []certificate.Pin{*p}
			want := ""
			if i == 1 {
				want = "does not go by its row of " + first.Table.Name.String()
			}
			expectRefusal(t, name, refused(func() { k.byParent(p, first, 1, s) }), want)
		}
	}
}

// When a new row has NULL in the link to a parent.
func TestLeavesOut(t *testing.T) {
	null, value := &query.Const{Null: true}, &query.Const{Text: "1"}
	rows := func(e ...query.Expr) query.Query {
		v := &query.Values{}
		for _, e := range e {
			v.Rows = append(v.Rows, []query.Expr{e})
		}
		return v
	}
	type spoil = func(k *checker, w *query.Write)
	link := func(k *checker) *catalog.Column { return k.table("pins").Columns[1] }
	give := func(e ...query.Expr) spoil {
		return func(_ *checker, w *query.Write) { w.Columns, w.Source = []int{1}, rows(e...) }
	}
	for name, c := range map[string]struct {
		spoil spoil
		want  bool
	}{
		"left out":           {func(*checker, *query.Write) {}, true},
		"NULL":               {give(null), true},
		"NULL twice":         {give(null, null), true},
		"a value":            {give(value), false},
		"once a value":       {give(null, value), false},
		"no rows":            {give(), false},
		"a parameter":        {give(&query.Param{Number: 1}), false},
		"not known":          {func(_ *checker, w *query.Write) { w.Columns, w.Source = []int{1}, &query.Select{} }, false},
		"a view's default":   {func(_ *checker, w *query.Write) { w.ViewDefaults = []int{1} }, false},
		"a default":          {func(k *checker, _ *query.Write) { link(k).HasDefault = true }, false},
		"drawn":              {func(k *checker, _ *query.Write) { link(k).Identity = true }, false},
		"computed":           {func(k *checker, _ *query.Write) { link(k).Generated = true }, false},
		"of a domain":        {func(k *checker, _ *query.Write) { k.ownType(link(k), "domain") }, false},
		"of an enum":         {func(k *checker, _ *query.Write) { k.ownType(link(k), "enum") }, true},
		"not in a partition": {func(k *checker, _ *query.Write) { k.partition("pins", 1) }, false},
		"another link":       {func(k *checker, w *query.Write) { k.own.Of(w.Target.Table).Parents[0].On[0].Child = 2 }, true},
	} {
		k := pins(t)
		w := &query.Write{Target: k.base(0, "pins"), Columns: []int{0}, Source: rows(value)}
		k.writes[w.Target] = w
		c.spoil(k, w)
		if k.leavesOut(w.Target, 0, k.own.Of(w.Target.Table).Parents[0]) != c.want {
			t.Errorf("%s: %v", name, !c.want)
		}
	}
}

// ownType gives a column a type of the schema.
func (k *checker) ownType(c *catalog.Column, kind string) {
	c.Type.Name = catalog.Name{Schema: "public", Name: "mine"}
	k.db.Types = append(k.db.Types, &catalog.Type{Name: c.Type.Name, Kind: kind})
}

// partition gives a table a partition without its column of number without.
func (k *checker) partition(table string, without int) *catalog.Table {
	t := k.table(table)
	part := &catalog.Table{Name: catalog.Name{Schema: "public", Name: "part"}, IsPartition: true, Parents: []catalog.Name{t.Name}}
	for i, c := range t.Columns {
		if c := *c; i != without {
			part.Columns = append(part.Columns, &c)
		}
	}
	t.Children, t.PartitionBy = append(t.Children, part.Name), "list"
	k.db.Tables = append(k.db.Tables, part)
	return part
}

// What a write puts into a column, through every kind of source.
func TestValues(t *testing.T) {
	a, b := &query.Const{Text: "a"}, &query.Const{Text: "b"}
	sel := func(e ...query.Expr) *query.Select {
		s := &query.Select{}
		for _, e := range e {
			s.Out = append(s.Out, query.Output{Expr: e})
		}
		return s
	}
	open := sel(a, b)
	open.Out[0].Open = true
	into := func(q query.Query) *query.Write { return &query.Write{Columns: []int{4, 7}, Source: q} }
	merge := &query.Write{Kind: query.Merge, Columns: []int{7}, Actions: []query.Action{{}, {Columns: []int{4, 7}, Values: []query.Expr{a, b}}}}
	for _, c := range []struct {
		name   string
		w      *query.Write
		action int
		want   []query.Expr
		given  bool
	}{
		{"SELECT", into(sel(a, b)), 0, []query.Expr{b}, true},
		{"SELECT of one", into(sel(a)), 0, []query.Expr{nil}, true},
		{"SELECT *", into(open), 0, []query.Expr{nil}, true},
		{"VALUES", into(&query.Values{Rows: [][]query.Expr{{a, b}, {a, a}}}), 0, []query.Expr{b, a}, true},
		{"VALUES of one", into(&query.Values{Rows: [][]query.Expr{{a, b}, {a}}}), 0, []query.Expr{nil}, true},
		{"UNION", into(&query.SetOp{Left: sel(a, b), Right: sel(a, a)}), 0, []query.Expr{b, a}, true},
		{"a write", into(&query.Write{}), 0, []query.Expr{nil}, true},
		{"DEFAULT VALUES", &query.Write{Columns: []int{7}}, 0, nil, false},
		{"other columns", &query.Write{Columns: []int{4}, Source: sel(a)}, 0, nil, false},
		{"MERGE", merge, 1, []query.Expr{b}, true},
		{"another action", merge, 0, nil, false},
	} {
		got, given := values(c.w, c.action, 7)
		if given != c.given || len(got) != len(c.want) {
			t.Errorf("%s: %v, %t", c.name, got, given)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s: %v, want %v", c.name, got, c.want)
			}
		}
	}
}

// Which values say that a row belongs to another parent.
func TestBelongsElsewhere(t *testing.T) {
	note, card, other, plain := &query.Const{Literal: 1}, &query.Const{Literal: 2}, &query.Const{Literal: 3}, &query.Const{Text: "card"}
	for _, c := range []struct {
		name   string
		values []query.Expr
		want   bool
	}{
		{"another parent's", []query.Expr{card}, true},
		{"twice", []query.Expr{card, card}, true},
		{"this one's", []query.Expr{note}, false},
		{"once this one's", []query.Expr{card, note}, false},
		{"nobody's", []query.Expr{other}, false},
		{"not recognised", []query.Expr{plain}, false},
		{"a parameter", []query.Expr{&query.Param{Number: 1}}, false},
		{"no rows", nil, false},
	} {
		k := world(t, pinsSchema, child("pins", byKind("notes", "note_id=id", "note"), byKind("cards", "card_id=id", "card")))
		k.st.Literals = []string{"note", "card", "other"}
		w := &query.Write{Target: k.base(0, "pins"), Columns: []int{0}}
		v := &query.Values{}
		for _, e := range c.values {
			v.Rows = append(v.Rows, []query.Expr{e})
		}
		w.Source = v
		k.writes[w.Target] = w
		parent := k.own.Of(w.Target.Table).Parents[0]
		if k.belongsElsewhere(w.Target, 0, parent) != c.want {
			t.Errorf("%s: %v", c.name, !c.want)
		}
		if k.table("pins").Columns[0].Generated = true; k.belongsElsewhere(w.Target, 0, parent) {
			t.Errorf("%s: the value is computed", c.name)
		}
		if w.Columns = []int{1}; k.belongsElsewhere(w.Target, 0, parent) {
			t.Errorf("%s: the value is not given", c.name)
		}
		if text := k.arrivesAsText(w, 0); text {
			t.Errorf("%s: arrives as text in a column of numbers", c.name)
		}
	}
}

// A literal arrives in a column of text as it is, unless something else is put there.
func TestArrivesAsText(t *testing.T) {
	lit := &query.Const{Literal: 1}
	for name, c := range map[string]struct {
		column int
		rows   [][]query.Expr
		spoil  func(k *checker)
		want   bool
	}{
		"a literal":    {0, [][]query.Expr{{lit}, {lit}}, func(*checker) {}, true},
		"a number":     {1, [][]query.Expr{{lit}}, func(*checker) {}, false},
		"no rows":      {0, nil, func(*checker) {}, false},
		"another":      {0, [][]query.Expr{{lit}, {&query.Const{}}}, func(*checker) {}, false},
		"a parameter":  {0, [][]query.Expr{{&query.Param{Number: 1}}}, func(*checker) {}, false},
		"computed":     {0, [][]query.Expr{{lit}}, func(k *checker) { k.table("pins").Columns[0].Generated = true }, false},
		"drawn":        {0, [][]query.Expr{{lit}}, func(k *checker) { k.table("pins").Columns[0].Identity = true }, false},
		"no part":      {0, [][]query.Expr{{lit}}, func(k *checker) { k.partition("pins", 0) }, false},
		"a part":       {0, [][]query.Expr{{lit}}, func(k *checker) { k.partition("pins", 2) }, true},
		"another type": {0, [][]query.Expr{{lit}}, func(k *checker) { k.partition("pins", 2).Columns[0].Value.Type.Name = "int4" }, false},
		"no equality":  {0, [][]query.Expr{{lit}}, func(k *checker) { k.table("pins").Columns[0].Value.Nondeterministic = true }, false},
	} {
		k := pins(t)
		c.spoil(k)
		w := &query.Write{Target: k.base(0, "pins"), Columns: []int{c.column}, Source: &query.Values{Rows: c.rows}}
		if k.arrivesAsText(w, 0) != c.want {
			t.Errorf("%s: %v", name, !c.want)
		}
	}
}
