package tenant

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// DB runs statements for tenants on a pool. It is safe for concurrent use. The pool's role should be the application's:
// neither superuser nor BYPASSRLS nor the tables' owner, or row-level security does not hold for it.
type DB struct {
	pool     *pgxpool.Pool
	direct   *pgxpool.Pool // the pool, where single statements can be sent directly
	blocks   *blocks       // with Citus
	cross    *pgxpool.Pool
	settings []string
	tables   []string
	parts    []Part
	hooks
}

// Option changes what New makes.
type Option func(*DB)

// WithSetting names the settings that tell PostgreSQL the tenant; generated code does it. Whenever a call's scope leaves
// one out, and so in every global call, it is made empty: that matters if a role or a connection comes with a value for
// it. A DB that knows no setting refuses global calls with ErrNoSetting.
func WithSetting(names ...string) Option {
	return func(db *DB) {
		for _, name := range names {
			if !slices.Contains(db.settings, name) {
				db.settings = append(db.settings, name)
			}
		}
	}
}

// WithCrossTenantPool gives the pool for CrossTenant. Its role has to be another than the application's, one that
// row-level security does not restrict.
func WithCrossTenantPool(pool *pgxpool.Pool) Option {
	return func(db *DB) { db.cross = pool }
}

// WithGuard adds a guard; with several, all must agree.
func WithGuard(guard Guard) Option {
	return func(db *DB) { db.guards = append(db.guards, guard) }
}

// New returns a DB on the pool, which stays the caller's to close.
func New(pool *pgxpool.Pool, opts ...Option) *DB {
	return (&DB{pool: pool, direct: directPool(pool)}).With(opts...)
}

// With returns a DB with more options, on the same pools. Generated code names the settings of its policies this way.
func (db *DB) With(opts ...Option) *DB {
	more := &DB{pool: db.pool, direct: db.direct, blocks: db.blocks, cross: db.cross, settings: slices.Clone(db.settings), tables: slices.Clone(db.tables), parts: slices.Clone(db.parts),
		hooks: hooks{slices.Clone(db.guards), slices.Clone(db.tracers)}}
	for _, opt := range opts {
		opt(more)
	}
	return more
}

// Scoped returns a connection that runs one call for the scope's tenant, in one round trip once the statement is
// prepared.
func (db *DB) Scoped(scope Scope, op Operation) *Call {
	c := &Call{on: db.pool, home: db.home(), direct: db.direct, blocks: db.blocks, scope: scope, op: op, hooks: db.hooks, underRLS: true, refusal: scope.check()}
	if c.refusal == nil {
		c.before = db.assignments(c.only[:0], scope)
	}
	return c
}

// Global returns a connection for queries on tables that all tenants share. It runs with every setting of WithSetting
// empty.
func (db *DB) Global(op Operation) *Call {
	c := &Call{on: db.pool, home: db.home(), direct: db.direct, blocks: db.blocks, op: op, hooks: db.hooks, underRLS: true, before: db.assignments(nil, Scope{})}
	if len(c.before) == 0 {
		c.refusal = ErrNoSetting
	}
	return c
}

// assignments appends what a statement of a new transaction runs with.
func (db *DB) assignments(list []assignment, scope Scope) []assignment {
	list = scope.assignments(list)
	return append(list, without(list, db.settings)...)
}

// InTx calls fn in a transaction that is bound to the tenant of scope. It commits when fn returns nil, and rolls back
// when fn returns an error, which it passes on, or panics. The tenant is set together with BEGIN, without a round trip
// of its own. The Tx ends with fn.
//
// The context that fn is given is the transaction's: a tracer's spans nest in it, and a call on db that is made with it is
// refused with ErrOutsideTx, for it would not be part of the transaction. OutsideTx excepts the calls that are meant so.
func (db *DB) InTx(ctx context.Context, scope Scope, fn func(context.Context, *Tx) error) error {
	return db.InTxWith(ctx, scope, pgx.TxOptions{}, fn)
}

// InTxWith is InTx for a transaction with options, such as its isolation level.
func (db *DB) InTxWith(ctx context.Context, scope Scope, opts pgx.TxOptions, fn func(context.Context, *Tx) error) error {
	tx := &Tx{db: db, scope: scope}
	err := traced(ctx, db.tracers, scope, "", func(ctx context.Context) error { return tx.begin(ctx, opts, fn) })
	if err == nil {
		tx.tell(ctx)
	}
	return err
}

// begin begins the transaction that tx is made for, and runs fn in it.
func (tx *Tx) begin(ctx context.Context, opts pgx.TxOptions, fn func(context.Context, *Tx) error) error {
	db, scope := tx.db, tx.scope
	if err := scope.check(); err != nil {
		return err
	}
	if err := outsideTx(ctx, db.home(), scope, transactionOf("")); err != nil {
		return err
	}
	begun, err := db.begin(ctx, opts, db.assignments(nil, scope))
	if err != nil {
		return err
	}
	tx.tx = begun
	return tx.run(ctx, func() error {
		if err := db.belongs(ctx, begun, scope); err != nil {
			return err
		}
		return fn(within(ctx, db.home(), &tx.transaction, scope), tx)
	})
}

// home is what tells whether a transaction and a call run on the same database: the DBs of With are the same.
func (db *DB) home() any { return db.pool }

// begin starts a transaction with the assignments made.
func (db *DB) begin(ctx context.Context, opts pgx.TxOptions, list []assignment) (pgx.Tx, error) {
	if db.blocks != nil {
		return db.blocks.begin(ctx, db.pool, opts, list)
	}
	return begin(ctx, db.pool, opts, list)
}
