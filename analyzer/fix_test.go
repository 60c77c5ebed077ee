package analyzer_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// asksForCondition reports whether the hints of a refusal are conditions to write. Of a
// parameter that stands for several values another condition makes nothing better.
func asksForCondition(r *analyzer.Result) bool {
	return len(r.Diagnostics) > 0 && !slices.ContainsFunc(r.Diagnostics, func(d analyzer.Diagnostic) bool {
		return strings.Contains(d.Message, "cast it to one type") || strings.Contains(d.Message, "for which different values may be one") || !strings.HasPrefix(d.Hint, "add AND ") && !strings.HasPrefix(d.Hint, "add WHERE ") && !strings.HasPrefix(d.Hint, "add the condition ")
	})
}

// What is refused for want of a condition is scoped once it is fixed, and nothing else changes.
func TestFix(t *testing.T) {
	asked, mended := 0, 0
	for _, c := range loadCases(t) {
		before := c.analysis().File("queries.sql", c.queries)
		fixes := c.fixes()
		text := analyzer.ApplyFixes(c.queries, fixes)
		after := c.analysis().File("queries.sql", text)
		for i, r := range before {
			fixed := slices.ContainsFunc(fixes, func(f analyzer.Fix) bool { return f.Query == r.Name })
			switch {
			case fixed && after[i].Verdict != analyzer.Scoped:
				t.Errorf("%s: %s is %s after its fix: %s", c.name, r.Name, after[i].Verdict, after[i].Text)
			case !fixed && after[i].Text != r.Text:
				t.Errorf("%s: %s is changed", c.name, r.Name)
			}
			// In exotic cases the tenant's parameter stands beside no equality: it may be something else, which a fix leaves alone.
			if r.Verdict == analyzer.Rejected && asksForCondition(r) && !c.sets && c.name != "exotic" {
				asked++
				if fixed {
					mended++
				} else {
					t.Logf("%s: %s is not fixed: %s\n%s\n", c.name, r.Name, r.Text, r.Diagnostics[0].Hint)
				}
			}
		}
	}
	t.Logf("%d of %d refusals for want of a condition are fixed", mended, asked)
	if mended*100 < asked*95 {
		t.Errorf("%d of %d refusals for want of a condition are fixed", mended, asked)
	}
}

// Fixed queries depend on no other tenant's rows: they run in two states. go test runs one in
// five of them, TENANTGEN_FIXES=0 all.
func TestFixedInTwoStates(t *testing.T) {
	pgserver.Long(t)
	var total tally
	t.Cleanup(func() { t.Logf("%d fixed queries, %d pairs of runs", total.accepted, total.runs) })
	var cases []*testCase
	for _, c := range loadCases(t) {
		if c.queries = c.fixedAlone(sampled("TENANTGEN_FIXES", 5)); c.queries != "" {
			cases = append(cases, c)
		}
	}
	eachCase(t, cases, (*testCase).twoStates, total.add)
}

// unrunnable are queries whose fixed form does not run, or not twice in one way.
var unrunnable = map[string]string{
	"DirectArgumentDoesNotCount": "PostgreSQL refuses it",
	"Unseen":                     "calls what the schema does not have, as all that begin so",
	"OtherSchema":                "PostgreSQL refuses it",
	"DeleteByIn":                 "a foreign key always refuses it",
	"WriteInWith":                "a foreign key always refuses it",
	"AddPartRest":                "names a partition that has no place for the tenant of the test",
	"UpdateOther":                "joins several rows to the one that it updates: PostgreSQL takes any of them",
}

func runs(r *analyzer.Result) bool {
	return unrunnable[r.Name] == "" && !strings.HasPrefix(r.Name, "Unseen")
}

// fixed are the fixes of the cases, by their names.
var fixed sync.Map

// fixes are those of a case, which two tests ask for.
func (c *testCase) fixes() []analyzer.Fix {
	once, _ := fixed.LoadOrStore(c.name, sync.OnceValue(func() []analyzer.Fix { return c.analysis().Fix("queries.sql", c.queries) }))
	return once.(func() []analyzer.Fix)()
}

// fixedAlone are the fixed queries of a case, one of n of them, without the others.
func (c *testCase) fixedAlone(n int) string {
	fixes := c.fixes()
	var b strings.Builder
	for i, r := range c.analysis().File("queries.sql", analyzer.ApplyFixes(c.queries, fixes)) {
		fixed := slices.ContainsFunc(fixes, func(f analyzer.Fix) bool { return f.Query == r.Name })
		if fixed && runs(r) && (n == 0 || (i+len(c.name))%n == 0) {
			fmt.Fprintf(&b, "-- name: %s :%s\n%s;\n", r.Name, r.Command, r.Text)
		}
	}
	return b.String()
}

// sampled is how many there are for each that a test takes, as a variable says or else n.
func sampled(variable string, n int) int {
	if v, err := strconv.Atoi(os.Getenv(variable)); err == nil {
		return v
	}
	return n
}
