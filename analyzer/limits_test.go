package analyzer_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

const limitsSchema = `CREATE TABLE notes (id int PRIMARY KEY, org_id uuid NOT NULL, title text, UNIQUE (org_id, id));
CREATE VIEW pairs0 AS SELECT 1 AS x;
`

// repeat concatenates f(0) to f(n-1).
func repeat(n int, f func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(f(i))
	}
	return b.String()
}

func always(s string) func(int) string { return func(int) string { return s } }

// bigQueries are as long or as deep as nobody writes them. want is part of what is
// said about them, "" for those that are proved.
var bigQueries = []struct{ name, sql, want string }{
	{"100,000 parentheses", "SELECT " + strings.Repeat("(", 100_000) + "1" + strings.Repeat(")", 100_000), "nested more than 1000 levels"},
	{"500 parentheses", "SELECT " + strings.Repeat("(", 500) + "id" + strings.Repeat(")", 500) + " FROM notes WHERE org_id = $1", ""},
	{"100,000 NOT", "SELECT 1 FROM notes WHERE " + strings.Repeat("NOT ", 100_000) + "true", "nested more than 1000 levels"},
	{"900 NOT", "SELECT 1 FROM notes WHERE org_id = $1 AND " + strings.Repeat("NOT ", 900) + "true", ""},
	{"100,000 additions", "SELECT 1" + strings.Repeat("+1", 100_000), "nested more than 1000 levels"},
	{"100,000 signs", "SELECT 1 " + strings.Repeat("+-", 50_000) + "1", "nested more than 1000 levels"},
	{"100,000 casts", "SELECT 1" + strings.Repeat("::int", 100_000), "nested more than 1000 levels"},
	{"100,000 null tests", "SELECT 1" + strings.Repeat(" IS NULL", 100_000), "nested more than 1000 levels"},
	{"100,000 named operators", "SELECT 1" + strings.Repeat(" OPERATOR(pg_catalog.+) 1", 100_000/3), "nested more than 1000 levels"},
	{"100,000 collations", "SELECT 'a'" + strings.Repeat(" COLLATE x", 100_000/3), "nested more than 1000 levels"},
	{"100,000 joins behind a comment", "SELECT 1 FROM notes -- ' \r" + strings.Repeat(" CROSS JOIN notes", 50_000), "nested more than 1000 levels"},
	{"2,000 joins", "SELECT 1 FROM notes" + repeat(2000, func(i int) string { return fmt.Sprintf(" JOIN notes n%d USING (org_id)", i) }), "nested more than 1000 levels"},
	{"200 joins", "SELECT 1 FROM notes" + repeat(200, func(i int) string { return fmt.Sprintf(" JOIN notes n%d USING (org_id)", i) }), "reads more than 128 relations"},
	{"500 commas", "SELECT 1 FROM notes" + repeat(500, func(i int) string { return fmt.Sprintf(", notes n%d", i) }), "reads more than 128 relations"},
	{"5,000 UNION arms", "SELECT 1 FROM notes WHERE org_id = $1" + strings.Repeat(" UNION SELECT 1", 5000), "nested more than 1000 levels"},
	{"900 UNION arms", "SELECT 1 FROM notes WHERE org_id = $1" + strings.Repeat(" UNION SELECT 1", 900), ""},
	{"5,000 deep sub-selects", strings.Repeat("SELECT (", 5000) + "SELECT 1" + strings.Repeat(")", 5000), "nested more than 1000 levels"},
	{"200 deep sub-selects", strings.Repeat("SELECT (", 200) + "SELECT id FROM notes WHERE org_id = $1" + strings.Repeat(")", 200), ""},
	{"2,000 deep derived tables", strings.Repeat("SELECT * FROM (", 2000) + "SELECT 1" + strings.Repeat(") x", 2000), "nested more than 1000 levels"},
	{"5,000 deep CASE", "SELECT " + strings.Repeat("CASE WHEN true THEN ", 5000) + "1" + strings.Repeat(" END", 5000), "nested more than 1000 levels"},
	{"5,000 arms of CASE", "SELECT CASE" + strings.Repeat(" WHEN id = 1 THEN id + 1", 5000) + " END FROM notes WHERE org_id = $1", ""},
	{"10,000 OR", "SELECT 1 FROM notes WHERE org_id = $1 AND (id = 1" + strings.Repeat(" OR id = 2", 10_000) + ")", ""},
	{"10,000 AND", "SELECT 1 FROM notes WHERE org_id = $1" + strings.Repeat(" AND id = $2", 10_000), "more than 1000 conditions"},
	{"NOT of 10,000 OR", "SELECT 1 FROM notes WHERE org_id = $1 AND NOT (id = 1" + strings.Repeat(" OR id = 2", 10_000) + ")", ""},
	{"10,000 IN", "SELECT 1 FROM notes WHERE org_id = $1 AND id IN (1" + strings.Repeat(", 2", 10_000) + ")", ""},
	{"10,000 NOT IN", "SELECT 1 FROM notes WHERE org_id = $1 AND id NOT IN (1" + strings.Repeat(", 2", 10_000) + ")", ""},
	{"60 nested IN", "SELECT 1 FROM notes WHERE org_id = $1 AND " + strings.Repeat("(", 60) + "true" + strings.Repeat(" IN (true, false))", 60), ""},
	{"60 nested IN of rows", "SELECT 1 FROM notes WHERE org_id = $1 AND " + strings.Repeat("((", 60) + "true" + strings.Repeat(", 1) IN ((true, 1), (false, 1)))", 60), ""},
	{"10,000 rows", "INSERT INTO notes (id, org_id) VALUES (1, $1)" + strings.Repeat(", (2, $1)", 10_000), ""},
	{"5 MB of text", "SELECT '" + strings.Repeat("x", 5_000_000) + "'", "larger than 1 MiB"},
	{"5 MB of expressions", "SELECT 1" + strings.Repeat(" OR a", 1_000_000), "larger than 1 MiB"},
	{"1 MB of unknown columns", "SELECT concat(a" + strings.Repeat(",a", 500_000) + ")", "does not exist"},
	{"2,000 columns", "SELECT 1" + strings.Repeat(",1", 2000), "more than 1664 columns"},
	{"100 nested WITH queries", "WITH c0 AS (SELECT * FROM notes WHERE org_id = $1)" + repeat(100, func(i int) string { return fmt.Sprintf(", c%d AS (SELECT * FROM c%d)", i+1, i) }) + " SELECT * FROM c100", ""},
	{"WITH queries that double rows", "WITH c0 AS (SELECT * FROM notes WHERE org_id = $1)" + repeat(40, func(i int) string {
		return fmt.Sprintf(", c%d AS (SELECT a.* FROM c%d a JOIN c%d b USING (id))", i+1, i, i)
	}) + " SELECT * FROM c40", "reads more than 128 relations"},
	{"WITH queries that double columns", "WITH c0 AS (SELECT 1 AS x)" + repeat(40, func(i int) string { return fmt.Sprintf(", c%d AS (SELECT a.*, a.* FROM c%d a)", i+1, i) }) + " SELECT * FROM c40", "more than 1664 columns"},
	{"views that double", "SELECT * FROM pairs40", "more than 1000 items"},
}

