// Package fixes has statements of which it is certain what they lack. // want package:"analysed"
package fixes

import (
	"context"
	"database/sql"

	"github.com/jackc/pgx/v5"

	"example.com/app/ids"
)

const titles = "SELECT title FROM notes WHERE id = $1" // want `unscoped-table`

func parameter(db *sql.DB, org ids.OrgID, id int64) {
	db.Exec("DELETE FROM notes WHERE id = $1", id)       // want `unscoped-write`
	db.Exec("DELETE FROM notes WHERE id = $1 OR $2", id, // want `unscoped-write`
		true,
	)
	db.Exec(`UPDATE notes SET title = ''`)                             // want `unscoped-write`
	db.Exec("UPDATE notes SET title = E'a\\tb\"' WHERE id = $1\n", id) // want `unscoped-write`
}

func known(db *sql.DB, org ids.OrgID) {
	db.Query("SELECT n.title FROM notes n JOIN notes m ON m.title = n.title WHERE n.org_id = $1", org) // want `unscoped-table`
}

const both = "SELECT n.title FROM notes n JOIN notes m ON m.title = n.title " + // want `unscoped-table`
	"WHERE n.org_id = $1"

func constants(db *sql.DB, org ids.OrgID) {
	db.Query(both, org)
	db.Query(both, org.Value())
}

// Nothing is written where it is not certain whose id it is, or who else calls with the text.
func uncertain(ctx context.Context, db *sql.DB, tx pgx.Tx, org, other ids.OrgID, id int64) {
	db.Exec("DELETE FROM notes WHERE id = $1", id) // want `unscoped-write`
	db.Exec(titles, id)
	db.Exec("SELECT n.title FROM notes n JOIN notes m ON m.title = n.title WHERE n.org_id = $1", id) // want `unscoped-table`
	tx.Exec(ctx, "DELETE FROM notes WHERE id = @id", pgx.NamedArgs{"id": id})                        // want `unscoped-write`
	run(ctx, tx, "DELETE FROM notes WHERE id = $1", id)                                              // want `unscoped-write`
}

func elsewhere(ctx context.Context, db *sql.DB, tx pgx.Tx, org ids.OrgID, id int64) {
	db.Exec(titles, id)
	one(ctx, tx, "DELETE FROM notes WHERE id = $1", id) // want `unscoped-write`
}

func quoted(db *sql.DB, org ids.OrgID, id int64) {
	db.Query("SELECT 1 FROM \"Odd\", notes WHERE notes.org_id = $1", org) // want `unscoped-table`
}

func nobody(db *sql.DB, id int64) {
	db.Exec("DELETE FROM notes WHERE id = $1", id) // want `unscoped-write`
}

func one(ctx context.Context, tx pgx.Tx, text string, arg any) { // want one:`runs \{2\}`
	tx.Exec(ctx, text, arg)
}

func run(ctx context.Context, tx pgx.Tx, text string, args ...any) { // want run:`runs \{2\}`
	tx.Exec(ctx, text, args...)
}
