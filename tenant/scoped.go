package tenant

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// setTenant sets the tenant for the current transaction only.
const setTenant = "SELECT pg_catalog.set_config($1, $2, true)"

// scoped runs each statement behind the setting in one batch. The two cannot be
// one statement: SQL promises no order of evaluation within it.
type scoped struct {
	pool  *pgxpool.Pool
	scope Scope
}

func (s *scoped) send(ctx context.Context, sql string, args []any) (pgx.BatchResults, error) {
	b := &pgx.Batch{}
	b.Queue(setTenant, s.scope.Setting, s.scope.ID)
	b.Queue(sql, args...)
	results := s.pool.SendBatch(ctx, b)
	if _, err := results.Exec(); err != nil {
		results.Close() // returns the same error
		return nil, err
	}
	return results, nil
}

// Exec reports success only after the batch is closed: that is where the errors of
// deferred constraints appear.
func (s *scoped) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	results, err := s.send(ctx, sql, args)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	tag, err := results.Exec()
	if cerr := results.Close(); err == nil && cerr != nil {
		return pgconn.CommandTag{}, cerr
	}
	return tag, err
}

func (s *scoped) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	results, err := s.send(ctx, sql, args)
	if err != nil {
		return nil, err
	}
	rows, err := results.Query()
	if err != nil {
		results.Close()
		return nil, err
	}
	return &batchRows{Rows: rows, results: results}, nil
}

func (s *scoped) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	rows, err := s.Query(ctx, sql, args...)
	if err != nil {
		return errRow{err}
	}
	return row{rows}
}

// batchRows are the rows of the last statement of a batch. They end the batch, and
// with it the transaction, when they are exhausted or closed.
type batchRows struct {
	pgx.Rows
	results pgx.BatchResults
	closed  bool
	err     error
}

func (r *batchRows) Next() bool {
	if r.Rows.Next() {
		return true
	}
	r.finish()
	return false
}

func (r *batchRows) Scan(dest ...any) error {
	err := r.Rows.Scan(dest...)
	if err != nil {
		r.finish()
	}
	return err
}

func (r *batchRows) Close() {
	r.Rows.Close()
	r.finish()
}

func (r *batchRows) finish() {
	if !r.closed {
		r.closed = true
		r.err = r.results.Close()
	}
}

func (r *batchRows) Err() error {
	if err := r.Rows.Err(); err != nil {
		return err
	}
	return r.err
}

// row is the first of some rows, with the errors of pgx's QueryRow.
type row struct{ rows pgx.Rows }

func (r row) Scan(dest ...any) error {
	defer r.rows.Close()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return pgx.ErrNoRows
	}
	if err := r.rows.Scan(dest...); err != nil {
		return err
	}
	r.rows.Close()
	return r.rows.Err()
}
