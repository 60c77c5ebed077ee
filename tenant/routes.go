package tenant

import (
	"context"
	"encoding/hex"
	"errors"
	"hash/fnv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Routes says where a tenant's rows are, as Pools does, and in which schema of that database: where tenants have schemas of
// their own. Package tenantroute has an implementation.
type Routes interface {
	// Route returns the place of the tenant that scope names. It is asked as Pools.Pool is; a route without a pool refuses
	// the call with ErrNoPool.
	Route(ctx context.Context, scope Scope) (Route, error)
	// All returns every pool, for Verify to look at.
	All(ctx context.Context) ([]*pgxpool.Pool, error)
}

// Route is where a tenant's rows are.
type Route struct {
	Pool *pgxpool.Pool
	// Schemas is the search_path that calls run with, as names, the tenant's own first. It is set together with the tenant, in
	// the same transaction, and ends with it. When the first schema is not there, or not for the role to use, the call is refused
	// with ErrNoSchema: PostgreSQL would pass it over. Nothing is said of the search_path without any.
	//
	// Schemas that come after the first are for what all tenants share. A table of tenants in one of them would be found where the
	// tenant's own schema lacks it.
	Schemas []string
	// Release is called once the call that asked is over, when it is not nil. Until then the pool stays open.
	Release func()
}

var (
	// ErrNoSchema refuses a call for a tenant whose schema is not there.
	ErrNoSchema = errors.New("tenant: the tenant's schema is not there, or not for this role to use")
	// errSchemaOnCitus refuses schemas where the tenant's rows are spread over machines.
	errSchemaOnCitus = errors.New("tenant: schemas of tenants and Citus do not go together")
	errNameOfSchema  = errors.New("tenant: a schema without a name, or of PostgreSQL's own")
)

// WithRoutes is WithPools for tenants of whom some have a schema of their own. A call for such a tenant is a transaction: it
// takes three round trips instead of one, because a statement is only understood once the search_path is set.
func WithRoutes(routes Routes) Option {
	return func(db *DB) { db.routes = routes }
}

// pooled are Pools as Routes.
type pooled struct{ Pools }

func (p pooled) Route(ctx context.Context, scope Scope) (Route, error) {
	pool, err := p.Pool(ctx, scope)
	return Route{Pool: pool}, err
}

// at is the database with a route's schemas.
func (d database) at(r Route) (database, error) {
	d.release = r.Release
	if len(r.Schemas) == 0 {
		return d, nil
	}
	quoted := make([]string, len(r.Schemas))
	for i, name := range r.Schemas {
		if name == "" || strings.HasPrefix(name, "pg_") || strings.Contains(name, "\x00") {
			return d, errNameOfSchema
		}
		quoted[i] = pgx.Identifier{name}.Sanitize()
	}
	d.schema, d.path = r.Schemas[0], strings.Join(quoted, ", ")
	return d, nil
}

// done says that the call for which the database was asked is over.
func (d *database) done() {
	if d.release != nil {
		d.release()
		d.release = nil
	}
}

// assignments adds the search_path to what a transaction sets.
func (d *database) assignments(list []assignment) []assignment {
	if d.path != "" {
		list = append(list, assignment{"search_path", d.path})
	}
	return list
}

// expectSchema makes a batch fail, after the search_path is set, when the tenant's schema is not the first of it.
func (d *database) expectSchema(batch *pgx.Batch) {
	if d.path == "" {
		return
	}
	batch.Queue("select coalesce(pg_catalog.current_schema(), '')").QueryRow(func(row pgx.Row) error {
		var current string
		if err := row.Scan(&current); err != nil {
			return err
		}
		if current != d.schema {
			return ErrNoSchema
		}
		return nil
	})
}

// look makes sure that the tenant's schema is there, in a transaction with the search_path.
func (d *database) look(ctx context.Context, tx pgx.Tx) error {
	if d.path == "" {
		return nil
	}
	batch := &pgx.Batch{}
	d.expectSchema(batch)
	return tx.SendBatch(ctx, batch).Close()
}

// tag ends the statements of a schema, so that they are prepared for it alone: a statement that was prepared for another
// schema keeps the types that it was prepared with.
func (d *database) tag() string {
	if d.path == "" {
		return ""
	}
	h := fnv.New64a()
	h.Write([]byte(d.path))
	return "\n/* " + hex.EncodeToString(h.Sum(nil)) + " */"
}

// tagged are queries with the tag of a schema.
func tagged(queries []*pgx.QueuedQuery, tag string) []*pgx.QueuedQuery {
	if tag == "" {
		return queries
	}
	list := make([]*pgx.QueuedQuery, len(queries))
	for i, q := range queries {
		own := *q
		own.SQL += tag
		list[i] = &own
	}
	return list
}

// routed is a pool whose every call is a transaction with the settings made, and the search_path.
type routed struct {
	database
	list []assignment
}

func (r *routed) begin(ctx context.Context) (pgx.Tx, error) {
	return begin(ctx, r.database, pgx.TxOptions{}, r.list)
}

func (r *routed) Exec(ctx context.Context, sql string, args ...any) (tag pgconn.CommandTag, err error) {
	err = r.run(ctx, func(tx pgx.Tx) error {
		tag, err = tx.Exec(ctx, sql, args...)
		return err
	})
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	return tag, nil
}

// CopyFrom is only for roles that no policy restricts, which have no routes.
func (r *routed) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, src pgx.CopyFromSource) (n int64, err error) {
	err = r.run(ctx, func(tx pgx.Tx) error {
		n, err = tx.CopyFrom(ctx, table, columns, src)
		return err
	})
	return n, err
}

