package tenancy

import (
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/config"
)

// What where says is read as SQL has it, and anything else is not.
func TestReadTests(t *testing.T) {
	null, value := catalog.IsNull, catalog.HasValue
	for text, want := range map[string][]catalog.Test{
		"deleted_at IS NULL":                    {{Column: "deleted_at", Kind: null}},
		" Deleted_At is  null\n":                {{Column: "deleted_at", Kind: null}},
		`"Deleted At" IS NOT NULL`:              {{Column: "Deleted At", Kind: catalog.IsNotNull}},
		`"a""b" and c`:                          {{Column: `a"b`, Kind: value, Value: "true"}, {Column: "c", Kind: value, Value: "true"}},
		"NOT archived AND kind = 'it''s'":       {{Column: "archived", Kind: value, Value: "false"}, {Column: "kind", Kind: value, Value: "it's"}},
		"n = -12 AND b = TRUE AND c = false":    {{Column: "n", Kind: value, Value: "-12"}, {Column: "b", Kind: value, Value: "true"}, {Column: "c", Kind: value, Value: "false"}},
		"kind = 'x AND y' AND deleted IS NULL ": {{Column: "kind", Kind: value, Value: "x AND y"}, {Column: "deleted", Kind: null}},
		"":                                      nil, "AND": nil, "a AND": nil, "AND a": nil, "a AND AND b": nil, "a OR b": nil, "a b": nil, "a = b": nil, "'a' = 'a'": nil, "1 IS NULL": nil, "= IS NULL": nil,
		"a = NULL": nil, "NULL IS NULL": nil, "NOT": nil, "NOT NOT a": nil, "NOT a IS NULL": nil, "a IS": nil, "a IS NOT": nil, "a IS TRUE": nil, "(a IS NULL)": nil, "t.a IS NULL": nil,
		"lower(a) = 'x'": nil, "a = 'x": nil, "a <> 'x'": nil, "a = 1.5": nil, "a = 'x'::text": nil, "a IS NULL; DROP TABLE b": nil, "a IS NULL -- b": nil, "a = E'x'": nil, "true": nil, "NOT false": nil,
	} {
		if got, ok := readTests(text); ok != (want != nil) || !slices.Equal(got, want) {
			t.Errorf("%q is read as %+v, %v", text, got, ok)
		}
	}
}

