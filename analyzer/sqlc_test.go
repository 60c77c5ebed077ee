package analyzer_test

import (
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
)

const shelves = `CREATE TABLE books (org_id bigint NOT NULL, id bigint PRIMARY KEY, title text NOT NULL, shelf_id bigint);
CREATE TABLE shelves (org_id bigint NOT NULL, id bigint PRIMARY KEY, place text NOT NULL);
`

// asSQLC judges query files as lint does: one string for each finding of the two rules.
func asSQLC(t *testing.T, schema string, entry config.SQL, files ...string) (found []string) {
	t.Helper()
	db, errs := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: schema}})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	own, _ := tenancy.Classify(db, config.Tenant{Columns: []string{"org_id"}})
	a := analyzer.New(db, own, nil)
	var refused []analyzer.Diagnostic
	a.SQLC, refused = analyzer.NewSQLC([]analyzer.SchemaFile{{Path: "schema.sql", Text: schema}}, db, entry, true)
	var all []*analyzer.Result
	for _, text := range files {
		all = append(all, a.File("queries.sql", text)...)
	}
	a.SQLC.Duplicates(all)
	for _, r := range all {
		if r.Verdict == analyzer.Rejected {
			t.Errorf("%s is rejected: %v", r.Name, r.Diagnostics)
		}
		refused = append(refused, r.Diagnostics...)
	}
	for _, d := range refused {
		found = append(found, strings.Join([]string{d.Rule, string(d.Severity), d.Message, d.Hint}, " | "))
	}
	return found
}

func TestSQLCFindings(t *testing.T) {
	for _, test := range []struct {
		name, sql string
		want      []string // parts of the one finding, none for no finding
	}{
		{"merge", `-- name: X :exec
MERGE INTO shelves s USING (SELECT @id::bigint AS id, @place::text AS place) n ON s.org_id = @org_id AND s.id = n.id
WHEN MATCHED THEN UPDATE SET place = n.place WHEN NOT MATCHED THEN INSERT (org_id, id, place) VALUES (@org_id, n.id, n.place);`,
			[]string{"sqlc-refuses | error", "does not read MERGE", "ON CONFLICT"}},
		{"lateral", `-- name: X :many
SELECT b.id, x.called FROM books b CROSS JOIN LATERAL (SELECT b.title AS called, s.place FROM shelves s WHERE s.org_id = b.org_id) x WHERE b.org_id = @org_id;`,
			[]string{`column "title" does not exist`, "outside of LATERAL", "--sqlc-database"}},
		{"ambiguous", `-- name: X :many
SELECT b.id FROM books b WHERE b.org_id = @org_id AND b.shelf_id IN (SELECT s.id FROM shelves s WHERE s.org_id = b.org_id AND id = @shelf);`,
			[]string{`column reference "id" is ambiguous`, "t.id", "@x::text", "--sqlc-database"}},
		{"derived", `-- name: X :many
SELECT n.c FROM (SELECT count(*) AS c FROM books b WHERE b.org_id = @org_id) n WHERE n.c > @least;`,
			[]string{`table alias "n" does not exist`, "@x::text", "--sqlc-database"}},
		{"derived with a type", `-- name: X :many
SELECT n.c FROM (SELECT count(*) AS c FROM books b WHERE b.org_id = @org_id) n WHERE n.c > @least::bigint;`, nil},
		{"unnest", `-- name: X :exec
INSERT INTO shelves (org_id, id, place) SELECT @org_id, u.id, u.place FROM unnest(@ids::bigint[], @places::text[]) AS u(id, place);`,
			[]string{"function unnest(unknown, unknown) does not exist", "unnest of one array", "--sqlc-database"}},
		{"lone parameter", `-- name: X :many
SELECT @label, b.id FROM books b WHERE b.org_id = @org_id;`, []string{"nil name", "@x::text"}},
		{"update of a row", `-- name: X :exec
UPDATE books SET (title, shelf_id) = (@title, @shelf_id) WHERE org_id = @org_id;`, []string{"2 edits overlap", "SET a = @a"}},
		{"no semicolon", "-- name: X :many\r\nSELECT b.id FROM books b WHERE b.org_id = @org_id\r\n", []string{"missing semicolon at end of file", "with ;"}},
		{"no command", "-- name: X\nSELECT 1;", []string{"missing query type", ":execrows"}},
		{"unknown command", "-- name: X :select\nSELECT 1;", []string{"invalid query type: :select", ":many"}},
		{"bad name", "-- name: get-x :one\nSELECT 1;", []string{`invalid query name "get-x"`, "Go identifier"}},
		{"no name", "-- Name: X :one\nSELECT 1;", []string{"leaves this statement out", "-- name: Name :command"}},
		{"twice", "-- name: X :one\nSELECT 1;\n-- name: X :one\nSELECT 2;", []string{"duplicate query name: X", "queries.sql:1"}},
		{"no RETURNING", "-- name: X :one\nDELETE FROM books WHERE org_id = @org_id;", []string{"RETURNING", ":execrows"}},
		{"copyfrom", "-- name: X :copyfrom\nINSERT INTO shelves (org_id, id, place) VALUES (@org_id, @id, 'x');", []string{"doesn't support non-parameter values", "VALUES (@a, @b)"}},
		{"embed", `-- name: X :many
SELECT sqlc.embed(b), sqlc.embed(s) FROM books b LEFT JOIN shelves s ON s.id = b.shelf_id AND s.org_id = b.org_id WHERE b.org_id = @org_id;`,
			[]string{"null-into-value | error", "sqlc.embed reads shelves", "int64 for org_id", "one by one"}},
		{"sub-select", `-- name: X :many
SELECT b.id, s.place FROM books b LEFT JOIN (SELECT k.id, k.place FROM shelves k WHERE k.org_id = @org_id) s ON s.id = b.shelf_id WHERE b.org_id = @org_id;`,
			[]string{"null-into-value | error", "place may be NULL", "string", "coalesce"}},
		{"table", `-- name: X :many
SELECT b.id, s.place FROM books b LEFT JOIN shelves s ON s.id = b.shelf_id AND s.org_id = b.org_id WHERE b.org_id = @org_id;`, nil},
		{"cast", `-- name: X :many
SELECT b.shelf_id::int AS shelf FROM books b WHERE b.org_id = @org_id;`, []string{"null-into-value | warning", "shelf may be NULL"}},
		{"not read", `-- name: X :exec
SELECT s.place FROM books b LEFT JOIN (SELECT k.id, k.place FROM shelves k WHERE k.org_id = @org_id) s ON s.id = b.shelf_id WHERE b.org_id = @org_id;`, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			found := asSQLC(t, shelves, config.SQL{}, test.sql)
			if (len(found) == 1) != (test.want != nil) || len(found) > 1 {
				t.Fatalf("found %q", found)
			}
			for _, part := range test.want {
				if !strings.Contains(found[0], part) {
					t.Errorf("%q is not in %s", part, found[0])
				}
			}
		})
	}
}

