package tenant

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// DB runs statements for tenants on a pool whose role is subject to row-level
// security. It is safe for concurrent use.
type DB struct {
	pool  *pgxpool.Pool
	cross *pgxpool.Pool
}

// Option configures a DB.
type Option func(*DB)

// WithCrossTenantPool gives the DB a second pool for CrossTenant, whose role may
// see the rows of every tenant. The first pool's role must not.
func WithCrossTenantPool(pool *pgxpool.Pool) Option {
	return func(db *DB) { db.cross = pool }
}

// New makes a DB over pool. Closing the pools stays with the caller.
func New(pool *pgxpool.Pool, opts ...Option) *DB {
	db := &DB{pool: pool}
	for _, o := range opts {
		o(db)
	}
	return db
}

// Scoped returns a connection whose statements run for the tenant of scope, each
// in one round trip and a transaction of its own.
func (db *DB) Scoped(scope Scope, op Operation) *Conn {
	if err := scope.check(); err != nil {
		return &Conn{refused{err}}
	}
	return &Conn{&scoped{db.pool, scope}}
}

// Global returns a connection for queries on tables that all tenants share. No
// tenant is set, so row-level security hides every tenant's rows from it.
func (db *DB) Global(op Operation) *Conn { return &Conn{db.pool} }

// CrossTenant returns a handle for declared cross-tenant queries. reason says, for
// a reader of the code, why this caller may see several tenants. Without
// WithCrossTenantPool its statements fail with ErrNoCrossTenantPool.
func (db *DB) CrossTenant(reason string) *CrossTenant {
	return &CrossTenant{pool: db.cross, reason: reason}
}

// CrossTenant runs statements that are not confined to one tenant.
type CrossTenant struct {
	pool   *pgxpool.Pool
	reason string
}

// Reason returns what CrossTenant was called with.
func (c *CrossTenant) Reason() string { return c.reason }

// Conn returns a connection of the cross-tenant pool.
func (c *CrossTenant) Conn(op Operation) *Conn {
	switch {
	case c.reason == "":
		return &Conn{refused{ErrNoReason}}
	case c.pool == nil:
		return &Conn{refused{ErrNoCrossTenantPool}}
	}
	return &Conn{c.pool}
}

// Tx is a transaction of one tenant.
type Tx struct {
	tx    pgx.Tx
	scope Scope
}

// rollbackTimeout bounds the rollback when the caller's context has ended already.
const rollbackTimeout = 5 * time.Second

// InTx calls fn in a transaction that is bound to the tenant of scope. It commits
// when fn returns nil, and rolls back when fn returns an error, which it passes on,
// or panics. The tenant is set together with BEGIN, without a round trip of its own.
func (db *DB) InTx(ctx context.Context, scope Scope, fn func(*Tx) error) (err error) {
	if err := scope.check(); err != nil {
		return err
	}
	tx, err := db.begin(ctx, scope)
	if err != nil {
		return err
	}
	committed := false
	defer func() {
		if !committed {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
			defer cancel()
			if rerr := tx.Rollback(ctx); rerr != nil && !errors.Is(rerr, pgx.ErrTxClosed) && err != nil {
				err = errors.Join(err, rerr)
			}
		}
	}()
	if err := fn(&Tx{tx, scope}); err != nil {
		return err
	}
	committed = true
	return tx.Commit(ctx)
}

// begin sends BEGIN and the setting together.
func (db *DB) begin(ctx context.Context, scope Scope) (pgx.Tx, error) {
	b := &pgx.Batch{}
	b.BeginTx(pgx.TxOptions{})
	b.Queue(setTenant, scope.Setting, scope.ID)
	results := db.pool.SendBatch(ctx, b)
	tx := results.Tx()
	if err := results.Close(); err != nil {
		if tx != nil {
			err = errors.Join(err, ignoreClosed(tx.Rollback(context.WithoutCancel(ctx))))
		}
		return nil, err
	}
	return tx, nil
}

func ignoreClosed(err error) error {
	if errors.Is(err, pgx.ErrTxClosed) {
		return nil
	}
	return err
}

// Scoped returns a connection of the transaction. A scope of another tenant is
// refused with ErrTenantMismatch.
func (tx *Tx) Scoped(scope Scope, op Operation) *Conn {
	if err := scope.check(); err != nil {
		return &Conn{refused{err}}
	}
	if scope != tx.scope {
		return &Conn{refused{ErrTenantMismatch}}
	}
	return &Conn{tx.tx}
}

// Global returns a connection of the transaction for queries on shared tables.
func (tx *Tx) Global(op Operation) *Conn { return &Conn{tx.tx} }
