package verify

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// TestForeignText holds that a fix makes the key that was promised: without its columns, SET NULL would empty the tenant, too.
func TestForeignText(t *testing.T) {
	key := catalog.ForeignKey{RefTable: catalog.Name{Schema: "public", Name: "docs"}, Columns: []string{"org_id", "doc_id"}, RefColumns: []string{"org_id", "id"}}
	const head = "FOREIGN KEY (org_id, doc_id) REFERENCES public.docs (org_id, id)"
	for want, spoil := range map[string]func(*catalog.ForeignKey){
		"":                             func(*catalog.ForeignKey) {},
		" ON DELETE SET NULL":          func(f *catalog.ForeignKey) { f.OnDelete = "set null" },
		" ON DELETE SET NULL (doc_id)": func(f *catalog.ForeignKey) { f.OnDelete, f.SetColumns = "set null", []string{"doc_id"} },
		` ON DELETE SET DEFAULT ("Doc", id) ON UPDATE CASCADE DEFERRABLE NOT VALID`: func(f *catalog.ForeignKey) {
			f.OnDelete, f.SetColumns, f.OnUpdate, f.Deferrable, f.NotValid = "set default", []string{"Doc", "id"}, "cascade", true, true
		},
	} {
		f := key
		spoil(&f)
		if got := foreignText(&f); got != head+want {
			t.Errorf("got %s, want %s", got, head+want)
		}
	}
}
