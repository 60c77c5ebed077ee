package tenant

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Tx is a transaction for one tenant, which the Tx of generated repositories is made on. It ends with the function it was
// made for, and, like the connection beneath it, is not safe for concurrent use. There is no way to that connection.
type Tx struct {
	transaction
	db    *DB
	pool  *pgxpool.Pool // that it was begun on; nil when somebody else began it
	path  string        // the search_path of a tenant with a schema of its own
	tag   string        // of its statements then
	scope Scope
}

// Scope is the tenant that the transaction runs for.
func (tx *Tx) Scope() Scope { return tx.scope }

// scoped is for one call in the transaction. Levels of the scope that the transaction does not have are in force for that
// call alone.
func (tx *Tx) scoped(scope Scope, op Operation) *call {
	c := &call{on: tx.tx, blocks: tx.db.blocks, scope: scope, within: tx.scope, settings: tx.db.settings, op: op, hooks: tx.db.hooks, underRLS: true, closed: &tx.closed, refusal: scope.check()}
	if c.refusal == nil && !tx.scope.admits(scope, tx.db.settings) {
		c.refusal = &MismatchError{Tx: tx.scope, Call: scope}
	}
	if scope != tx.scope && tx.db.routes != nil {
		c.same = tx
	}
	c.tag = tx.tag
	if scope.depth == 0 && scope.setting == tx.scope.setting {
		return c
	}
	for _, l := range scope.levels() {
		if _, ok := tx.scope.lookup(l.setting); !ok {
			c.before = append(c.before, assignment{l.setting, l.id})
			c.after = append(c.after, assignment{setting: l.setting})
		}
	}
	return c
}

// global is for one call in the transaction but for no tenant, which then returns.
func (tx *Tx) global(op Operation) *call {
	known := slices.Clone(tx.db.settings)
	for _, l := range tx.scope.levels() {
		known = append(known, l.setting)
	}
	return &call{
		on: tx.tx, tag: tx.tag, blocks: tx.db.blocks, op: op, hooks: tx.db.hooks, underRLS: true, closed: &tx.closed,
		before: without(nil, known), after: tx.scope.assignments(nil),
	}
}

// savepoint runs fn within a savepoint. Releasing it leaves what was set inside in force, so that there is none for
// another tenant nor for a part of this one.
func (tx *Tx) savepoint(ctx context.Context, scope Scope, fn func(context.Context, *Tx) error) error {
	if tx.closed.Load() {
		return ErrClosed
	}
	if err := scope.check(); err != nil {
		return err
	}
	if scope != tx.scope {
		return &MismatchError{Tx: tx.scope, Call: scope}
	}
	begun, err := tx.tx.Begin(ctx)
	if err != nil {
		return err
	}
	inner := &Tx{transaction: transaction{tx: begun, borrowed: tx.borrowed}, db: tx.db, pool: tx.pool, path: tx.path, tag: tx.tag, scope: scope}
	err = inner.run(ctx, func() error {
		return fn(within(ctx, inside{home: tx.db.home(), pool: tx.pool, tx: &inner.transaction, scope: scope}), inner)
	})
	if err == nil {
		tx.committed = append(tx.committed, inner.committed...)
	}
	return err
}

// begin starts a transaction with the assignments made, in one round trip.
func begin(ctx context.Context, d database, opts pgx.TxOptions, list []assignment) (pgx.Tx, error) {
	batch := &pgx.Batch{}
	batch.BeginTx(opts)
	queue(batch, &pgx.QueuedQuery{}, d.assignments(list))
	d.expectSchema(batch)
	results := d.pool.SendBatch(ctx, batch)
	tx := results.Tx()
	err := results.Close()
	if err == nil {
		err = teach(ctx, tx.Conn(), d.types)
	}
	if err != nil {
		rollback(ctx, tx)
		return nil, err
	}
	return tx, nil
}

// transaction is a transaction or savepoint that a function runs in.
type transaction struct {
	tx        pgx.Tx
	closed    atomic.Bool
	borrowed  bool                    // somebody else commits it
	committed []func(context.Context) // called then, unless it is borrowed
}

// run commits after fn, or rolls back when fn fails or panics or leaves by runtime.Goexit.
func (t *transaction) run(ctx context.Context, fn func() error) error {
	committing := false
	defer func() {
		t.closed.Store(true)
		if !committing {
			rollback(ctx, t.tx)
		}
	}()
	if err := fn(); err != nil {
		return err
	}
	committing = true
	return t.tx.Commit(ctx)
}

// rollback works when ctx has ended as well: that is a usual reason to roll back, and one that should not cost the
// connection. Its error adds nothing: pgx then closes the connection, which the server takes for a rollback.
func rollback(ctx context.Context, tx pgx.Tx) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_ = tx.Rollback(ctx)
}
