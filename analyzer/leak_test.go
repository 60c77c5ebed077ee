package analyzer_test

import (
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// seeds is how many pairs of states each query is run on: TENANTGEN_SEEDS says more.
var seeds = uint64(sampled("TENANTGEN_SEEDS", 4))

// TestNoLeaks is the judge of the analyzer: it runs every accepted query of
// testdata for one tenant on pairs of database states that differ in other tenants'
// rows only. The result and what is left of the tenant's rows must be the same, and
// no other tenant's row may change (docs of package analyzer: what scoped means).
// A query marked "oracle" may meet another tenant's unique key, which only an error
// or a missing row gives away; that is the schema rules' business.
func TestNoLeaks(t *testing.T) {
	pgserver.Long(t)
	var total tally
	t.Cleanup(func() {
		t.Logf("%d accepted queries, %d pairs of runs; %d refused queries, of which %d were seen to leak", total.accepted, total.runs, total.refused, total.leaking)
	})
	eachCase(t, loadCases(t), (*testCase).twoStates, total.add)
}

// eachCase runs a test for each case side by side, and adds up what it counts.
func eachCase[T any](t *testing.T, cases []*testCase, run func(*testCase, *testing.T) T, add func(T)) {
	var sum sync.Mutex
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			n := run(c, t)
			sum.Lock()
			defer sum.Unlock()
			add(n)
		})
	}
}

// tally counts what was run.
type tally struct{ accepted, refused, leaking, runs int }

func (a *tally) add(b tally) {
	a.accepted += b.accepted
	a.refused += b.refused
	a.leaking += b.leaking
	a.runs += b.runs
}

func (c *testCase) twoStates(t *testing.T) tally {
	l := newLab(t, c)
	l.exec(t, c.schema)
	if c.own.SetByCalls != "" {
		l.exec(t, "SET "+c.own.SetByCalls+" = '1'") // the tenant of integers
	}
	results := c.analysis().File("queries.sql", c.queries)
	return l.inPremises(l.trials(t, results), func(trials []*trial) tally { return l.twoStates(t, trials) })
}

// twoStates runs queries in pairs of states in which their premises hold.
func (l *lab) twoStates(t *testing.T, trials []*trial) tally {
	outcomes := make([][]outcome, len(trials))
	for seed := range 3 * seeds {
		if seed >= seeds && !slices.ContainsFunc(trials, func(tr *trial) bool { return !tr.worked }) {
			break
		}
		for state := range uint64(2) {
			l.fill(t, seed, state)
			for i, tr := range trials {
				if tr.told(seed) {
					continue
				}
				for _, values := range tr.values() {
					outcomes[i] = append(outcomes[i], l.run(t, tr, values))
				}
			}
		}
		for i, tr := range trials {
			tr.compare(outcomes[i])
			outcomes[i] = nil
		}
	}
	var n tally
	for _, tr := range trials {
		tr.report(t, &n)
	}
	return n
}

// trial is one query with the parameter values to try.
type trial struct {
	r         *analyzer.Result
	sql, name string // name is that of the prepared statement
	params    [][][]byte
	oracle    bool
	runs      int
	worked    bool   // at least once without an error
	effective bool   // at least once with a row or a change; of generated statements
	leak      string // what differed, "" when nothing did
	lastErr   string
}

// outcome is what one run did.
type outcome struct {
	values string
	rows   string // the result, or the error
	code   string // SQLSTATE
	own    string // what is left of the tenant's rows and of global rows
	harm   string // the change of other tenants' rows
}

// counting asks how many of the refused queries leak: whether they had to be refused. That is no guard, and most of
// the work: .ci/nightly does it. Without it a refused query is run until it is known to run.
var counting = os.Getenv("TENANTGEN_SEEDS") != ""

// told reports whether more runs would say nothing new: a query has been tried in all states, of which
// it gets more while it fails in each, or a refused one has leaked, or been tried in as many as are worth it.
func (tr *trial) told(seed uint64) bool {
	return tr.worked && (seed >= seeds || tr.r.Verdict == analyzer.Rejected && (tr.leak != "" || seed >= seeds/2 || !counting))
}

// values are those of the parameters to run with.
func (tr *trial) values() [][][]byte {
	if tr.r.Verdict == analyzer.Rejected && !counting {
		return tr.params[:min(6, len(tr.params))]
	}
	return tr.params
}

// compare takes the outcomes of both states.
func (tr *trial) compare(os []outcome) {
	half := len(os) / 2
	for i := range half {
		a, b := os[i], os[half+i]
		tr.runs++
		tr.worked = tr.worked || a.code == "" || b.code == ""
		if a.code != "" {
			tr.lastErr = a.rows
		}
		switch {
		case tr.leak != "":
		case a.harm+b.harm != "":
			tr.leak = fmt.Sprintf("with %s it changes other tenants' rows: %s%s", a.values, a.harm, b.harm)
		case (a.code != "" || b.code != "") && keyViolation(a.code) || keyViolation(b.code):
		case tr.oracle:
		case a.rows != b.rows:
			tr.leak = fmt.Sprintf("with %s the result is\n%sor\n%s", a.values, a.rows, b.rows)
		case a.own != b.own:
			tr.leak = fmt.Sprintf("with %s it leaves\n%sor\n%s", a.values, a.own, b.own)
		}
	}
}

// keyViolation reports the errors by which a key tells of other tenants' rows:
// unique, exclusion and foreign key violations.
func keyViolation(code string) bool { return code == "23505" || code == "23P01" || code == "23503" }

func (tr *trial) report(t *testing.T, n *tally) {
	n.runs += tr.runs
	if !tr.worked && !marked(tr.r, "fails") {
		t.Errorf("line %d: %s never runs without an error: %s", tr.r.Line, tr.r.Name, tr.lastErr)
	}
	if tr.r.Verdict == analyzer.Rejected {
		n.refused++
		if tr.leak != "" {
			n.leaking++
		} else if counting && tr.worked && !marked(tr.r, "quiet") {
			t.Logf("line %d: %s is refused but was not seen to leak", tr.r.Line, tr.r.Name)
		}
		return
	}
	n.accepted++
	if tr.leak != "" {
		t.Errorf("line %d: %s is %s but leaks: %s", tr.r.Line, tr.r.Name, tr.r.Verdict, tr.leak)
	}
}
