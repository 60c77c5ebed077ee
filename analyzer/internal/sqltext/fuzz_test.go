package sqltext

import (
	"strings"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
)

// FuzzSplit takes any bytes as a query file: every part of it that is not blank or a
// comment is in a unit, and a unit's tree is what PostgreSQL's parser makes of it alone.
//
//	go test ./analyzer/internal/sqltext -run '^$' -fuzz FuzzSplit -fuzztime 5m -parallel 1
func FuzzSplit(f *testing.F) {
	for _, text := range []string{
		"", ";", "-- name: A :one\nSELECT 1;\n-- name: B :many\n-- tenantgen:cross-tenant admin why\nSELECT 2", "SELECT 1;\x00SELECT 2",
		"SELECT 1;; SELEC 2; SELECT 'é', x FROM ü WHERE", "/* name: A :one */ SELECT 1 /* ; */; -- ;\n SELECT ';', \";\", $$;$$, E'\\';' ;",
		"-- a\rSELECT 1;\r-- b\rSELECT 2", "CREATE RULE r AS ON INSERT TO a DO (SELECT 1; SELECT 2); SELECT 3",
		"CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END; SELEC", strings.Repeat("+ 1", 20),
		"SELECT 1" + strings.Repeat(" + 1", maxNesting+1) + "; -- name: B :one\nSELECT é, 1;;/**/", "\ufeffSELECT 1", "\\. ;\vSELECT 1\v;\f",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		units := Split(text)
		end := 0
		for _, u := range units {
			if u.Span.Start < end || u.Span.End < u.Span.Start || u.Span.End > len(text) || u.NameAt < 0 || u.NameAt > len(text) {
				t.Fatalf("unit %+v of %d bytes, after %d", u, len(text), end)
			}
			if off := SkipBlank(text, end, u.Span.Start); off != u.Span.Start {
				t.Fatalf("%q is in no unit", text[end:u.Span.Start])
			}
			for _, d := range u.Directives {
				if d.Span.Start < end || d.Span.End > u.Span.Start || !strings.Contains(text[d.Span.Start:d.Span.End], d.Verb) {
					t.Fatalf("directive %+v of unit %+v", d, u)
				}
			}
			end = u.Span.End
			switch {
			case u.Err != nil && (u.Stmt != nil || u.Err.Offset < 0 || u.Err.Offset > len(text) || u.Err.Msg == ""):
				t.Fatalf("bad error %+v", u.Err)
			case u.Err == nil:
				sameAlone(t, text, u)
			}
		}
		if off := SkipBlank(text, end, len(text)); off != len(text) {
			t.Fatalf("%q is in no unit", text[off:])
		}
	})
}

// sameAlone parses the text of a unit by itself.
func sameAlone(t *testing.T, text string, u *Unit) {
	t.Helper()
	tree, err := pg.Parse(text[u.Span.Start:u.Span.End])
	if err != nil || len(tree.Stmts) != 1 {
		t.Fatalf("%q alone: %d statements, %v", text[u.Span.Start:u.Span.End], len(tree.GetStmts()), err)
	}
	if parsetree.Text(tree.Stmts[0].Stmt) != parsetree.Text(u.Stmt) {
		t.Fatalf("%q alone is another statement", text[u.Span.Start:u.Span.End])
	}
	if at := parsetree.LocationOf(u.Stmt); at >= 0 {
		if want := int(parsetree.LocationOf(tree.Stmts[0].Stmt)) + u.Span.Start; int(at)+u.Base != want {
			t.Fatalf("%q: position %d, alone %d", text, int(at)+u.Base, want)
		}
	}
}
