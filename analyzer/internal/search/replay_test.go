package search_test

import (
	"cmp"
	"errors"
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
// states, and the rule that refuses it now), or that it finds among what is refused
// (newer.txt: those of newer declarations). The verdict ignored, the judge must still
// see the difference, and the rule must still be what refuses it: without that guard
// the search finds the leak again. A change of the generator gives other schemas: then
// search at the commit that the file names, or among what is refused with
// TENANTGEN_REFUSED, and replace it.
func TestRediscovered(t *testing.T) {
	replayer, err := search.NewReplayer(t.Context(), pgserver.DatabaseForTest(t))
	if err != nil {
		t.Fatal(err)
	}
	defer replayer.Close()
	for _, name := range []string{cmp.Or(os.Getenv("TENANTGEN_FOUND"), "testdata/found.txt"), "testdata/newer.txt"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if strings.HasPrefix(line, "#") {
				continue
			}
			find, rule, err := parse(strings.TrimSpace(line))
			if err != nil {
				t.Errorf("%s: %q is no find: %v", name, line, err)
				continue
			}
			find.Former = name != "testdata/newer.txt"
			rediscover(t, replayer, find, rule)
		}
	}
}

// parse reads a line of a file of finds.
func parse(line string) (find search.Find, rule string, err error) {
	numbers, rest, ok := strings.Cut(line, "\t")
	rule, find.Feature, _ = strings.Cut(rest, "\t")
	if !ok {
		return find, "", errors.New("it names no rule")
	}
	_, err = fmt.Sscan(numbers, &find.Seed, &find.Statement, &find.Pair)
	return find, rule, err
}

func rediscover(t *testing.T, replayer *search.Replayer, find search.Find, rule string) {
	t.Helper()
	r, leak, err := replayer.Replay(t.Context(), find)
	if err != nil {
		t.Fatalf("%v: %v", find, err)
	}
	if leak == nil {
		t.Errorf("%v does not differ", find)
		return
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

// refusal names the first rule that refuses a statement.
func refusal(r *analyzer.Result) string {
	if len(r.Diagnostics) == 0 {
		return ""
	}
	return r.Diagnostics[0].Rule
}
