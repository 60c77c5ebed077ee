package tenant

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// ErrNoDatabase is what calls return of repositories that a test has replaced by nothing, on a DB without a database.
var ErrNoDatabase = errors.New("tenant: a test without a database calls what it has given no fake for")

// nowhere is the transaction, and the connection, of a DB without a database.
type nowhere struct{ pgx.Tx }

func (nowhere) Begin(context.Context) (pgx.Tx, error) { return nowhere{}, nil }
func (nowhere) Commit(context.Context) error          { return nil }
func (nowhere) Rollback(context.Context) error        { return nil }
func (nowhere) Conn() *pgx.Conn                       { return nil }

func (nowhere) Exec(context.Context, string, ...any) (pgconn.CommandTag, error) {
	return pgconn.CommandTag{}, ErrNoDatabase
}

func (n nowhere) Query(ctx context.Context, _ string, _ ...any) (pgx.Rows, error) {
	return n.SendBatch(ctx, &pgx.Batch{}).Query()
}

func (nowhere) SendBatch(_ context.Context, b *pgx.Batch) pgx.BatchResults {
	return pgx.FailedBatchResults(b, ErrNoDatabase)
}

func (nowhere) CopyFrom(context.Context, pgx.Identifier, []string, pgx.CopyFromSource) (int64, error) {
	return 0, ErrNoDatabase
}