// TestBigQueriesEndInAVerdict bounds time and memory, by far: each takes less than a
// second on an idle machine.
func TestBigQueriesEndInAVerdict(t *testing.T) {
	pgserver.Long(t)
	schema := limitsSchema + repeat(40, func(i int) string {
		return fmt.Sprintf("CREATE VIEW pairs%d AS SELECT a.x FROM pairs%d a, pairs%d b;\n", i+1, i, i)
	})
	db, ds := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: schema}})
	own, _ := tenancy.Classify(db, config.Tenant{Columns: []string{"org_id"}})
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	for _, q := range bigQueries {
		t.Run(q.name, func(t *testing.T) {
			// Its neighbours must be none the worse for it.
			text := "-- name: A :one\nSELECT 1;\n-- name: Big :many\n" + q.sql + ";\n-- name: B :one\nSELECT id FROM notes WHERE org_id = $1;\n"
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			results := analyzer.New(db, own, nil).File("queries.sql", text)
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			allocated := after.TotalAlloc - before.TotalAlloc
			t.Logf("%d bytes: %s, %d kB allocated", len(text), took, allocated>>10)
			if took > 120*time.Second || allocated > 64<<20+400*uint64(len(text)) {
				t.Errorf("%d bytes took %s and %d MB", len(text), took, allocated>>20)
			}
			checkResults(t, text, results)
			checkBig(t, results, q.want)
		})
	}
}

func checkBig(t *testing.T, results []*analyzer.Result, want string) {
	t.Helper()
	if len(results) != 3 || results[0].Verdict != analyzer.Global || results[2].Verdict != analyzer.Scoped {
		t.Fatalf("%d results", len(results))
	}
	big := results[1]
	if want == "" {
		if big.Verdict != analyzer.Scoped {
			t.Errorf("%s: %+v", big.Verdict, big.Diagnostics[:min(3, len(big.Diagnostics))])
		}
		return
	}
	if big.Verdict != analyzer.Rejected || !strings.Contains(big.Diagnostics[0].Message, want) {
		t.Errorf("%s, want %q: %+v", big.Verdict, want, big.Diagnostics[:min(3, len(big.Diagnostics))])
	}
	if len(big.Diagnostics) > 100 {
		t.Errorf("%d diagnostics", len(big.Diagnostics))
	}
}

// TestManyQueriesInOneLine: positions of a big file must not make it quadratic.
func TestManyQueriesInOneLine(t *testing.T) {
	db, _ := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: limitsSchema}})
	own, _ := tenancy.Classify(db, config.Tenant{Columns: []string{"org_id"}})
	for _, end := range []string{"", "SELEC 1"} { // a file that parses, and one that does not
		text := strings.Repeat("SELECT id FROM notes;", 30_000) + end
		start := time.Now()
		results := analyzer.New(db, own, nil).File("queries.sql", text)
		if took := time.Since(start); took > 240*time.Second || len(results) < 30_000 {
			t.Errorf("%d queries took %s", len(results), took)
		}
		if r := results[29_999]; r.Diagnostics[0].Line != 1 || r.Diagnostics[0].Column != 29_999*21+16 {
			t.Errorf("position %d:%d", r.Diagnostics[0].Line, r.Diagnostics[0].Column)
		}
	}
}

// TestSchemaFilesAreMeasured: the parser must not see a definition that would
// overflow its stack, and its neighbours are read.
func TestSchemaFilesAreMeasured(t *testing.T) {
	for _, deep := range []string{"CREATE VIEW v AS SELECT 1" + strings.Repeat("+1", 100_000), "CREATE TABLE t (a int CHECK (a" + strings.Repeat(" IS NULL", 100_000) + "))"} {
		db, ds := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: limitsSchema + deep + ";\nCREATE TABLE after (id int);"}})
		if len(ds) != 1 || !strings.Contains(ds[0].Message, "nested more than 1000 levels") || len(db.Tables) != 2 {
			t.Errorf("%d tables, %v", len(db.Tables), ds)
		}
	}
}
