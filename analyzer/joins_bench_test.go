package analyzer_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
)

// joinShapes are statements of n outer joins: what the prover and the checker know of
// one of them may depend on all others.
var joinShapes = []struct {
	name string
	sql  func(n int) string
}{
	{"star", func(n int) string {
		return "SELECT a.id FROM notes a" + repeat(n, func(i int) string {
			return fmt.Sprintf(" LEFT JOIN notes n%d ON n%d.parent = a.id AND n%d.org_id = a.org_id", i, i, i)
		}) + " WHERE a.org_id = $1"
	}},
	{"chain", func(n int) string {
		return "SELECT n0.id FROM notes n0" + repeat(n, func(i int) string {
			return fmt.Sprintf(" LEFT JOIN notes n%d ON n%d.id = n%d.parent AND n%d.org_id = n0.org_id", i+1, i+1, i, i+1)
		}) + " WHERE n0.org_id = $1"
	}},
	{"reduced", func(n int) string {
		return "SELECT a.id FROM notes a" + repeat(n, func(i int) string {
			return fmt.Sprintf(" LEFT JOIN notes n%d ON n%d.parent = a.id AND n%d.org_id = a.org_id", i, i, i)
		}) + " WHERE a.org_id = $1" + repeat(n, func(i int) string { return fmt.Sprintf(" AND n%d.title = 'x'", i) })
	}},
	{"right", func(n int) string {
		return "SELECT n0.id FROM notes n0" + repeat(n, func(i int) string {
			return fmt.Sprintf(" RIGHT JOIN notes n%d ON n%d.id = n%d.parent AND n%d.org_id = n%d.org_id", i+1, i+1, i, i+1, i)
		}) + fmt.Sprintf(" WHERE n%d.org_id = $1", n)
	}},
}

// BenchmarkOuterJoins measures 60 and 90 outer joins against 30, as the median ratio
// of time for prover and checker together: cubic growth would be 8 and 27.
func BenchmarkOuterJoins(b *testing.B) {
	db, _ := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql",
		Text: "CREATE TABLE notes (id int PRIMARY KEY, org_id uuid NOT NULL, parent int, title text, UNIQUE (org_id, id));"}})
	own, _ := tenancy.Classify(db, config.Tenant{Columns: []string{"org_id"}})
	spent := func(n int, sql func(int) string) float64 {
		start := time.Now()
		r := analyzer.New(db, own, nil).File("q.sql", "-- name: Q :many\n"+sql(n)+";\n")
		if r[0].Verdict != analyzer.Scoped {
			b.Fatal(r[0].Diagnostics)
		}
		return float64(time.Since(start))
	}
	for _, shape := range joinShapes {
		b.Run(shape.name, func(b *testing.B) {
			var r60, r90 []float64
			for b.Loop() {
				base := spent(30, shape.sql)
				r60 = append(r60, spent(60, shape.sql)/base)
				r90 = append(r90, spent(90, shape.sql)/base)
			}
			slices.Sort(r60)
			slices.Sort(r90)
			b.ReportMetric(r60[len(r60)/2], "60/30")
			b.ReportMetric(r90[len(r90)/2], "90/30")
		})
	}
}
