package analyzer_test

import (
	"flag"
	"fmt"
	"math/bits"
	"os"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/internal/querygen"
	"pgregory.net/rapid"
)

// TestGenerated runs random statements (package querygen) by the two-states test of
// TestNoLeaks: an accepted one must not leak. Of the refused ones every third is run
// too: the log tells what share of the statements that were never seen to leak is
// accepted, and what refuses the others.
//
// TENANTGEN_QUERIES is how many statements to generate, TENANTGEN_SEED from which
// seed. The same seed gives the same statements.
func TestGenerated(t *testing.T) {
	for name, value := range map[string]string{"checks": setting("TENANTGEN_QUERIES", "500"), "seed": setting("TENANTGEN_SEED", "1"), "nofailfile": "true"} {
		if err := flag.Set("rapid."+name, value); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("TENANTGEN_SEED=%s", setting("TENANTGEN_SEED", "1"))
	y := newYard(t)
	defer y.explain(t)
	statements := rapid.Custom(func(rt *rapid.T) *querygen.Statement { return querygen.Generate(choices(rt)) })
	rapid.Check(t, func(rt *rapid.T) {
		if leak := y.judge(rt, statements.Draw(rt, "statement")); leak != "" {
			rt.Fatal(leak)
		}
	})
	y.count.log(t)
	if n := y.count.invalid(); n*10 > y.count.total {
		t.Errorf("%d of %d statements are no valid SQL: the generator is broken", n, y.count.total)
	}
	if y.count.accepted*10 < y.count.total*3 {
		t.Errorf("only %d of %d statements are accepted: too few to prove anything", y.count.accepted, y.count.total)
	}
}

func setting(name, otherwise string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return otherwise
}

// choices draws evenly: rapid's own ranges prefer their ends.
func choices(rt *rapid.T) querygen.Draw {
	bit := rapid.Bool()
	return func(n int) int {
		v, width := 0, bits.Len(uint(n))+2
		for range width {
			v *= 2
			if bit.Draw(rt, "bit") {
				v++
			}
		}
		return v * n >> width
	}
}

// judge analyses a statement, runs it, and returns how it leaks though it was accepted.
func (y *yard) judge(tb rapid.TB, s *querygen.Statement) string {
	r := y.analysis.File("generated.sql", "-- name: Generated :many\n"+s.SQL+";\n")[0]
	y.count.total++
	if err := y.prepare(tb, s.SQL); err != "" {
		y.count.errors[err]++
		return ""
	}
	accepted := r.Verdict != analyzer.Rejected
	if accepted {
		y.count.accepted++
		y.count.damaged[len(s.Damages)]++
	} else if y.count.refused++; y.count.refused%3 != 0 {
		return ""
	}
	tr := &trial{r: r, sql: s.SQL, oracle: s.Oracle}
	for batch := range y.batches {
		if y.run(tb, tr, s.Writes, batch); tr.leak != "" || accepted && batch+2 == len(y.batches) {
			break
		}
	}
	y.count.add(tr)
	if accepted && tr.leak != "" {
		return fmt.Sprintf("the statement is %s but leaks (damages: %q)", r.Verdict, s.Damages) // see explain
	}
	return ""
}
