package tenant

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/tenant/internal/bridge"
)

// generated is this package's side of the bridge: what package gen offers to generated code, and tenanttest to tests.
type generated struct{}

func init() { bridge.Runtime = generated{} }

func (generated) NewScope(setting, id string) Scope { return newScope(setting, id) }

func (generated) Claim(claim, id string) Scope { return newClaim(claim, id) }

func (generated) ClaimWithin(id string, way ...string) Scope { return newClaimWithin(id, way) }

func (generated) CurrentID(ctx context.Context, like Scope) (string, error) {
	return currentID(ctx, like)
}

func (generated) WithSetting(names ...string) Option { return withSetting(names...) }

func (generated) WithTables(names ...string) Option { return withTables(names...) }

func (generated) WithParts(parts ...bridge.Part) Option { return withParts(parts...) }

func (generated) WithTypes(names ...string) Option { return withTypes(names...) }

func (generated) WithCitus() Option { return withCitus() }

func (generated) Scoped(on Executor, scope Scope, op Operation) bridge.DBTX {
	return on.scoped(scope, op)
}

// Unproved is scoped for what nothing but row-level security confines: that takes a reason.
func (generated) Unproved(on Executor, scope Scope, op Operation) bridge.DBTX {
	op.Reason = strings.TrimSpace(op.Reason)
	c := on.scoped(scope, op)
	if c.refusal == nil && op.Reason == "" {
		c.refusal = ErrUnprovedReason
	}
	return c
}

func (generated) NewSet(setting string, ids []string) Scope { return newSet(setting, ids) }

func (generated) OfTenants(db *DB, scope Scope, op Operation) bridge.DBTX {
	return db.ofTenants(scope, op)
}

func (generated) Global(on Executor, op Operation) bridge.DBTX { return on.global(op) }

func (generated) InTx(ctx context.Context, db *DB, scope Scope, opts pgx.TxOptions, fn func(context.Context, *Tx) error) error {
	return db.inTx(ctx, scope, opts, fn)
}

func (generated) Savepoint(ctx context.Context, tx *Tx, scope Scope, fn func(context.Context, *Tx) error) error {
	return tx.savepoint(ctx, scope, fn)
}

func (generated) JoinTx(ctx context.Context, db *DB, tx pgx.Tx, scope Scope, fn func(context.Context, *Tx) error) error {
	return db.join(ctx, tx, scope, fn)
}

func (generated) AfterCommit(tx *Tx, fn func(context.Context)) error { return tx.afterCommit(fn) }

func (generated) CrossTenant(db *DB, reason string) *CrossTenant { return db.crossTenant(reason) }

func (generated) CrossTenantErr(x *CrossTenant) error { return x.refusal }

func (generated) Across(x *CrossTenant, op Operation) bridge.DBTX { return x.call(op) }

func (generated) InCrossTenantTx(ctx context.Context, x *CrossTenant, fn func(context.Context, *CrossTenant) error) error {
	return x.inTx(ctx, fn)
}

func (generated) AfterCrossTenantCommit(x *CrossTenant, fn func(context.Context)) error {
	return x.afterCommit(fn)
}

func (generated) Verify(ctx context.Context, db *DB) error { return db.verify(ctx) }

// Within runs fn on a transaction's own connection, as one call that guards are asked and tracers told about: for libraries of this
// repository that bring SQL of their own.
func (generated) Within(ctx context.Context, tx *Tx, scope Scope, op Operation, fn func(context.Context, pgx.Tx) error) error {
	c := tx.scoped(scope, op)
	if c.refusal == nil && scope != tx.scope {
		c.refusal = &MismatchError{Tx: tx.scope, Call: scope} // what is set for the call alone would not be set for fn
	}
	ctx, span := c.begin(ctx)
	err := c.admit(ctx)
	switch {
	case err != nil:
	case tx.db.fake:
		err = ErrNoDatabase
	default:
		err = fn(ctx, tx.tx)
	}
	span.end(0, err)
	return err
}

// WithoutDatabase is for tests of code that calls generated repositories.
func (generated) WithoutDatabase(opts ...Option) *DB {
	db := New(nil)
	db.fake = true
	return db.With(opts...)
}
