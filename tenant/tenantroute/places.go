package tenantroute

import (
	"context"
	"sync"
	"time"

	"github.com/tenantgen/tenantgen/tenant"
)

// places are those of tenants that were asked for.
type places struct {
	ask   func(ctx context.Context, scope tenant.Scope) (Place, error)
	keep  time.Duration
	most  int
	mu    sync.Mutex
	known map[tenant.Scope]*known
}

// known is a place, or that somebody asks for it.
type known struct {
	ready chan struct{}
	place Place
	err   error
	until time.Time
}

func newPlaces(c Config) *places {
	return &places{ask: c.Place, keep: c.Remember, most: c.RememberMost, known: map[tenant.Scope]*known{}}
}

// of returns the place of a tenant. One asks for all who want to know at the same time; what cannot be told is not remembered.
func (p *places) of(ctx context.Context, scope tenant.Scope) (Place, error) {
	for {
		k, asks := p.claim(scope)
		if asks {
			p.answer(ctx, scope, k)
		}
		select {
		case <-k.ready:
		case <-ctx.Done():
			return Place{}, ctx.Err()
		}
		if !asks && k.err != nil {
			continue // of whoever asked: with a context that has ended, perhaps
		}
		return k.place, k.err
	}
}

func (p *places) claim(scope tenant.Scope) (k *known, asks bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	k = p.known[scope]
	if k != nil && (k.until.IsZero() || time.Now().Before(k.until)) {
		return k, false
	}
	if k == nil && len(p.known) >= p.most {
		p.makeRoom()
	}
	k = &known{ready: make(chan struct{})}
	p.known[scope] = k
	return k, true
}

// makeRoom forgets those that are old, and if these are few, any that are known. The lock is held.
func (p *places) makeRoom() {
	now := time.Now()
	for scope, k := range p.known {
		if !k.until.IsZero() && now.After(k.until) {
			delete(p.known, scope)
		}
	}
	for scope, k := range p.known {
		if len(p.known) < p.most*9/10 {
			return
		}
		if !k.until.IsZero() {
			delete(p.known, scope)
		}
	}
}

// answer asks. A panic of the application's is an error for those who wait.
func (p *places) answer(ctx context.Context, scope tenant.Scope, k *known) {
	k.err = ErrNoPlace
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if k.err != nil {
			k.place = Place{}
			if p.known[scope] == k {
				delete(p.known, scope)
			}
		}
		k.until = time.Now().Add(p.keep)
		close(k.ready)
	}()
	place, err := p.ask(ctx, scope)
	if err == nil && place.Database == "" {
		err = ErrNoPlace
	}
	k.place, k.err = place, err
}

// forget has a place asked for anew. Who is being answered at this moment gets what was true before.
func (p *places) forget(scope tenant.Scope) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.known, scope)
}
