package tenant

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant/internal/bridge"
)

// DB runs statements for tenants on a pool. It is safe for concurrent use. The pool's role should be the application's:
// neither superuser nor BYPASSRLS nor the tables' owner, or row-level security does not hold for it.
type DB struct {
	base     database // of every call, or of those that name no tenant where there are pools
	routes   Routes
	fake     bool    // there is no database
	blocks   *blocks // with Citus
	cross    *pgxpool.Pool
	settings []string
	tables   []string
	parts    []bridge.Part
	family   *family
	hooks
}

// Option changes what New makes.
type Option func(*DB)

func withSetting(names ...string) Option {
	return func(db *DB) {
		for _, name := range names {
			if !slices.Contains(db.settings, name) {
				db.settings = append(db.settings, name)
			}
		}
	}
}

// WithCrossTenantPool gives the pool for the repositories' CrossTenant. Its role has to be another than the application's, one that
// row-level security does not restrict.
func WithCrossTenantPool(pool *pgxpool.Pool) Option {
	return func(db *DB) { db.cross = pool }
}

// WithGuard adds a guard; with several, all must agree.
func WithGuard(guard Guard) Option {
	return func(db *DB) { db.guards = append(db.guards, guard) }
}

// New returns a DB on the pool, which stays the caller's to close. With WithPools it is the pool of what names no tenant,
// and may be nil.
func New(pool *pgxpool.Pool, opts ...Option) *DB {
	return (&DB{base: newDatabase(pool), family: &family{notifiers: map[*pgxpool.Pool]*notifier{}}}).With(opts...)
}

// With returns a DB with more options, on the same pools. Generated code names the settings of its policies this way.
func (db *DB) With(opts ...Option) *DB {
	more := *db
	more.settings, more.tables, more.parts = slices.Clone(db.settings), slices.Clone(db.tables), slices.Clone(db.parts)
	more.hooks = hooks{slices.Clone(db.guards), slices.Clone(db.tracers)}
	for _, opt := range opts {
		opt(&more)
	}
	return &more
}

// scoped is for one call for the scope's tenant.
func (db *DB) scoped(scope Scope, op Operation) *call {
	c := &call{from: db, home: db.home(), blocks: db.blocks, scope: scope, settings: db.settings, op: op, hooks: db.hooks, underRLS: true, refusal: scope.check()}
	if c.refusal == nil {
		c.before = db.assignments(c.only[:0], scope)
	}
	return c
}

// global is for one call for no tenant.
func (db *DB) global(op Operation) *call {
	c := &call{from: db, home: db.home(), blocks: db.blocks, op: op, hooks: db.hooks, underRLS: true, before: db.assignments(nil, Scope{})}
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

// inTx calls fn in a transaction for the scope's tenant.
func (db *DB) inTx(ctx context.Context, scope Scope, opts pgx.TxOptions, fn func(context.Context, *Tx) error) error {
	tx := &Tx{db: db, scope: scope}
	err := traced(ctx, db, scope, "", func(ctx context.Context, span *span) error { return tx.begin(ctx, span, opts, fn) })
	if err == nil {
		tx.tell(ctx)
	}
	return err
}

// begin begins the transaction that tx is made for, and runs fn in it.
func (tx *Tx) begin(ctx context.Context, span *span, opts pgx.TxOptions, fn func(context.Context, *Tx) error) error {
	db, scope := tx.db, tx.scope
	d, err := tx.place(ctx)
	if err != nil {
		span.refuse()
		return err
	}
	defer d.done()
	if tx.tx, err = tx.open(ctx, d, opts); err != nil {
		return err
	}
	return tx.run(ctx, func() error {
		if err := db.belongs(ctx, tx.tx, scope); err != nil {
			return err
		}
		return fn(within(ctx, inside{home: db.home(), pool: tx.pool, tx: &tx.transaction, scope: scope}), tx)
	})
}

// home is what tells whether a transaction and a call may run on the same database: the DBs of With are the same. With
// pools all databases are one in this: that two tenants are in different ones today makes no call part of a transaction.
func (db *DB) home() any {
	if db.routes != nil || db.fake {
		return db.family
	}
	return db.base.pool
}

// place returns the database of the transaction's tenant, or why there is to be no transaction.
func (tx *Tx) place(ctx context.Context) (database, error) {
	if err := tx.scope.check(); err != nil {
		return database{}, err
	}
	if err := foreign(ctx, tx.scope, tx.db.settings); err != nil {
		return database{}, err
	}
	if err := outsideTx(ctx, tx.db.home(), tx.scope, transactionOf("")); err != nil || tx.db.fake {
		return database{}, err
	}
	d, err := tx.db.database(ctx, tx.scope)
	if err != nil {
		return database{}, err
	}
	if err := outsideTx(ctx, d.pool, tx.scope, transactionOf("")); err != nil {
		d.done()
		return database{}, err
	}
	return d, nil
}

// open starts the transaction on its tenant's database, with the assignments made.
func (tx *Tx) open(ctx context.Context, d database, opts pgx.TxOptions) (pgx.Tx, error) {
	if tx.db.fake {
		return nowhere{}, nil
	}
	tx.pool, tx.path, tx.tag = d.pool, d.path, d.tag()
	return tx.db.begin(ctx, d, opts, tx.db.assignments(nil, tx.scope))
}

// begin starts a transaction with the assignments made.
func (db *DB) begin(ctx context.Context, d database, opts pgx.TxOptions, list []assignment) (pgx.Tx, error) {
	if db.blocks != nil {
		return db.blocks.begin(ctx, d, opts, list)
	}
	return begin(ctx, d, opts, list)
}
