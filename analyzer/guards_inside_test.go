package analyzer_test

import (
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"os"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/internal/guards"
	"github.com/tenantgen/tenantgen/analyzer/internal/mutate"
	"github.com/tenantgen/tenantgen/analyzer/internal/querygen"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// TestGuardsInside is the part of TestGuards that runs in the build with switches.
func TestGuardsInside(t *testing.T) {
	results := os.Getenv("TENANTGEN_GUARDS_RESULTS")
	if results == "" || len(guards.All()) == 0 {
		t.Skip("TestGuards runs it")
	}
	debug.SetMaxStack(64 << 20) // a recursion that does not end shall end soon
	log.SetOutput(io.Discard)
	done := map[string]bool{}
	for _, r := range readResults(t, results) {
		done[r.Name] = true
	}
	x := newInside(t, done)
	go x.watch()
	start, n := time.Now(), 0
	for i, m := range x.mutants {
		r := guardResult{Name: m.String(), Outcome: begun}
		if len(x.affected[i]) == 0 {
			r.Outcome = unmet
		} else {
			appendResult(t, results, r)
			r.Outcome, r.By = x.outcome(i)
			n++
		}
		if g := m.Guard(); g.Package == "checker" && (g.Refusing || checks(g)) && r.Outcome != killed {
			r.Outcome = unchecked
		}
		appendResult(t, results, r)
	}
	t.Logf("%d mutants in %v, %d probes", n, time.Since(start).Round(time.Second), len(x.probes))
}

// checks reports whether a statement of the checker makes sure of something. The others
// say what is true at a place: without them it refuses more.
func checks(g guards.Guard) bool {
	return g.Kind == guards.Stmt && strings.HasPrefix(g.Text, "k.") && !strings.Contains(g.Text, " = ")
}

// probe is something to run with a guard taken out.
type probe struct {
	name string
	test bool // whether another outcome fails a test; else whether it is accepted matters
	// tampers tells that it shows a wrong certificate to the checker.
	tampers bool
	run     func() probed
	want    probed
}

// probed is the outcome of a probe.
type probed struct {
	accepted bool
	said     string
}

// outcome takes a panic for one.
func (p *probe) outcome() (o probed) {
	defer func() {
		if why := recover(); why != nil {
			o = probed{false, fmt.Sprint("panic: ", why)}
		}
	}()
	return p.run()
}

// inside has all probes, and for each mutant those that come past it.
type inside struct {
	mutants  []guards.Mutant // that are to be tried
	probes   []*probe
	recent   []int32 // probes that noticed the latest mutants
	affected [][]int32
	started  atomic.Int64 // the process's time when the latest probe started
}

func newInside(t *testing.T, done map[string]bool) *inside {
	x := &inside{mutants: mutantsToTry(done)}
	x.affected = make([][]int32, len(x.mutants))
	start := time.Now()
	x.forgeries(t)
	x.itself(t)
	x.cases(t)
	x.tests()
	if os.Getenv("TENANTGEN_GUARDS_CORPUS") != "0" {
		x.weakened(t)
		x.generated()
		x.schemas(t)
	}
	t.Logf("%d probes and %d mutants after %v", len(x.probes), len(x.mutants), time.Since(start).Round(time.Second))
	return x
}

// mutantsToTry are those that are asked for and not done yet.
func mutantsToTry(done map[string]bool) []guards.Mutant {
	which := regexp.MustCompile(os.Getenv("TENANTGEN_GUARDS"))
	var all []guards.Mutant
	for _, m := range guards.Mutants() {
		moreRefused := m.Guard().Refusing && m.Value // which harms nobody
		if name := m.String(); !moreRefused && !done[name] && which.MatchString(name) {
			all = append(all, m)
		}
	}
	return all
}

// TestGuardsListed writes the names of the mutants to a file, for TestGuards.
func TestGuardsListed(t *testing.T) {
	path := os.Getenv("TENANTGEN_GUARDS_LIST")
	if path == "" {
		t.Skip("TestGuards runs it")
	}
	var names strings.Builder
	for _, m := range mutantsToTry(nil) {
		fmt.Fprintln(&names, m)
	}
	if err := os.WriteFile(path, []byte(names.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// add runs a probe for the first time, and notes which guards it meets.
func (x *inside) add(p *probe) {
	would := guards.Record(func() { p.want = p.outcome() })
	n := int32(len(x.probes))
	x.probes = append(x.probes, p)
	for i, m := range x.mutants {
		if would(m) {
			x.affected[i] = append(x.affected[i], n)
		}
	}
}

// outcome takes one guard out: tests first, then whatever could be accepted.
func (x *inside) outcome(mutant int) (outcome, by string) {
	defer guards.Force(x.mutants[mutant])()
	for _, n := range x.order(mutant) {
		p := x.probes[n]
		x.started.Store(int64(cpuTime()))
		if p.test && p.outcome() != p.want {
			x.recent = slices.DeleteFunc(x.recent, func(r int32) bool { return r == n })
			x.recent = append(x.recent[max(0, len(x.recent)-40):], n)
			return killed, p.name
		}
	}
	for _, n := range x.affected[mutant] {
		p := x.probes[n]
		x.started.Store(int64(cpuTime()))
		if !p.test && !p.want.accepted && p.outcome().accepted {
			return accepts, p.name
		}
	}
	return harmless, ""
}

// watch ends the process when one probe has taken ten seconds of the processor: it will
// not end. The machine may be busy, so that a clock says nothing.
func (x *inside) watch() {
	for range time.Tick(time.Second) {
		if at := x.started.Load(); at > 0 && cpuTime()-time.Duration(at) > 10*time.Second {
			os.Exit(3)
		}
	}
}

func cpuTime() time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		panic(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// order lists the probes that a mutant can matter to, those first that are likely to
// fail: what noticed its neighbours, and for the checker what tampers with certificates.
func (x *inside) order(mutant int) []int32 {
	var first, then []int32
	for _, n := range slices.Backward(x.recent) {
		if _, ok := slices.BinarySearch(x.affected[mutant], n); ok {
			first = append(first, n)
		}
	}
	checker := x.mutants[mutant].Guard().Package == "checker"
	for _, n := range x.affected[mutant] {
		if checker && !x.probes[n].tampers {
			then = append(then, n)
		} else {
			first = append(first, n)
		}
	}
	return append(first, then...)
}

// forgeries adds those of TestCheckerRefusesForgery.
func (x *inside) forgeries(t *testing.T) {
	for _, f := range forgeries {
		x.add(&probe{name: "forgery: " + f.name, test: true, tampers: true, run: func() probed {
			err := f.check(t, forgeryCase(t))
			ok := err != nil && strings.Contains(err.Error(), f.want)
			return probed{err == nil, fmt.Sprint(ok)}
		}})
	}
}

// itself adds those of TestCheckerRefusesByItself.
func (x *inside) itself(t *testing.T) {
	for _, c := range loadCases(t) {
		a := c.analysis()
		for _, r := range a.File("queries.sql", c.queries) {
			if said, ok := c.withoutProver(t, a, r); ok && said != "" {
				x.add(&probe{name: "the checker alone on " + c.name + " " + r.Name, test: true, tampers: true, run: func() probed {
					said, _ := c.withoutProver(t, a, r)
					return probed{said == "", fmt.Sprint(said != "")}
				}})
			}
		}
	}
}

// corpus adds something that is refused today, and must not be accepted unnoticed.
func (x *inside) corpus(p *probe) {
	if !p.outcome().accepted {
		x.add(p)
	}
}

// weakened adds what TestMutants makes of accepted queries.
func (x *inside) weakened(t *testing.T) {
	for _, c := range loadCases(t) {
		for _, r := range c.analysis().File("queries.sql", c.queries) {
			if r.Verdict != analyzer.Scoped {
				continue
			}
			sql, _ := positional(strings.TrimSuffix(r.Text, ";"))
			all, err := mutate.Statement(sql, c.tenant.Columns...)
			if err != nil {
				continue
			}
			for _, m := range all {
				x.corpus(&probe{name: "mutant of " + c.name + " " + r.Name + ": " + m.SQL, run: func() probed { return verdictOf(c.analysis(), m.SQL) }})
			}
		}
	}
}

// generated adds random statements, always the same.
func (x *inside) generated() {
	db, _ := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: querygen.Schema}})
	own, _ := tenancy.Classify(db, querygen.Tenancy())
	rng := rand.New(rand.NewPCG(9, 13))
	for range 3000 {
		sql := querygen.Generate(rng.IntN).SQL
		x.corpus(&probe{name: "generated: " + sql, run: func() probed {
			return verdictOf(analyzer.New(db, own, nil), "-- name: Generated :many\n"+sql+";\n")
		}})
	}
}

// schemas adds what TestMutantsOfSchemas makes of the schemas of accepted queries.
func (x *inside) schemas(t *testing.T) {
	for _, c := range loadCases(t) {
		var texts []string
		for _, r := range c.analysis().File("queries.sql", c.queries) {
			if r.Verdict != analyzer.Rejected {
				texts = append(texts, c.statement(r))
			}
		}
		for _, b := range brokenSchemas(c) {
			broken := *c
			broken.schema = b.schema
			if broken.load() != "" {
				continue
			}
			for _, text := range texts {
				if verdictOf(broken.analysis(), text).accepted {
					continue
				}
				x.add(&probe{name: b.String() + ": " + text, run: func() probed {
					again := broken
					if problem := again.load(); problem != "" {
						return probed{false, problem}
					}
					return verdictOf(again.analysis(), text)
				}})
			}
		}
	}
}

// cases adds the queries of testdata as tests; so is what makes the schema of each.
func (x *inside) cases(t *testing.T) {
	all := loadCases(t)
	for _, c := range all {
		for _, r := range c.analysis().File("queries.sql", c.queries) {
			text := c.statement(r)
			x.add(&probe{name: "case " + c.name + " " + r.Name, test: true, run: func() probed { return verdictOf(c.analysis(), text) }})
		}
	}
	for _, c := range all {
		a := c.analysis()
		for _, r := range a.File("queries.sql", c.queries) {
			if r.Verdict == analyzer.Scoped {
				x.tampered(t, c, r, a)
			}
		}
	}
	for _, c := range all {
		x.add(&probe{name: "case " + c.name, test: true, run: func() probed { return c.again() }})
	}
}

// verdictOf is what TestCases looks at.
func verdictOf(a *analyzer.Analyzer, text string) probed {
	var said []string
	accepted := false
	for _, r := range a.File("queries.sql", text) {
		got, wrong := verdict(r)
		said = append(said, got+" "+wrong)
		accepted = accepted || r.Verdict != analyzer.Rejected || got == `"unchecked-proof"`
	}
	return probed{accepted, strings.Join(said, "\n")}
}

// again loads a case anew.
func (c *testCase) again() probed {
	fresh := *c
	if problem := fresh.load(); problem != "" {
		return probed{false, problem}
	}
	return verdictOf(fresh.analysis(), c.queries)
}

// tampered adds what TestCheckerRefusesTampering does to the certificate of a query.
func (x *inside) tampered(t *testing.T, c *testCase, r *analyzer.Result, a *analyzer.Analyzer) {
	st, cert := a.Certify(t, c.statement(r))
	check := func(do, undo func()) func() probed {
		return func() probed {
			do()
			defer undo()
			ok := a.Check(st, cert) == nil
			return probed{ok, fmt.Sprint(ok)}
		}
	}
	for _, ch := range tampering(cert) {
		x.add(&probe{name: "tampering with " + c.name + " " + r.Name + ": " + ch.what, test: true, tampers: true, run: check(ch.do, ch.undo)})
	}
}

// quickTests are tests of this package that need no server.
var quickTests = []testing.InternalTest{
	{Name: "TestUnusableConditions", F: TestUnusableConditions},
	{Name: "TestReadAlsoIsExact", F: TestReadAlsoIsExact},
	{Name: "TestReadAlsoOfOneRow", F: TestReadAlsoOfOneRow},
	{Name: "TestReadAlsoInFunction", F: TestReadAlsoInFunction},
	{Name: "TestReadAlsoOfChild", F: TestReadAlsoOfChild},
	{Name: "TestConditionsOfInheriting", F: TestConditionsOfInheriting},
	{Name: "TestCheckerKnowsReadAlso", F: TestCheckerKnowsReadAlso},
	{Name: "TestRoutable", F: TestRoutable},
	{Name: "TestRoutableOnlyOnCitus", F: TestRoutableOnlyOnCitus},
	{Name: "TestRoutableLevels", F: TestRoutableLevels},
	{Name: "TestSent", F: TestSent},
	{Name: "TestUses", F: TestUses},
}

func (x *inside) tests() {
	for _, test := range quickTests {
		x.add(&probe{name: test.Name, test: true, run: func() probed {
			all := func(string, string) (bool, error) { return true, nil }
			return probed{said: fmt.Sprint(testing.RunTests(all, []testing.InternalTest{test}))}
		}})
	}
}
