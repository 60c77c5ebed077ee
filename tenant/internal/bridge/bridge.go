// Package bridge lets package gen, and the modules below tenant/, reach what package tenant does not export: what generated code
// alone may call, and the connection of a transaction. Nobody else can import it.
package bridge

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Runtime is package tenant's side, set when that package is initialized. gen says which methods it has: their types are
// tenant's, which cannot be named here.
var Runtime any

// DBTX is what runs the statements of one call.
type DBTX interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
	CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, src pgx.CopyFromSource) (int64, error)
}

// Part says how to find out in which tenant of an outer level one of an inner level lies.
type Part struct{ Inner, Outer, SQL string }
