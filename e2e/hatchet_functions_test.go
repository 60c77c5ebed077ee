package e2e

import (
	"os"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/analyzer"
)

// TestHatchetsFunctions counts the queries of a large application that are scoped with what
// its configuration vouches for, and without a word for any function: what is left then
// runs bodies that do read or write other rows. Of 162 it must be 95 in a hundred.
func TestHatchetsFunctions(t *testing.T) {
	file := hatchetFile(t)
	vouched := verdicts(t, file)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, _, found := strings.Cut(string(text), "    functions:\n") // the last key
	if err := os.WriteFile(file, []byte(before), 0o644); err != nil || !found {
		t.Fatal(err, found)
	}
	alone := verdicts(t, file)
	t.Logf("vouched %v, read alone %v", vouched, alone)
	if vouched[analyzer.Scoped] != 162 || vouched[analyzer.Global] != 81 {
		t.Errorf("with functions: %v", vouched)
	}
	if alone[analyzer.Scoped] < 157 || alone[analyzer.Scoped]*100 < 95*vouched[analyzer.Scoped] || alone[analyzer.Global] < 62 {
		t.Errorf("without functions: %v", alone)
	}
}

func verdicts(t *testing.T, file string) map[analyzer.Verdict]int {
	t.Helper()
	p, err := tenantgen.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	n := map[analyzer.Verdict]int{}
	for _, r := range p.Check().Queries {
		n[r.Verdict]++
	}
	return n
}