func (r *routed) run(ctx context.Context, fn func(pgx.Tx) error) error {
	tx, err := r.begin(ctx)
	if err != nil {
		return err
	}
	return (&transaction{tx: tx}).run(ctx, func() error { return fn(tx) })
}

func (r *routed) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	tx, err := r.begin(ctx)
	if err != nil {
		failed, _ := pgx.FailedBatchResults(&pgx.Batch{}, err).Query()
		return failed, err
	}
	sent := false
	defer func() {
		if !sent {
			rollback(ctx, tx) // an argument's own encoding has panicked
		}
	}()
	rows, err := tx.Query(ctx, sql, args...)
	sent = true
	return &routedRows{Rows: rows, end: ending{ctx: ctx, tx: tx}}, err
}

func (r *routed) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	tx, err := r.begin(ctx)
	if err != nil {
		return pgx.FailedBatchResults(b, err)
	}
	sent := false
	defer func() {
		if !sent {
			rollback(ctx, tx)
		}
	}()
	results := tx.SendBatch(ctx, b)
	sent = true
	return &routedResults{BatchResults: results, end: ending{ctx: ctx, tx: tx}}
}

// ending ends the transaction of a call once, when its result was read: it is committed unless something failed.
type ending struct {
	ctx  context.Context
	tx   pgx.Tx
	done bool
	err  error
}

func (e *ending) with(err error) error {
	if e.done {
		return e.err
	}
	e.done, e.err = true, err
	if err != nil {
		rollback(e.ctx, e.tx)
	} else if e.err = e.tx.Commit(e.ctx); e.err != nil {
		rollback(e.ctx, e.tx)
	}
	return e.err
}

// routedRows end the transaction when they are closed.
type routedRows struct {
	pgx.Rows
	end ending
}

func (r *routedRows) Close() {
	r.Rows.Close()
	r.end.with(r.Rows.Err())
}

func (r *routedRows) Err() error {
	if r.end.done {
		return r.end.err
	}
	return r.Rows.Err()
}

func (r *routedRows) Next() bool {
	if !r.end.done && r.Rows.Next() {
		return true
	}
	r.Close()
	return false
}

// routedResults end the transaction when the batch is closed.
type routedResults struct {
	pgx.BatchResults
	end ending
}

func (r *routedResults) Close() error { return r.end.with(r.BatchResults.Close()) }
