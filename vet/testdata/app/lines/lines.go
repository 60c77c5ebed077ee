package lines

import (
	"context"

	"github.com/jackc/pgx/v5"
)

const columns = "title, " +
	"nope"

func raw(ctx context.Context, tx pgx.Tx, id string) {
	tx.Exec(ctx, `
		UPDATE
			notes
		SET title = $1`, id)
	tx.Exec(ctx, "\tDELETE\n\x20FROM \u006eotes WHERE title = 'é'")
	tx.Exec(ctx, "SELECT 'é', wrong FROM notes")
	tx.Exec(ctx, "SELECT "+columns+" FROM notes WHERE org_id = $1")
	tx.Exec(ctx, "SELECT title FROM notes WHERE id = @identifier AND x > 1", pgx.NamedArgs{"identifier": id})
}
