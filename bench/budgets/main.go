// Command budgets measures every ratio that has a budget, prints both, and fails over budget:
//
//	go run ./bench/budgets              all of them
//	go run ./bench/budgets Tables Lint  those whose benchmark's name has one of the words
//	go run ./bench/budgets -list        the budgets alone
//
// The benchmarks stand in the packages that they are about; the table names them.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"strings"
)

func main() {
	list := flag.Bool("list", false, "print the budgets and measure nothing")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	chosen := choose(table, flag.Args())
	if len(chosen) == 0 {
		fmt.Fprintf(os.Stderr, "budgets: no benchmark's name has %s in it; -list prints them\n", strings.Join(flag.Args(), " or "))
		os.Exit(2)
	}
	measure := func(b benchmark) ([]byte, error) { return run(ctx, b) }
	if *list {
		measure = nil
	}
	if !report(os.Stdout, chosen, measure) {
		os.Exit(1)
	}
}

// choose keeps the benchmarks whose names have one of the words; all without any.
func choose(all []benchmark, words []string) []benchmark {
	return slices.DeleteFunc(slices.Clone(all), func(b benchmark) bool {
		return len(words) > 0 && !slices.ContainsFunc(words, func(w string) bool { return strings.Contains(b.name, w) })
	})
}

// run runs one benchmark and returns what it printed.
func run(ctx context.Context, b benchmark) ([]byte, error) {
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/tenantgen/tenantgen").Output()
	if err != nil {
		return nil, fmt.Errorf("where is the repository: %w", err)
	}
	cmd := exec.CommandContext(ctx, "go", "test", "-count=1", "-vet=off", "-run", "^$", "-bench", "^"+b.name+"$",
		"-benchtime", fmt.Sprintf("%dx", b.turns), "-timeout", "2h", "./"+b.dir)
	cmd.Dir = strings.TrimSpace(string(root))
	return cmd.CombinedOutput()
}

// line is one of the output: benchmark, what its ratio is of, the ratio, the budget, the verdict.
const line = "%-44s %-56s %8s %8s  %s\n"

// report prints a line for each ratio, as it is measured, and reports whether all are there and within budget.
// Nothing is measured without measure.
func report(out io.Writer, list []benchmark, measure func(benchmark) ([]byte, error)) bool {
	fmt.Fprintf(out, line, "benchmark", "ratio", "measured", "budget", "")
	good := true
	for _, b := range list {
		if measure == nil {
			for _, g := range b.budgets {
				fmt.Fprintf(out, line, b.label(b.name), g.what, "", number(g.most), "")
			}
			continue
		}
		printed, err := measure(b)
		for _, g := range b.budgets {
			good = b.judge(out, g, metrics(printed)) && good
		}
		if err != nil {
			good = false
			fmt.Fprintf(out, "%s: %v\n%s\n", b.name, err, bytes.TrimSpace(printed))
		}
	}
	return good
}

// judge prints the lines of one budget and reports whether it was measured and holds.
func (b benchmark) judge(out io.Writer, g budget, found []metric) bool {
	found = slices.DeleteFunc(slices.Clone(found), func(m metric) bool { return m.unit != g.metric })
	if len(found) == 0 {
		fmt.Fprintf(out, line, b.label(b.name), g.what, "-", number(g.most), "NOT MEASURED")
		return false
	}
	good := true
	for _, m := range found {
		verdict := ""
		if !(m.value <= g.most) { // which NaN is not, either
			good, verdict = false, "OVER BUDGET"
		}
		fmt.Fprintf(out, line, b.label(m.name), g.what, number(m.value), number(g.most), verdict)
	}
	return good
}

// label is the name as the output has it: with the package, without what all names have.
func (b benchmark) label(name string) string {
	name = strings.TrimPrefix(name, "Benchmark")
	if b.dir != "." {
		return b.dir + " " + name
	}
	return name
}

func number(x float64) string { return strconv.FormatFloat(x, 'g', 4, 64) }

// metric is a number that a benchmark has reported.
type metric struct {
	name, unit string
	value      float64
}

// metrics reads what testing prints: the name with -GOMAXPROCS, how often it ran, then each number with its unit.
func metrics(printed []byte) []metric {
	var list []metric
	for text := range strings.Lines(string(printed)) {
		fields := strings.Fields(text)
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := fields[0]
		if at := strings.LastIndexByte(name, '-'); at > 0 {
			name = name[:at]
		}
		for i := 2; i+1 < len(fields); i += 2 {
			if value, err := strconv.ParseFloat(fields[i], 64); err == nil {
				list = append(list, metric{name, fields[i+1], value})
			}
		}
	}
	return list
}
