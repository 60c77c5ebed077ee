package cache

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
)

// Key names an entry: a hash of all that it depends on.
type Key [sha256.Size]byte

// Facts are what an entry depends on, one after another.
type Facts struct{ h hash.Hash }

// NewFacts begins the facts of an entry for a purpose.
func NewFacts(purpose string) *Facts {
	f := &Facts{sha256.New()}
	f.Add(purpose)
	return f
}

// Add adds a list of texts. Its length and theirs are hashed with them: no two different
// sequences of calls hash the same bytes.
func (f *Facts) Add(texts ...string) {
	f.number(len(texts))
	for _, t := range texts {
		f.number(len(t))
		f.h.Write([]byte(t))
	}
}

func (f *Facts) number(n int) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(n))
	f.h.Write(b[:])
}

// Key is the key of the facts so far.
func (f *Facts) Key() (k Key) {
	f.h.Sum(k[:0])
	return k
}
