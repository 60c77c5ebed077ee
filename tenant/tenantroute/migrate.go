package tenantroute

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Migration says how the migrations of all places run.
type Migration struct {
	// Apply brings one place up to date. It is the application's: goose, say, on a connection with place.SearchPath.
	Apply func(ctx context.Context, place Place) error
	// Databases is how many of them are migrated at the same time, 4 when it is 0. The places of one come one after the other:
	// what they do to roles and to what they share would collide.
	Databases int
	// StopAfter is how many places may fail before no further one is begun; 0 goes through all of them.
	StopAfter int
	// Progress is told of each place that is done, one at a time; it may be nil.
	Progress func(Progress)
}

// Progress is how far Migrate is.
type Progress struct {
	Place               Place
	Err                 error // of this place
	Took                time.Duration
	Done, Failed, Total int // of all; Done counts those that failed
}

// PlaceError is what went wrong in one place.
type PlaceError struct {
	Place Place
	Err   error
}

// Error names the place.
func (e *PlaceError) Error() string { return e.Place.String() + ": " + e.Err.Error() }

// Unwrap is the error.
func (e *PlaceError) Unwrap() error { return e.Err }

// ErrNotBegun is of places that were not begun, because others had failed or the context has ended.
var ErrNotBegun = errors.New("tenantroute: not begun")

// Migrate brings every place up to date, each once, and returns a *PlaceError for each that failed or was not begun, joined. A place
// that fails keeps no other one from being migrated, unless StopAfter says so: the tenants of the others go on. What is up to
// date already the application's migrator knows, so that Migrate may be run again.
func (m Migration) Migrate(ctx context.Context, places []Place) error {
	if m.Apply == nil {
		return errors.New("tenantroute: Apply has to be given")
	}
	orElse(&m.Databases, 4)
	r := &run{Migration: m}
	queues := map[string][]Place{}
	var order []string
	seen := map[Place]bool{}
	for _, p := range places {
		if p.Database == "" {
			return fmt.Errorf("%w: a place to migrate without a database", ErrNoPlace)
		}
		if seen[p] {
			continue
		}
		seen[p] = true
		if queues[p.Database] == nil {
			order = append(order, p.Database)
		}
		queues[p.Database] = append(queues[p.Database], p)
	}
	r.state.Total = len(seen)
	work := make(chan []Place)
	var wg sync.WaitGroup
	for range min(max(m.Databases, 1), len(order)) {
		wg.Go(func() {
			for queue := range work {
				for _, p := range queue {
					r.one(ctx, p)
				}
			}
		})
	}
	for _, database := range order {
		work <- queues[database]
	}
	close(work)
	wg.Wait()
	return errors.Join(r.errs...)
}

// run is one Migrate.
type run struct {
	Migration
	mu    sync.Mutex
	state Progress
	errs  []error
}

// one migrates a place, unless it is not to be begun.
func (r *run) one(ctx context.Context, p Place) {
	if err := r.stopped(ctx); err != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.errs = append(r.errs, &PlaceError{p, err})
		return
	}
	began := time.Now()
	err := r.apply(ctx, p)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state.Done++
	if err != nil {
		r.state.Failed++
		r.errs = append(r.errs, &PlaceError{p, err})
	}
	r.state.Place, r.state.Err, r.state.Took = p, err, time.Since(began)
	if r.Progress != nil {
		r.Progress(r.state)
	}
}

// apply turns a panic of the application's into an error of the place.
func (r *run) apply(ctx context.Context, p Place) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("tenantroute: the migration panicked: %v", v)
		}
	}()
	return r.Apply(ctx, p)
}

func (r *run) stopped(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if ctx.Err() != nil {
		return errors.Join(ErrNotBegun, ctx.Err())
	}
	if r.StopAfter > 0 && r.state.Failed >= r.StopAfter {
		return ErrNotBegun
	}
	return nil
}
