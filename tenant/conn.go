package tenant

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Conn runs the statements of one call. It has the methods of the DBTX interface that sqlc generates, so that a
// repository method is sqlc's own method on a Conn:
//
//	sqlcgen.New(db.Scoped(scope, op)).GetNote(ctx, params)
//
// What is wrong with the call (no tenant, another tenant's transaction, a guard's veto) is reported by these methods,
// before any I/O.
type Conn struct {
	on       executor
	before   []assignment // made in the statement's own transaction, ahead of it
	after    []assignment // made after it, in a transaction that goes on
	scope    Scope
	op       Operation
	guards   []Guard
	underRLS bool         // the role is restricted by row-level security, which COPY does not support
	closed   *atomic.Bool // the transaction's, if there is one
	refusal  error
}

// executor is a pool or a transaction.
type executor interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
	CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, src pgx.CopyFromSource) (int64, error)
}

// Exec runs a statement. Outside a transaction its effects are committed when it reports success.
func (c *Conn) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	if err := c.admit(ctx); err != nil {
		return pgconn.CommandTag{}, err
	}
	if len(c.before) == 0 {
		return c.on.Exec(ctx, sql, args...)
	}
	results, err := c.send(ctx, single(sql, args))
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	tag, err := results.Exec()
	if closeErr := results.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	return tag, nil
}

// Query runs a statement that returns rows. They hold a connection until they are closed or read to the end. Their Err
// includes what went wrong when the implicit transaction ended; their Conn is nil.
func (c *Conn) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if err := c.admit(ctx); err != nil {
		return failed(err)
	}
	if len(c.before) == 0 {
		r, err := c.on.Query(ctx, sql, args...)
		return &rows{Rows: r}, err
	}
	results, err := c.send(ctx, single(sql, args))
	if err != nil {
		return failed(err)
	}
	r, err := results.Query()
	if err != nil {
		results.Close()
		return r, err
	}
	return &rows{Rows: r, batch: results}, nil
}

// QueryRow runs a statement of which one row is wanted. Scan reports pgx.ErrNoRows when there is none; it must be called,
// because it releases the connection.
func (c *Conn) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	r, _ := c.Query(ctx, sql, args...) // the rows repeat the error
	return row{r}
}

// SendBatch runs the batch's statements in one implicit transaction. Reading the last result ends the transaction, and
// reports what went wrong then. A batch that begins a transaction of its own is refused.
func (c *Conn) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	if err := c.admit(ctx); err != nil {
		return pgx.FailedBatchResults(b, err)
	}
	// The only way to see that Batch.BeginTx was called. Such a transaction would outlive the call.
	if pgx.FailedBatchResults(b, errBeginsTx).Tx() != nil {
		return pgx.FailedBatchResults(b, errBeginsTx)
	}
	results, err := c.send(ctx, b.QueuedQueries)
	if err != nil {
		return pgx.FailedBatchResults(b, err)
	}
	return &batchResults{BatchResults: results, left: b.Len()}
}

var errBeginsTx = errors.New("tenant: a batch may not begin a transaction: use InTx")

// admit is asked before any I/O.
func (c *Conn) admit(ctx context.Context) error {
	if c.refusal != nil {
		return c.refusal
	}
	if c.closed != nil && c.closed.Load() {
		return ErrClosed
	}
	for _, guard := range c.guards {
		if err := guard(ctx, c.scope, c.op); err != nil {
			return err
		}
	}
	return nil
}

func single(sql string, args []any) []*pgx.QueuedQuery {
	return []*pgx.QueuedQuery{{SQL: sql, Arguments: args}}
}

// send sends the queries between the settings before and after, and reads as far as the first query's result.
func (c *Conn) send(ctx context.Context, queries []*pgx.QueuedQuery) (pgx.BatchResults, error) {
	batch := &pgx.Batch{}
	assign(batch, c.before)
	batch.QueuedQueries = append(batch.QueuedQueries, queries...)
	assign(batch, c.after)
	results := c.on.SendBatch(ctx, batch)
	if len(c.before) == 0 {
		return results, nil
	}
	if _, err := results.Exec(); err != nil {
		results.Close()
		return nil, err
	}
	return results, nil
}
