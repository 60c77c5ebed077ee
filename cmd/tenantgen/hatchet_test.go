package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/internal/corpora"
)

// A large application comes from nothing to a green gate: init proposes, fix writes what can be proved, the baseline
// carries the rest. What is left to people are the reasons for children without a foreign key.
func TestHatchetFromNothing(t *testing.T) {
	source := corpora.Dir(t, corpora.Hatchet)
	dir := t.TempDir()
	file, err := corpora.HatchetProject(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(filepath.Dir(file))
	link := filepath.Join(filepath.Dir(file), "hatchet")
	if err := os.Remove(link); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(link, os.DirFS(source)); err != nil { // fix writes
		t.Fatal(err)
	}
	text, _ := os.ReadFile("sqlc.yaml")
	without, _, _ := strings.Cut(string(text), "options:")
	put(t, "sqlc.yaml", without)
	step := func(code int, want string, args ...string) string {
		t.Helper()
		got, out, errOut := cli(args...)
		if m := regexp.MustCompile(want).FindString(out); got != code || m == "" {
			t.Fatalf("%v: code %d\n%s%s", args, got, out, errOut)
		}
		return out
	}
	step(exitClean, `42 tables declared, 0 left open`, "init", "--write")
	out := step(exitFindings, `(?m)^1[5-9]\d queries are fixed, \d+ are left to you$`, "fix")
	t.Log(out[strings.LastIndex(strings.TrimSpace(out), "\n")+1:])
	step(exitFindings, `excuses 1[01]\d queries`, "lint", "--write-baseline")
	out = step(exitFindings, `child-without-foreign-key: `, "lint")
	byHand := 0
	for _, m := range regexp.MustCompile(`a row of (\w+) from outliving`).FindAllStringSubmatch(out, -1) {
		text, _ := os.ReadFile("sqlc.yaml")
		line := regexp.MustCompile(`(?m)^( +` + m[1] + `: \{parent: .*)\}(.*)$`)
		put(t, "sqlc.yaml", line.ReplaceAllString(string(text), `${1}, no_foreign_key: "its partitions go together"}$2`))
		byHand++
	}
	out = step(exitClean, `queries: 3\d\d scoped`, "lint")
	t.Logf("%d lines by hand: %s", byHand, out[strings.LastIndex(strings.TrimSpace(out), "\n")+1:])
	if byHand > 9 {
		t.Errorf("%d lines by hand", byHand)
	}
}
