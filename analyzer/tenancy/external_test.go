package tenancy

import (
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/config"
)

// A foreign table is no tenant's, nor is what it is a part of, whatever declares it.
func TestExternal(t *testing.T) {
	for name, c := range map[string]struct {
		declared []config.Table
		parent   string
		refused  string // tables
	}{
		"by its column":         {nil, "", "far"},
		"declared":              {[]config.Table{{Name: "far", TenantColumn: "org_id"}}, "", "far"},
		"a child":               {[]config.Table{{Name: "far", Parents: []config.Parent{{Table: "notes", On: []config.Pair{{Child: "id", Parent: "id"}}}}}}, "", "far"},
		"global":                {[]config.Table{{Name: "far", Global: true}}, "", ""},
		"a part":                {nil, "docs", "far docs"},
		"a global part":         {[]config.Table{{Name: "far", Global: true}}, "docs", "docs"},
		"a part of what is not": {[]config.Table{{Name: "far", Global: true}, {Name: "docs", Global: true}}, "docs", ""},
	} {
		notes, docs, far := table("notes", "", "org_id", "id"), table("docs", "", "org_id", "id"), table("far", c.parent, "org_id", "id")
		notes.Keys = []*catalog.Key{{Columns: []string{"id"}}}
		far.External = true
		m, problems := Classify(&catalog.Database{Tables: []*catalog.Table{notes, docs, far}, SearchPath: []string{"public"}}, config.Tenant{Columns: []string{"org_id"}, Tables: c.declared})
		for _, tbl := range []*catalog.Table{notes, docs, far} {
			refused := slices.Contains(strings.Fields(c.refused), tbl.Name.Name)
			if (m.Of(tbl).Kind == Undeclared) != refused || refused && len(problems) == 0 {
				t.Errorf("%s: %s is %+v: %v", name, tbl.Name, m.Of(tbl), problems)
			}
		}
	}
}
