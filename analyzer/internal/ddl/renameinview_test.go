package ddl

import (
	"strings"
	"testing"
)

// TestRenamedColumnsInViews says which views of testdata/ddl/renamed_columns.sql keep their text: k_… do, and l_… lose it,
// because what they say may be understood in two ways. TestLoadSchemaAgainstServer compares the texts that stay with
// the server's trees.
func TestRenamedColumnsInViews(t *testing.T) {
	l := newLoader()
	l.loadFile(readFile(t, "testdata/ddl/renamed_columns.sql"))
	l.finish()
	for _, v := range l.db.Views {
		if kept := v.Query != ""; kept != strings.HasPrefix(v.Name.Name, "k_") {
			t.Errorf("view %s: %q", v.Name, v.Query)
		}
	}
	if n := len(l.db.Views); n != 29 {
		t.Errorf("%d views", n)
	}
}
