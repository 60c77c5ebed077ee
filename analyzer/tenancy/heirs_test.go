package tenancy

import (
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/config"
)

// heirCases are tables that inherit, with the table that is no longer a tenant's because
// its rows are told whose they are by something else in an heir.
var heirCases = []struct {
	name, refused string
	tables        []*catalog.Table
	declared      []config.Table
}{
	{"same column", "", []*catalog.Table{table("docs", "", "id", "org_id"), table("olds", "docs", "id", "org_id")}, nil},
	{"other column", "docs", []*catalog.Table{table("docs", "", "id", "org_id"), table("olds", "docs", "id", "org_id", "owner")},
		[]config.Table{{Name: "olds", TenantColumn: "owner"}}},
	{"grandchild", "mids docs", []*catalog.Table{table("docs", "", "id", "org_id"), table("mids", "docs", "id", "org_id"), table("olds", "mids", "id", "org_id", "owner")},
		[]config.Table{{Name: "olds", TenantColumn: "owner"}}},
	{"declared global", "docs", []*catalog.Table{table("docs", "", "id", "org_id"), table("olds", "docs", "id", "org_id")},
		[]config.Table{{Name: "olds", Global: true}}},
	{"child of a tenant's table", "docs", []*catalog.Table{table("notes", "", "id", "org_id"), table("docs", "", "id", "org_id", "note_id"), table("olds", "docs", "id", "org_id", "note_id")},
		[]config.Table{{Name: "olds", Parents: []config.Parent{{Table: "notes", On: []config.Pair{{Child: "note_id", Parent: "id"}}}}}}},
	{"own column below a child", "docs", []*catalog.Table{table("notes", "", "id", "org_id"), table("docs", "", "note_id"), table("olds", "docs", "note_id", "org_id")},
		[]config.Table{{Name: "docs", Parents: []config.Parent{{Table: "notes", On: []config.Pair{{Child: "note_id", Parent: "id"}}}}}}},
	{"same parent", "", []*catalog.Table{table("notes", "", "id", "org_id"), table("docs", "", "id", "note_id"), table("olds", "docs", "note_id", "id")},
		[]config.Table{{Name: "docs", Parents: []config.Parent{{Table: "notes", On: []config.Pair{{Child: "note_id", Parent: "id"}}}}},
			{Name: "olds", Parents: []config.Parent{{Table: "notes", On: []config.Pair{{Child: "note_id", Parent: "id"}}}}}}},
	{"other parent", "docs", []*catalog.Table{table("notes", "", "id", "org_id"), table("docs", "", "id", "note_id", "for_id"), table("olds", "docs", "note_id", "id", "for_id")},
		[]config.Table{{Name: "docs", Parents: []config.Parent{{Table: "notes", On: []config.Pair{{Child: "note_id", Parent: "id"}}}}},
			{Name: "olds", Parents: []config.Parent{{Table: "notes", On: []config.Pair{{Child: "for_id", Parent: "id"}}}}}}},
	{"one parent more", "docs", []*catalog.Table{table("notes", "", "id", "org_id"), table("docs", "", "id", "note_id", "for_id"), table("olds", "docs", "note_id", "id", "for_id")},
		[]config.Table{{Name: "docs", Parents: []config.Parent{{Table: "notes", On: []config.Pair{{Child: "note_id", Parent: "id"}}}}},
			{Name: "olds", Parents: []config.Parent{{Table: "notes", On: []config.Pair{{Child: "note_id", Parent: "id"}}}, {Table: "notes", On: []config.Pair{{Child: "for_id", Parent: "id"}}}}}}},
}

func TestHeirsOwner(t *testing.T) {
	for _, h := range heirCases {
		t.Run(h.name, func(t *testing.T) {
			for _, tbl := range h.tables {
				tbl.Keys = []*catalog.Key{{Name: "key", Columns: []string{"id"}, Primary: true}}
			}
			m, problems := Classify(&catalog.Database{Tables: h.tables, SearchPath: []string{"public"}}, config.Tenant{Columns: []string{"org_id"}, Tables: h.declared})
			for _, tbl := range h.tables {
				if refused := m.Of(tbl).Kind == Undeclared; refused != slices.Contains(strings.Fields(h.refused), tbl.Name.Name) {
					t.Errorf("%s is owned %+v", tbl.Name, m.Of(tbl))
				}
			}
			if told := len(problems) > 0 && strings.Contains(problems[0].Msg, "rows of olds are rows of "); told != (h.refused != "") {
				t.Errorf("problems: %v", problems)
			}
		})
	}
}

