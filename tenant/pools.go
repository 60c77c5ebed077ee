package tenant

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"weak"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

var (
	// ErrNoPool refuses a call for which there is no database: for a tenant whom Pools do not know, or for no tenant on a DB
	// that was made without a pool.
	ErrNoPool = errors.New("tenant: no pool for the call")
	// ErrOtherDatabase refuses to join a transaction that somebody else began on another database than the tenant's.
	ErrOtherDatabase = errors.New("tenant: the transaction is on another database than the tenant")
)

// Pools says in which database a tenant's rows are, where not all are in one: in one of several shards, or each tenant in
// a database of its own. All have the schema, the policies and the roles that the migrations make.
type Pools interface {
	// Pool returns the pool of the tenant that scope names. It is asked for every call, after the guards, and
	// concurrently; what it finds out slowly it should keep. An error refuses the call and is returned to its caller
	// (wrapped); so does nil, as ErrNoPool: a tenant who is not known has no database, and never somebody else's.
	Pool(ctx context.Context, scope Scope) (*pgxpool.Pool, error)
	// All returns every pool, for Verify to look at.
	All(ctx context.Context) ([]*pgxpool.Pool, error)
}

// WithPools has the calls for a tenant, transactions and listeners run on the tenant's own pool. The pool that the DB was
// made with stays the one for calls that name no tenant, on tables that all tenants share; made with nil, the DB refuses
// these with ErrNoPool.
//
// Cross-tenant work runs on the one pool of WithCrossTenantPool, and so sees the tenants of that database alone: an index of
// tokens, say. For work on everybody's rows, make repositories over each database in turn, New(New(shard, WithCrossTenantPool(…))).
func WithPools(pools Pools) Option {
	return func(db *DB) {
		db.routes = nil
		if pools != nil {
			db.routes = pooled{pools}
		}
	}
}

// database is a pool, and how statements are sent on it.
type database struct {
	pool   *pgxpool.Pool
	direct bool              // single statements can be sent by pgconn's batch
	mode   pgx.QueryExecMode // in which they are prepared for Citus
	types  []string          // of the schema, which its connections are told of

	schema  string // of the tenant alone, the first of path; both empty where all tenants are in the same tables
	path    string // search_path
	release func() // called when the call is over
}

func newDatabase(pool *pgxpool.Pool) database {
	if pool == nil {
		return database{}
	}
	config := pool.Config().ConnConfig
	d := database{pool: pool, direct: sentDirectly(config), mode: pgx.QueryExecModeDescribeExec}
	if config.DefaultQueryExecMode != pgx.QueryExecModeCacheStatement || config.StatementCacheCapacity > 0 {
		d.mode = config.DefaultQueryExecMode
	}
	return d
}

// family is shared by a DB and those that With makes of it.
type family struct {
	// known are the databases that were used, by their pools, which it does not keep from being collected.
	known     sync.Map
	mu        sync.Mutex
	notifiers map[*pgxpool.Pool]*notifier // those with listeners
}

// database returns what is known of a pool.
func (f *family) database(pool *pgxpool.Pool) database {
	key := weak.Make(pool)
	if known, ok := f.known.Load(key); ok {
		d := known.(database)
		d.pool = pool
		return d
	}
	d := newDatabase(pool)
	kept := d
	kept.pool = nil // or it would keep its key alive
	if _, there := f.known.LoadOrStore(key, kept); !there {
		runtime.AddCleanup(pool, func(key weak.Pointer[pgxpool.Pool]) { f.known.Delete(key) }, key)
	}
	return d
}

// database returns where a call for the scope runs; the zero scope is of a call that names no tenant.
func (db *DB) database(ctx context.Context, scope Scope) (database, error) {
	if db.routes == nil || scope.IsZero() {
		if db.base.pool == nil {
			return database{}, ErrNoPool
		}
		return db.base, nil
	}
	route, err := db.routes.Route(ctx, scope)
	if err != nil {
		return database{}, fmt.Errorf("tenant: the tenant's pool: %w", err)
	}
	var d database
	if err = ErrNoPool; route.Pool != nil {
		d, err = db.family.database(route.Pool).at(route)
	}
	if err == nil && d.path != "" && db.blocks != nil {
		err = errSchemaOnCitus
	}
	if err != nil {
		if route.Release != nil {
			route.Release()
		}
		return database{}, err
	}
	d.types = db.base.types
	return d, nil
}

// everywhere returns all databases that calls of db reach.
func (db *DB) everywhere(ctx context.Context) ([]database, error) {
	var list []database
	if db.base.pool != nil {
		list = append(list, db.base)
	}
	if db.routes == nil {
		return list, nil
	}
	pools, err := db.routes.All(ctx)
	for _, pool := range pools {
		if pool == nil {
			return nil, ErrNoPool
		}
		if pool != db.base.pool {
			list = append(list, db.family.database(pool))
		}
	}
	return list, err
}

// joinable returns the database that a transaction of somebody else's is on, where there are several; or why it cannot be
// joined for the scope.
func (db *DB) joinable(ctx context.Context, outer pgx.Tx, scope Scope) (database, error) {
	if db.routes == nil || db.fake {
		return database{}, nil
	}
	d, err := db.database(ctx, scope)
	if err != nil {
		return database{}, err
	}
	defer d.done() // the connection is somebody else's
	if conn := outer.Conn(); conn == nil || address(conn.Config()) != address(d.pool.Config().ConnConfig) {
		return database{}, ErrOtherDatabase
	}
	return d, nil
}

// onTheSame returns why a call for another scope of the same tenant is not in its transaction, where there are several
// databases: for a project that has one of its own.
func (tx *Tx) onTheSame(ctx context.Context, scope Scope) error {
	d, err := tx.db.database(ctx, scope)
	if err != nil {
		return err
	}
	defer d.done()
	if tx.pool == nil || d.pool != tx.pool || d.path != tx.path {
		return &MismatchError{Tx: tx.scope, Call: scope}
	}
	return nil
}

// address names a database in a connection's own words.
func address(config *pgx.ConnConfig) string {
	return fmt.Sprintf("%s:%d/%s", config.Host, config.Port, config.Database)
}
