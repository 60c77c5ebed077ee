package tenant

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

// pgx knows the types that every PostgreSQL has. Of those that a schema declares it has to be told on each connection,
// or it can neither send nor read their arrays, nor composite values as a struct (its documentation of pgtype, "New
// PostgreSQL Type Support").

// withTypes names types of the schema, as in SQL, which connections are told of, with their arrays.
func withTypes(names ...string) Option {
	return func(db *DB) { db.base.types = append(slices.Clone(db.base.types), names...) }
}

// knownTypes is where a connection keeps the names of the types that it was told of.
const knownTypes = "github.com/tenantgen/tenantgen/tenant types"

// teach tells a connection of types that it does not know yet, at two round trips for its first call. A type that the
// database does not have yet is looked for again: its migration may come later.
func teach(ctx context.Context, conn *pgx.Conn, types []string) error {
	if conn == nil || len(types) == 0 {
		return nil
	}
	data := conn.PgConn().CustomData()
	known, _ := data[knownTypes].([]string)
	var lacking []string
	for _, name := range types {
		if !slices.Contains(known, name) {
			lacking = append(lacking, name)
		}
	}
	if len(lacking) == 0 {
		return nil
	}
	found, loadable, err := arraysOf(ctx, conn, lacking)
	if err != nil || len(found) == 0 {
		return err
	}
	loaded, err := conn.LoadTypes(ctx, loadable)
	if err != nil {
		return err
	}
	for _, t := range loaded {
		if composite, ok := t.Codec.(*pgtype.CompositeCodec); ok {
			t.Codec = asText{composite}
		}
	}
	conn.TypeMap().RegisterTypes(loaded) // now that it can be seen which formats they have
	data[knownTypes] = append(known, found...)
	return nil
}

// asText has composite values sent and read as text, in arrays, too. A struct is made of that as well as a text, or a type with
// a Scan of its own; of the binary format, both of these would get the bytes.
type asText struct{ *pgtype.CompositeCodec }

func (asText) PreferredFormat() int16            { return pgx.TextFormatCode }
func (asText) FormatSupported(format int16) bool { return format == pgx.TextFormatCode }

// arraysOf returns which types there are, and the names of their arrays as LoadTypes compares them: not quoted. The array of
// t is mostly _t, but not always (PostgreSQL manual, CREATE TYPE: Array Types). LoadTypes loads what an array is of.
func arraysOf(ctx context.Context, conn *pgx.Conn, types []string) (found, arrays []string, err error) {
	rows, _ := conn.Query(ctx, `select want, n.nspname || '.' || a.typname from unnest($1::text[]) want
		join pg_catalog.pg_type t on t.oid = pg_catalog.to_regtype(want) join pg_catalog.pg_type a on a.oid = t.typarray
		join pg_catalog.pg_namespace n on n.oid = a.typnamespace`, types)
	var name, array string
	_, err = pgx.ForEachRow(rows, []any{&name, &array}, func() error {
		found, arrays = append(found, name), append(arrays, array)
		return nil
	})
	return found, arrays, err
}

// acquire takes a connection that knows the types.
func (d *database) acquire(ctx context.Context) (*pgxpool.Conn, error) {
	pooled, err := d.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	if err := teach(ctx, pooled.Conn(), d.types); err != nil {
		pooled.Release()
		return nil, err
	}
	return pooled, nil
}

// connection is what calls on the database run on.
func (d *database) connection() connection {
	if len(d.types) == 0 {
		return d.pool
	}
	return taught{*d}
}

// taught is a pool of which every connection is told of the types before it is used.
type taught struct{ database }

func (p taught) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	conn, err := p.acquire(ctx)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	defer conn.Release()
	return conn.Exec(ctx, sql, args...)
}

func (p taught) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	conn, err := p.acquire(ctx)
	if err != nil {
		failed, _ := pgx.FailedBatchResults(&pgx.Batch{}, err).Query()
		return failed, err
	}
	sent, err := conn.Query(ctx, sql, args...)
	return &releasing{Rows: sent, conn: conn}, err
}

func (p taught) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	conn, err := p.acquire(ctx)
	if err != nil {
		return pgx.FailedBatchResults(b, err)
	}
	return &releasingBatch{BatchResults: conn.SendBatch(ctx, b), conn: conn}
}

func (p taught) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, src pgx.CopyFromSource) (int64, error) {
	conn, err := p.acquire(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Release()
	return conn.CopyFrom(ctx, table, columns, src)
}

// releasing gives the connection back when the rows are closed, as a pool's own do.
type releasing struct {
	pgx.Rows
	conn *pgxpool.Conn
}

func (r *releasing) Close() {
	r.Rows.Close()
	if r.conn != nil {
		r.conn.Release()
		r.conn = nil
	}
}

// releasingBatch gives the connection back when the batch is closed, as a pool's own does.
type releasingBatch struct {
	pgx.BatchResults
	conn *pgxpool.Conn
}

func (b *releasingBatch) Close() error {
	err := b.BatchResults.Close()
	if b.conn != nil {
		b.conn.Release()
		b.conn = nil
	}
	return err
}
