// Package store has functions that run what they are given. // want package:"analysed"
package store

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/app/ids"
)

// Store holds a pool.
type Store struct{ pool *pgxpool.Pool }

// Run runs a statement.
func (s *Store) Run(ctx context.Context, q string, args ...any) (pgconn.CommandTag, error) { // want Run:`runs \{1\}`
	return s.pool.Exec(ctx, q, args...)
}

// For runs a statement for a tenant.
func (s *Store) For(ctx context.Context, org ids.OrgID, q string, args ...any) (pgx.Rows, error) { // want For:`runs \{2\}`
	return s.pool.Query(ctx, q, append([]any{org}, args...)...)
}

// Delete deletes from a table.
func (s *Store) Delete(ctx context.Context, table string, org ids.OrgID) error { // want Delete:`runs DELETE FROM \{1\} WHERE org_id = \$1`
	_, err := s.Run(ctx, "DELETE FROM "+table+" WHERE org_id = $1", org)
	return err
}

// Any deletes what anybody says.
func (s *Store) Any(ctx context.Context, table string, id string) error { // want Any:`runs DELETE FROM \{1\} WHERE org_id = \$1`
	_, err := s.Run(ctx, "DELETE FROM "+table+" WHERE org_id = $1", id)
	return err
}

// Value is generic.
func Value[T any](ctx context.Context, s *Store, q string, arg any) (T, error) { // want Value:`runs \{2\}`
	var v T
	err := s.pool.QueryRow(ctx, q, arg).Scan(&v)
	return v, err
}

func local(ctx context.Context, s *Store, id ids.OrgID) {
	run := func(q string, args ...any) { s.Run(ctx, q, args...) }
	run("DELETE FROM notes") // want `unscoped-write`
	run("DELETE FROM notes WHERE org_id = $1", id)
	keep(run) // want `unseen-sql: run runs SQL, and is handed on as a value`
}

func keep(func(string, ...any)) {}

func (s *Store) changed(ctx context.Context, q string) {
	q = q + " LIMIT 1" // want `parameter q is changed`
	s.Run(ctx, q)
}

// Named runs a statement with names.
func (s *Store) Named(ctx context.Context, q string, args pgx.NamedArgs) (pgx.Rows, error) { // want Named:`runs \{1\}`
	return s.pool.Query(ctx, q, args)
}

// Twice hands on what is handed on.
func (s *Store) Twice(ctx context.Context, q string, args ...any) error { // want Twice:`runs \{1\}`
	_, err := s.Run(ctx, q, args...)
	return err
}

// Changed changes what it is given.
func (s *Store) Changed(ctx context.Context, q string, args ...any) error { // want Changed:`runs \{1\}`
	args[0] = "another"
	_, err := s.Run(ctx, q, args...)
	return err
}
