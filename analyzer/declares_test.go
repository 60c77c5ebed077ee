package analyzer_test

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/config"
)

// A signature is about one overload, a name about all.
func TestDeclares(t *testing.T) {
	db, _ := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "s.sql", Text: "CREATE TYPE mood AS ENUM ('a'); CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION two(int) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION two(text) RETURNS int LANGUAGE sql AS 'SELECT 1';"}})
	for _, c := range []struct {
		declared, schema, name, args string
		want                         bool
	}{
		{"f", "public", "f", "integer", true},
		{"f", "public", "f", "text", false},
		{"two", "public", "two", "integer", false},
		{"two(int)", "public", "two", "integer", true},
		{"unseen", "public", "unseen", "text", true},
		{"f", "other", "f", "", false},
		{"other.f", "other", "f", "text", true},
		{"f", "public", "g", "", false},
		{"f(int)", "public", "f", "integer", true},
		{"f(int4)", "public", "f", "n integer", true},
		{"f(int)", "public", "f", "bigint", false},
		{"f(int)", "public", "f", "integer, integer", false},
		{"f(int)", "public", "f", "", false},
		{"f()", "public", "f", "integer", false},
		{"f()", "public", "f", "", true},
		{"f(int[])", "public", "f", "integer", false},
		{"public.f(mood, text)", "public", "f", "mood, text", true},
		{"f(", "public", "f", "", false},
	} {
		name := catalog.Name{Schema: c.schema, Name: c.name}
		if got := analyzer.Declares(db, config.Function{Name: c.declared}, name, c.args); got != c.want {
			t.Errorf("%s is about %s(%s): %v", c.declared, name, c.args, got)
		}
	}
}
