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
	batch  pgx.BatchResults // nil for a statement that was sent alone
	closed bool
	err    error
}

// failed returns rows that report err, as pgx does: never nil, so that helpers such as pgx.CollectRows can be given them.
func failed(err error) (pgx.Rows, error) {
	return pgx.FailedBatchResults(&pgx.Batch{}, err).Query()
}

// Close reads what is left, ends the batch and releases the connection.
func (r *rows) Close() {
	if r.closed {
		return
	}
	r.closed = true
	r.Rows.Close()
	r.err = r.Rows.Err()
	if r.batch == nil {
		return
	}
	if err := r.batch.Close(); r.err == nil {
		r.err = err
	}
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
type row struct{ rows pgx.Rows }

// Scan ends the batch before it reports success; closing is deferred as well because a destination's own Scan may panic.
func (r row) Scan(dest ...any) error {
	defer r.rows.Close()
	if err := r.rows.Err(); err != nil {
		return err
	}
	for _, d := range dest {
		if _, ok := d.(*pgtype.DriverBytes); ok {
			return errors.New("tenant: cannot scan into *pgtype.DriverBytes from QueryRow: they end with the row")
		}
	}
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

// batchResults ends the batch with its last result. sqlc's batch methods drop the error of Close, which is where a failed
// commit shows; so the last statement reports it.
type batchResults struct {
	pgx.BatchResults
	left int // results not read yet
}

// last counts one result and reports whether it is the last one.
func (b *batchResults) last() bool {
	b.left--
	return b.left == 0
}

// Exec reads the next result.
func (b *batchResults) Exec() (pgconn.CommandTag, error) {
	last := b.last()
	tag, err := b.BatchResults.Exec()
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
	last := b.last()
	r, err := b.BatchResults.Query()
	if !last {
		return &rows{Rows: r}, err
	}
	ending := &rows{Rows: r, batch: b.BatchResults}
	if err != nil {
		ending.Close()
	}
	return ending, err
}

// QueryRow reads the next result.
func (b *batchResults) QueryRow() pgx.Row {
	r, _ := b.Query() // the rows repeat the error
	return row{r}
}
