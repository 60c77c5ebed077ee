package analyzer_test

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/internal/guards"
)

// guarded are the packages of which guards are taken out.
var guarded = []string{"analyzer", "analyzer/internal/prover", "analyzer/checker", "analyzer/certificate", "analyzer/routing",
	"analyzer/tenancy", "analyzer/internal/sqltext",
	"analyzer/internal/parsetree", "analyzer/internal/pgtype", "analyzer/internal/lower", "analyzer/internal/ddl"}

// TestGuards takes the guards out of our own code one by one (package guards) and asks
// whether a test notices. None may go unnoticed in the checker, and elsewhere none
// whose loss lets anything through that is refused today: cases, mutants of queries and
// of schemas, and random statements are tried. Those of guardReasons cannot matter.
//
// TENANTGEN_GUARDS is a regular expression for the names of the mutants to try: "." for
// all, "^checker " for the checker. TENANTGEN_GUARDS_OUT is a file that what came of each
// is written to as it is found: a run of the same code that was stopped goes on from there.
func TestGuards(t *testing.T) {
	if len(guards.All()) > 0 {
		t.Skip("is running")
	}
	which := os.Getenv("TENANTGEN_GUARDS")
	if which == "" {
		t.Skip("takes minutes: set TENANTGEN_GUARDS=.")
	}
	g := buildGuarded(t)
	g.goOn(t, os.Getenv("TENANTGEN_GUARDS_OUT"))
	g.takeOutOfChecker(t, which)
	g.takeOut(t, which)
	found := g.results(t)
	for name, r := range found {
		if (r.Outcome == accepts || r.Outcome == unchecked) && !strings.HasPrefix(name, "checker ") && g.noticedElsewhere(t, r) {
			r.Outcome = killed
			found[name] = r
		}
	}
	judgeGuards(t, found, regexp.MustCompile(which))
}

// The outcomes of taking a guard out.
const (
	killed    = "killed"       // a test fails
	unmet     = "unmet"        // nothing that is run comes past it with the other outcome
	harmless  = "harmless"     // no test fails, and nothing more is accepted
	accepts   = "accepts more" // no test fails, though
	begun     = "begun"
	unchecked = "removable" // no test fails, and it is the checker's
)

// guardResult is what came of one mutant.
type guardResult struct {
	Name, Outcome string
	By            string `json:",omitempty"` // the test that fails, or what is accepted
}

// guardedBuild is a build with switchable guards.
type guardedBuild struct {
	dir, binary, overlay, out string
}

func buildGuarded(t *testing.T) *guardedBuild {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	g := &guardedBuild{dir: t.TempDir()}
	g.binary, g.out = filepath.Join(g.dir, "analyzer.test"), filepath.Join(g.dir, "results")
	if g.overlay, err = guards.Instrument(root, "github.com/tenantgen/tenantgen", g.dir, guarded); err != nil {
		t.Fatal(err)
	}
	g.build(t, ".", g.binary)
	return g
}

func (g *guardedBuild) build(t *testing.T, pkg, binary string) {
	t.Helper()
	cmd := exec.Command("go", "test", "-vet=off", "-overlay", g.overlay, "-c", "-o", binary, pkg)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// takeOutOfChecker runs the checker's own tests without each of its guards: they take a
// fraction of a second, and hold most of them.
func (g *guardedBuild) takeOutOfChecker(t *testing.T, which string) {
	t.Helper()
	list := filepath.Join(g.dir, "mutants")
	cmd := exec.Command(g.binary, "-test.run", "^TestGuardsListed$")
	cmd.Env = append(os.Environ(), "TENANTGEN_GUARDS="+which, "TENANTGEN_GUARDS_LIST="+list)
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, last(said, 4000))
	}
	names, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	known := g.results(t)
	for name := range strings.Lines(string(names)) {
		r := guardResult{Name: strings.TrimSuffix(name, "\n"), Outcome: killed, By: "the checker's own tests"}
		if known[r.Name].Outcome == "" && strings.HasPrefix(r.Name, "checker ") && g.noticedElsewhere(t, r) {
			appendResult(t, g.out, r)
		}
	}
}

// takeOut runs TestGuardsInside until it has come through all mutants: one that crashes
// or never ends takes the process with it, and is noticed.
func (g *guardedBuild) takeOut(t *testing.T, which string) {
	t.Helper()
	for range 2000 {
		cmd := exec.Command(g.binary, "-test.run", "^TestGuardsInside$", "-test.timeout", "0", "-test.v")
		cmd.Env = append(os.Environ(), "TENANTGEN_GUARDS="+which, "TENANTGEN_GUARDS_RESULTS="+g.out)
		said, err := cmd.CombinedOutput()
		if err == nil {
			for line := range strings.Lines(string(said)) {
				if strings.Contains(line, "guards_inside_test.go") {
					t.Log(strings.TrimSpace(line))
				}
			}
			return
		}
		all := g.lines(t)
		if len(all) == 0 || all[len(all)-1].Outcome != begun {
			t.Fatalf("%v\n%s", err, last(said, 4000))
		}
		r := all[len(all)-1]
		r.Outcome, r.By = killed, "it crashes, or does not end: "+reason(said)
		appendResult(t, g.out, r)
	}
	t.Fatal("too many crashes")
}

