package search_test

import (
	"bufio"
	"cmp"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/internal/search"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// TestRediscovered holds the search to leaks that it found when their guards were not
// there yet (testdata/found.txt: the seed of the schema, the statement, the pair of
// states, and the rule that refuses it now). The verdict ignored, the judge must still
// see the difference, and the rule must still be what refuses it: without that guard
// the search finds the leak again. A change of the generator gives other schemas: then
// search at the commit that the file names, and replace it.
func TestRediscovered(t *testing.T) {
	f, err := os.Open(cmp.Or(os.Getenv("TENANTGEN_FOUND"), "testdata/found.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	replayer, err := search.NewReplayer(t.Context(), pgserver.DatabaseForTest(t))
	if err != nil {
		t.Fatal(err)
	}
	defer replayer.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line, rule, ok := strings.Cut(lines.Text(), "\t")
		var find search.Find
		rule, find.Feature, _ = strings.Cut(rule, "\t")
		if _, err := fmt.Sscan(line, &find.Seed, &find.Statement, &find.Pair); !ok || err != nil {
			if !strings.HasPrefix(lines.Text(), "#") {
				t.Errorf("%q is no find", lines.Text())
			}
			continue
		}
		r, leak, err := replayer.Replay(t.Context(), find)
		if err != nil {
			t.Fatalf("%v: %v", find, err)
		}
		if leak == nil {
			t.Errorf("%v does not differ", find)
			continue
		}
		switch got := refusal(r); {
		case r.Verdict != analyzer.Rejected:
			t.Errorf("%v is %s, want refused by %s\n%s", find, r.Verdict, rule, leak.Line())
		case got == "unsupported-statement":
			t.Logf("%v: nothing is proved in this schema any more", find)
		case got != rule:
			t.Errorf("%v is refused by %s, want %s (%v)\n%s", find, got, rule, r.Diagnostics, leak.Line())
		}
	}
}

// refusal names the first rule that refuses a statement.
func refusal(r *analyzer.Result) string {
	if len(r.Diagnostics) == 0 {
		return ""
	}
	return r.Diagnostics[0].Rule
}
