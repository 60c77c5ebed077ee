package analyzer_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
)

// FuzzAnalyze takes any bytes as a query file against the schema of one of the
// cases: what comes out is a verdict, with positions inside the text.
//
//	go test ./analyzer -run '^$' -fuzz FuzzAnalyze -fuzztime 5m -parallel 1
func FuzzAnalyze(f *testing.F) {
	cases := loadCases(f)
	for i, c := range cases {
		for _, q := range strings.SplitAfter(c.queries, ";\n") {
			f.Add(uint8(i), q)
		}
	}
	for _, text := range oddTexts {
		f.Add(uint8(0), text)
	}
	f.Fuzz(func(t *testing.T, which uint8, text string) {
		c := cases[int(which)%len(cases)]
		start := time.Now()
		results := c.analysis().File("queries.sql", text)
		if took := time.Since(start); took > 60*time.Second {
			t.Fatalf("%d bytes took %s", len(text), took)
		}
		checkResults(t, text, results)
		for i, again := range c.analysis().File("queries.sql", text) {
			if is, was := said(t, again), said(t, results[i]); is != was {
				t.Fatalf("two runs differ:\n%s\n%s", was, is)
			}
		}
	})
}

// oddTexts are files of which some byte was once in the wrong place.
var oddTexts = []string{
	"", ";", ";;", "\x00", "SELECT 1;\x00SELECT * FROM notes", "\xff", "SELECT '\xff'",
	"-- name: A :one\rSELECT 1;", "-- name: A :one\r\n\r\nSELECT 1", "/* /* */", "SELECT $$ $", "E'\\", "U&\"\\", "$a$ $A$",
	"SELECT 1; SELEC 2; SELECT é FROM ü WHERE", "-- tenantgen:cross-tenant", "-- tenantgen:cross-tenant admin x\nTRUNCATE notes",
	"SELECT $0, $99999999999, @, @a.b, sqlc.arg(), sqlc.arg(a, b), sqlc.x(a), sqlc.embed(x), sqlc.slice('a')",
	"SELECT (((((", "SELECT 1 WHERE (true IN (true, false)) IN (true, false)", "SELECT a FROM t, LATERAL (SELECT * FROM t) t(a, b, c, d, e)",
	"CREATE RULE r AS ON INSERT TO notes DO (SELECT 1; SELECT 2)", "VALUES (1), (2, 3)", "INSERT INTO notes DEFAULT VALUES", "TABLE notes",
	"WITH RECURSIVE a AS (SELECT * FROM b), b AS (SELECT * FROM a) SELECT * FROM a", "SELECT * FROM notes AS n(a, a, a) NATURAL JOIN notes",
	"SELECT GROUPING(a) FROM notes GROUP BY CUBE ((id, org_id), ROLLUP (id), ())", "UPDATE notes SET (id, org_id) = ($1, $2), (id) = (SELECT 1)",
}

// checkResults holds what must be true of any analysis of text.
func checkResults(t testing.TB, text string, results []*analyzer.Result) {
	t.Helper()
	lines := strings.Split(text, "\n")
	inside := func(line, column int) bool {
		return line >= 1 && line <= len(lines) && column >= 1 && column <= 1+utf8.RuneCountInString(lines[line-1])
	}
	for _, r := range results {
		if !inside(r.Line, 1) {
			t.Errorf("query %q is at line %d of %d", r.Name, r.Line, len(lines))
		}
		for _, d := range r.Diagnostics {
			if !inside(d.Line, d.Column) || !inside(d.EndLine, d.EndColumn) || d.EndLine < d.Line || d.EndLine == d.Line && d.EndColumn < d.Column {
				t.Errorf("%s at %d:%d-%d:%d is outside of the text", d.Rule, d.Line, d.Column, d.EndLine, d.EndColumn)
			}
			if d.Rule == "" || d.Message == "" || d.File != "queries.sql" || !strings.Contains(text, "%!") && strings.Contains(d.Message+d.Hint, "%!") || strings.Contains(d.Message, "internal error") {
				t.Errorf("bad diagnostic %+v", d)
			}
		}
		for _, rel := range r.Relations {
			if !inside(rel.Line, rel.Column) || rel.Table == "" || len(rel.Proof) == 0 {
				t.Errorf("bad relation %+v", rel)
			}
		}
		checkOutcome(t, r)
	}
}

