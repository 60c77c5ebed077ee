// Package measure compares ways to do the same on a database with many tenants.
package measure

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

var budgets = flag.Bool("budget", false, "fail when a ratio is over its budget")

// Way is one of several ways to do the same. The first one of a comparison is what the others are compared with.
type Way struct {
	Name   string
	Call   func(context.Context) error
	Budget float64 // of the ratio; 0 is none
	Allocs float64 // budget of allocations above the first way's; 0 is none
	Floor  bool    // it is the least that ways with a budget can take, with which they are compared, too
}

// Compare calls all ways in turn, in a new order each time, so that whatever else the machine does meets all of them; it
// reports medians, and ratios to the first way.
func Compare(b *testing.B, ways ...Way) {
	b.Helper()
	ctx := b.Context()
	call := func(w Way) {
		if err := w.Call(ctx); err != nil {
			b.Fatalf("%s: %v", w.Name, err)
		}
	}
	for range 20 { // connects, prepares; after five executions PostgreSQL may choose a generic plan
		for _, w := range ways {
			call(w)
		}
	}
	took := make([][]time.Duration, len(ways))
	for b.Loop() {
		for _, i := range rand.Perm(len(ways)) {
			began := time.Now()
			call(ways[i])
			took[i] = append(took[i], time.Since(began))
		}
	}
	b.ReportMetric(0, "ns/op") // of all ways together: says nothing
	table := []string{fmt.Sprintf("\n%s, %d calls each", b.Name(), len(took[0])), "| | p50 | ratio | p99 | allocations |", "|---|---|---|---|---|"}
	var base, baseAllocs, floor float64
	for i, w := range ways {
		slices.Sort(took[i])
		if w.Floor {
			floor = float64(took[i][len(took[i])/2])
		}
	}
	for i, w := range ways {
		p50, p99 := took[i][len(took[i])/2], took[i][len(took[i])*99/100]
		allocs := testing.AllocsPerRun(200, func() { call(w) })
		if i == 0 {
			base, baseAllocs = float64(p50), allocs
		}
		ratio := float64(p50) / base
		table = append(table, fmt.Sprintf("| %s | %v | %.2f | %v | %.0f |", w.Name, round(p50), ratio, round(p99), allocs))
		if floor > 0 && w.Budget > 0 {
			b.ReportMetric(float64(p50)/floor, strings.ReplaceAll(w.Name, " ", "-")+"-over-floor")
		}
		b.ReportMetric(ratio, strings.ReplaceAll(w.Name, " ", "-")+"-ratio")
		if *budgets && (w.Budget > 0 && ratio > w.Budget || w.Allocs > 0 && allocs-baseAllocs > w.Allocs) {
			b.Errorf("%s: ratio %.3f (budget %.2f), %.0f allocations more (budget %.0f)", w.Name, ratio, w.Budget, allocs-baseAllocs, w.Allocs)
		}
	}
	fmt.Println(strings.Join(table, "\n"))
}

func round(d time.Duration) time.Duration { return d.Round(time.Microsecond) }
