// Package tenant is the runtime of generated repositories: it runs each statement
// for one tenant, so that PostgreSQL's row-level security applies to it.
//
// A single statement takes one round trip: a batch of set_config(…, true) and the
// statement, which PostgreSQL runs in one implicit transaction (manual, 55.2.3).
// The setting ends with that transaction, so a pooled connection, also behind a
// pooler in transaction mode, never carries a tenant over to the next user.
package tenant

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Errors that callers can test for with errors.Is. All of them are returned
// before anything is sent to the database.
var (
	// ErrNoTenant means that the tenant id is its zero value.
	ErrNoTenant = errors.New("tenant: no tenant")
	// ErrTenantMismatch means that a transaction of one tenant was asked to run a
	// statement for another.
	ErrTenantMismatch = errors.New("tenant: the transaction belongs to another tenant")
	// ErrNoCrossTenantPool means that the DB was made without WithCrossTenantPool.
	ErrNoCrossTenantPool = errors.New("tenant: no pool for cross-tenant work")
	// ErrNoReason means that cross-tenant work was begun without a reason.
	ErrNoReason = errors.New("tenant: cross-tenant work needs a reason")
)

// Scope names the tenant that a statement runs for. Generated code makes it from a
// typed id; its zero value is refused with ErrNoTenant.
type Scope struct {
	// Setting is the configuration parameter that the policies read, e.g. app.org_id.
	Setting string
	// ID is the tenant's id as text.
	ID string
}

func (s Scope) check() error {
	if s.ID == "" || s.Setting == "" {
		return ErrNoTenant
	}
	return nil
}

// Operation names the query that a connection is made for.
type Operation struct {
	Name  string // of the query, e.g. GetNote
	Write bool   // it changes rows
}

// querier is what a pool and a transaction have in common.
type querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Conn runs statements on behalf of one scope. It has the methods of sqlc's DBTX,
// so that sqlc's own generated code scans the rows. A Conn is for one use or many;
// it holds no connection of its own.
type Conn struct {
	querier
}

// refused is a querier on which every statement fails with the same error.
type refused struct{ err error }

func (r refused) Exec(context.Context, string, ...any) (pgconn.CommandTag, error) {
	return pgconn.CommandTag{}, r.err
}

func (r refused) Query(context.Context, string, ...any) (pgx.Rows, error) { return nil, r.err }

func (r refused) QueryRow(context.Context, string, ...any) pgx.Row { return errRow{r.err} }

type errRow struct{ err error }

func (r errRow) Scan(...any) error { return r.err }