// checkOutcome holds a verdict to what else the result says.
func checkOutcome(t testing.TB, r *analyzer.Result) {
	t.Helper()
	errors := slices.ContainsFunc(r.Diagnostics, func(d analyzer.Diagnostic) bool {
		return d.Severity == analyzer.Error && d.Rule != "unneeded-directive" && d.Rule != "invalid-directive"
	})
	switch r.Verdict {
	case analyzer.Scoped, analyzer.OfTenants:
		if errors || len(r.Relations) == 0 || r.TenantParam() == 0 && !slices.Contains(r.Tenants, query.BySetting) {
			t.Errorf("scoped: %+v", r)
		}
	case analyzer.Global, analyzer.CrossTenant:
		if errors || len(r.Relations) > 0 || slices.ContainsFunc(r.Tenants, func(n int) bool { return n != 0 }) {
			t.Errorf("%s: %+v", r.Verdict, r)
		}
	case analyzer.Rejected:
		if len(r.Diagnostics) == 0 {
			t.Errorf("rejected without a word: %+v", r)
		}
	default:
		t.Errorf("verdict %q", r.Verdict)
	}
}

// FuzzSchema takes any bytes as a schema file, and reads every table of what it holds.
//
//	go test ./analyzer -run '^$' -fuzz FuzzSchema -fuzztime 5m -parallel 1
func FuzzSchema(f *testing.F) {
	for _, c := range loadCases(f) {
		f.Add(c.schema)
	}
	paths, err := filepath.Glob("../example/db/migrations/*.sql")
	if err != nil || len(paths) == 0 {
		f.Fatal("no migrations", err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	for _, text := range oddSchemas {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		db, ds := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: text}})
		lines := strings.Split(text, "\n")
		for _, d := range ds {
			if strings.Contains(d.Message, "internal error") || !strings.Contains(text, "%!") && strings.Contains(d.Message+d.Hint, "%!") {
				t.Errorf("%d: %s", d.Line, d.Message)
			}
			if d.Line < 1 || d.Line > len(lines) || d.Column < 1 || d.Column > len(lines[d.Line-1])+1 {
				t.Errorf("%d:%d: %s is outside of the text", d.Line, d.Column, d.Message)
			}
		}
		own, _ := tenancy.Classify(db, config.Tenant{Columns: []string{"org_id"}})
		var queries strings.Builder
		for _, table := range db.Tables[:min(len(db.Tables), 5)] {
			queries.WriteString("SELECT * FROM " + quoted(table.Name.Schema) + "." + quoted(table.Name.Name) + " WHERE org_id = $1;\n")
		}
		for _, view := range db.Views[:min(len(db.Views), 5)] {
			queries.WriteString("SELECT * FROM " + quoted(view.Name.Schema) + "." + quoted(view.Name.Name) + ";\n")
		}
		checkResults(t, queries.String(), analyzer.New(db, own, nil).File("queries.sql", queries.String()))
	})
}

func quoted(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

var oddSchemas = []string{
	"", "\x00", "\ufeffCREATE TABLE a ()", "CREATE TABLE a (LIKE a)", "CREATE VIEW v AS SELECT * FROM v", "CREATE TABLE a (); ALTER TABLE a RENAME TO a",
	"CREATE TABLE a (x int) PARTITION BY LIST (x); CREATE TABLE a PARTITION OF a DEFAULT", "CREATE DOMAIN d AS d", "CREATE TABLE a (b int REFERENCES a (c))",
	"CREATE VIEW v (a, b) AS VALUES (1, 2, 3)", "CREATE RECURSIVE VIEW v (n) AS VALUES (1) UNION ALL SELECT n FROM v", "COPY a FROM stdin;\n1\n\\.\n",
	"CREATE TABLE a (b int, b int, PRIMARY KEY (b, b, c))", "DROP SCHEMA public CASCADE; CREATE TABLE a (b int)", "CREATE TABLE \"\" (\"\" int)",
}
