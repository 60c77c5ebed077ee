package analyzer_test

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
)

// generatedCount counts what became of the generated statements.
type generatedCount struct {
	total, accepted, refused int
	errors                   map[string]int // of statements that the server does not take, by SQLSTATE
	damaged                  map[int]int    // accepted ones by number of damages
	// quiet were never seen to leak, leaking were; idle ones never failed nor yielded
	// or changed a row either, so that they show nothing.
	run, leaking             int
	quietAccepted, idle      int
	quietRefused             int
	refusals, overRefusals   map[string]int
	overRefused, sampleLeaks map[string]string // an example of each
}

func newGeneratedCount() *generatedCount {
	return &generatedCount{errors: map[string]int{}, damaged: map[int]int{}, refusals: map[string]int{}, overRefusals: map[string]int{},
		overRefused: map[string]string{}, sampleLeaks: map[string]string{}}
}

func (c *generatedCount) invalid() int {
	n := 0
	for _, k := range c.errors {
		n += k
	}
	return n
}

var generatedNames = regexp.MustCompile(`\b[a-z]+\d+\b`)

// add counts a statement that was run.
func (c *generatedCount) add(tr *trial) {
	refused := tr.r.Verdict == analyzer.Rejected
	why := ""
	if refused {
		d := tr.r.Diagnostics[0]
		why = d.Rule + ": " + generatedNames.ReplaceAllString(d.Message, "…")
		c.refusals[why]++
	}
	c.run++
	switch {
	case tr.leak != "":
		c.leaking++
	case !tr.effective:
		c.idle++
	case refused:
		c.quietRefused++
		c.overRefusals[why]++
		if old := c.overRefused[why]; old == "" || len(tr.sql) < len(old) {
			c.overRefused[why] = tr.sql
		}
	default:
		c.quietAccepted++
	}
}

func (c *generatedCount) log(t *testing.T) {
	valid := c.total - c.invalid()
	t.Logf("%d statements, %d of them invalid %v; %d accepted (%.0f %% of the valid), by number of damages %v",
		c.total, c.invalid(), c.errors, c.accepted, percent(c.accepted, valid), c.damaged)
	quiet := c.quietAccepted + 3*c.quietRefused // every third of the refused was run
	t.Logf("%d run; %d refused ones leak; %d never had an effect; of those with an effect that were never seen to leak %.0f %% are accepted (%d; refused: 3 times %d)",
		c.run, c.leaking, c.idle, percent(c.quietAccepted, quiet), c.quietAccepted, c.quietRefused)
	reasons := slices.SortedFunc(maps.Keys(c.overRefusals), func(a, b string) int {
		return cmp.Or(cmp.Compare(c.overRefusals[b], c.overRefusals[a]), cmp.Compare(a, b))
	})
	for _, why := range reasons {
		t.Logf("%d of %d refused with %s\n\tnever leaked, such as %s", c.overRefusals[why], c.refusals[why], why, c.overRefused[why])
	}
}

func percent(part, whole int) float64 { return 100 * float64(part) / float64(max(whole, 1)) }
