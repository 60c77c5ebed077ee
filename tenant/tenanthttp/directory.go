package tenanthttp

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tenantgen/tenantgen/tenant"
)

// Topic is what changes of tenants are announced under:
//
//	err := tenant.Announce(ctx, tx.Executor(), orgID.Scope(), tenanthttp.Topic)
const Topic = "tenanthttp directory"

// Entry is a tenant as the directory has it.
type Entry struct {
	Tenant   tenant.Tenant
	Security Security
}

// Lookup finds a tenant, or returns tenant.ErrUnknown. Its context has nothing of the request that asks, for the answer is
// everybody's. Mostly it is a query across tenants that is declared as a tenant-root.
type Lookup func(context.Context, Key) (Entry, error)

// Limits bound what a Directory keeps.
type Limits struct {
	// Size is how many keys it knows the tenant of, and how many that are nobody's; 10,000 of each when it is 0.
	Size int
	// Lifetime is how long an answer holds; a minute when it is 0. A change that is announced takes effect at once.
	Lifetime time.Duration
}

// Directory looks tenants up, and keeps the answers for a while, negative ones too. A key is looked up once at a time, however
// many requests ask. It is safe for concurrent use.
type Directory struct {
	lookup   Lookup
	lifetime time.Duration
	now      func() time.Time

	mu      sync.Mutex
	known   *recent // by key
	absent  *recent // keys that are nobody's; their flood pushes no tenant out
	flights map[Key]*flight
}

// flight is a lookup that is under way.
type flight struct {
	done  chan struct{}
	entry Entry
	err   error
}

// NewDirectory returns an empty directory. Have it Watch for changes.
func NewDirectory(lookup Lookup, limits Limits) *Directory {
	if limits.Size <= 0 {
		limits.Size = 10_000
	}
	if limits.Lifetime <= 0 {
		limits.Lifetime = time.Minute
	}
	return &Directory{
		lookup: lookup, lifetime: limits.Lifetime, now: time.Now,
		known: newRecent(limits.Size), absent: newRecent(limits.Size), flights: map[Key]*flight{},
	}
}

// Find returns the tenant of a key, or tenant.ErrUnknown.
func (d *Directory) Find(ctx context.Context, key Key) (Entry, error) {
	if !key.valid() {
		return Entry{}, tenant.ErrUnknown
	}
	f, ok := d.begin(key)
	if !ok {
		return f.entry, f.err
	}
	select {
	case <-f.done:
		return f.entry, f.err
	case <-ctx.Done():
		return Entry{}, ctx.Err()
	}
}

// begin returns the lookup to wait for, or false with one that has its answer.
func (d *Directory) begin(key Key) (*flight, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if e, ok := d.known.get(key, d.now()); ok {
		return &flight{entry: e}, false
	}
	if _, ok := d.absent.get(key, d.now()); ok {
		return &flight{err: tenant.ErrUnknown}, false
	}
	f, ok := d.flights[key]
	if !ok {
		f = &flight{done: make(chan struct{})}
		d.flights[key] = f
		go d.fly(key, f)
	}
	return f, true
}

// patience is how long a lookup may take.
const patience = 15 * time.Second

// fly looks a key up for all who ask for it.
func (d *Directory) fly(key Key, f *flight) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	f.entry, f.err = d.ask(ctx, key)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.flights[key] == f { // else it was forgotten meanwhile, and may be of before the change
		delete(d.flights, key)
		until := d.now().Add(d.lifetime)
		switch {
		case f.err == nil:
			d.known.put(key, f.entry, until)
		case errors.Is(f.err, tenant.ErrUnknown):
			d.absent.put(key, Entry{}, until)
		}
	}
	close(f.done)
}

// ask is the lookup, which may panic, or forget to say whom it found.
func (d *Directory) ask(ctx context.Context, key Key) (e Entry, err error) {
	defer func() {
		if r := recover(); r != nil {
			e, err = Entry{}, fmt.Errorf("tenanthttp: the lookup panicked: %v", r)
		}
	}()
	e, err = d.lookup(ctx, key)
	if err == nil && e.Tenant.ID() == "" {
		err = errors.New("tenanthttp: the lookup found a tenant without an id")
	}
	if err != nil {
		e = Entry{}
	}
	return e, err
}

// Forget drops what is kept of a tenant, by its id as text, and every negative answer, for it may have been one. An empty id
// drops everything.
func (d *Directory) Forget(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.flights) // whoever asks from now on asks anew
	d.absent.drop(func(Entry) bool { return true })
	d.known.drop(func(e Entry) bool { return id == "" || e.Tenant.ID() == id })
}

// Watch forgets tenants whose change is announced, until ctx ends; it runs in a goroutine of its own. Where announcements may
// have been missed, because the connection was lost, everything is forgotten. While there is no connection, answers hold for
// their lifetime.
func (d *Directory) Watch(ctx context.Context, db *tenant.DB) error {
	return db.Watch(ctx, Topic, func(_ context.Context, n tenant.Notification) error {
		d.Forget(n.Payload) // which is empty when they begin
		return nil
	})
}
