package tenanthttp

import (
	"container/list"
	"time"
)

// recent keeps so many answers: those that were asked for last, each until its time.
type recent struct {
	size  int
	order *list.List // of *answer, the last one asked for in front
	byKey map[Key]*list.Element
}

type answer struct {
	key   Key
	entry Entry
	until time.Time
}

func newRecent(size int) *recent {
	return &recent{size: size, order: list.New(), byKey: map[Key]*list.Element{}}
}

func (r *recent) get(key Key, now time.Time) (Entry, bool) {
	at, ok := r.byKey[key]
	if !ok {
		return Entry{}, false
	}
	a := at.Value.(*answer)
	if !now.Before(a.until) {
		r.remove(at)
		return Entry{}, false
	}
	r.order.MoveToFront(at)
	return a.entry, true
}

func (r *recent) put(key Key, entry Entry, until time.Time) {
	if at, ok := r.byKey[key]; ok {
		r.remove(at)
	}
	r.byKey[key] = r.order.PushFront(&answer{key, entry, until})
	for r.order.Len() > r.size {
		r.remove(r.order.Back())
	}
}

// drop removes the answers that are meant.
func (r *recent) drop(meant func(Entry) bool) {
	for at := r.order.Front(); at != nil; {
		next := at.Next()
		if meant(at.Value.(*answer).entry) {
			r.remove(at)
		}
		at = next
	}
}

func (r *recent) remove(at *list.Element) {
	delete(r.byKey, at.Value.(*answer).key)
	r.order.Remove(at)
}
