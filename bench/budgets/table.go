package main

// benchmark is one that reports ratios, and what they may be at most. Sub-benchmarks report the same metrics as
// it, each its own.
type benchmark struct {
	dir     string // its package, from the root of the repository
	name    string
	turns   int // of which the least counts
	budgets []budget
}

// budget is the most that a metric of b.ReportMetric may be.
type budget struct {
	metric string
	most   float64
	what   string // said of it in the output
}

// table is every budget. To add one, let a benchmark report a ratio (package internal/ratio) and name it here.
var table = []benchmark{
	{".", "BenchmarkTables", 3, []budget{{"5000/500", 12, "5,000 tables with policies against 500"}}},
	{".", "BenchmarkRehearsal", 3, []budget{{"5000/500", 12, "5,000 tables with policies against 500"}}},
	{".", "BenchmarkVerifyTables", 3, []budget{{"large/small", 12, "ten times the tables"}}},
	{"analyzer", "BenchmarkShapes", 3, []budget{
		{"shape/plain", 300, "a statement against a plain one of as many tables"},
		{"shape/parse", 5, "10,000 rows against PostgreSQL's parser alone"},
		{"doubled", 8, "a shape against one of half its size"}}},
	{"bench", "BenchmarkCall/unix_socket", 4000, []budget{{"repository-over-floor", 1.1, "a call against the least that setting and policies take"}}},
	{"bench", "BenchmarkCall/1_ms", 1000, []budget{{"repository-ratio", 1.05, "a call against plain pgx"}}},
	{".", "BenchmarkLintGrowth", 3, []budget{{"large/small", 1.2, "a query of 10,000 against one of 100"}}},
	{".", "BenchmarkLintVersusParse", 5, []budget{{"lint/parse", 1.3, "cold lint against the bare parse, CPU"}}},
	{".", "BenchmarkLintOneFile", 5, []budget{{"one/all", 0.1, "one file of 1,700 queries against all"}}},
	{".", "BenchmarkRemembered", 3, []budget{
		{"warm/cold", 0.2, "lint that finds what another found, 1,700 queries, CPU"},
		{"edited/cold", 0.25, "lint after an edit in one of 1,700 queries, CPU"},
		{"unchanged/full", 0.2, "generate --check that finds nothing changed, CPU"},
		{"edited/sqlc", 1.6, "generate after an edit in one of 1,700 queries against sqlc alone"},
		{"generate/sqlc", 1.6, "generate --check of 1,700 queries, none known, against sqlc alone"}}},
	{".", "BenchmarkEditing", 5, []budget{{"edit/first", 0.1, "a file again, after an edit in one of 1,700 queries"}}},
}
