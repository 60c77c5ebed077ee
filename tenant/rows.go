package tenant

import (
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// rows ends the batch it came in when it is closed: only then is the implicit transaction over, well or not.
type rows struct {
	pgx.Rows
	answer *answer       // of a statement that was sent directly
	batch  *batchResults // of a statement that was sent in a batch
	final  bool          // of the batch's results
	span   *span
	closed bool
	err    error
}

// Close reads what is left, ends the batch and releases the connection.
func (r *rows) Close() {
	if r.closed {
		return
	}
	r.closed = true
	r.Rows.Close()
	r.err = r.Rows.Err()
	count := r.Rows.CommandTag().RowsAffected()
	if r.answer != nil {
		if err := r.answer.Close(); r.err == nil {
			r.err = err
		}
	}
	if r.batch != nil {
		r.batch.count(count, r.err)
	}
	if r.final {
		if err := r.batch.Close(); r.err == nil {
			r.err = err
		}
	}
	r.span.end(count, r.err)
}

// Err is complete once the rows are closed.
func (r *rows) Err() error {
	if r.closed {
		return r.err
	}
	return r.Rows.Err()
}

// Next closes the rows after the last one.
func (r *rows) Next() bool {
	if !r.closed && r.Rows.Next() {
		return true
	}
	r.Close()
	return false
}

// Scan closes the rows when it fails.
func (r *rows) Scan(dest ...any) error {
	err := r.Rows.Scan(dest...)
	if err != nil {
		r.Close()
	}
	return err
}

// Values closes the rows when it fails.
func (r *rows) Values() ([]any, error) {
	values, err := r.Rows.Values()
	if err != nil {
		r.Close()
	}
	return values, err
}

// Conn is nil: a bare connection would run statements for whichever tenant is set.
func (r *rows) Conn() *pgx.Conn { return nil }

// row is the first of the rows.
type row rows

// Scan ends the batch before it reports success; closing is deferred as well because a destination's own Scan may panic.
func (r *row) Scan(dest ...any) error {
	rows := (*rows)(r)
	defer rows.Close()
	if err := rows.Err(); err != nil {
		return err
	}
	for _, d := range dest {
		if _, ok := d.(*pgtype.DriverBytes); ok {
			return errors.New("tenant: cannot scan into *pgtype.DriverBytes from QueryRow: they end with the row")
		}
	}
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return err
		}
		return pgx.ErrNoRows
	}
	if err := rows.Scan(dest...); err != nil {
		return err
	}
	rows.Close()
	return rows.Err()
}

// batchResults ends the batch with its last result. sqlc's batch methods drop the error of Close, which is where a failed
// commit shows; so the last statement reports it.
type batchResults struct {
	pgx.BatchResults
	left  int   // results not read yet
	final *rows // where the last result's rows go
	span  *span
	rows  int64 // of the results read so far
	err   error // the first one
}

// count adds a result that was read.
func (b *batchResults) count(rows int64, err error) {
	b.rows += rows
	if b.err == nil {
		b.err = err
	}
}

// last counts one result and reports whether it is the last one.
func (b *batchResults) last() bool {
	b.left--
	return b.left == 0
}

// Close ends the batch.
func (b *batchResults) Close() error {
	err := b.BatchResults.Close()
	b.count(0, err)
	b.span.end(b.rows, b.err)
	return err
}

// Exec reads the next result.
func (b *batchResults) Exec() (pgconn.CommandTag, error) {
	last := b.last()
	tag, err := b.BatchResults.Exec()
	b.count(tag.RowsAffected(), err)
	if last {
		if closeErr := b.Close(); err == nil {
			err = closeErr
		}
	}
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	return tag, nil
}

// Query reads the next result.
func (b *batchResults) Query() (pgx.Rows, error) {
	r, err := b.query()
	return r, err
}

func (b *batchResults) query() (*rows, error) {
	r := &rows{}
	if b.last() {
		r, b.final = b.final, nil
		r.final = true
	}
	var err error
	r.batch = b
	r.Rows, err = b.BatchResults.Query()
	if err != nil {
		r.Close()
	}
	return r, err
}

// QueryRow reads the next result.
func (b *batchResults) QueryRow() pgx.Row {
	r, _ := b.query() // the rows repeat the error
	return (*row)(r)
}
