package e2e

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
)

// leakDraws is larger than draws: one run that leaks ends the search.
const leakDraws = 3 * draws

// broken is one query of testdata/leaks.sql.
type broken struct {
	*statement
	text     string   // from its name comment on
	want     []string // the rules, in order of the alphabet
	unseen   string   // why it cannot be seen to leak, "" when it can
	accepted string   // why it is not refused yet, "" when it is
}

// TestLeakingVariantsRefused holds the analyzer to queries like the example's that
// leak: each is refused by the rule that it breaks. That the refusal is deserved is
// shown on the server, by the same two states that the example's queries pass; and
// that shows in turn that those states tell a leak when there is one.
func TestLeakingVariantsRefused(t *testing.T) {
	variants := readBroken(t, "testdata/leaks.sql")
	a := exampleAnalyzer(t)
	gaps := 0
	for _, b := range variants {
		b.checkRefusal(t, refusedBy(a, b.text))
		if b.accepted != "" {
			gaps++
		}
	}
	seen := leaksSeen(t, variants)
	for _, b := range variants {
		if leak := seen[b.name]; leak == "" && b.unseen == "" {
			t.Errorf("%s does not leak", b.name)
		} else if leak != "" && b.unseen != "" {
			t.Errorf("%s is said not to leak (%s), but it does: %s", b.name, b.unseen, leak)
		}
	}
	t.Logf("%d leaking variants, %d of them not refused yet; %d seen to leak", len(variants), gaps, len(seen))
}

func (b *broken) checkRefusal(t *testing.T, rules []string) {
	t.Helper()
	if (len(b.want) == 0) == (b.accepted == "") {
		t.Errorf("%s needs either want or accepted", b.name)
	}
	switch {
	case b.accepted != "" && len(rules) > 0:
		t.Errorf("%s is refused now: in testdata/leaks.sql, replace accepted by want %s", b.name, strings.Join(rules, " "))
	case !slices.Equal(rules, b.want):
		t.Errorf("%s is refused by %q, want %q", b.name, rules, b.want)
	}
}

// refusedBy lists the rules that refuse a query, without repetition; none when it is accepted.
func refusedBy(a *analyzer.Analyzer, text string) []string {
	var rules []string
	for _, r := range a.File("testdata/leaks.sql", text) {
		for _, d := range r.Diagnostics {
			if r.Verdict == analyzer.Rejected && !slices.Contains(rules, d.Rule) {
				rules = append(rules, d.Rule)
			}
		}
	}
	slices.Sort(rules)
	return rules
}

func exampleAnalyzer(t *testing.T) *analyzer.Analyzer {
	t.Helper()
	p := exampleProject(t)
	return analyzer.New(p.Units[0].Schema, p.Units[0].Tenancy, p.Config.Tenant.Functions)
}

// leaksSeen runs the variants on the pairs of states until they leak, and returns how.
func leaksSeen(t *testing.T, variants []*broken) map[string]string {
	t.Helper()
	labs := twoLabs(t)
	seen := map[string]string{}
	for _, p := range pairs {
		states := p.states()
		labs.fill(t, states)
		for _, b := range variants {
			if seen[b.name] == "" {
				if leak := labs.search(t, b.statement, states, p.seed); leak != "" {
					seen[b.name] = leak
				}
			}
		}
	}
	return seen
}

// search runs a statement with many values and returns the first leak.
func (p labPair) search(t *testing.T, st *statement, states [2]state, seed uint64) string {
	t.Helper()
	for _, values := range drawSome(t, st, states, seed, leakDraws) {
		a, b := p.run(t, st, values)
		if leak := a.leak(b, st.ordered); leak != "" && a.oracle(b) == "" {
			return leak
		}
	}
	return ""
}

var nameComment = regexp.MustCompile(`(?m)^-- name: (\w+) :\w+\n`)

// readBroken splits a query file; the comments of a query stand above its name.
func readBroken(t *testing.T, file string) []*broken {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var variants []*broken
	for block := range strings.SplitSeq(string(data), ";\n") {
		at := nameComment.FindStringSubmatchIndex(block)
		if at == nil {
			continue
		}
		comments, name, sql := block[:at[0]], block[at[2]:at[3]], block[at[1]:]
		variants = append(variants, &broken{writtenStatement(name, sql), block[at[0]:], strings.Fields(remark(comments, "want ")),
			remark(comments, "unseen: "), remark(comments, "accepted: ")})
	}
	if len(variants) < 20 {
		t.Fatalf("%s has %d queries", file, len(variants))
	}
	return variants
}

// remark returns what follows a keyword in a comment line.
func remark(comments, keyword string) string {
	for line := range strings.Lines(comments) {
		if text, ok := strings.CutPrefix(line, "-- "+keyword); ok {
			return strings.TrimSpace(text)
		}
	}
	return ""
}
