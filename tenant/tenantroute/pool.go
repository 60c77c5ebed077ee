package tenantroute

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// pool is that of one database.
type pool struct {
	database string
	ready    chan struct{} // closed when it is open, or cannot be opened
	pool     *pgxpool.Pool
	err      error
	users    int       // calls that have it, or wait for it to be opened
	used     time.Time // when the last of them went
}

// take returns the pool of a database, for a call that gives it back by release.
func (r *Router) take(ctx context.Context, database string) (*pool, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, r.Wait, ErrBusy)
	defer cancel()
	for {
		p, opens, wait, err := r.claim(database)
		switch {
		case err != nil:
			return nil, err
		case opens:
			r.open(ctx, p)
		case p == nil:
			select {
			case <-wait:
				continue
			case <-ctx.Done():
				return nil, errors.Join(ErrBusy, context.Cause(ctx))
			}
		}
		select {
		case <-p.ready:
		case <-ctx.Done():
			r.release(p)
			return nil, context.Cause(ctx)
		}
		if p.err != nil {
			return nil, p.err
		}
		return p, nil
	}
}

// claim returns the pool of a database, and whether the caller has to open it; or nothing, and what to wait for, when there
// may be no more.
func (r *Router) claim(database string) (p *pool, opens bool, wait <-chan struct{}, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, false, nil, ErrClosed
	}
	if p := r.pools[database]; p != nil {
		p.users++
		return p, false, nil, nil
	}
	if len(r.pools) >= r.MaxPools && !r.closeOldest() {
		return nil, false, r.freed, nil
	}
	p = &pool{database: database, ready: make(chan struct{}), users: 1}
	r.pools[database] = p
	return p, true, nil, nil
}

// open opens a pool, for all who wait for it. One that cannot be opened is forgotten, so that the next call tries again. Who gives
// up waiting does not keep the others from it.
func (r *Router) open(ctx context.Context, p *pool) {
	opened, err := r.Open(context.WithoutCancel(ctx), p.database)
	if err == nil && opened == nil {
		err = ErrNoPlace
	}
	r.mu.Lock()
	p.pool, p.err = opened, err
	if err != nil {
		delete(r.pools, p.database)
		r.tell()
	}
	r.mu.Unlock()
	close(p.ready)
}

// release gives a pool back.
func (r *Router) release(p *pool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p.users--
	if p.users > 0 || r.pools[p.database] != p {
		return
	}
	p.used = time.Now()
	if r.closed {
		r.remove(p)
		return
	}
	r.tell()
	if r.sweeps == nil {
		r.sweeps = time.AfterFunc(r.IdleAfter, r.sweep)
	}
}

// tell wakes those who wait for a pool. The lock is held.
func (r *Router) tell() {
	close(r.freed)
	r.freed = make(chan struct{})
}

// closeOldest closes the pool that was not used for longest, if there is one that nobody uses. The lock is held.
func (r *Router) closeOldest() bool {
	var oldest *pool
	for _, p := range r.pools {
		if p.users == 0 && (oldest == nil || p.used.Before(oldest.used)) {
			oldest = p
		}
	}
	if oldest == nil {
		return false
	}
	r.remove(oldest)
	return true
}

// remove closes a pool that nobody uses. The lock is held, and closing may wait for a connection to come back.
func (r *Router) remove(p *pool) {
	delete(r.pools, p.database)
	go p.pool.Close()
}

// sweep closes the pools that nobody has used for a while, and comes back for the others.
func (r *Router) sweep() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sweeps = nil
	next := time.Duration(-1)
	for _, p := range r.pools {
		if p.users > 0 {
			continue
		}
		if left := r.IdleAfter - time.Since(p.used); left > 0 {
			if next < 0 || left < next {
				next = left
			}
			continue
		}
		r.remove(p)
	}
	if next > 0 && !r.closed {
		r.sweeps = time.AfterFunc(next, r.sweep)
	}
}

// Close closes the pools that nobody uses, and each of the others when the last call has given it back. Calls that come after it
// are refused.
func (r *Router) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	for _, p := range r.pools {
		if p.users == 0 {
			r.remove(p)
		}
	}
	if r.sweeps != nil {
		r.sweeps.Stop()
	}
	r.tell()
}

// Opened returns the names of the databases whose pools are open, and how many calls have each.
func (r *Router) Opened() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	open := map[string]int{}
	for name, p := range r.pools {
		open[name] = p.users
	}
	return open
}
