// Package plain hands statements to pgx and database/sql. // want package:"analysed"
package plain

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jmoiron/sqlx"

	"example.com/app/ids"
)

const byTitle = "SELECT id FROM notes WHERE org_id = $1 AND title = $2"

const list = "SELECT title FROM notes" // want `unscoped-table: reads rows of every tenant in notes`

const (
	from   = " FROM notes"
	titles = "SELECT title" + from
	mine   = titles + " WHERE org_id = $1"
)

func scoped(ctx context.Context, pool *pgxpool.Pool, org ids.OrgID, title string) {
	pool.QueryRow(ctx, byTitle, org, title)
	pool.QueryRow(ctx, byTitle, org.Value(), title)
	pool.QueryRow(ctx, byTitle, &org, title)
	value := org.Value()
	pool.QueryRow(ctx, byTitle, value, title)
	pool.QueryRow(ctx, byTitle, value[:], title)        // want `untyped-tenant: \$1, the tenant, gets value\[:\], which is no id of a tenant`
	pool.QueryRow(ctx, byTitle, title, title)           // want `untyped-tenant: \$1, the tenant, gets title, which is no id of a tenant`
	pool.QueryRow(ctx, byTitle, org.With(title), title) // want `untyped-tenant`
	pool.QueryRow(ctx, byTitle)                         // want `untyped-tenant: \$1, the tenant, gets no argument`
	pool.QueryRow(ctx, "SELECT id FROM notes WHERE title = $1 AND org_id = $2", title, org)
	pool.QueryRow(ctx, "SELECT id FROM notes WHERE title = $1 AND org_id = $2", org, title) // want `untyped-tenant: \$2, the tenant, gets title`
	pool.Query(ctx, mine, org)
	pool.Query(ctx, mine, pgx.QueryExecModeExec, org)
	pool.Query(ctx, mine, pgx.QueryResultFormats{1}, title) // want `untyped-tenant: \$1, the tenant, gets title`
	pool.Query(ctx, list)
	pool.Exec(ctx, "SELECT 1")
	pool.Exec(ctx, "INSERT INTO plans (id, price) VALUES ($1, $2)", title, 1)
}

func refused(ctx context.Context, tx pgx.Tx, conn *pgx.Conn, id string) {
	tx.Exec(ctx, "DELETE FROM notes WHERE id = $1", id) // want `unscoped-write: deletes rows of every tenant in notes`
	conn.Exec(ctx, "DELETE "+
		"FROM notes "+ // want `unscoped-write`
		"WHERE id = $1", id)
	tx.Exec(ctx, "DELETE FROM "+"notes")              // want `unscoped-write`
	tx.Exec(ctx, "SELEC 1")                           // want `syntax: syntax error at or near "SELEC"`
	tx.Exec(ctx, "SELECT * FROM nope")                // want `unknown-table: nope is not in the schema files`
	tx.Exec(ctx, "SELECT 1; DELETE FROM notes")       // want `unscoped-write`
	tx.Prepare(ctx, "all", "SELECT title FROM notes") // want `unscoped-table`
	conn.PgConn().Exec(ctx, "DELETE FROM notes")      // want `unscoped-write`
	tx.Exec(ctx, "-- tenantgen:cross-tenant admin the nightly clean-up\nDELETE FROM notes")
	tx.Exec(ctx, "BEGIN")
	tx.Exec(ctx, "savepoint a;")
	tx.Exec(ctx, "savepoint a; DELETE FROM notes") // want `unsupported-statement` `unscoped-write`
	tx.Exec(ctx, "BEGIN; DELETE FROM notes")       // want `unsupported-statement` `unscoped-write`
}

func dynamic(ctx context.Context, pool *pgxpool.Pool, org ids.OrgID, by string, byAll []string) {
	pool.Query(ctx, fmt.Sprintf("SELECT title FROM notes WHERE org_id = $1 ORDER BY %s", by), org)       // want `dynamic-sql: the SQL that pool.Query runs is no constant: it is what fmt.Sprintf makes`
	pool.Query(ctx, "SELECT title FROM notes WHERE org_id = $1 ORDER BY "+strings.Join(byAll, ","), org) // want `it is what strings.Join makes`
	var b strings.Builder
	b.WriteString("SELECT 1")
	pool.Query(ctx, b.String()) // want `it is what b.String makes`
	q := "SELECT title FROM notes WHERE org_id = $1"
	if by != "" {
		q += " ORDER BY " + strings.ToUpper(by) // want `it is what strings.ToUpper makes`
	}
	pool.Query(ctx, q, org)
	queries := map[string]string{"a": "SELECT 1"}
	pool.Query(ctx, queries[by]) // want `nobody knows what queries\[by\] holds`
}

func variables(ctx context.Context, pool *pgxpool.Pool, org ids.OrgID, newest bool) {
	q := "SELECT title FROM notes WHERE org_id = $1 ORDER BY title"
	if newest {
		q = "SELECT title FROM notes WHERE org_id = $1 ORDER BY id DESC"
	}
	pool.Query(ctx, q, org)
	bad := mine
	if newest {
		bad = "SELECT title FROM notes" // want `unscoped-table`
	}
	pool.Query(ctx, bad, org)
	for _, each := range []string{"DELETE FROM plans", "DELETE FROM notes"} { // want `unscoped-write`
		pool.Exec(ctx, each)
	}
}

