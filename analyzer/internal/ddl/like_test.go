package ddl

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// LIKE copies keys where it says so (CREATE TABLE, "LIKE source_table [ like_option ... ]").
func TestLikeKeys(t *testing.T) {
	for _, c := range []struct {
		options string
		keys    int
	}{
		{"", 0},
		{"INCLUDING ALL", 2},
		{"INCLUDING INDEXES", 2},
		{"INCLUDING ALL EXCLUDING INDEXES", 0},
		{"INCLUDING CONSTRAINTS INCLUDING DEFAULTS", 0},
	} {
		db := load(t, "CREATE TABLE p (id int PRIMARY KEY, name text UNIQUE); CREATE TABLE t (LIKE p "+c.options+");")
		if got := len(db.Table(catalog.Name{Schema: "public", Name: "t"}).Keys); got != c.keys {
			t.Errorf("%q: %d keys, want %d", c.options, got, c.keys)
		}
	}
}
