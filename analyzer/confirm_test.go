package analyzer_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/confirm"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// TestConfirmed has PostgreSQL itself read every case: its catalog, and its tree of each accepted
// query, say what ours says.
func TestConfirmed(t *testing.T) {
	pgserver.Long(t)
	cases := loadCases(t)
	read, queries := 0, 0
	eachCase(t, cases, (*testCase).confirmed, func(n int) { read, queries = read+1, queries+n })
	t.Cleanup(func() {
		if t.Logf("%d queries read by PostgreSQL", queries); queries < 800 && read == len(cases) {
			t.Error("too few")
		}
	})
}

// takes reports whether every schema and query of the cases is one of the server: of PostgreSQL 14 not
// all are (MERGE, security_invoker), nor of 18 (foreign keys between collations).
func takes(t *testing.T) bool {
	t.Helper()
	version := pgserver.ForTest(t).Version()
	return !strings.HasPrefix(version, "14.") && !strings.HasPrefix(version, "18.")
}

// reading is how PostgreSQL reads a case: its accepted queries as they are, and misread. That is one run for two tests,
// since most of what it takes is to create the schema and to look at it.
type reading struct {
	by      string // the test that it was for first
	report  *confirm.Report
	err     error
	misread map[*confirm.Query]string // what was changed
}

// readings are by case what one of the tests has left to the other.
var readings sync.Map

func (c *testCase) reading(t *testing.T) *reading {
	test, _, _ := strings.Cut(t.Name(), "/")
	if left, ok := readings.LoadAndDelete(c.name); ok && left.(*reading).by != test {
		return left.(*reading)
	}
	a := c.analysis()
	in := confirm.Input{Schema: c.db, Files: []confirm.File{{Path: "schema.sql", Text: c.schema, Statements: analyzer.SchemaStatements(c.schema)}}}
	for _, f := range c.tenant.Functions {
		in.Vouched = append(in.Vouched, f.Name)
	}
	results := a.File("queries.sql", c.queries)
	for _, r := range results {
		if r.Verdict == analyzer.Rejected {
			continue
		}
		q, err := confirmable(a, r)
		if err != nil {
			t.Fatal(err)
		}
		in.Queries = append(in.Queries, q)
	}
	r := &reading{by: test, misread: c.misreadings(t, a, results)}
	for q := range r.misread {
		in.Queries = append(in.Queries, q)
	}
	r.report, r.err = confirm.Run(t.Context(), in, confirm.Options{DatabaseURL: pgserver.DatabaseForTest(t)})
	readings.Store(c.name, r)
	return r
}

// confirmed returns how many queries were compared.
func (c *testCase) confirmed(t *testing.T) int {
	r := c.reading(t)
	if r.err != nil && strings.Contains(r.err.Error(), "the schema cannot be created") && !takes(t) {
		t.Log(r.err)
		return 0
	}
	if r.err != nil {
		t.Fatal(r.err)
	}
	for _, d := range r.report.Differences {
		if r.misread[d.Query] != "" {
			continue
		}
		if d.Query != nil && strings.HasPrefix(d.Query.Name, "Unseen") && d.Unread {
			continue // a function that no file declares, and somebody vouches for
		}
		if c.name == "cascadesunheld" && strings.HasSuffix(d.String(), "PostgreSQL reads none") {
			continue // what DROP … CASCADE took away, and our catalog cannot tell
		}
		if d.Refused && !takes(t) {
			t.Log(d)
			continue
		}
		name := "the schema"
		if d.Query != nil {
			name = d.Query.Name
		}
		t.Errorf("%s: %v", name, d)
	}
	return r.report.Queries - len(r.misread)
}

// confirmable is a result as the second reader takes it.
func confirmable(a *analyzer.Analyzer, r *analyzer.Result) (*confirm.Query, error) {
	sent, err := a.Prepared(r)
	if err != nil {
		return nil, err
	}
	read := r.Reading()
	return &confirm.Query{Name: r.Name, File: r.File, Line: r.Line, SQL: sent.SQL, Statement: read.Statement, Certificate: read.Certificate,
		Offset: func(at int) int { return sent.Offset(at - read.Start) }}, nil
}