// A write through the parent changes what only an heir computes: the tenant, or a key that
// others refer to. It must not matter what of, nor whose the table is.
func TestHeirComputes(t *testing.T) {
	for name, change := range map[string]func(up, heir *catalog.Table){
		"the tenant":    func(up, heir *catalog.Table) { heir.Column("org_id").Generated = true },
		"a key":         func(up, heir *catalog.Table) { heir.Column("id").Generated = true },
		"of its own":    func(up, heir *catalog.Table) { up.Columns = up.Columns[1:]; heir.Column("id").Generated = true },
		"":              func(up, heir *catalog.Table) {},
		"same for both": func(up, heir *catalog.Table) { up.Column("id").Generated, heir.Column("id").Generated = true, true },
	} {
		for _, global := range []bool{false, true} {
			up, heir := table("gifts", "", "id", "org_id"), table("olds", "gifts", "id", "org_id")
			change(up, heir)
			cfg := config.Tenant{Columns: []string{"org_id"}}
			if global {
				cfg.Tables = []config.Table{{Name: "gifts", Global: true}, {Name: "olds", Global: true}}
			}
			m, problems := Classify(&catalog.Database{Tables: []*catalog.Table{up, heir}, SearchPath: []string{"public"}}, cfg)
			want := name != "" && name != "same for both"
			if m.Of(up).Kind == Undeclared != want || m.Of(heir).Kind == Undeclared || len(problems) > 0 != want {
				t.Errorf("%s, global %v: owned %+v and %+v: %v", name, global, m.Of(up), m.Of(heir), problems)
			}
		}
	}
}

// Of two parents, the one counts that says what the heir says; the other is refused.
func TestHeirOfTwo(t *testing.T) {
	a, b, heir := table("a", "", "org_id"), table("b", "", "tenant"), table("heir", "a", "org_id", "tenant")
	heir.Parents = append(heir.Parents, b.Name)
	m, problems := Classify(&catalog.Database{Tables: []*catalog.Table{a, b, heir}, SearchPath: []string{"public"}}, config.Tenant{Columns: []string{"org_id", "tenant"}})
	if len(problems) == 0 || m.Of(a).Kind != Undeclared && m.Of(b).Kind != Undeclared {
		t.Errorf("a is owned %+v, b %+v, the heir %+v: %v", m.Of(a), m.Of(b), m.Of(heir), problems)
	}
}

// A link under a condition is not followed: ignoring the condition would be wrong.
func TestConditionalLink(t *testing.T) {
	for name, p := range map[string]config.Parent{"when": {When: []config.Match{{Column: "kind", Value: "note"}}}, "where": {Where: "id > 0"}} {
		notes, docs := table("notes", "", "org_id", "id"), table("docs", "", "note_id", "kind")
		notes.Keys = []*catalog.Key{{Columns: []string{"id"}}}
		p.Table, p.On = "notes", []config.Pair{{Child: "note_id", Parent: "id"}}
		m, problems := Classify(&catalog.Database{Tables: []*catalog.Table{notes, docs}, SearchPath: []string{"public"}},
			config.Tenant{Columns: []string{"org_id"}, Tables: []config.Table{{Name: "docs", Parents: []config.Parent{p}}}})
		if len(problems) == 0 || len(m.Of(docs).Parents) > 0 {
			t.Errorf("%s: %v", name, problems)
		}
	}
}

// A link needs a key of the parent that holds at any time, on the columns that it names.
func TestParentKey(t *testing.T) {
	for name, key := range map[string]*catalog.Key{
		"none": {Columns: []string{"other"}}, "partial": {Columns: []string{"id"}, Partial: true}, "expression": {Columns: []string{"id"}, Expression: true},
		"deferrable": {Columns: []string{"id"}, Deferrable: true}, "wider": {Columns: []string{"id", "other"}}, "": {Columns: []string{"id"}},
	} {
		notes, docs := table("notes", "", "org_id", "id", "other"), table("docs", "", "note_id")
		notes.Keys = []*catalog.Key{key}
		m, problems := Classify(&catalog.Database{Tables: []*catalog.Table{notes, docs}, SearchPath: []string{"public"}}, config.Tenant{Columns: []string{"org_id"},
			Tables: []config.Table{{Name: "docs", Parents: []config.Parent{{Table: "notes", On: []config.Pair{{Child: "note_id", Parent: "id"}}}}}}})
		refused := len(problems) > 0 && strings.Contains(problems[0].Msg, "are no key") && len(m.Of(docs).Parents) == 0
		if refused != (name != "") {
			t.Errorf("key %q: %v", name, problems)
		}
	}
}
