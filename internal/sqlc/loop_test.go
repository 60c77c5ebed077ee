package sqlc

import (
	"testing"
)

// Every :many method that sqlc writes, under whatever options, is understood.
func TestLoops(t *testing.T) {
	found := 0
	archives(t, "testdata/*.txtar", func(t *testing.T, files map[string][]byte) string {
		pkg, err := Read(Select(files, "gen/sqlcgen"))
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range pkg.Queries {
			switch {
			case q.Cmd == Many && q.Loop == nil:
				t.Errorf("the loop of %s is not understood", q.Name)
			case q.Cmd == Many:
				found++
				if q.Loop.Value != q.Loop.Var && q.Loop.Value != "&"+q.Loop.Var || "*"+q.Loop.Type.Expr != q.Loop.Element.Expr && q.Loop.Type.Expr != q.Loop.Element.Expr {
					t.Errorf("%s: %+v", q.Name, q.Loop)
				}
			case q.Loop != nil:
				t.Errorf("%s %s has a loop", q.Name, q.Cmd)
			}
		}
		return dump(pkg)
	})
	if found < 10 {
		t.Errorf("only %d loops", found)
	}
}