func named(ctx context.Context, pool *pgxpool.Pool, org ids.OrgID, title string) {
	pool.Query(ctx, "SELECT id FROM notes WHERE org_id = @org AND title = @title", pgx.NamedArgs{"org": org, "title": title})
	pool.Query(ctx, "SELECT id FROM notes WHERE org_id = @org", pgx.NamedArgs{"org": title}) // want `untyped-tenant: @org, the tenant, gets title`
	pool.Query(ctx, "SELECT id FROM notes WHERE org_id = @org", org)                         // want `dynamic-sql: nothing replaces @org` `untyped-tenant: @org, the tenant, gets no argument`
	pool.Query(ctx, "SELECT id FROM notes WHERE org_id=@org AND title = @title LIMIT @limit", pgx.NamedArgs{"org": org, "limit": 1, "title": title})
	pool.Query(ctx, "SELECT id FROM notes WHERE org_id = @ORG AND title = @org", pgx.NamedArgs{"org": org, "ORG": title}) // want `untyped-tenant: @ORG, the tenant, gets title`
	args := pgx.NamedArgs{"org": org}
	pool.Query(ctx, "SELECT id FROM notes WHERE org_id = @org", args)
	changed := pgx.NamedArgs{"org": org}
	changed["org"] = title
	pool.Query(ctx, "SELECT id FROM notes WHERE org_id = @org", changed)             // want `untyped-tenant: nobody sees what @org`
	pool.Query(ctx, "SELECT id FROM notes WHERE org_id = @org", pgx.StructArgs(org)) // want `dynamic-sql: the SQL that pool.Query runs is no constant: an argument makes another statement of it`
	merged := pgx.NamedArgs{"org": org}
	maps.Copy(merged, pgx.NamedArgs{"org": title})
	pool.Query(ctx, "SELECT id FROM notes WHERE org_id = @org", merged)                             // want `untyped-tenant: nobody sees what @org`
	pool.Query(ctx, "SELECT id FROM notes WHERE org_id = sqlc.arg(org)", pgx.NamedArgs{"org": org}) // want `dynamic-sql: parameters of sqlc mean nothing`
}

func spread(ctx context.Context, pool *pgxpool.Pool, org ids.OrgID, rest []any) {
	pool.Query(ctx, mine, []any{org}...)
	args := []any{org}
	pool.Query(ctx, mine, args...)
	filled := []any{org}
	copy(filled, rest)
	pool.Query(ctx, mine, filled...) // want `untyped-tenant: nobody sees what \$1, the tenant, gets`
	pool.Query(ctx, mine, rest...)   // want `untyped-tenant: nobody sees what \$1, the tenant, gets`
}

// Exported may be changed by any package.
var Exported = "SELECT 1"

var unexported = "SELECT 1"

func package_(ctx context.Context, pool *pgxpool.Pool) {
	pool.Query(ctx, unexported)
	pool.Query(ctx, Exported) // want `dynamic-sql: the SQL that pool.Query runs is no constant: any package may change the variable Exported`
}

func batches(ctx context.Context, pool *pgxpool.Pool, org ids.OrgID, rows [][]any) {
	b := &pgx.Batch{}
	b.Queue(mine, org)
	b.Queue("DELETE FROM notes") // want `unscoped-write`
	pool.CopyFrom(ctx, pgx.Identifier{"plans"}, []string{"id", "price"}, pgx.CopyFromRows(rows))
	pool.CopyFrom(ctx, pgx.Identifier{"notes"}, []string{"id", "org_id", "title"}, pgx.CopyFromRows(rows)) // want `untyped-tenant: nobody sees whose rows are copied into "notes"`
	pool.CopyFrom(ctx, pgx.Identifier{"notes"}, []string{"id", "title"}, pgx.CopyFromRows(rows))           // want `unscoped-insert`
}

func standard(ctx context.Context, db *sql.DB, tx *sql.Tx, org ids.OrgID, id string) {
	db.ExecContext(ctx, "DELETE FROM notes WHERE id = $1", id) // want `unscoped-write`
	db.QueryRow("SELECT title FROM notes WHERE org_id = $1", org)
	tx.Query("SELECT title FROM notes WHERE org_id = $1", id)        // want `untyped-tenant`
	st, _ := db.Prepare("SELECT title FROM notes WHERE org_id = $1") // want `untyped-tenant: the argument of \$1, the tenant, is given to the prepared statement later`
	st.Query(id)
}

func extended(db *sqlx.DB, org ids.OrgID, id string) {
	var titles []string
	db.Select(&titles, "SELECT title FROM notes WHERE org_id = $1", org)
	db.Get(&titles, "SELECT title FROM notes WHERE id = $1", id)             // want `unscoped-table`
	sqlx.Select(db, &titles, "SELECT title FROM notes")                      // want `unscoped-table`
	q, args, _ := sqlx.In("SELECT title FROM notes WHERE id IN (?)", titles) // want `q is put together at run time`
	db.Query(q, args...)
}

func values(ctx context.Context, pool *pgxpool.Pool) {
	run := pool.Exec // want `unseen-sql: Exec runs SQL, and is handed on as a value`
	run(ctx, "DELETE FROM notes")
	(*pgxpool.Pool).Exec(pool, ctx, "DELETE FROM notes") // want `unscoped-write`
}

// DBTX is what sqlc calls this interface.
type DBTX interface {
	Exec(context.Context, string, ...any) (pgconn.CommandTag, error)
	QueryRow(context.Context, string, ...any) pgx.Row
}

func through(ctx context.Context, db DBTX, id string) {
	db.Exec(ctx, "DELETE FROM notes WHERE id = $1", id) // want `unscoped-write`
}

// Declared is named in sqlc.yaml.
func Declared(ctx context.Context, db DBTX, id string) {
	db.Exec(ctx, "DELETE FROM notes WHERE id = $1", id)
	db.Exec(ctx, fmt.Sprint("DELETE FROM notes", id))
}
