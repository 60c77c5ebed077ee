package analyzer_test

import (
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/internal/querygen"
	"github.com/tenantgen/tenantgen/analyzer/internal/schemagen"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/confirm"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// tried is how many random statements, and a fiftieth of it how many random schemas, PostgreSQL
// reads: TENANTGEN_CONFIRM says more.
var tried = sampled("TENANTGEN_CONFIRM", 200)

// TestConfirmedStatements has PostgreSQL read random statements (package querygen).
func TestConfirmedStatements(t *testing.T) {
	pgserver.Long(t)
	db, ds := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: querygen.Schema}})
	own, problems := tenancy.Classify(db, querygen.Tenancy())
	if len(ds)+len(problems) > 0 {
		t.Fatal(ds, problems)
	}
	a := analyzer.New(db, own, nil)
	in := confirm.Input{Schema: db, Files: []confirm.File{{Path: "schema.sql", Text: querygen.Schema}}}
	seed, err := strconv.ParseUint(setting("TENANTGEN_SEED", "1"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(seed, 17))
	for range tried {
		in.Queries = append(in.Queries, acceptedOf(t, a, querygen.Generate(rng.IntN).SQL)...)
	}
	t.Logf("%d random statements, %d differences", len(in.Queries), readAlike(t, in))
	if len(in.Queries)*5 < tried {
		t.Errorf("only %d of %d statements are accepted: too few to say anything", len(in.Queries), tried)
	}
}

// TestConfirmedSchemas has PostgreSQL read random schemas with statements over them (package schemagen).
func TestConfirmedSchemas(t *testing.T) {
	pgserver.Long(t)
	seed, err := strconv.Atoi(setting("TENANTGEN_SEED", "1"))
	if err != nil {
		t.Fatal(err)
	}
	schemas, queries := 0, 0
	for n := range max(1, tried/50) {
		s := schemagen.Generate(uint64(1000*seed + n))
		db, ds := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: s.SQL()}})
		own, problems := analyzer.Classify(db, s.Config())
		if len(ds)+len(problems) > 0 {
			continue
		}
		a := analyzer.New(db, own, s.Config().Functions)
		in := confirm.Input{Schema: db, Files: []confirm.File{{Path: "extensions", Text: "CREATE EXTENSION IF NOT EXISTS citext; CREATE EXTENSION IF NOT EXISTS btree_gist"}, {Path: "schema.sql", Text: s.SQL()}}}
		for k := range 40 {
			in.Queries = append(in.Queries, acceptedOf(t, a, s.Statement(uint64(1000*seed+n), k).Text)...)
		}
		schemas, queries = schemas+1, queries+len(in.Queries)
		if found := readAlike(t, in); found > 0 {
			t.Logf("seed %d:\n%s", 1000*seed+n, s.SQL())
		}
	}
	t.Logf("%d random schemas, %d statements", schemas, queries)
}

// acceptedOf is the statement as the second reader takes it, nothing where it is refused.
func acceptedOf(t *testing.T, a *analyzer.Analyzer, sql string) []*confirm.Query {
	t.Helper()
	results := a.File("generated.sql", "-- name: Generated :many\n"+sql+";\n")
	if len(results) != 1 || results[0].Verdict == analyzer.Rejected {
		return nil
	}
	q, err := confirmable(a, results[0])
	if err != nil {
		t.Fatal(err)
	}
	return []*confirm.Query{q}
}

// readAlike reports what PostgreSQL reads otherwise, and counts that. What it refuses is no statement.
func readAlike(t *testing.T, in confirm.Input) (found int) {
	t.Helper()
	report, err := confirm.Run(t.Context(), in, confirm.Options{DatabaseURL: pgserver.DatabaseForTest(t)})
	if err != nil {
		t.Logf("the server does not take the schema: %v", err)
		return 0
	}
	for _, d := range report.Differences {
		if d.Refused {
			continue
		}
		if found++; d.Query != nil {
			t.Errorf("%v\n%s", d, d.Query.SQL)
			continue
		}
		t.Errorf("the schema: %v", d)
	}
	return found
}
