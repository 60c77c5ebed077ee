package tenant

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// block is what is sent for a call when there is Citus: the queries, after what makes the settings, and outside of a
// transaction between BEGIN and COMMIT, all in one pipeline that ends with the one Sync. It has pgx's BatchResults: the
// results of the queries. The literals of the settings are parsed as unnamed statements, or they would fill the
// connection's cache of statements.
type block struct {
	mode    pgx.QueryExecMode
	conn    *pgx.Conn
	pooled  *pgxpool.Conn // nil in a transaction, which goes on
	batch   pgconn.Batch
	queries []*pgx.QueuedQuery
	next    int // of the queries, whose result is read next
	results *pgconn.MultiResultReader
	tag     pgconn.CommandTag // of the result that was read last
	closed  bool
	err     error
}

// sendBlock sends the queries, and reads as far as the first one's result.
func (c *call) sendBlock(ctx context.Context, queries []*pgx.QueuedQuery) (*block, error) {
	if err := spellable(slices.Concat(c.before, c.after)); err != nil {
		return nil, err
	}
	b, err := c.openBlock(ctx)
	if err != nil {
		return nil, err
	}
	sent := false
	defer func() {
		if !sent {
			b.Close() // also when an argument's own encoding panics
		}
	}()
	before, after := locals(c.before), locals(c.after)
	if b.pooled != nil {
		before, after = slices.Concat([]string{"begin"}, handOn, before), append(after, "commit")
	}
	b.set(before)
	for _, q := range queries {
		if b.err = b.queue(ctx, q); b.err != nil {
			return nil, b.err
		}
	}
	b.set(after)
	b.results = b.conn.PgConn().ExecBatch(ctx, &b.batch)
	for range before {
		if !b.read() {
			return nil, b.err
		}
	}
	b.queries, sent = queries, true
	return b, nil
}

// openBlock takes the connection: the transaction's, or one of the pool's.
func (c *call) openBlock(ctx context.Context) (*block, error) {
	if tx, ok := c.on.(pgx.Tx); ok {
		// A statement that is prepared by name could not be given up with the connection here: describe it each time.
		return &block{mode: pgx.QueryExecModeDescribeExec, conn: tx.Conn()}, goesOn(ctx, tx)
	}
	pooled, err := c.base.acquire(ctx)
	if err != nil {
		return nil, err
	}
	return &block{mode: c.base.mode, conn: pooled.Conn(), pooled: pooled}, nil
}

// set adds statements without parameters.
func (b *block) set(statements []string) {
	for _, sql := range statements {
		b.batch.ExecParams(sql, nil, nil, nil, nil)
	}
}

// queue encodes a query.
func (b *block) queue(ctx context.Context, q *pgx.QueuedQuery) error {
	sql, args := q.SQL, q.Arguments
	for len(args) > 0 {
		rewriter, ok := args[0].(pgx.QueryRewriter)
		if !ok {
			break
		}
		var err error
		if sql, args, err = rewriter.RewriteQuery(ctx, b.conn, sql, args[1:]); err != nil {
			return err
		}
	}
	statement, err := b.describe(ctx, sql)
	if err != nil {
		return err
	}
	var encoded pgx.ExtendedQueryBuilder
	if err := encoded.Build(b.conn.TypeMap(), statement, args); err != nil {
		return err
	}
	switch {
	case statement == nil:
		b.batch.ExecParams(sql, encoded.ParamValues, nil, encoded.ParamFormats, encoded.ResultFormats)
	case statement.Name == "":
		b.batch.ExecParams(sql, encoded.ParamValues, statement.ParamOIDs, encoded.ParamFormats, encoded.ResultFormats)
	default:
		b.batch.ExecStatement(statement, encoded.ParamValues, encoded.ParamFormats, encoded.ResultFormats)
	}
	return nil
}

// describe learns the types of a statement, in the way that the pool's mode asks for. It returns nothing where PostgreSQL
// is to be told none.
func (b *block) describe(ctx context.Context, sql string) (*pgconn.StatementDescription, error) {
	switch b.mode {
	case pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol:
		return nil, nil
	case pgx.QueryExecModeCacheStatement:
		if statement, err := prepared(ctx, b.conn, sql); err != errTooMany {
			return statement, err
		}
	}
	return b.conn.Prepare(ctx, "", sql)
}

// read reads a result that is of no query, and reports whether there was one.
func (b *block) read() bool {
	if !b.advance() {
		return false
	}
	b.tag, b.err = b.results.ResultReader().Close()
	return b.err == nil
}

// advance goes to the next result. Why there is none becomes the block's error.
func (b *block) advance() bool {
	if b.err != nil || b.closed {
		b.fail(errNoAnswer)
		return false
	}
	if b.results.NextResult() {
		return true
	}
	b.fail(b.results.Close())
	b.fail(errNoAnswer)
	return false
}

// fail keeps the first error.
func (b *block) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// Exec reads the next query's result.
func (b *block) Exec() (pgconn.CommandTag, error) {
	b.next++
	if !b.read() {
		return pgconn.CommandTag{}, b.err
	}
	return b.tag, nil
}

// Query reads the next query's result.
func (b *block) Query() (pgx.Rows, error) {
	b.next++
	if !b.advance() {
		return pgx.FailedBatchResults(&pgx.Batch{}, b.err).Query()
	}
	return pgx.RowsFromResultReader(b.conn.TypeMap(), b.results.ResultReader()), nil
}

// QueryRow reads the next query's result.
func (b *block) QueryRow() pgx.Row {
	r, _ := b.Query() // the rows repeat the error
	return (*row)(&rows{Rows: r})
}

// Tx is nil: the block is over with the call.
func (b *block) Tx() pgx.Tx { return nil }

// Close reads what is left, and gives the connection back: outside of any transaction, or not at all.
func (b *block) Close() error {
	if b.closed {
		return b.err
	}
	for b.err == nil && b.next < len(b.queries) {
		if fn := b.queries[b.next].Fn; fn == nil {
			b.Exec()
		} else {
			b.fail(fn(b))
		}
	}
	b.closed = true
	b.end()
	if b.pooled == nil {
		return b.err
	}
	if b.err != nil && b.mode == pgx.QueryExecModeCacheStatement && stale(b.err) {
		closeConn(b.conn)
	}
	rollbackBlock(b.conn)
	b.pooled.Release()
	return b.err
}

// end reads the results of what comes after the queries.
func (b *block) end() {
	if b.results == nil {
		return
	}
	for b.results.NextResult() {
		_, err := b.results.ResultReader().Close()
		b.fail(err)
	}
	b.fail(b.results.Close())
}

// rollbackBlock ends the block that an error has left open: the server ignores the COMMIT that comes after it. When that
// fails, the pool destroys the connection, as it does with all that are in a transaction.
func rollbackBlock(conn *pgx.Conn) {
	if conn.IsClosed() || conn.PgConn().IsBusy() || conn.PgConn().TxStatus() == 'I' {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = conn.PgConn().Exec(ctx, "rollback").Close()
}
