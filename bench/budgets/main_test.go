package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

const printed = `goos: linux
BenchmarkTables/lint-2         	       3	 12345 ns/op	        11.50 5000/500	         1.25 s
BenchmarkTables/generate_again-2 	       3	 12345 ns/op	        %s 5000/500
PASS
`

// What is over budget, what was not measured and what failed makes the command fail, and is said.
func TestReport(t *testing.T) {
	tables := benchmark{"x", "BenchmarkTables", 3, []budget{{"5000/500", 12, "growth"}}}
	for _, c := range []struct {
		name, second string
		err          error
		other        string // metric
		good         bool
		want         string
	}{
		{name: "within", second: "12.00", good: true},
		{name: "over", second: "12.01", want: "OVER BUDGET"},
		{name: "no number", second: "NaN", want: "OVER BUDGET"},
		{name: "another metric", second: "1", other: "warm/cold", want: "NOT MEASURED"},
		{name: "failed", second: "1", err: errors.New("exit status 1"), want: "exit status 1"},
	} {
		b := tables
		if c.other != "" {
			b.budgets = append(b.budgets, budget{c.other, 1, ""})
		}
		var out bytes.Buffer
		good := report(&out, []benchmark{b}, func(benchmark) ([]byte, error) { return []byte(strings.ReplaceAll(printed, "%s", c.second)), c.err })
		if good != c.good || !strings.Contains(out.String(), c.want) || !strings.Contains(out.String(), "x Tables/generate_again") || !strings.Contains(out.String(), "11.5 ") {
			t.Errorf("%s: %t\n%s", c.name, good, &out)
		}
	}
}

// -list prints what the table says and runs nothing.
func TestList(t *testing.T) {
	var out bytes.Buffer
	if !report(&out, table, nil) {
		t.Error("to list is no failure")
	}
	for _, b := range table {
		for _, g := range b.budgets {
			if !strings.Contains(out.String(), b.label(b.name)+" ") || !strings.Contains(out.String(), g.what) {
				t.Errorf("%s: %q is not in\n%s", b.name, g.what, &out)
			}
		}
	}
	if got := choose(table, []string{"Rehearsal"}); len(got) != 1 || got[0].name != "BenchmarkRehearsal" {
		t.Errorf("%+v", got)
	}
}
