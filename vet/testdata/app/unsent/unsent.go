// Package unsent has SQL that no function runs which is judged. // want package:"analysed"
package unsent

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jmoiron/sqlx"

	"example.com/app/ids"
)

func files(ctx context.Context, db *sqlx.DB) {
	sqlx.LoadFile(db, "cleanup.sql")             // want `unseen-sql: LoadFile runs what stands in a file`
	sqlx.LoadFileContext(ctx, db, "cleanup.sql") // want `unseen-sql`
}

func queued(b *pgx.Batch) {
	b.QueuedQueries = append(b.QueuedQueries, &pgx.QueuedQuery{SQL: "DELETE FROM notes"}) // want `unseen-sql: QueuedQuery.SQL is sent as it is`
	b.QueuedQueries[0].SQL = "DELETE FROM notes"                                          // want `unseen-sql`
	_ = []*pgx.QueuedQuery{{SQL: "DELETE FROM notes"}}                                    // want `unseen-sql`
}

func begins(ctx context.Context, pool *pgxpool.Pool, text string) {
	pool.BeginTx(ctx, pgx.TxOptions{BeginQuery: "BEGIN ISOLATION LEVEL SERIALIZABLE", IsoLevel: pgx.Serializable})
	pool.BeginTx(ctx, pgx.TxOptions{BeginQuery: "BEGIN; DELETE FROM notes"})         // want `unseen-sql`
	pool.BeginTx(ctx, pgx.TxOptions{"", "", "", text, ""})                           // want `unseen-sql: TxOptions.BeginQuery`
	pool.BeginTx(ctx, pgx.TxOptions{CommitQuery: "DELETE FROM notes WHERE id = id"}) // want `unseen-sql`
}

func frames(front *pgproto3.Frontend) {
	front.Send(&pgproto3.Query{String: "DELETE FROM notes"}) // want `unseen-sql`
	front.Send(&pgproto3.Parse{Query: "DELETE FROM notes"})  // want `unseen-sql`
}

func arguments(ctx context.Context, pool *pgxpool.Pool, org ids.OrgID, text []byte) {
	const byOrg = "DELETE FROM notes WHERE org_id = $1"
	value := org.Value()
	pool.Exec(ctx, byOrg, value)
	set := org.Value()
	set[0] = text[0]
	pool.Exec(ctx, byOrg, set) // want `untyped-tenant`
	counted := org.Value()
	counted[0]++
	pool.Exec(ctx, byOrg, counted) // want `untyped-tenant`
	copied := org.Value()
	copy(copied[:], text)
	pool.Exec(ctx, byOrg, copied) // want `untyped-tenant`
	raw := org.Raw()
	raw.Set(text)
	pool.Exec(ctx, byOrg, raw) // want `untyped-tenant`
	kept := org.Raw()
	pool.Exec(ctx, byOrg, kept)
}

func ofNobody(ctx context.Context, tx pgx.Tx, conn *pgconn.PgConn) {
	files := tx.LargeObjects() // want `unseen-sql: LargeObjects reaches the large objects of every tenant`
	files.Open(ctx, 1, pgx.LargeObjectModeRead)
	conn.Conn()   // want `unseen-sql: Conn sends what is written into it`
	conn.Hijack() // want `unseen-sql`
}
