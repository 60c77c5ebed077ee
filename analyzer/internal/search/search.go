// Package search looks for leaks that the analyzer accepts: it generates schemas,
// statements over them and pairs of states that differ in other tenants' rows only
// (package schemagen), runs what is accepted in both states on a server, and compares.
// A difference must be covered by a premise that the certificate names, or it is a
// leak; leaks are shrunk and written as folders.
package search

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Options say how much to try.
type Options struct {
	Seed       uint64
	Trials     int // of all schemas together
	First      int // schemas that are left out
	Schemas    int // at most, 0 for no limit
	Workers    int
	Statements int // that are generated for a schema, at most
	Accepted   int // that are run of them, at most
	Pairs      int // of states for a schema
	Values     int // of parameters for a statement and pair
	Force      []string
	// IgnoreVerdict also runs what is refused: it shows what generator and judge see.
	IgnoreVerdict bool
	Every         bool          // keep the leak of every statement, not one of a kind for each schema
	Consistent    bool          // look only at states without references across tenants
	Stop          int           // after so many leaks
	Shrink        time.Duration // for each leak
	Out           string        // the directory for folders of leaks, "" for none
	Log           func(format string, args ...any)
	Verbose       bool
}

// Count is what was tried.
type Count struct {
	Schemas, Usable, Statements, Accepted, Invalid, Pairs, Skipped int
	Trials, Errors, Effective, Unstable, Differences               int
	Covered                                                        map[string]int // differences that a premise covers, by its kind
	Leaks                                                          []*Leak
	Refusals, Codes                                                map[string]int
}

func newCount() *Count {
	return &Count{Covered: map[string]int{}, Refusals: map[string]int{}, Codes: map[string]int{}}
}

func (c *Count) add(d *Count) {
	c.Schemas += d.Schemas
	c.Usable += d.Usable
	c.Statements += d.Statements
	c.Accepted += d.Accepted
	c.Invalid += d.Invalid
	c.Pairs += d.Pairs
	c.Skipped += d.Skipped
	c.Trials += d.Trials
	c.Errors += d.Errors
	c.Effective += d.Effective
	c.Unstable += d.Unstable
	c.Differences += d.Differences
	c.Leaks = append(c.Leaks, d.Leaks...)
	for _, m := range []struct{ to, from map[string]int }{{c.Covered, d.Covered}, {c.Refusals, d.Refusals}, {c.Codes, d.Codes}} {
		for k, n := range m.from {
			m.to[k] += n
		}
	}
}

func (c *Count) String() string {
	return fmt.Sprintf("%d schemas (%d usable), %d statements, %d accepted (and %d that the server does not take), %d pairs of states (%d skipped), %d trials: %d errors, %d effective, %d unstable, %d differ, covered by premises %v, %d leaks",
		c.Schemas, c.Usable, c.Statements, c.Accepted, c.Invalid, c.Pairs, c.Skipped, c.Trials, c.Errors, c.Effective, c.Unstable, c.Differences, c.Covered, len(c.Leaks))
}

// Top lists the most frequent of a count's keys.
func Top(m map[string]int, n int) string {
	keys := slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		if m[a] != m[b] {
			return m[b] - m[a]
		}
		return strings.Compare(a, b)
	})
	var b strings.Builder
	for i, k := range keys {
		if i == n {
			break
		}
		fmt.Fprintf(&b, "\n%6d  %s", m[k], k)
	}
	return b.String()
}

// Run searches. Each worker has the database of one of urls. The same options give the
// same schemas and counts, however many workers there are.
func Run(ctx context.Context, urls []string, opts Options) (*Count, error) {
	total := newCount()
	r := &run{opts: &opts, total: total, done: map[int]*Count{}, next: opts.First, summed: opts.First}
	var group sync.WaitGroup
	errs := make([]error, len(urls))
	for i, url := range urls {
		group.Go(func() { errs[i] = r.work(ctx, url) })
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// run hands out schemas in order and adds up what became of them in that order.
type run struct {
	opts   *Options
	mu     sync.Mutex
	next   int
	failed bool // a worker did, and what it was at is never summed up
	summed int
	done   map[int]*Count
	total  *Count
}

func (r *run) take() (int, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failed || r.full() {
		return 0, false
	}
	n := r.next
	r.next++
	return n, true
}

func (r *run) full() bool {
	return r.total.Trials >= r.opts.Trials || r.opts.Schemas > 0 && r.next >= r.opts.First+r.opts.Schemas || r.opts.Stop > 0 && len(r.total.Leaks) >= r.opts.Stop
}

func (r *run) put(n int, c *Count) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done[n] = c
	for c := r.done[r.summed]; c != nil; c = r.done[r.summed] {
		if r.total.Trials < r.opts.Trials {
			r.total.add(c)
			for _, l := range c.Leaks {
				r.opts.Log("%s", l.Line())
			}
		}
		delete(r.done, r.summed)
		r.summed++
	}
}

func (r *run) work(ctx context.Context, url string) error {
	w, err := newWorker(ctx, url, r.opts)
	if err != nil {
		return err
	}
	defer w.conn.Close(context.Background())
	for {
		n, ok := r.take()
		if !ok {
			return nil
		}
		c, err := w.run(ctx, r.opts.Seed*1_000_003+uint64(n))
		if err != nil {
			r.mu.Lock()
			r.failed = true
			r.mu.Unlock()
			return fmt.Errorf("schema %d: %w", n, err)
		}
		r.put(n, c)
	}
}
