// Package exampledb sets up a database for the example: its roles, its schema
// and, for trying it out, two organizations.
package exampledb

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/example/db"
)

// Database is the example's database as the application sees it: through three
// roles, none of which owns a table.
type Database struct {
	// App is subject to row-level security. Everything that is done for one
	// organization goes through it.
	App *pgxpool.Pool
	// Directory sees all organizations, but little of each: see grants. Only
	// the declared cross-tenant queries go through it.
	Directory *pgxpool.Pool
	// Worker fetches the jobs of all organizations, and sees nothing else of them.
	Worker *pgxpool.Pool
}

// Open makes the roles, runs the migrations and connects as the roles. The
// owner must be a superuser, because only a superuser can make a role that
// sees across organizations. Open may be repeated on the same database.
func Open(ctx context.Context, ownerURL string) (*Database, error) {
	owner, err := pgx.ParseConfig(ownerURL)
	if err != nil {
		return nil, fmt.Errorf("open example database: %w", err)
	}
	if err := createRoles(ctx, owner); err != nil {
		return nil, err
	}
	if err := db.Migrate(ctx, ownerURL); err != nil {
		return nil, err
	}
	if err := run(ctx, owner, grants); err != nil {
		return nil, err
	}
	if err := migrateJobs(ctx, owner); err != nil {
		return nil, err
	}
	return connect(ctx, owner)
}

// connect opens the pools.
func connect(ctx context.Context, owner *pgx.ConnConfig) (*Database, error) {
	var d Database
	for role, pool := range map[string]**pgxpool.Pool{appRole: &d.App, directoryRole: &d.Directory, workerRole: &d.Worker} {
		var err error
		if *pool, err = openPool(ctx, owner, role); err != nil {
			d.Close()
			return nil, err
		}
	}
	return &d, nil
}

func openPool(ctx context.Context, owner *pgx.ConnConfig, role string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(owner.ConnString())
	if err != nil {
		return nil, fmt.Errorf("connect as %s: %w", role, err)
	}
	config.ConnConfig.User = role
	config.ConnConfig.Password = password(owner, role)
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

// Close closes the pools.
func (d *Database) Close() {
	for _, pool := range []*pgxpool.Pool{d.App, d.Directory, d.Worker} {
		if pool != nil {
			pool.Close()
		}
	}
}
