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

// Database is the example's database as the application sees it: through two
// roles, neither of which owns a table.
type Database struct {
	// App is subject to row-level security. Everything that is done for one
	// organization goes through it.
	App *pgxpool.Pool
	// Directory sees all organizations, but little of each: see grants. Only
	// the declared cross-tenant queries go through it.
	Directory *pgxpool.Pool
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
	return connect(ctx, owner)
}

// connect opens the two pools.
func connect(ctx context.Context, owner *pgx.ConnConfig) (*Database, error) {
	app, err := openPool(ctx, owner, appRole)
	if err != nil {
		return nil, err
	}
	directory, err := openPool(ctx, owner, directoryRole)
	if err != nil {
		app.Close()
		return nil, err
	}
	return &Database{App: app, Directory: directory}, nil
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

// Close closes both pools.
func (d *Database) Close() {
	d.App.Close()
	d.Directory.Close()
}
