package analyzer_test

import (
	"fmt"
	"strings"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/internal/ratio"
)

// shape is a kind of statement of any size: what the prover and the checker know of one part of it may depend on all others.
type shape struct {
	name   string
	size   int // that is measured, and half of it
	tables func(n int) int
	sql    func(n int) string
}

// parsed are shapes of which PostgreSQL's own parser takes longer than 300 plain statements: they are measured against it.
var parsed = map[string]bool{"values": true}

func plusOne(n int) int { return n + 1 }
func single(int) int    { return 1 }

// joined is a statement of n joins, each of them written by one.
func joined(of func(i int) string, rest string) func(n int) string {
	return func(n int) string { return "SELECT n0.id FROM notes n0" + repeat(n, of) + rest }
}

func each(format string) func(i int) string {
	return func(i int) string {
		return strings.NewReplacer("nNEXT", fmt.Sprint("n", i+1), "nI", fmt.Sprint("n", i), "wNEXT", fmt.Sprint("w", i+1), "wI", fmt.Sprint("w", i)).Replace(format)
	}
}

var shapes = []shape{
	{"inner star", 120, plusOne, joined(each(" JOIN notes nNEXT ON nNEXT.parent = n0.id AND nNEXT.org_id = n0.org_id"), " WHERE n0.org_id = $1")},
	{"inner chain", 120, plusOne, joined(each(" JOIN notes nNEXT ON nNEXT.id = nI.parent AND nNEXT.org_id = nI.org_id"), " WHERE n0.org_id = $1")},
	{"using", 120, plusOne, joined(each(" JOIN notes nNEXT USING (org_id)"), " WHERE org_id = $1")},
	{"comma", 120, plusOne, func(n int) string {
		return "SELECT n0.id FROM notes n0" + repeat(n, each(", notes nNEXT")) + " WHERE n0.org_id = $1" + repeat(n, each(" AND nNEXT.org_id = nI.org_id"))
	}},
	{"left star", 120, plusOne, joined(each(" LEFT JOIN notes nNEXT ON nNEXT.parent = n0.id AND nNEXT.org_id = n0.org_id"), " WHERE n0.org_id = $1")},
	{"left chain", 120, plusOne, joined(each(" LEFT JOIN notes nNEXT ON nNEXT.id = nI.parent AND nNEXT.org_id = n0.org_id"), " WHERE n0.org_id = $1")},
	{"left reduced", 120, plusOne, func(n int) string {
		return joined(each(" LEFT JOIN notes nNEXT ON nNEXT.parent = n0.id AND nNEXT.org_id = n0.org_id"), " WHERE n0.org_id = $1")(n) + repeat(n, each(" AND nNEXT.title = 'x'"))
	}},
	{"right", 120, plusOne, func(n int) string {
		return joined(each(" RIGHT JOIN notes nNEXT ON nNEXT.id = nI.parent AND nNEXT.org_id = nI.org_id"), fmt.Sprintf(" WHERE n%d.org_id = $1", n))(n)
	}},
	{"full", 120, plusOne, func(n int) string {
		return "SELECT n0.id FROM (SELECT id FROM notes WHERE org_id = $1) n0" + repeat(n, each(" FULL JOIN (SELECT id FROM notes WHERE org_id = $1) nNEXT ON nNEXT.id = nI.id"))
	}},
	{"lateral", 120, plusOne, func(n int) string {
		return "SELECT n0.id FROM notes n0" + repeat(n, each(" CROSS JOIN LATERAL (SELECT x.id, x.parent FROM notes x WHERE x.id = nI.parent AND x.org_id = n0.org_id) nNEXT")) + " WHERE n0.org_id = $1"
	}},
	{"exists", 120, plusOne, func(n int) string {
		return "SELECT n0.id FROM notes n0 WHERE n0.org_id = $1" + repeat(n, each(" AND EXISTS (SELECT FROM notes nNEXT WHERE nNEXT.parent = n0.id AND nNEXT.org_id = n0.org_id)"))
	}},
	{"nested exists", 100, plusOne, func(n int) string {
		return "SELECT n0.id FROM notes n0 WHERE n0.org_id = $1" + repeat(n, each(" AND EXISTS (SELECT FROM notes nNEXT WHERE nNEXT.parent = nI.id AND nNEXT.org_id = nI.org_id")) + strings.Repeat(")", n)
	}},
	{"nested from", 100, single, func(n int) string {
		return strings.Repeat("SELECT * FROM (", n) + "SELECT id, org_id FROM notes" + repeat(n, each(") nI")) + " WHERE org_id = $1"
	}},
	{"with chain", 14, func(n int) int { return (n+1)*(n+2)/2 - 1 }, func(n int) string {
		return "WITH w0 AS (SELECT id, org_id, parent FROM notes WHERE org_id = $1)" +
			repeat(n, each(", wNEXT AS (SELECT w.id, w.org_id, w.parent FROM wI w JOIN notes n ON n.id = w.parent AND n.org_id = w.org_id)")) + fmt.Sprintf(" SELECT id FROM w%d", n)
	}},
	{"with one", 120, plusOne, func(n int) string {
		return "WITH w AS (SELECT id, org_id FROM notes WHERE org_id = $1)" + " SELECT w.id FROM w" + repeat(n, each(" JOIN notes nNEXT ON nNEXT.id = w.id AND nNEXT.org_id = w.org_id"))
	}},
	{"union", 128, func(n int) int { return n }, func(n int) string {
		return "SELECT id FROM notes WHERE org_id = $1" + repeat(n-1, func(int) string { return " UNION SELECT id FROM notes WHERE org_id = $1" })
	}},
	{"union without tables", 200, single, func(n int) string {
		return "SELECT id FROM notes WHERE org_id = $1" + repeat(n-1, func(i int) string { return fmt.Sprintf(" UNION ALL SELECT %d", i) })
	}},
	{"union above", 100, func(n int) int { return n }, func(n int) string {
		return "SELECT u.id FROM (SELECT id, org_id FROM notes" + repeat(n-1, func(int) string { return " UNION ALL SELECT id, org_id FROM notes" }) + ") u WHERE u.org_id = $1"
	}},
	{"values", 10000, single, func(n int) string {
		return "INSERT INTO notes (id, org_id, title) VALUES (1, $1, 'x')" + repeat(n-1, func(i int) string { return fmt.Sprintf(", (%d, $1, 'x')", i+2) })
	}},
	{"parameters", 4000, single, func(n int) string {
		return "SELECT id FROM notes WHERE org_id = $1 AND id IN ($2" + repeat(n-2, func(i int) string { return fmt.Sprintf(", $%d", i+3) }) + ")"
	}},
	{"conditions", 900, single, func(n int) string {
		return "SELECT id FROM notes WHERE org_id = $1" + repeat(n, func(i int) string { return fmt.Sprintf(" AND id <> %d", i) })
	}},
	{"alternatives", 900, single, func(n int) string {
		return "SELECT id FROM notes WHERE org_id = $1 AND (id = 0" + repeat(n, func(i int) string { return fmt.Sprintf(" OR id = %d", i) }) + ")"
	}},
	{"alternatives with the tenant", 450, single, func(n int) string {
		return "SELECT id FROM notes WHERE (org_id = $1 AND id = 0)" + repeat(n, func(i int) string { return fmt.Sprintf(" OR (org_id = $1 AND id = %d)", i) })
	}},
	{"parentheses", 300, single, func(n int) string {
		return "SELECT id FROM notes WHERE org_id = $1 AND " + strings.Repeat("NOT (", n) + "id = 1" + strings.Repeat(")", n)
	}},
	{"case", 900, single, func(n int) string {
		return "SELECT CASE" + repeat(n, func(i int) string { return fmt.Sprintf(" WHEN id = %d THEN 'x'", i) }) + " END FROM notes WHERE org_id = $1"
	}},
}

