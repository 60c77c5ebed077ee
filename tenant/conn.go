package tenant

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// call runs the statements of one call. It is gen's DBTX, which says what its methods do. What is wrong with the call (no
// tenant, another tenant's transaction, a guard's veto) is reported by them, before any I/O.
type call struct {
	hooks
	on       connection
	from     *DB           // where on is taken of once the call is admitted, nil within a transaction
	base     database      // that it was taken of
	home     any           // that a transaction of the call's context is not to be on, nil within one
	same     *Tx           // whose database the scope's has to be, if that is to be looked at
	blocks   *blocks       // how statements are sent to Citus, nil without it
	only     [1]assignment // room for the usual one
	before   []assignment  // made in the statement's own transaction, ahead of it
	after    []assignment  // made after it, in a transaction that goes on
	scope    Scope
	within   Scope    // of the transaction, if it is in one
	settings []string // of all levels, outermost first
	op       Operation
	underRLS bool         // the role is restricted by row-level security, which COPY does not support
	closed   *atomic.Bool // the transaction's, if there is one
	refusal  error
	span     *span  // that the call is in; nil when nobody traces, and there are no routes
	tag      string // of the statements for a tenant with a schema of its own
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
func (c *call) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	ctx, span := c.begin(ctx)
	tag, err := c.exec(ctx, sql, args)
	span.end(tag.RowsAffected(), err)
	return tag, err
}

func (c *call) exec(ctx context.Context, sql string, args []any) (pgconn.CommandTag, error) {
	if err := c.admit(ctx); err != nil {
		return pgconn.CommandTag{}, err
	}
	if len(c.before) == 0 {
		return c.on.Exec(ctx, sql+c.tag, args...)
	}
	if c.direct() {
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
// includes what went wrong when the implicit transaction ended; their Conn is nil.
func (c *call) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	r, err := c.query(ctx, sql, args)
	return r, err
}

func (c *call) query(ctx context.Context, sql string, args []any) (*rows, error) {
	ctx, span := c.begin(ctx)
	err := c.admit(ctx)
	viaBatch := err == nil && len(c.before) > 0
	if viaBatch && c.direct() {
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
		r.Rows, err = c.on.Query(ctx, sql+c.tag, args...)
	}
	if err != nil {
		r.Close()
	}
	return r, err
}

// QueryRow runs a statement of which one row is wanted. Scan reports pgx.ErrNoRows when there is none; it must be called,
// because it releases the connection.
func (c *call) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	r, _ := c.query(ctx, sql, args) // the rows repeat the error
	return (*row)(r)
}

// SendBatch runs the batch's statements in one implicit transaction. Reading the last result ends the transaction, and
// reports what went wrong then. A batch that begins a transaction of its own is refused.
func (c *call) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
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
func (c *call) begin(ctx context.Context) (context.Context, *span) {
	ctx, c.span = trace(ctx, c.tracers, c.scope, c.within, c.settings, c.op)
	if c.span == nil && c.from != nil && c.from.routes != nil {
		c.span = &span{} // ends what the route holds
	}
	return ctx, c.span
}

// admit is asked before any I/O, and finds out where the call runs.
func (c *call) admit(ctx context.Context) error {
	err := c.allow(ctx)
	if err == nil {
		err = c.connect(ctx)
	}
	if err != nil {
		c.span.refuse()
	}
	return err
}

// allow returns why the call is refused.
func (c *call) allow(ctx context.Context) error {
	if c.refusal != nil {
		return c.refusal
	}
	if c.closed != nil && c.closed.Load() {
		return ErrClosed
	}
	if err := foreign(ctx, c.scope, c.settings); err != nil {
		return err
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

// connect finds out where the call runs.
func (c *call) connect(ctx context.Context) error {
	switch {
	case c.same != nil:
		return c.same.onTheSame(ctx, c.scope)
	case c.from == nil:
		return nil
	case c.from.fake:
		c.on = nowhere{}
		return nil
	}
	var err error
	if c.base, err = c.from.database(ctx, c.scope); err != nil {
		return err
	}
	c.on = c.base.connection()
	if c.from.routes == nil {
		return nil // allow has looked
	}
	c.span.release = c.base.release
	if c.base.path != "" {
		c.on, c.before, c.tag = &routed{c.base, c.before}, nil, c.base.tag()
	}
	return outsideTx(ctx, c.base.pool, c.scope, c.op)
}

// direct reports whether a single statement is sent by pgconn's batch.
func (c *call) direct() bool { return c.base.direct && c.blocks == nil }

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
func (c *call) sendOne(ctx context.Context, span *span, sql string, args []any) (*batchResults, error) {
	m := &message{statement: pgx.QueuedQuery{SQL: sql, Arguments: args}}
	m.one[0] = &m.statement
	results, err := c.send(ctx, m, m.one[:])
	if err == nil {
		results.span = span
	}
	return results, err
}

// send sends the queries between the settings before and after, and reads as far as the first query's result.
func (c *call) send(ctx context.Context, m *message, queries []*pgx.QueuedQuery) (*batchResults, error) {
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
	m.batch.QueuedQueries = append(m.batch.QueuedQueries, tagged(queries, c.tag)...)
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