// With a database sqlc takes what it could not infer, and nothing else.
func TestSQLCWithDatabase(t *testing.T) {
	found := asSQLC(t, shelves, config.SQL{Database: config.Place{Line: 1}}, `-- name: A :many
SELECT n.c FROM (SELECT count(*) AS c FROM books b WHERE b.org_id = @org_id) n WHERE n.c > @least;
-- name: B :many
SELECT * FROM books b WHERE b.org_id = @org_id AND EXISTS (WITH c AS (SELECT 1) SELECT 1 FROM c);
-- name: C :select
SELECT 1;
-- name: D :exec
UPDATE books SET (title, shelf_id) = (@title, @shelf_id) WHERE org_id = @org_id;`+"\n")
	if len(found) != 3 || !strings.Contains(found[0], `relation "c"`) || strings.Contains(found[0], "--sqlc-database") ||
		!strings.Contains(found[1], ":select") || !strings.Contains(found[2], "overlap") {
		t.Errorf("found %q", found)
	}
}

// A view that sqlc fails to read is one finding, at its place; queries that use it are none.
func TestSQLCSchema(t *testing.T) {
	view := shelves + `CREATE VIEW called AS SELECT b.org_id, x.t FROM books b CROSS JOIN LATERAL (SELECT b.title AS t, s.id FROM shelves s WHERE s.org_id = b.org_id) x;`
	found := asSQLC(t, view, config.SQL{}, "-- name: X :many\nSELECT t FROM called WHERE org_id = @org_id;")
	if len(found) != 1 || !strings.Contains(found[0], `column "title" does not exist`) || strings.Contains(found[0], "--sqlc-database") {
		t.Errorf("found %q", found)
	}
}

// What sqlc.yaml says of Go types decides whether they hold NULL.
func TestNullByGoType(t *testing.T) {
	sql := `-- name: X :many
SELECT b.id, s.seen, s.key FROM books b LEFT JOIN (SELECT k.id, k.seen, k.key FROM seen k WHERE k.org_id = @org_id) s ON s.id = b.id WHERE b.org_id = @org_id;`
	schema := shelves + `CREATE TABLE seen (org_id bigint NOT NULL, id bigint PRIMARY KEY, seen timestamptz NOT NULL, key uuid NOT NULL);`
	override := func(o config.Override) config.SQL { return config.SQL{Go: config.Go{Overrides: []config.Override{o}}} }
	spec := func(s string) config.GoType { return config.GoType{Spec: s} }
	for name, test := range map[string]struct {
		entry config.SQL
		want  int
	}{
		"pgx":                {config.SQL{}, 0},
		"database/sql":       {config.SQL{Go: config.Go{SQLPackage: "database/sql"}}, 2},
		"time.Time":          {override(config.Override{DBType: "pg_catalog.timestamptz", GoType: spec("time.Time")}), 0},
		"timestamptz":        {override(config.Override{DBType: "timestamptz", GoType: spec("time.Time")}), 1},
		"for nullable":       {override(config.Override{DBType: "timestamptz", Nullable: true, GoType: spec("time.Time")}), 0},
		"pointer":            {override(config.Override{DBType: "timestamptz", GoType: config.GoType{Import: "time", Type: "Time", Pointer: true}}), 0},
		"long form":          {override(config.Override{DBType: "timestamptz", GoType: config.GoType{Import: "time", Type: "Time"}}), 1},
		"column":             {override(config.Override{Column: "seen.key", GoType: spec("string")}), 1},
		"column elsewhere":   {override(config.Override{Column: "books.key", GoType: spec("string")}), 0},
		"type of their own":  {override(config.Override{DBType: "uuid", GoType: spec("example.com/ids.ID")}), 0},
		"other engine":       {override(config.Override{DBType: "timestamptz", Engine: "mysql", GoType: spec("time.Time")}), 0},
		"google's uuid":      {override(config.Override{DBType: "uuid", GoType: spec("github.com/google/uuid.UUID")}), 1},
		"column by wildcard": {override(config.Override{Column: "public.*.key", GoType: spec("string")}), 1},
	} {
		if found := asSQLC(t, schema, test.entry, sql); len(found) != test.want {
			t.Errorf("%s: found %q, want %d", name, found, test.want)
		}
	}
}
