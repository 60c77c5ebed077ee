package tenant

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// A single statement is sent with its settings by pgconn's batch, which is the same on the wire as pgx's. It pays, a little:
// 30 instead of 45 allocations for a call of one row, of which docs/performance.md allows 20 more than plain pgx's 15, and
// 2 to 4 % of the call on a socket (pgx's batch took 1.04, for 50 rows 1.02, for an update 1.03 of its time: medians of four
// runs of 8,000 calls in turn). Where pgx's own batch does more for the application it is used: to trace, to manage its cache
// of statements, in other modes than the default.

// maxStatements bounds the statements prepared on a connection, as pgx does by default. What comes after them goes through
// pgx's batch.
const maxStatements = 512

// sentDirectly reports whether single statements can be sent directly on such connections.
func sentDirectly(config *pgx.ConnConfig) bool {
	return config.DefaultQueryExecMode == pgx.QueryExecModeCacheStatement && config.StatementCacheCapacity > 0 && config.Tracer == nil
}

// answer is what comes back for a statement that was sent directly, and the connection that it comes on. What was needed
// to send it is part of it because each call allocates it.
type answer struct {
	pooled  *pgxpool.Conn
	results *pgconn.MultiResultReader
	err     error

	batch   pgconn.Batch
	encoded pgx.ExtendedQueryBuilder
	rows    rows
	room    struct { // for one setting and its value, and for a few arguments and columns
		setting         [2][]byte
		values          [4][]byte
		params, results [8]int16
	}
}

// errTooMany sends a statement through pgx's batch instead.
var errTooMany = errors.New("tenant: too many prepared statements")

// sendDirect sends a statement after c.before, and reads as far as its result.
func (c *call) sendDirect(ctx context.Context, sql string, args []any) (*answer, error) {
	pooled, err := c.base.acquire(ctx)
	if err != nil {
		return nil, err
	}
	a := &answer{pooled: pooled}
	sent := false
	defer func() {
		if !sent {
			a.Close() // also when an argument's own encoding panics
		}
	}()
	if err := a.queue(ctx, c.before, sql, args); err != nil {
		a.err = err
		return nil, err
	}
	a.results = pooled.Conn().PgConn().ExecBatch(ctx, &a.batch)
	if a.results.NextResult() {
		_, a.err = a.results.ResultReader().Close()
	}
	if a.err == nil {
		sent = a.results.NextResult()
	}
	if !sent {
		return nil, cmp.Or(a.Close(), errNoAnswer)
	}
	return a, nil
}

var errNoAnswer = errors.New("tenant: the server did not answer a statement")

// queue prepares and encodes what is sent.
func (a *answer) queue(ctx context.Context, before []assignment, sql string, args []any) error {
	conn := a.pooled.Conn()
	set, err := prepared(ctx, conn, setConfig(len(before)))
	if err != nil {
		return err
	}
	statement, err := prepared(ctx, conn, sql)
	if err != nil {
		return err
	}
	values := a.room.setting[:0]
	for _, b := range before {
		text, n := []byte(b.setting+b.value), len(b.setting)
		values = append(values, text[:n:n], text[n:])
	}
	a.batch.ExecStatement(set, values, nil, nil)
	a.encoded = pgx.ExtendedQueryBuilder{
		ParamValues: a.room.values[:0], ParamFormats: a.room.params[:0], ResultFormats: a.room.results[:0],
	}
	if err := a.encoded.Build(conn.TypeMap(), statement, args); err != nil {
		return err
	}
	a.batch.ExecStatement(statement, a.encoded.ParamValues, a.encoded.ParamFormats, a.encoded.ResultFormats)
	return nil
}

// prepared returns a statement that is prepared on the connection. Its name is ours, so that pgx's cache has no part in it.
func prepared(ctx context.Context, conn *pgx.Conn, sql string) (*pgconn.StatementDescription, error) {
	const key = "github.com/tenantgen/tenantgen/tenant"
	names, ok := conn.PgConn().CustomData()[key].(map[string]string)
	if !ok {
		names = map[string]string{}
		conn.PgConn().CustomData()[key] = names
	}
	name, ok := names[sql]
	if !ok {
		if len(names) >= maxStatements {
			return nil, errTooMany
		}
		name = "tenantgen_" + strconv.Itoa(len(names))
	}
	statement, err := conn.Prepare(ctx, name, sql)
	if err == nil && !ok {
		names[sql] = name
	}
	return statement, err
}

// Exec reads the result.
func (a *answer) Exec() (pgconn.CommandTag, error) {
	tag, err := a.results.ResultReader().Close()
	if closeErr := a.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	return tag, nil
}

// Query returns the result's rows, which close the answer.
func (a *answer) Query(span *span) *rows {
	a.rows = rows{Rows: pgx.RowsFromResultReader(a.pooled.Conn().TypeMap(), a.results.ResultReader()), answer: a, span: span}
	return &a.rows
}

// Close reads to the end of the implicit transaction and releases the connection. A second Close does nothing.
func (a *answer) Close() error {
	if a.pooled == nil {
		return a.err
	}
	if a.results != nil {
		if err := a.results.Close(); a.err == nil {
			a.err = err
		}
	}
	if a.err != nil && stale(a.err) {
		closeConn(a.pooled.Conn())
	}
	a.pooled.Release()
	a.pooled = nil
	return a.err
}

// stale reports whether an error can come of a statement that was prepared before the schema changed: its plan must not
// return other columns (feature_not_supported), it is gone, or a type that it knows is. A new connection knows better.
func stale(err error) bool {
	var pgErr *pgconn.PgError
	return errors.As(err, &pgErr) && slices.Contains([]string{"0A000", "26000", "42704", "XX000"}, pgErr.Code)
}
