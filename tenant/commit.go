package tenant

import (
	"context"
	"errors"
)

// ErrNotBegunHere refuses a function for after the commit of a transaction that somebody else commits.
var ErrNotBegunHere = errors.New("tenant: nobody here learns whether the transaction is committed")

func (x *CrossTenant) afterCommit(fn func(context.Context)) error {
	if x.in == nil {
		return ErrNotBegunHere
	}
	return x.in.afterCommit(fn)
}

// afterCommit has fn called once the transaction is committed.
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
