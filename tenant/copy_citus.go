package tenant

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// What one INSERT of a copy has at most. PostgreSQL's protocol counts parameters in 16 bits.
const (
	maxRows       = 500
	maxParameters = 65535
)

// insertValues inserts the rows with c's settings, many at a time. Citus moves the rows of INSERT … SELECT to the other
// machines by COPY, which these refuse under row-level security.
func (c *call) insertValues(ctx context.Context, tx pgx.Tx, table pgx.Identifier, columns []string, src pgx.CopyFromSource) (int64, error) {
	if err := spellable(c.before); err != nil {
		return 0, err
	}
	if err := c.blocks.set(ctx, tx, locals(c.before)); err != nil {
		return 0, err
	}
	var n int64
	insert := "insert into " + table.Sanitize() + " (" + columnList(columns) + ") overriding system value values "
	for most := max(1, min(maxRows, maxParameters/max(1, len(columns)))); ; {
		args, rows, err := take(src, most, len(columns))
		if err == nil && rows > 0 {
			// The rows' number is part of the text, which is therefore not worth keeping.
			args = append([]any{pgx.QueryExecModeDescribeExec}, args...)
			_, err = tx.Exec(ctx, insert+tuples(rows, len(columns)), args...)
		}
		if err != nil {
			return 0, err
		}
		if n += int64(rows); rows < most {
			break
		}
	}
	return n, c.blocks.set(ctx, tx, locals(c.after))
}

// take reads the next rows, at most so many.
func take(src pgx.CopyFromSource, most, columns int) (args []any, rows int, err error) {
	for rows < most && src.Next() {
		values, err := src.Values()
		if err != nil {
			return nil, 0, err
		}
		if len(values) != columns { // the next row's would move up
			return nil, 0, fmt.Errorf("tenant: a row to copy has %d values for %d columns", len(values), columns)
		}
		args, rows = append(args, values...), rows+1
	}
	return args, rows, src.Err()
}

// tuples spells rows of parameters.
func tuples(rows, columns int) string {
	var b strings.Builder
	for i := range rows * columns {
		switch {
		case i == 0:
			b.WriteString("(")
		case i%columns == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(i+1))
	}
	b.WriteString(")")
	return b.String()
}
