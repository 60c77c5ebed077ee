// Package tenantroute keeps tenants in shared tables, in schemas of their own, in databases of their own, or some here and some
// there, behind the same repositories.
//
// A [Router] is the tenant.Routes of a tenant.DB. It asks the application for the place of a tenant, keeps the answer for a
// while, and opens the pool of that database when it is needed. There are never more than so many: the one that was not used for
// longest is closed for another, and so is one that nobody has used for some minutes, but none while a call has it. A tenant
// without a place is refused, and so is one whose place is not complete: nothing is sent, and never anywhere else.
//
// The search_path of a tenant with a schema of its own is set in the same transaction as the tenant, and ends with it: see
// tenant.Route. [Migrate] runs the migrations of all places.
package tenantroute

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
)

// Place is where a tenant's rows are.
type Place struct {
	// Database is a name that Config.Open knows. There is no default: the zero Place is none.
	Database string
	// Schema is the tenant's own, "" where the tenants of the database share the tables.
	Schema string
}

// String is database, or database/schema.
func (p Place) String() string {
	if p.Schema == "" {
		return p.Database
	}
	return p.Database + "/" + p.Schema
}

// SearchPath is what migrations of the place run with, as SQL: the schema and those behind it. It is "" for a place without a schema.
func (p Place) SearchPath(shared ...string) string {
	if p.Schema == "" {
		return ""
	}
	var quoted []string
	for _, name := range append([]string{p.Schema}, shared...) {
		quoted = append(quoted, pgx.Identifier{name}.Sanitize())
	}
	return strings.Join(quoted, ", ")
}

// Errors to test for with errors.Is.
var (
	// ErrNoPlace refuses a tenant whose place has no database.
	ErrNoPlace = errors.New("tenantroute: the tenant has no place")
	// ErrBusy refuses a call for which no pool can be opened, because all that there may be are in use.
	ErrBusy = errors.New("tenantroute: all pools are in use")
	// ErrClosed refuses a call after Close.
	ErrClosed = errors.New("tenantroute: closed")
)

// Config says where tenants are.
type Config struct {
	// Place says where a tenant is: from a directory, say. An error refuses the call; tenant.ErrUnknown is the one for a
	// tenant that there is not.
	Place func(ctx context.Context, scope tenant.Scope) (Place, error)
	// Open connects to a database, as the application's role. The Router closes the pool. The pool's size times MaxPools is what
	// the process may open connections.
	Open func(ctx context.Context, database string) (*pgxpool.Pool, error)
	// Databases lists all that there are, for All, and so for Verify; it may be nil.
	Databases func(ctx context.Context) ([]string, error)
	// Shared are the schemas behind a tenant's own on its search_path, with what all tenants share. They must not have tables of
	// tenants: a table that the tenant's schema lacks would be found there.
	Shared []string
	// MaxPools is how many pools are open at most, 32 when it is 0.
	MaxPools int
	// IdleAfter is how long a pool is kept that nobody uses, 5 minutes when it is 0.
	IdleAfter time.Duration
	// Wait is how long a call waits for a pool when all are in use, 5 seconds when it is 0.
	Wait time.Duration
	// Remember is how long the place of a tenant is taken for known, 30 seconds when it is 0, and RememberMost for how many
	// tenants, 10,000 when it is 0. Who moves a tenant calls Forget, in each process, or waits that long, before it is
	// written to in its new place.
	Remember     time.Duration
	RememberMost int
}

// Router is a tenant.Routes.
type Router struct {
	Config
	places *places
	mu     sync.Mutex
	pools  map[string]*pool
	freed  chan struct{} // closed when a pool may have become free
	sweeps *time.Timer
	closed bool
}

var _ tenant.Routes = (*Router)(nil)

// New returns a Router, which connects to nothing before it is asked.
func New(c Config) (*Router, error) {
	if c.Place == nil || c.Open == nil {
		return nil, errors.New("tenantroute: Place and Open have to be given")
	}
	if c.MaxPools < 0 || c.IdleAfter < 0 || c.Wait < 0 || c.Remember < 0 || c.RememberMost < 0 {
		return nil, errors.New("tenantroute: a bound below nothing")
	}
	orElse(&c.MaxPools, 32)
	orElse(&c.IdleAfter, 5*time.Minute)
	orElse(&c.Wait, 5*time.Second)
	orElse(&c.Remember, 30*time.Second)
	orElse(&c.RememberMost, 10_000)
	return &Router{Config: c, places: newPlaces(c), pools: map[string]*pool{}, freed: make(chan struct{})}, nil
}

func orElse[T comparable](v *T, or T) {
	var zero T
	if *v == zero {
		*v = or
	}
}

// Route returns the place of a tenant, with a pool that stays open until Release is called.
func (r *Router) Route(ctx context.Context, scope tenant.Scope) (tenant.Route, error) {
	place, err := r.places.of(ctx, scope)
	if err != nil {
		return tenant.Route{}, err
	}
	p, err := r.take(ctx, place.Database)
	if err != nil {
		return tenant.Route{}, err
	}
	route := tenant.Route{Pool: p.pool, Release: sync.OnceFunc(func() { r.release(p) })}
	if place.Schema != "" {
		route.Schemas = append([]string{place.Schema}, r.Shared...)
	}
	return route, nil
}

// Forget has the place of a tenant asked for anew.
func (r *Router) Forget(scope tenant.Scope) { r.places.forget(scope) }

// All returns a pool of every database that Config.Databases lists. With more of them than there may be pools it fails: Verify
// would look at a part of them. Look at each in turn then.
func (r *Router) All(ctx context.Context) ([]*pgxpool.Pool, error) {
	if r.Databases == nil {
		return nil, errors.New("tenantroute: Config.Databases has to say which there are")
	}
	names, err := r.Databases(ctx)
	if err != nil {
		return nil, err
	}
	if len(names) > r.MaxPools {
		return nil, fmt.Errorf("tenantroute: %d databases are more than the %d pools that there may be", len(names), r.MaxPools)
	}
	var all []*pgxpool.Pool
	for _, name := range names {
		p, err := r.take(ctx, name)
		if err != nil {
			return nil, err
		}
		all = append(all, p.pool)
		r.release(p)
	}
	return all, nil
}
