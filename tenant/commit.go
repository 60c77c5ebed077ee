package tenant

import (
	"context"
	"errors"
)

// ErrNotBegunHere refuses a function for after the commit of a transaction that somebody else commits.
var ErrNotBegunHere = errors.New("tenant: nobody here learns whether the transaction is committed")

// AfterCommit has fn called once the transaction is committed, before InTx returns: to send a mail, or to drop what a
// cache has. It is not called when the transaction fails or is rolled back, nor when the savepoint that it was asked for in is. The
// functions are called in the order in which they were asked for, with the context that InTx was called with. There is
// no guarantee beyond that: what must not be lost when the process dies belongs into a row.
//
// The error is ErrClosed when the transaction has ended, and ErrNotBegunHere within JoinTx, where whoever began the
// transaction commits it.
func (tx *Tx) AfterCommit(fn func(context.Context)) error { return tx.afterCommit(fn) }

// AfterCommit is Tx's AfterCommit for work across tenants; outside of InTx it returns ErrNotBegunHere.
func (x *CrossTenant) AfterCommit(fn func(context.Context)) error {
	if x.in == nil {
		return ErrNotBegunHere
	}
	return x.in.afterCommit(fn)
}

func (t *transaction) afterCommit(fn func(context.Context)) error {
	switch {
	case t.closed.Load():
		return ErrClosed
	case t.borrowed:
		return ErrNotBegunHere
	}
	t.committed = append(t.committed, fn)
	return nil
}

// tell calls what was asked for, with a context that does not belong to the transaction.
func (t *transaction) tell(ctx context.Context) {
	for _, fn := range t.committed {
		fn(ctx)
	}
}
