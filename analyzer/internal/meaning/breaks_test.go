package meaning

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/internal/guards"
)

// TestBroken takes each rule of broken out of the checker, and wants the search to find a statement that interferes and
// is accepted by a proof with such a step, within a minute of one processor. What no forgery can use alone because another rule
// refuses the same is taken out together with that one.
//
// TENANTGEN_BROKEN is a regular expression for the rules to take out; `.ci/nightly broken` tries all.
func TestBroken(t *testing.T) {
	which := os.Getenv("TENANTGEN_BROKEN")
	if which == "" {
		t.Skip("takes minutes: set TENANTGEN_BROKEN=.")
	}
	if len(guards.All()) == 0 {
		runGuarded(t)
		return
	}
	rules := regexp.MustCompile(which)
	for _, b := range broken {
		if rules.MatchString(b.name()) {
			t.Run(b.name(), b.find)
		}
	}
}

// runGuarded runs the test in a build in which conditions of the checker can be taken out.
func runGuarded(t *testing.T) {
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	overlay, err := guards.Instrument(root, "github.com/tenantgen/tenantgen", dir, []string{"analyzer/checker", "analyzer/tenancy"})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "test", "-vet=off", "-count=1", "-overlay", overlay, "-timeout", "3h", "-run", "^TestBroken$", "-v", ".")
	said, err := cmd.CombinedOutput()
	t.Logf("%s", said)
	if err != nil {
		t.Fatal(err)
	}
}

// rule is one of the checker's, by the guards that it is made of.
type rule struct {
	kind    certificate.Kind // of the step that it is about, 0 for none
	what    string
	guards  []string
	covered bool // by another rule, which refuses the same: nothing may be found
}

func (b rule) name() string {
	kind := "writes"
	if b.kind != 0 {
		kind = b.kind.String()
	}
	return kind + ": " + b.what
}

// aMinute is how long a search may take, of one processor.
const aMinute = time.Minute

func (b rule) find(t *testing.T) {
	var mutants []guards.Mutant
	for _, name := range b.guards {
		m, ok := guards.Named("checker " + name)
		if !ok {
			if m, ok = guards.Named(name); !ok {
				t.Fatalf("there is no guard %s: it has another text now", name)
			}
		}
		mutants = append(mutants, m)
	}
	x := newJudge(t) // of a schema that is read with every rule
	defer guards.Force(mutants...)()
	if b.kind != 0 {
		x.about = func(c *certificate.Certificate) bool { return uses(c, b.kind) }
	}
	from := used()
	for n := uint64(0); used()-from < aMinute; n++ {
		try := x.read
		if n%2 == 1 {
			try = x.write
		}
		if how, sql := crashing(try, n/2); how != "" {
			spent := fmt.Sprintf("after %.1f s: %d statements, %d trials", (used() - from).Seconds(), x.statements, x.pairs+x.forgeries)
			if b.covered {
				t.Errorf("another rule was believed to refuse the same; found %s, by %s:\n%s", spent, how, sql)
				return
			}
			t.Logf("found %s, by %s:\n%s", spent, how, sql)
			return
		}
	}
	if !b.covered {
		t.Errorf("not found in %d statements, %d trials, %d accepted forgeries", x.statements, x.pairs+x.forgeries, x.forged)
		return
	}
	t.Logf("covered: nothing in %d statements, %d trials, %d accepted forgeries", x.statements, x.pairs+x.forgeries, x.forged)
}

// crashing tries a statement. A checker that crashes without its rule accepts nothing.
func crashing(try func(uint64) (how, sql string), n uint64) (how, sql string) {
	defer func() {
		if recover() != nil {
			how = ""
		}
	}()
	return try(n)
}

// used is the time of processors that this process has taken.
func used() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// uses reports whether a proof has a step of a kind, wherever it stands.
func uses(c *certificate.Certificate, kind certificate.Kind) bool {
	var chain func(certificate.Chain) bool
	var claim func(*certificate.Claim) bool
	chain = func(c certificate.Chain) bool {
		return slices.ContainsFunc(c, func(s certificate.Step) bool {
			return s.Kind == kind || slices.ContainsFunc(s.Premises, chain) || s.Claim != nil && claim(s.Claim)
		})
	}
	claim = func(c *certificate.Claim) bool {
		return slices.ContainsFunc(c.Proof, chain) || slices.ContainsFunc(c.Arms, claim)
	}
	for _, p := range c.Pins {
		if chain(p.Chain) {
			return true
		}
	}
	for _, s := range c.Sets {
		if chain(s) {
			return true
		}
	}
	for _, d := range c.Demands {
		for _, by := range d.By {
			if chain(by) {
				return true
			}
		}
	}
	for _, r := range c.Rows {
		if chain(r.Claim.OwnProof) {
			return true
		}
	}
	return false
}

// TestBrokenNamesEveryKind wants a rule for each kind of step.
func TestBrokenNamesEveryKind(t *testing.T) {
	for _, k := range certificate.Kinds() {
		if !slices.ContainsFunc(broken, func(b rule) bool { return b.kind == k && !b.covered }) {
			t.Errorf("no rule about steps %q is taken out", k)
		}
	}
	for i, b := range broken {
		if len(b.guards) == 0 || slices.ContainsFunc(broken[:i], func(o rule) bool { return o.name() == b.name() }) || strings.TrimSpace(b.what) == "" {
			t.Errorf("%s: twice, or without a guard", b.name())
		}
	}
}
