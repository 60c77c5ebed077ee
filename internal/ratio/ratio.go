// Package ratio measures ways to do the same work against each other, for benchmarks whose result is a ratio: the ways
// take turns within one run, so that whatever else the machine does meets all of them, and the least that each took counts.
package ratio

import (
	"runtime"
	"syscall"
	"time"
)

// Clock tells how much has been spent so far.
type Clock func() time.Duration

var started = time.Now()

// Wall is the time that passes.
func Wall() time.Duration { return time.Since(started) }

// Processor is the processor time of this process, in all of its threads.
func Processor() time.Duration { return usage(syscall.RUSAGE_SELF) }

// Processes is the processor time of the processes that this one has started and waited for.
func Processes() time.Duration { return usage(syscall.RUSAGE_CHILDREN) }

func usage(who int) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(who, &u); err != nil {
		panic(err) // only an unknown who does
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Race is a number of ways that take turns.
type Race struct {
	clock Clock
	ways  []func()
	least []time.Duration
}

// Of makes a race, of which nothing has run yet.
func Of(clock Clock, ways ...func()) *Race {
	return &Race{clock: clock, ways: ways, least: make([]time.Duration, len(ways))}
}

// Turn runs every way once. Garbage that was there before is nobody's.
func (r *Race) Turn() {
	for i, way := range r.ways {
		runtime.GC()
		before := r.clock()
		way()
		if spent := r.clock() - before; r.least[i] == 0 || spent < r.least[i] {
			r.least[i] = max(spent, 1)
		}
	}
}

// Least is the least that a way has taken.
func (r *Race) Least(way int) time.Duration { return r.least[way] }

// Ratio is the least that one way took over the least that another did.
func (r *Race) Ratio(way, base int) float64 { return float64(r.least[way]) / float64(r.least[base]) }
