package tenant

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Call runs the statements of one call. It has the methods of the DBTX interface that sqlc generates, so that a
// repository method is sqlc's own method on a Call:
//
//	sqlcgen.New(db.Scoped(scope, op)).GetNote(ctx, params)
//
// What is wrong with the call (no tenant, another tenant's transaction, a guard's veto) is reported by these methods,
// before any I/O.
type Call struct {
	hooks
	on       connection
	home     any           // that a transaction of the call's context is not to be on, nil within one
	direct   *pgxpool.Pool // where single statements can be sent directly
	blocks   *blocks       // how they are sent to Citus, nil without it
	only     [1]assignment // room for the usual one
	before   []assignment  // made in the statement's own transaction, ahead of it
	after    []assignment  // made after it, in a transaction that goes on
	scope    Scope
	op       Operation
	underRLS bool         // the role is restricted by row-level security, which COPY does not support
	closed   *atomic.Bool // the transaction's, if there is one
	refusal  error
}

// hooks are the application's, asked and told about every call.
type hooks struct {
	guards  []Guard
	tracers []Tracer
}

// connection is a pool or a transaction.
type connection interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
	CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, src pgx.CopyFromSource) (int64, error)
}

// Exec runs a statement. Outside a transaction its effects are committed when it reports success.
func (c *Call) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	ctx, span := c.begin(ctx)
	tag, err := c.exec(ctx, sql, args)
	span.end(tag.RowsAffected(), err)
	return tag, err
}

func (c *Call) exec(ctx context.Context, sql string, args []any) (pgconn.CommandTag, error) {
	if err := c.admit(ctx); err != nil {
		return pgconn.CommandTag{}, err
	}
	if len(c.before) == 0 {
		return c.on.Exec(ctx, sql, args...)
	}
	if c.direct != nil {
		if answer, err := c.sendDirect(ctx, sql, args); err == nil {
			return answer.Exec()
		} else if err != errTooMany {
			return pgconn.CommandTag{}, err
		}
	}
	results, err := c.sendOne(ctx, nil, sql, args)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	return results.Exec()
}

// Query runs a statement that returns rows. They hold a connection until they are closed or read to the end. Their Err
// includes what went wrong when the implicit transaction ended; their Call is nil.
func (c *Call) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	r, err := c.query(ctx, sql, args)
	return r, err
}

func (c *Call) query(ctx context.Context, sql string, args []any) (*rows, error) {
	ctx, span := c.begin(ctx)
	err := c.admit(ctx)
	viaBatch := err == nil && len(c.before) > 0
	if viaBatch && c.direct != nil {
		var answer *answer
		if answer, err = c.sendDirect(ctx, sql, args); err == nil {
			return answer.Query(span), nil
		}
		viaBatch = err == errTooMany
	}
	if viaBatch {
		var results *batchResults
		if results, err = c.sendOne(ctx, span, sql, args); err == nil {
			return results.query()
		}
	}
	r := &rows{span: span}
	if err != nil {
		r.Rows, _ = pgx.FailedBatchResults(&pgx.Batch{}, err).Query() // rows that report err, as pgx does: never nil
	} else {
		r.Rows, err = c.on.Query(ctx, sql, args...)
	}
	if err != nil {
		r.Close()
	}
	return r, err
}

// QueryRow runs a statement of which one row is wanted. Scan reports pgx.ErrNoRows when there is none; it must be called,
// because it releases the connection.
func (c *Call) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	r, _ := c.query(ctx, sql, args) // the rows repeat the error
	return (*row)(r)
}

// SendBatch runs the batch's statements in one implicit transaction. Reading the last result ends the transaction, and
// reports what went wrong then. A batch that begins a transaction of its own is refused.
func (c *Call) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	ctx, span := c.begin(ctx)
	err := c.admit(ctx)
	// The only way to see that Batch.BeginTx was called. Such a transaction would outlive the call.
	if err == nil && pgx.FailedBatchResults(b, errBeginsTx).Tx() != nil {
		err = errBeginsTx
	}
	var results *batchResults
	if err == nil {
		results, err = c.send(ctx, &message{}, b.QueuedQueries)
	}
	if err != nil {
		span.end(0, err)
		return pgx.FailedBatchResults(b, err)
	}
	results.span = span
	return results
}

var errBeginsTx = errors.New("tenant: a batch may not begin a transaction: use InTx")

// begin tells the tracers that a call begins.
func (c *Call) begin(ctx context.Context) (context.Context, *span) {
	return trace(ctx, c.tracers, c.scope, c.op)
}

// admit is asked before any I/O.
func (c *Call) admit(ctx context.Context) error {
	if c.refusal != nil {
		return c.refusal
	}
	if c.closed != nil && c.closed.Load() {
		return ErrClosed
	}
	if c.home != nil {
		if err := outsideTx(ctx, c.home, c.scope, c.op); err != nil {
			return err
		}
	}
	for _, guard := range c.guards {
		if err := guard(ctx, c.scope, c.op); err != nil {
			return err
		}
	}
	return nil
}

// message is what is sent and read for one call. It is one value because each call allocates it.
type message struct {
	batch         pgx.Batch
	queue         [3]*pgx.QueuedQuery
	before, after pgx.QueuedQuery
	statement     pgx.QueuedQuery
	one           [1]*pgx.QueuedQuery
	results       batchResults
	last          rows
}

// sendOne sends a statement between the settings.
func (c *Call) sendOne(ctx context.Context, span *span, sql string, args []any) (*batchResults, error) {
	m := &message{statement: pgx.QueuedQuery{SQL: sql, Arguments: args}}
	m.one[0] = &m.statement
	results, err := c.send(ctx, m, m.one[:])
	if err == nil {
		results.span = span
	}
	return results, err
}

// send sends the queries between the settings before and after, and reads as far as the first query's result.
func (c *Call) send(ctx context.Context, m *message, queries []*pgx.QueuedQuery) (*batchResults, error) {
	if c.blocks != nil && len(c.before) > 0 {
		sent, err := c.sendBlock(ctx, queries)
		if err != nil {
			return nil, err
		}
		m.results = batchResults{BatchResults: sent, left: len(queries), final: &m.last}
		return &m.results, nil
	}
	m.batch.QueuedQueries = m.queue[:0]
	queue(&m.batch, &m.before, c.before)
	m.batch.QueuedQueries = append(m.batch.QueuedQueries, queries...)
	queue(&m.batch, &m.after, c.after)
	sent := c.on.SendBatch(ctx, &m.batch)
	if len(c.before) > 0 {
		if _, err := sent.Exec(); err != nil {
			sent.Close()
			return nil, err
		}
	}
	m.results = batchResults{BatchResults: sent, left: len(queries), final: &m.last}
	return &m.results, nil
}