func last(b []byte, n int) string { return string(b[max(0, len(b)-n):]) }

// reason is the line that says why a process ended.
func reason(said []byte) string {
	for line := range strings.Lines(string(said)) {
		if strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") || strings.HasPrefix(line, "runtime: goroutine stack") {
			return strings.TrimSpace(line)
		}
	}
	return "hangs"
}

func appendResult(t testing.TB, path string, r guardResult) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	line, _ := json.Marshal(r)
	if _, err := f.Write(append(line, '\n')); err != nil {
		t.Fatal(err)
	}
}

func (g *guardedBuild) lines(t *testing.T) []guardResult { return readResults(t, g.out) }

func readResults(t testing.TB, path string) []guardResult {
	t.Helper()
	f, err := os.Open(path)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []guardResult
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r guardResult
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// results are the last words about each mutant.
func (g *guardedBuild) results(t *testing.T) map[string]guardResult {
	found := map[string]guardResult{}
	for _, r := range g.lines(t) {
		found[r.Name] = r
	}
	return found
}

// goOn has a file kept, and what a run before has found in it, but for the mutant that it was stopped at.
func (g *guardedBuild) goOn(t *testing.T, path string) {
	t.Helper()
	if path == "" {
		return
	}
	g.out = path
	found := g.results(t)
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if r := found[name]; r.Outcome != begun {
			appendResult(t, path, r)
		}
	}
	t.Logf("%d mutants are known from %s", len(g.lines(t)), path)
}

// elsewhere are tests of other packages that hold guards too, by the package whose
// guards they hold.
var elsewhere = map[string][]string{
	"sqltext":     {"./internal/sqltext", "./internal/lower", "./internal/ddl"},
	"parsetree":   {"./internal/parsetree", "./internal/lower", "./internal/ddl", "./rules"},
	"pgtype":      {"./internal/pgtype", "./internal/lower", "./internal/ddl", "./rules"},
	"lower":       {"./internal/lower", "./rules"},
	"ddl":         {"./internal/ddl", "./rules"},
	"tenancy":     {"./tenancy", "./rules"},
	"certificate": {"./checker"},
	"checker":     {"./checker"},
	"prover":      {"./rules"},
}

// takesLong are those of them that are asked last.
const takesLong = "Server|Corpus|Condition"

// noticedElsewhere runs tests of other packages without a guard.
func (g *guardedBuild) noticedElsewhere(t *testing.T, r guardResult) bool {
	pkg, _, _ := strings.Cut(r.Name, " ")
	for _, dir := range elsewhere[pkg] {
		binary := filepath.Join(g.dir, strings.ReplaceAll(dir, "/", "_")+".test")
		if _, err := os.Stat(binary); err != nil {
			g.build(t, dir, binary)
		}
		for _, which := range [][]string{{"-test.skip", takesLong}, {"-test.run", takesLong}} {
			cmd := exec.Command(binary, append(which, "-test.timeout", "1m")...)
			cmd.Dir, cmd.Env = dir, append(os.Environ(), guards.Variable+"="+r.Name)
			if cmd.Run() != nil {
				return true
			}
		}
	}
	return false
}

// judgeGuards holds the results to the reasons, both ways.
func judgeGuards(t *testing.T, found map[string]guardResult, which *regexp.Regexp) {
	count := map[string]map[string]int{}
	var open []guardResult
	for _, r := range found {
		pkg, _, _ := strings.Cut(r.Name, " ")
		if count[pkg] == nil {
			count[pkg] = map[string]int{}
		}
		listed := guardReasons[r.Name] != ""
		survives := r.Outcome == accepts || r.Outcome == unchecked
		switch {
		case listed && survives:
			count[pkg]["equivalent, with a reason"]++
			continue
		case listed && r.Outcome == killed:
			t.Errorf("%s has a reason, but a test notices it: %s", r.Name, r.By)
		case survives:
			open = append(open, r)
		}
		count[pkg][r.Outcome]++
	}
	for name := range guardReasons {
		if _, ok := found[name]; !ok && which.MatchString(name) {
			t.Errorf("%s has a reason, but does not exist", name)
		}
	}
	slices.SortFunc(open, func(a, b guardResult) int { return cmp.Compare(a.Name, b.Name) })
	for _, r := range open {
		t.Errorf("%s: %s, and no test notices: %s", r.Name, r.Outcome, r.By)
	}
	for pkg, n := range count {
		t.Log(pkg, fmt.Sprint(n))
	}
}
