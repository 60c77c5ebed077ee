package tenant

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// staging is the temporary table that rows are copied into. The schema is spelled out: a table of that name on the
// search path would otherwise take its place.
var staging = pgx.Identifier{"pg_temp", "tenantgen_copy"}

// CopyFrom inserts rows in bulk and returns their number. PostgreSQL refuses COPY into a table with row-level security,
// so the rows are copied into a temporary table and inserted from there, in one transaction. The role needs the
// TEMPORARY privilege on the database, which PUBLIC has unless it was revoked, and SELECT on the columns.
func (c *call) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, src pgx.CopyFromSource) (int64, error) {
	ctx, span := c.begin(ctx)
	n, err := c.copyFrom(ctx, table, columns, src)
	span.end(n, err)
	return n, err
}

func (c *call) copyFrom(ctx context.Context, table pgx.Identifier, columns []string, src pgx.CopyFromSource) (int64, error) {
	if err := c.admit(ctx); err != nil {
		return 0, err
	}
	if !c.underRLS {
		return c.on.CopyFrom(ctx, table, columns, src)
	}
	if c.base.pool == nil { // it is in a transaction
		return c.insertFrom(ctx, c.on, table, columns, src)
	}
	begun, err := c.open(ctx)
	if err != nil {
		return 0, err
	}
	inTx := &call{blocks: c.blocks} // the transaction has the settings already
	var n int64
	err = (&transaction{tx: begun}).run(ctx, func() error {
		n, err = inTx.insertFrom(ctx, begun, table, columns, src)
		return err
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

// open starts a transaction with c's settings.
func (c *call) open(ctx context.Context) (pgx.Tx, error) {
	if c.blocks != nil {
		return c.blocks.begin(ctx, c.base, pgx.TxOptions{}, c.before)
	}
	if r, ok := c.on.(*routed); ok {
		return r.begin(ctx)
	}
	return begin(ctx, c.base, pgx.TxOptions{}, c.before)
}

// insertFrom copies the rows to a temporary table and inserts them from there, with c's settings. The table is dropped
// at once, because the transaction may go on with another copy, and at the latest when it ends: a context that has ended
// stops the copy half way without an error of the server, and the rows would stay on the connection.
func (c *call) insertFrom(ctx context.Context, tx connection, table pgx.Identifier, columns []string, src pgx.CopyFromSource) (int64, error) {
	if c.blocks != nil {
		return c.insertValues(ctx, tx.(pgx.Tx), table, columns, src)
	}
	list, from, to := columnList(columns), staging.Sanitize(), table.Sanitize()
	if _, err := tx.Exec(ctx, "create temporary table "+from+" on commit drop as select "+list+" from "+to+" with no data"); err != nil {
		return 0, err
	}
	if _, err := tx.CopyFrom(ctx, staging, columns, src); err != nil {
		return 0, err
	}
	var n int64
	batch := &pgx.Batch{}
	queue(batch, &pgx.QueuedQuery{}, c.before)
	// COPY writes the values of identity columns too (manual, COPY: Notes).
	batch.Queue("insert into " + to + " (" + list + ") overriding system value select " + list + " from " + from).Exec(func(tag pgconn.CommandTag) error {
		n = tag.RowsAffected()
		return nil
	})
	queue(batch, &pgx.QueuedQuery{}, c.after)
	batch.Queue("drop table " + from)
	err := tx.SendBatch(ctx, batch).Close()
	return n, err
}

func columnList(columns []string) string {
	quoted := make([]string, len(columns))
	for i, name := range columns {
		quoted[i] = pgx.Identifier{name}.Sanitize()
	}
	return strings.Join(quoted, ", ")
}
