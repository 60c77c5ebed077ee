package tenant

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgxpool"
)

// ErrOutsideTx refuses a call on a *DB, or on the repositories over it, whose context is that of a transaction on it: the
// call would run on another connection, and so neither see what the transaction did nor be undone with it. The error is an
// *OutsideTxError.
var ErrOutsideTx = errors.New("tenant: the call would run outside of the transaction that its context belongs to: " +
	"use what the function was given, or tenant.OutsideTx")

// OutsideTxError tells which call was refused, and whose transaction its context belongs to, for a log or an alert. Its
// text names no tenant.
type OutsideTxError struct {
	Tx        Scope     // what the transaction runs for; zero for one that crosses tenants
	Call      Scope     // what the call asked for; zero for a global or a cross-tenant one
	Operation Operation // the call
}

// Error is the text of ErrOutsideTx.
func (e *OutsideTxError) Error() string { return ErrOutsideTx.Error() }

// Is makes errors.Is(err, ErrOutsideTx) true.
func (e *OutsideTxError) Is(target error) bool { return target == ErrOutsideTx }

// OutsideTx returns a context for calls that are meant to run on a connection of their own though ctx is a transaction's:
// what an audit log keeps when the transaction fails, say. They wait for that connection while the transaction holds
// its own, so that a pool of the size of its transactions waits forever.
func OutsideTx(ctx context.Context) context.Context {
	return context.WithValue(ctx, insideKey{}, (*inside)(nil))
}

type insideKey struct{}

// inside is a transaction that a context belongs to, and those around it, which are on other databases.
type inside struct {
	home  any           // what the transaction's connection was taken of
	pool  *pgxpool.Pool // the one that it really is of; nil where that is not known
	tx    *transaction
	scope Scope
	outer *inside
}

// within returns the context of a transaction.
func within(ctx context.Context, in inside) context.Context {
	in.outer, _ = ctx.Value(insideKey{}).(*inside)
	return context.WithValue(ctx, insideKey{}, &in)
}

// outsideTx returns why a call that takes a connection of home's is refused. A transaction that has ended refuses nothing.
func outsideTx(ctx context.Context, home any, scope Scope, op Operation) error {
	around, _ := ctx.Value(insideKey{}).(*inside)
	for ; around != nil; around = around.outer {
		if (around.home == home || around.pool != nil && around.pool == home) && !around.tx.closed.Load() {
			return &OutsideTxError{Tx: around.scope, Call: scope, Operation: op}
		}
	}
	return nil
}
