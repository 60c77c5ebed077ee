package tenantgen_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

var (
	shownBy  = regexp.MustCompile("`([a-z0-9/]*)\\.((?:Test|Example)[A-Za-z0-9_]*)`")
	declared = regexp.MustCompile(`(?m)^func ((?:Test|Example)[A-Za-z0-9_]*)\(`)
)

// TestFeatures: every row of docs/features.md names tests that there are. The links are TestDocsLinks'.
func TestFeatures(t *testing.T) {
	text, err := os.ReadFile("docs/features.md")
	if err != nil {
		t.Fatal(err)
	}
	rows, tests := 0, map[string]map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| feature ") {
			continue
		}
		rows++
		named := shownBy.FindAllStringSubmatch(line, -1)
		if len(named) == 0 {
			t.Errorf("shown by nothing: %s", line)
		}
		for _, m := range named {
			dir := m[1]
			if dir == "" {
				dir = "."
			}
			if tests[dir] == nil {
				tests[dir] = testsOf(t, dir)
			}
			if !tests[dir][m[2]] {
				t.Errorf("there is no %s in %s: %s", m[2], dir, line)
			}
		}
		if cells := strings.Count(strings.TrimSpace(line), "|"); cells != 4 {
			t.Errorf("%d cells: %s", cells-1, line)
		}
	}
	if rows < 60 {
		t.Errorf("%d rows", rows)
	}
}

// testsOf are the tests and examples of a folder.
func testsOf(t *testing.T, dir string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, file := range glob(t, dir+"/*_test.go") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range declared.FindAllStringSubmatch(string(text), -1) {
			found[m[1]] = true
		}
	}
	return found
}
