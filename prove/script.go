package prove

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
)

// script is statements that the server runs one after another, sent as one message: the first that fails is the last.
type script struct {
	batch      pgconn.Batch
	statements int
}

// statement adds one as a text.
func (s *script) statement(sql string, values ...*string) {
	s.batch.ExecParams(sql, raw(values), nil, nil, nil)
	s.statements++
}

// prepared adds one that was prepared.
func (s *script) prepared(name string, values ...*string) {
	s.batch.ExecPrepared(name, raw(values), nil, nil)
	s.statements++
}

// run returns the results of the statements before the one that the error is of; of all without an error.
func (db *database) run(ctx context.Context, s *script) ([]*pgconn.Result, error) {
	if db.open { // which a run knows of: this is none
		if err := db.do(ctx, ""); err != nil {
			return nil, err
		}
	}
	results, err := db.conn.ExecBatch(ctx, &s.batch).ReadAll()
	if n := len(results); n > 0 && results[n-1].Err != nil {
		results = results[:n-1]
	}
	if err == nil && len(results) != s.statements {
		err = fmt.Errorf("%d of %d statements have a result", len(results), s.statements)
	}
	return results, err
}
