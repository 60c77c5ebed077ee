package confirm_test

import (
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/confirm"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

const twoSchemas = `
CREATE SCHEMA a; CREATE SCHEMA b;
CREATE TABLE a.notes (id int); CREATE TABLE b.notes (id int); CREATE TABLE a.tags (id int);
SET check_function_bodies = off;
CREATE FUNCTION a.n() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM notes';
CREATE FUNCTION a.m() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM tags';
`

// A name that another search path of the session finds elsewhere is read differently, in the bodies of functions, too; one that
// it does not find at all is not.
func TestSearchPaths(t *testing.T) {
	for sql, want := range map[string]bool{
		"SELECT id FROM notes": true, "SELECT id FROM a.notes": false, "SELECT id FROM tags": false, "SELECT a.n()": true, "SELECT a.m()": false,
		"WITH notes AS (SELECT 1 AS id) SELECT id FROM notes": false,
	} {
		db := &catalog.Database{SearchPath: []string{"a"}, SessionPaths: [][]string{{"a"}, {}, {"b"}}}
		in := confirm.Input{Schema: db, Files: []confirm.File{{Path: "schema.sql", Text: twoSchemas}}, Queries: []*confirm.Query{{Name: "Q", SQL: sql}}}
		report, err := confirm.Run(t.Context(), in, confirm.Options{DatabaseURL: pgserver.DatabaseForTest(t)})
		if err != nil {
			t.Fatal(err)
		}
		got := false
		for _, d := range report.Differences {
			got = got || d.Query != nil && strings.Contains(d.String(), "search_path of b")
		}
		if got != want {
			t.Errorf("%s: %v", sql, report.Differences)
		}
	}
}

// A statement that the parser built in refuses and the server takes is in newer syntax; one that both refuse is none of ours.
func TestNewerSyntax(t *testing.T) {
	for sql, want := range map[string]bool{"SELECT 1": true, "SELECT FROM WHERE": false} {
		in := confirm.Input{Schema: &catalog.Database{}, Queries: []*confirm.Query{{Name: "Q", SQL: sql, Unparsed: true}}}
		report, err := confirm.Run(t.Context(), in, confirm.Options{DatabaseURL: pgserver.DatabaseForTest(t)})
		if err != nil {
			t.Fatal(err)
		}
		found := report.Differences
		if got := len(found) == 1 && found[0].Newer && strings.Contains(found[0].String(), "this is syntax of PostgreSQL "+report.Server); got != want || len(found) > 1 {
			t.Errorf("%s: %v", sql, found)
		}
	}
}