// ofTables is a plain statement: it reads n tables, each with a condition of its own.
func ofTables(n int) string {
	return "SELECT n0.id FROM notes n0" + repeat(n-1, each(", notes nNEXT")) + " WHERE n0.org_id = $1" + repeat(n-1, each(" AND nNEXT.org_id = $1"))
}

// BenchmarkShapes measures a statement of each shape against a plain one of its number of tables, and against one of
// half its size, by processor time.
func BenchmarkShapes(b *testing.B) {
	db, _ := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql",
		Text: "CREATE TABLE notes (id int PRIMARY KEY, org_id uuid NOT NULL, parent int, title text, UNIQUE (org_id, id));"}})
	own, _ := tenancy.Classify(db, config.Tenant{Columns: []string{"org_id"}})
	judge := func(sql string) func() {
		text := "-- name: Q :many\n" + sql + ";\n"
		return func() {
			if r := analyzer.New(db, own, nil).File("q.sql", text); r[0].Verdict != analyzer.Scoped {
				b.Fatal(r[0].Diagnostics)
			}
		}
	}
	for _, s := range shapes {
		b.Run(s.name, func(b *testing.B) {
			const times = 20 // a plain statement is over sooner than the clock ticks
			simple := judge(ofTables(s.tables(s.size)))
			whole := s.sql(s.size)
			race := ratio.Of(ratio.Processor, func() {
				for range times {
					simple()
				}
			}, judge(s.sql(s.size/2)), judge(whole), func() {
				if _, err := pg.Parse(whole); err != nil {
					b.Fatal(err)
				}
			})
			for b.Loop() {
				race.Turn()
			}
			if parsed[s.name] {
				b.ReportMetric(race.Ratio(2, 3), "shape/parse")
				b.ReportMetric(race.Ratio(3, 0)*times, "parse-over-plain")
			} else {
				b.ReportMetric(race.Ratio(2, 0)*times, "shape/plain")
			}
			b.ReportMetric(race.Ratio(2, 1), "doubled")
			b.ReportMetric(race.Least(2).Seconds()*1000, "ms")
		})
	}
}
