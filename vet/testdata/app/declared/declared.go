// Package declared is named in sqlc.yaml. // want package:"analysed"
package declared

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Search builds its conditions.
func Search(ctx context.Context, tx pgx.Tx, conditions string) (pgx.Rows, error) { // want Search:`runs SELECT title FROM notes WHERE \{2\}`
	return tx.Query(ctx, "SELECT title FROM notes WHERE "+conditions)
}

type runner interface{ Do(sql string) error }

type doer struct{ tx pgx.Tx }

func (d doer) Do(sql string) error { // want Do:`runs \{0\}`
	_, err := d.tx.Exec(context.Background(), sql)
	return err
}

func hands(tx pgx.Tx) runner { return doer{tx} }
