package analyzer

import (
	"encoding/binary"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// tape holds values one behind another. What writes them reads them, in the same order: each method writes what it points to, or reads
// it back. A tape that does not have what is read is bad, and reads nothing more.
type tape struct {
	written []byte
	rest    string // to be read
	reading bool
	bad     bool
}

func (t *tape) int(n *int) {
	if !t.reading {
		t.written = binary.AppendVarint(t.written, int64(*n))
		return
	}
	size := 0
	var x uint64
	for shift := uint(0); size < len(t.rest) && shift < 64; shift += 7 {
		c := t.rest[size]
		size++
		if x |= uint64(c&0x7f) << shift; c < 0x80 {
			t.rest = t.rest[size:]
			*n = int(int64(x>>1) ^ -int64(x&1))
			return
		}
	}
	t.fail()
}

func (t *tape) fail() { t.bad, t.rest = true, "" }

// size is the number of things that follow, of a byte at least each.
func (t *tape) size(n int) int {
	if t.int(&n); t.reading && (n < 0 || n > len(t.rest)) {
		t.fail()
		return 0
	}
	return n
}

func (t *tape) string(s *string) {
	n := t.size(len(*s))
	if !t.reading {
		t.written = append(t.written, *s...)
		return
	}
	*s, t.rest = t.rest[:min(n, len(t.rest))], t.rest[min(n, len(t.rest)):]
}

func (t *tape) bool(b *bool) {
	n := 0
	if *b {
		n = 1
	}
	t.int(&n)
	if *b = n == 1; n < 0 || n > 1 {
		t.fail()
	}
}

// list is a list of values; one that is empty comes back as nil.
func list[T any](t *tape, all *[]T, one func(*T)) {
	n := t.size(len(*all))
	if t.reading {
		*all = nil
		if n > 0 {
			*all = make([]T, n)
		}
	}
	for i := range *all {
		one(&(*all)[i])
	}
}

func (t *tape) strings(all *[]string) { list(t, all, t.string) }
func (t *tape) ints(all *[]int)       { list(t, all, t.int) }

func (t *tape) span(s *query.Span) {
	t.int(&s.Start)
	t.int(&s.End)
}

func (t *tape) name(n *catalog.Name) {
	t.string(&n.Schema)
	t.string(&n.Name)
}

// text is a text of a type of its own.
func text[S ~string](t *tape, s *S) {
	plain := string(*s)
	t.string(&plain)
	*s = S(plain)
}
