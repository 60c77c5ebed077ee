// Package exampledb sets up a database for the example: its roles, its schema
// and, for trying it out, two organizations.
package exampledb

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/example/db"
	"github.com/tenantgen/tenantgen/tenant/tenantroute"
)

// Database is the example's database as the application sees it: through three
// roles, none of which owns a table.
type Database struct {
	// App is subject to row-level security. Everything that is done for one
	// organization goes through it, unless the organization has a database of its own.
	App *pgxpool.Pool
	// Directory sees all organizations, but little of each: see grants. Only
	// the declared cross-tenant queries go through it.
	Directory *pgxpool.Pool
	urls      map[string]string // of the owner, by the names of databases
	router    *tenantroute.Router
	own       []*pgxpool.Pool // directories of organizations' own databases
	// workers fetch the jobs of all organizations, and see nothing else of them: on the shared database first.
	workers []*pgxpool.Pool
}

// Open makes the roles, runs the migrations and connects as the roles. The
// owner must be a superuser, because only a superuser can make a role that
// sees across organizations. Open may be repeated on the same database.
//
// Organizations that have databases of their own are listed; all others share
// the first. Each database gets the same roles, tables and policies.
func Open(ctx context.Context, ownerURL string, own ...Own) (*Database, error) {
	d := &Database{urls: map[string]string{shared: ownerURL}}
	places := []tenantroute.Place{{Database: shared}}
	for _, o := range own {
		place := tenantroute.Place{Database: o.Org.String()}
		d.urls[place.Database] = o.OwnerURL
		places = append(places, place)
	}
	// One after the other: roles are of the server, which databases may share.
	m := tenantroute.Migration{Databases: 1, Apply: func(ctx context.Context, p tenantroute.Place) error { return prepare(ctx, d.urls[p.Database]) }}
	if err := m.Migrate(ctx, places); err != nil {
		return nil, fmt.Errorf("open example database: %w", err)
	}
	if err := d.connect(ctx); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// prepare brings a database up to date, as its owner.
func prepare(ctx context.Context, ownerURL string) error {
	owner, err := pgx.ParseConfig(ownerURL)
	if err != nil {
		return err
	}
	if err := createRoles(ctx, owner); err != nil {
		return err
	}
	if err := db.Migrate(ctx, ownerURL); err != nil {
		return err
	}
	if err := run(ctx, owner, grants); err != nil {
		return err
	}
	return migrateJobs(ctx, owner)
}

// connect opens the pools.
func (d *Database) connect(ctx context.Context) (err error) {
	d.workers = make([]*pgxpool.Pool, 1)
	for role, pool := range map[string]**pgxpool.Pool{appRole: &d.App, directoryRole: &d.Directory, workerRole: &d.workers[0]} {
		if *pool, err = openPool(ctx, d.urls[shared], role); err != nil {
			return err
		}
	}
	if len(d.urls) == 1 {
		return nil
	}
	return d.route(ctx)
}

func openPool(ctx context.Context, ownerURL, role string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(ownerURL)
	if err != nil {
		return nil, fmt.Errorf("connect as %s: %w", role, err)
	}
	config.ConnConfig.Password = password(config.ConnConfig, role)
	config.ConnConfig.User = role
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connect as %s: %w", role, err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("connect as %s: %w", role, err)
	}
	return pool, nil
}

// pools are all but the router's.
func (d *Database) pools() []*pgxpool.Pool {
	return slices.Concat([]*pgxpool.Pool{d.App, d.Directory}, d.own, d.workers)
}

// Ping asks every database whether it answers the roles.
func (d *Database) Ping(ctx context.Context) error {
	var failed error
	for _, pool := range d.pools() {
		failed = errors.Join(failed, pool.Ping(ctx))
	}
	return failed
}

// Close closes the pools.
func (d *Database) Close() {
	if d.router != nil {
		d.router.Close()
	}
	for _, pool := range d.pools() {
		if pool != nil {
			pool.Close()
		}
	}
}
