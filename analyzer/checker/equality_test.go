package checker

import (
	"slices"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

func value(schema, name, kind string) *catalog.Column {
	return &catalog.Column{Value: catalog.Value{Type: catalog.Name{Schema: schema, Name: name}, Kind: kind}}
}

// The families of types, and what has none.
func TestFamilyOfTypes(t *testing.T) {
	list, coarse, cut := value("pg_catalog", "int4", ""), value("pg_catalog", "text", ""), value("pg_catalog", "varchar", "")
	list.Value.Array, coarse.Value.Nondeterministic, cut.Value.Modified = true, true, true
	for want, columns := range map[string][]*catalog.Column{
		"int":              {value("pg_catalog", "int2", ""), value("pg_catalog", "int4", ""), value("pg_catalog", "int8", "")},
		"text":             {value("pg_catalog", "text", ""), value("pg_catalog", "varchar", ""), cut},
		"uuid":             {value("pg_catalog", "uuid", "")},
		"enum public.kind": {value("public", "kind", "enum")},
		"":                 {list, coarse, value("public", "int4", ""), value("pg_catalog", "int4", "composite"), value("pg_catalog", "float8", ""), value("pg_catalog", "bpchar", ""), value("public", "citext", "base")},
	} {
		for _, c := range columns {
			if got := family(c); got != want {
				t.Errorf("%+v: %q, want %q", c.Value, got, want)
			}
			if stores(c) != (want != "" && !c.Value.Modified) {
				t.Errorf("%+v stores", c.Value)
			}
		}
	}
	a, b := value("pg_catalog", "int4", ""), value("pg_catalog", "text", "")
	if !sameTenant(a, a) || sameTenant(a, b) || sameTenant(list, list) {
		t.Error("sameTenant")
	}
}

// The one family of a parameter.
func TestParamFamily(t *testing.T) {
	for _, c := range []struct {
		equals, elsewhere []query.Type
		want              string
		unconverted       bool
	}{
		{nil, nil, "", true},
		{[]query.Type{"int"}, nil, "int", true},
		{[]query.Type{"int", "text"}, nil, "", false},
		{nil, []query.Type{"int"}, "int", true},
		{nil, []query.Type{"int", "text"}, "", false},
		{[]query.Type{"int"}, []query.Type{"int"}, "int", true},
		{[]query.Type{"int"}, []query.Type{"text"}, "int", false},
		{[]query.Type{"int"}, []query.Type{"numeric"}, "", false},
		{[]query.Type{"uuid"}, []query.Type{"numeric"}, "uuid", false},
		{[]query.Type{"enum public.kind"}, []query.Type{"numeric"}, "enum public.kind", false},
		{[]query.Type{"bool"}, []query.Type{"numeric"}, "bool", false},
		{[]query.Type{"bytea"}, []query.Type{"numeric"}, "bytea", false},
		{[]query.Type{"jsonb"}, []query.Type{"numeric"}, "jsonb", false},
		{nil, []query.Type{query.Unknown}, string(query.Unknown), false},
		{[]query.Type{"int"}, []query.Type{query.Unknown}, "", false},
		{[]query.Type{query.Unknown}, []query.Type{query.Unknown}, "", false},
	} {
		p := &query.ParamInfo{Equals: c.equals, Elsewhere: c.elsewhere}
		if got := paramFamily(p); got != c.want {
			t.Errorf("%v, %v: %q, want %q", c.equals, c.elsewhere, got, c.want)
		}
		if unconverted(p) != c.unconverted {
			t.Errorf("%v, %v: unconverted %t", c.equals, c.elsewhere, !c.unconverted)
		}
	}
}

// A chain that was compared stays in one family.
func TestAlike(t *testing.T) {
	const schema = "CREATE TABLE notes (org_id int NOT NULL, id int, slug text, price float8);"
	at := func(c int) certificate.Term { return certificate.Column(1, c) }
	for name, c := range map[string]struct {
		kind certificate.Kind
		a, b certificate.Term
		want string
	}{
		"one family":           {certificate.Condition, at(0), at(1), ""},
		"two":                  {certificate.Condition, at(0), at(2), "need not be the same"},
		"two by IN":            {certificate.Member, at(0), at(2), "need not be the same"},
		"two in arms":          {certificate.EveryArm, at(0), at(2), "need not be the same"},
		"two that pass":        {certificate.Given, at(0), at(2), ""},
		"none":                 {certificate.Condition, at(3), at(3), "need not be the same"},
		"a parameter":          {certificate.Condition, at(0), certificate.Param(1), ""},
		"one of another":       {certificate.Condition, at(2), certificate.Param(1), "need not be the same"},
		"one not known":        {certificate.Condition, at(0), certificate.Param(9), "need not be the same"},
		"an owner":             {certificate.Condition, at(2), certificate.Owner(1), ""},
		"an unknown row":       {certificate.Condition, at(2), certificate.Column(7, 0), ""},
		"a sub-select":         {certificate.Condition, at(2), certificate.Column(2, 0), ""},
		"a column not known":   {certificate.Condition, at(2), certificate.Column(1, 9), ""},
		"a column before that": {certificate.Condition, at(2), certificate.Column(1, -2), ""},
	} {
		k := world(t, schema)
		k.st.Params = []*query.ParamInfo{{Number: 1, Equals: []query.Type{"int"}}}
		s := &scope{rows: []row{{id: 1, table: k.table("notes")}, {id: 2}}}
		expectRefusal(t, name, refused(func() { k.alike(certificate.Chain{{A: c.a, B: c.b, Kind: c.kind}}, s) }), c.want)
	}
}

// What is between two columns of no family does not make them one.
func TestAlikeThroughOthers(t *testing.T) {
	k := world(t, "CREATE TABLE notes (org_id int NOT NULL, slug text);")
	s := &scope{rows: []row{{id: 1, table: k.table("notes")}, {id: 2}}}
	c := certificate.Chain{{A: certificate.Column(1, 0), B: certificate.Column(2, 0), Kind: certificate.Condition}, {A: certificate.Column(2, 0), B: certificate.Column(1, 1), Kind: certificate.Given}}
	expectRefusal(t, "a sub-select", refused(func() { k.alike(c, s) }), "need not be the same")
}

// Where the schema has casts of its own, a parameter that is converted has no family.
func TestFamilyOfConverted(t *testing.T) {
	for _, c := range []struct {
		casts     bool
		elsewhere query.Type
		want      string
	}{{false, "int", "int"}, {false, "text", "int"}, {true, "int", "int"}, {true, "text", ""}} {
		k := world(t, "")
		if c.casts {
			k.db.Unknown = append(k.db.Unknown, &catalog.Unknown{What: "CREATE CAST"})
		}
		k.st.Params = []*query.ParamInfo{{Number: 1, Equals: []query.Type{"int"}, Elsewhere: []query.Type{c.elsewhere}}}
		if f, known := k.familyOf(certificate.Param(1), k.root()); f != c.want || !known {
			t.Errorf("%+v: %q", c, f)
		}
	}
}

// In which columns a row that conflicts has the values of the proposed one.
func TestArbiter(t *testing.T) {
	k := world(t, "CREATE TABLE notes (org_id int NOT NULL, id int, slug text, price float8, UNIQUE (org_id, id), UNIQUE (slug));")
	notes := k.table("notes")
	w := &query.Write{Target: k.base(0, "notes"), Conflict: &query.Conflict{Columns: []int{0, -1, 1, 3}}}
	if got := arbiter(w); !slices.Equal(got, []int{0, 1}) {
		t.Error(got)
	}
	notes.Keys[1].Coarse = true // over other columns
	if got := arbiter(w); !slices.Equal(got, []int{0, 1}) {
		t.Error(got)
	}
	for _, spoil := range []func(*catalog.Key){func(key *catalog.Key) { key.Coarse = true }, func(key *catalog.Key) { key.Class = true }} {
		key := *notes.Keys[0]
		spoil(&key)
		notes.Keys[0] = &key
		if got := arbiter(w); got != nil {
			t.Error(got)
		}
		notes.Keys[0].Coarse, notes.Keys[0].Class = false, false
	}
}

// NOT NULL holds in partitions, and not in tables that inherit.
func TestNeverNull(t *testing.T) {
	k := world(t, "CREATE TABLE notes (org_id int NOT NULL, id int); CREATE TABLE old () INHERITS (notes); CREATE TABLE logs (org_id int NOT NULL) PARTITION BY LIST (org_id); CREATE TABLE part PARTITION OF logs DEFAULT;")
	if neverNull(k.table("notes"), 0) || neverNull(k.table("old"), 1) || !neverNull(k.table("old"), 0) || !neverNull(k.table("logs"), 0) {
		t.Error("neverNull")
	}
	k.table("logs").Unsure = "DO block"
	if neverNull(k.table("logs"), 0) {
		t.Error("DDL that is not followed may have dropped NOT NULL")
	}
	if compares(certificate.Chain{{Kind: certificate.Given}}) || !compares(certificate.Chain{{Kind: certificate.Given}, {Kind: certificate.Condition}}) || !compares(certificate.Chain{{Kind: certificate.Member}}) {
		t.Error("compares")
	}
}
