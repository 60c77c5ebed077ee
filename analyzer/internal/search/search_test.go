package search_test

import (
	"os"
	"testing"
	"time"

	"github.com/tenantgen/tenantgen/analyzer/internal/search"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

func TestMain(m *testing.M) { os.Exit(pgserver.Main(m)) }

// databases are the URLs of databases for n workers.
func databases(t *testing.T, n int) []string {
	t.Helper()
	var urls []string
	for range n {
		urls = append(urls, pgserver.DatabaseForTest(t))
	}
	return urls
}

// TestSchemas searches for leaks. The same seed gives the same schemas, statements and
// states:
//
//	TENANTGEN_TRIALS=100000 TENANTGEN_SEED=7 go test -run TestSchemas -v -timeout 60m ./analyzer/internal/search
//
// TENANTGEN_LEAKS names a directory for a folder of each leak, TENANTGEN_SHRINK how many
// seconds to spend on making each smaller, TENANTGEN_FEATURE what each schema must have. TENANTGEN_REFUSED also runs what
// is refused: it shows what the search would find without a guard.
func TestSchemas(t *testing.T) {
	opts := search.Options{Seed: uint64(pgserver.Number(t, "TENANTGEN_SEED", 1)), Trials: pgserver.Number(t, "TENANTGEN_TRIALS", 1500),
		First: pgserver.Number(t, "TENANTGEN_FIRST", 0), Schemas: pgserver.Number(t, "TENANTGEN_SCHEMAS", 0), Statements: 300, Accepted: 60, Pairs: 6, Values: 2, Out: os.Getenv("TENANTGEN_LEAKS"),
		Stop: pgserver.Number(t, "TENANTGEN_STOP", 0), Shrink: time.Duration(pgserver.Number(t, "TENANTGEN_SHRINK", 10)) * time.Second, Every: os.Getenv("TENANTGEN_EVERY") != "", Consistent: os.Getenv("TENANTGEN_CONSISTENT") != "", IgnoreVerdict: os.Getenv("TENANTGEN_REFUSED") != "", Log: t.Logf, Verbose: os.Getenv("TENANTGEN_VERBOSE") != ""}
	if f := os.Getenv("TENANTGEN_FEATURE"); f != "" {
		opts.Force = []string{f}
	}
	began := time.Now()
	c, err := search.Run(t.Context(), databases(t, pgserver.Number(t, "TENANTGEN_WORKERS", 2)), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("seed %d: %s; %.0f trials a second", opts.Seed, c, float64(c.Trials)/time.Since(began).Seconds())
	t.Logf("schemas that cannot be used:%s", search.Top(c.Refusals, 25))
	t.Logf("errors:%s", search.Top(c.Codes, 12))
	for i, l := range c.Leaks {
		if i < pgserver.Number(t, "TENANTGEN_SHOW", 5) {
			t.Log(l)
		}
	}
	if len(c.Leaks) > 0 {
		t.Errorf("%d leaks", len(c.Leaks))
	}
}
