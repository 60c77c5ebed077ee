package parameters_test

import (
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/parameters"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// Words stay the same word, wherever parameters before them became shorter or longer.
func TestOffset(t *testing.T) {
	text := "SELECT sqlc.embed(n), first FROM notes n WHERE a = @org_id AND second = sqlc.narg('x') AND third = $3 AND b = @y AND fourth"
	sent := parameters.Of(&query.Statement{Root: &query.Select{}}, text)
	for _, word := range []string{"SELECT", "first", "notes", "second", "third", "fourth"} {
		if got := sent.Offset(strings.Index(text, word)); !strings.HasPrefix(sent.SQL[got:], word) {
			t.Errorf("%s is sought at %q in %s", word, sent.SQL[got:], sent.SQL)
		}
	}
}
