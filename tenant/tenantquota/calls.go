package tenantquota

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tenantgen/tenantgen/tenant"
)

// Calls counts calls against a kind outside of any transaction: those of an API in a month, say. It takes some at a time
// from the tenant's counter, and so asks the database once for as many calls.
type Calls struct {
	quotas *Quotas
	db     *tenant.DB
	kind   string
	atOnce int64
	mu     sync.Mutex
	held   map[tenant.Scope]*holding
	closed bool
}

// holding is what is left of the calls that were taken for a tenant. Its lock is held while the database is asked, so that
// one asks for all that wait.
type holding struct {
	mu   sync.Mutex
	left int64
	at   time.Time // the beginning of the period that they are of
	gone bool      // Close was here
}

// NewCalls returns a counter of calls of a kind that takes atOnce of them from the database at a time: 1 is exact; with more, as
// many less one count that nobody makes, for each process that crashes and each tenant. Close gives back the rest.
func (q *Quotas) NewCalls(db *tenant.DB, kind string, atOnce int64) (*Calls, error) {
	if _, ok := q.Kinds[kind]; !ok {
		return nil, fmt.Errorf("%w %q", ErrUnknownKind, kind)
	}
	if atOnce < 1 {
		return nil, ErrAmount
	}
	return &Calls{quotas: q, db: db, kind: kind, atOnce: atOnce, held: map[tenant.Scope]*holding{}}, nil
}

// ErrClosed refuses a call after Close.
var ErrClosed = errors.New("tenantquota: closed")

// Count counts a call of the context's tenant, or returns a *tenant.QuotaError.
func (c *Calls) Count(ctx context.Context) error {
	t, err := tenant.Current(ctx)
	if err != nil {
		return err
	}
	scope := t.Scope.Outermost()
	h, err := c.of(scope)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.gone {
		return ErrClosed
	}
	start, _ := c.quotas.Kinds[c.kind].begins(c.quotas.Now())
	if !h.at.Equal(start) {
		h.left, h.at = 0, start // what is left of another period is worth nothing
	}
	if h.left == 0 {
		if h.left, err = c.take(ctx, scope); err != nil {
			return err
		}
	}
	h.left--
	return nil
}

// of returns what is held for a tenant.
func (c *Calls) of(scope tenant.Scope) (*holding, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, ErrClosed
	}
	h := c.held[scope]
	if h == nil {
		h = &holding{}
		c.held[scope] = h
	}
	return h, nil
}

// take reserves calls, and returns how many: one, where there are fewer than it wants.
func (c *Calls) take(ctx context.Context, scope tenant.Scope) (int64, error) {
	err := c.quotas.reserve(ctx, c.db, scope, c.kind, c.atOnce)
	var exceeded *tenant.QuotaError
	if err == nil {
		return c.atOnce, nil
	}
	if c.atOnce == 1 || !errors.As(err, &exceeded) {
		return 0, err
	}
	if err := c.quotas.reserve(ctx, c.db, scope, c.kind, 1); err != nil {
		return 0, err
	}
	return 1, nil
}

// Close gives back what was taken and not used, and refuses what comes after it.
func (c *Calls) Close(ctx context.Context) error {
	c.mu.Lock()
	held := c.held
	c.held, c.closed = nil, true
	c.mu.Unlock()
	var errs []error
	for scope, h := range held {
		h.mu.Lock()
		if h.left > 0 { // of the period that they were taken in
			errs = append(errs, c.quotas.release(ctx, c.db, scope, c.kind, h.left, h.at))
		}
		h.left, h.gone = 0, true
		h.mu.Unlock()
	}
	return errors.Join(errs...)
}
