// Package guards takes conditions of our own code out, one at a time, while it runs:
// a test that never fails then holds nothing. Instrument rewrites packages so that
// each condition asks Is; go build -overlay puts the rewritten files in the place of
// the real ones, which know nothing of this package.
package guards

import (
	"fmt"
	"os"
	"slices"
)

// Guard is a condition, or a call or assignment that can be left out. Its name has no
// line numbers, so that it survives edits elsewhere.
type Guard struct {
	Package  string // the last element of its path
	Func     string // parse, or lowerer.parse for a method
	Text     string
	Nth      int  // among those of one text in one function, from 0
	Kind     Kind // where it stands
	Refusing bool // what it decides on, or does, refuses
	True     bool // whether forcing it to be true makes a mutant that differs from others
	False    bool // the same for false
	File     string
	Line     int
}

// Kind tells where a guard stands.
type Kind string

// The kinds.
const (
	Cond Kind = "condition"
	Case Kind = "case"
	Stmt Kind = "statement" // true while it is not left out
)

// Mutant is a guard that always has one outcome.
type Mutant struct {
	ID    int // of the guard, its index in All
	Value bool
}

// All lists the guards that are compiled in, none without the overlay.
func All() []Guard { return table }

// Mutants lists the mutants of all guards.
func Mutants() []Mutant {
	var ms []Mutant
	for id, g := range table {
		if g.False {
			ms = append(ms, Mutant{id, false})
		}
		if g.True {
			ms = append(ms, Mutant{id, true})
		}
	}
	return ms
}

// Named returns the mutant of a name.
func Named(name string) (Mutant, bool) {
	ms := Mutants()
	i := slices.IndexFunc(ms, func(m Mutant) bool { return m.String() == name })
	if i < 0 {
		return Mutant{}, false
	}
	return ms[i], true
}

// Guard returns what m forces.
func (m Mutant) Guard() Guard { return table[m.ID] }

// String names m: certificate checker.level: q.Group != nil = false.
func (m Mutant) String() string {
	g := table[m.ID]
	name := g.Package + " " + g.Func + ": " + g.Text
	if g.Nth > 0 {
		name += fmt.Sprintf(" (%d)", g.Nth+1)
	}
	if g.Kind == Stmt {
		return name + " left out"
	}
	return fmt.Sprintf("%s = %t", name, m.Value)
}

// forced are the outcomes that are forced at the moment.
var forced []Mutant

// Force switches mutants on until undo is called. Only one goroutine may do so, and
// run what is rewritten meanwhile.
func Force(ms ...Mutant) (undo func()) {
	before := forced
	forced = append(slices.Clip(forced), ms...)
	return func() { forced = before }
}

// Variable names a mutant that is switched on from the start: in tests of packages that
// do not take guards out themselves.
const Variable = "TENANTGEN_GUARD"

func init() {
	name := os.Getenv(Variable)
	if name == "" || len(table) == 0 {
		return
	}
	m, ok := Named(name)
	if !ok {
		panic("there is no guard " + name)
	}
	Force(m)
}

// met has, while it is recorded, two entries for each guard: whether it was false and
// whether it was true.
var met []bool

// recorded is kept from one recording to the next, of which there may be thousands.
var recorded []bool

// Record runs f and tells which mutants would have changed the outcome of a guard
// meanwhile. The answer holds until the next recording.
func Record(f func()) func(Mutant) bool {
	seen := recorded
	if len(seen) != 2*len(table) {
		seen = make([]bool, 2*len(table))
	}
	clear(seen)
	met, recorded = seen, seen
	defer func() { met = nil }()
	f()
	return func(m Mutant) bool {
		other := 2 * m.ID
		if !m.Value {
			other++
		}
		return seen[other]
	}
}

// Is returns outcome, unless another is forced. Rewritten code calls it.
func Is(id int, outcome bool) bool {
	if met != nil {
		i := 2 * id
		if outcome {
			i++
		}
		met[i] = true
	}
	for _, m := range forced {
		if m.ID == id {
			return m.Value
		}
	}
	return outcome
}