// A partial index is a key of those rows for which its predicate is true, no others.
func TestKeyWhere(t *testing.T) {
	live, open := catalog.Test{Column: "deleted_at"}, catalog.Test{Column: "kind", Kind: catalog.HasValue, Value: "open"}
	good := catalog.Key{Columns: []string{"id"}, Partial: true, Where: []catalog.Test{live}}
	with := func(change func(k *catalog.Key)) *catalog.Key { k := good; change(&k); return &k }
	for name, c := range map[string]struct {
		key         *catalog.Key
		where, want string
	}{
		"as declared":          {&good, "deleted_at IS NULL", ""},
		"for more rows":        {&good, "deleted_at IS NULL AND kind = 'open'", ""},
		"for fewer rows":       {with(func(k *catalog.Key) { k.Where = []catalog.Test{live, open} }), "deleted_at IS NULL", "no unique index"},
		"for other rows":       {with(func(k *catalog.Key) { k.Where = []catalog.Test{open} }), "deleted_at IS NULL", "no unique index"},
		"for another value":    {with(func(k *catalog.Key) { k.Where = []catalog.Test{open} }), "kind = 'done'", "no unique index"},
		"not understood":       {with(func(k *catalog.Key) { k.Where = nil }), "deleted_at IS NULL", "no unique index"},
		"more columns":         {with(func(k *catalog.Key) { k.Columns = []string{"id", "kind"} }), "deleted_at IS NULL", "no unique index"},
		"an expression":        {with(func(k *catalog.Key) { k.Expression = true }), "deleted_at IS NULL", "no unique index"},
		"deferrable":           {with(func(k *catalog.Key) { k.Deferrable = true }), "deleted_at IS NULL", "no unique index"},
		"an equality":          {with(func(k *catalog.Key) { k.Class = true }), "deleted_at IS NULL", "no unique index"},
		"not said":             {&good, "", `name that: where: "<its condition>"`},
		"not said, of another": {with(func(k *catalog.Key) { k.Columns = []string{"kind"} }), "", "primary key"},
		"all rows":             {&catalog.Key{Columns: []string{"id"}}, "deleted_at IS NULL", "leave where out"},
		"no predicate":         {with(func(k *catalog.Key) { k.Partial = false }), "deleted_at IS NULL", "leave where out"},
		"no condition":         {&good, "id > 0", "not understood"},
		"no column":            {&good, "gone IS NULL", "does not exist"},
		"no value of the type": {&good, "id = '01'", "no integer as PostgreSQL prints it"},
		"no boolean":           {&good, "live = 'yes'", "neither true nor false"},
		"no comparison":        {&good, "deleted_at = 'now'", "cannot be told from others"},
		"of rows":              {&good, "address IS NULL AND deleted_at IS NULL", "may hold rows"},
		"of rows that are not": {&good, "deleted_at IS NULL AND address IS NOT NULL", "may hold rows"},
	} {
		notes, docs := table("notes", "", "org_id", "id", "deleted_at", "kind", "live", "address"), table("docs", "", "note_id")
		notes.Columns[1].Value, notes.Columns[2].Value, notes.Columns[3].Value, notes.Columns[4].Value = builtin("int4"), builtin("date"), builtin("text"), builtin("bool")
		notes.Columns[5].Value = catalog.Value{Type: catalog.Name{Schema: "public", Name: "address"}, Kind: "composite"}
		notes.Keys = []*catalog.Key{c.key}
		m, problems := Classify(&catalog.Database{Tables: []*catalog.Table{notes, docs}, SearchPath: []string{"public"}}, config.Tenant{Columns: []string{"org_id"},
			Tables: []config.Table{{Name: "docs", Parents: []config.Parent{{Table: "notes", On: []config.Pair{{Child: "note_id", Parent: "id"}}, Where: c.where}}}}})
		said := ""
		if len(problems) > 0 {
			said = problems[0].Msg + problems[0].Hint
		}
		if c.where == "" && name != "not said" && strings.Contains(said, "name that") {
			t.Errorf("%s: %s", name, said)
		}
		if (said == "") != (c.want == "") || !strings.Contains(said, c.want) || (len(m.Of(docs).Parents) > 0) != (c.want == "") {
			t.Errorf("%s: %q, parents %+v", name, said, m.Of(docs).Parents)
		}
		if c.want == "" && (!m.Tests || len(m.Asked(notes)) == 0 || Kept(&catalog.Database{}, docs, m.Of(docs).Parents[0]) != nil) {
			t.Errorf("%s: %+v", name, m.Of(docs).Parents)
		}
	}
}

// Heirs have the condition too, and a foreign key does not keep a row with such a parent.
func TestConditionOfHeirs(t *testing.T) {
	notes, docs, olds := table("notes", "", "org_id", "id", "deleted_at"), table("docs", "", "note_id"), table("olds", "docs", "note_id")
	p := Parent{Table: notes, On: []Pair{{0, 1}}, Where: []Test{{Column: 2}}}
	if of := p.of(docs, olds); !of.Same(p) || of.Same(Parent{Table: notes, On: p.On}) {
		t.Errorf("%+v", of)
	}
	docs.Foreign = []*catalog.ForeignKey{{Columns: []string{"note_id"}, RefTable: notes.Name, RefColumns: []string{"id"}}}
	if plain := (Parent{Table: notes, On: p.On}); Kept(&catalog.Database{}, docs, p) != nil || Kept(&catalog.Database{}, docs, plain) == nil {
		t.Error("a foreign key keeps the row, or does not")
	}
}
