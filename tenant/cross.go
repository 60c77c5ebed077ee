package tenant

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
)

// CrossTenant is the separate handle for work that legitimately touches several tenants: billing, maintenance, finding
// the tenant of a token. It runs on a pool of its own whose role row-level security does not restrict.
type CrossTenant struct {
	db      *DB
	reason  string
	refusal error
	in      *transaction // nil outside InTx
}

// CrossTenant returns the handle for cross-tenant work. The reason is for people who read the code, and for guards and
// tracers, which see it in Operation.Reason. Without a reason every call fails with ErrNoReason, and on a DB made without
// WithCrossTenantPool with ErrNoCrossTenantPool; Err tells earlier.
func (db *DB) CrossTenant(reason string) *CrossTenant {
	x := &CrossTenant{db: db, reason: strings.TrimSpace(reason)}
	switch {
	case x.reason == "":
		x.refusal = ErrNoReason
	case db.cross == nil:
		x.refusal = ErrNoCrossTenantPool
	}
	return x
}

// Err is the error that every call would report, or nil.
func (x *CrossTenant) Err() error { return x.refusal }

// Reason is what the handle was made for.
func (x *CrossTenant) Reason() string { return x.reason }

// Call returns a connection that runs one call across tenants. Its operation carries the reason.
func (x *CrossTenant) Call(op Operation) *Call {
	op.Reason = x.reason
	c := &Call{hooks: x.db.hooks, on: x.db.cross, home: x.db.cross, op: op, refusal: x.refusal}
	if x.in != nil {
		c.on, c.home, c.closed = x.in.tx, nil, &x.in.closed
	}
	return c
}

// InTx calls fn in a transaction on the cross-tenant pool. It commits when fn returns nil, and rolls back when fn returns
// an error, which it passes on, or panics. The handle that fn is given ends with fn; its own InTx is a savepoint. A call on
// x itself with the context that fn is given is refused with ErrOutsideTx; calls for a tenant are not, for they cannot be
// part of the transaction.
func (x *CrossTenant) InTx(ctx context.Context, fn func(context.Context, *CrossTenant) error) error {
	in := &transaction{}
	if x.in != nil {
		err := x.inTx(ctx, in, fn)
		if err == nil {
			x.in.committed = append(x.in.committed, in.committed...)
		}
		return err
	}
	err := traced(ctx, x.db.tracers, Scope{}, x.reason, func(ctx context.Context) error { return x.inTx(ctx, in, fn) })
	if err == nil {
		in.tell(ctx)
	}
	return err
}

func (x *CrossTenant) inTx(ctx context.Context, in *transaction, fn func(context.Context, *CrossTenant) error) error {
	if x.refusal != nil {
		return x.refusal
	}
	begun, err := x.begin(ctx)
	if err != nil {
		return err
	}
	in.tx = begun
	inner := &CrossTenant{db: x.db, reason: x.reason, in: in}
	return in.run(ctx, func() error { return fn(within(ctx, x.db.cross, in, Scope{}), inner) })
}

func (x *CrossTenant) begin(ctx context.Context) (pgx.Tx, error) {
	switch {
	case x.in == nil:
		if err := outsideTx(ctx, x.db.cross, Scope{}, transactionOf(x.reason)); err != nil {
			return nil, err
		}
		return begin(ctx, x.db.cross, pgx.TxOptions{}, nil)
	case x.in.closed.Load():
		return nil, ErrClosed
	}
	return x.in.tx.Begin(ctx)
}
