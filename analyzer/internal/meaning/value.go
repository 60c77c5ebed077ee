// Package meaning runs a query.Statement on small states of a database, as docs/proof.md says what
// the nodes mean: three-valued logic, bags, rows of nulls. It is for tests of the checker alone.
//
// What the proof knows nothing of is an uninterpreted function: an operator of its arguments,
// an aggregate of the bag of its arguments, LIMIT and DISTINCT ON a choice from the bag that they are
// given. All are drawn by a seed. That is enough to show interference, for it asks only whether two states
// give the same (and less than enough to say what PostgreSQL returns).
package meaning

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// Value is a value of any type: all types have the same few. Zero is false, any other number true.
type Value int32

// Null is no value.
const Null Value = -1 << 31

// unsaid is what a row of VALUES has that says DEFAULT.
const unsaid = Null + 1

// Row is a row of a table or of a result.
type Row []Value

// State is the rows of each table.
type State map[*catalog.Table][]Row

// True is what a condition is that is not false and not null.
func (v Value) True() bool { return v != Null && v != 0 }

func truth(b bool) Value {
	if b {
		return 1
	}
	return 0
}

func not(v Value) Value {
	if v == Null {
		return Null
	}
	return truth(v == 0)
}

// equal is the equality of SQL: null is equal to nothing, and different from nothing.
func equal(a, b Value) Value {
	if a == Null || b == Null {
		return Null
	}
	return truth(a == b)
}

// hash mixes numbers into one.
type hash uint64

func (h hash) with(n uint64) hash {
	x := uint64(h) ^ n + 0x9e3779b97f4a7c15 + uint64(h)<<6 + uint64(h)>>2
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return hash(x ^ x>>31)
}

func (h hash) text(s string) hash {
	for i := range len(s) {
		h = h.with(uint64(s[i]))
	}
	return h
}

func (h hash) row(r Row) hash {
	h = h.with(uint64(len(r)))
	for _, v := range r {
		h = h.with(uint64(uint32(v)))
	}
	return h
}

// bag mixes rows whose order is nothing.
func (h hash) bag(rows []Row) hash {
	var sum uint64
	for _, r := range rows {
		sum += uint64(hash(len(rows)).row(r))
	}
	return h.with(uint64(len(rows))).with(sum)
}

// value is one of a few values, rarely Null.
func (h hash) value() Value {
	if n := uint64(h) >> 7 % 8; n < 7 {
		return Value(n % 3)
	}
	return Null
}

// Equal reports whether two bags of rows are the same.
func Equal(a, b []Row) bool {
	if len(a) != len(b) {
		return false
	}
	return slices.EqualFunc(a, b, slices.Equal[Row]) || slices.EqualFunc(sorted(a), sorted(b), slices.Equal[Row])
}

func sorted(rows []Row) []Row { return slices.SortedFunc(slices.Values(rows), slices.Compare[Row]) }

// distinct leaves one of the rows that are the same, nulls included (PostgreSQL manual, SELECT, DISTINCT).
func distinct(rows []Row) []Row { return slices.CompactFunc(sorted(rows), slices.Equal[Row]) }
