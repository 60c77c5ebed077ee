package tenant

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
)

// CrossTenant is for work that legitimately touches several tenants: billing, maintenance, finding the tenant of a token.
// The CrossTenant of generated repositories is made on it. It runs on a pool of its own whose role row-level security does
// not restrict.
type CrossTenant struct {
	db      *DB
	reason  string
	refusal error
	in      *transaction // nil outside InTx
}

// crossTenant returns the handle for cross-tenant work, which says itself what keeps it from working.
func (db *DB) crossTenant(reason string) *CrossTenant {
	x := &CrossTenant{db: db, reason: strings.TrimSpace(reason)}
	switch {
	case x.reason == "":
		x.refusal = ErrNoReason
	case db.fake:
	case db.cross == nil:
		x.refusal = ErrNoCrossTenantPool
	}
	return x
}

// call is for one call across tenants. Its operation carries the reason.
func (x *CrossTenant) call(op Operation) *call {
	op.Reason = x.reason
	c := &call{hooks: x.db.hooks, on: x.database().connection(), home: x.home(), op: op, refusal: x.refusal}
	if x.db.fake {
		c.on = nowhere{}
	}
	if x.in != nil {
		c.on, c.home, c.closed = x.in.tx, nil, &x.in.closed
	}
	return c
}

// database is the one that cross-tenant work runs on.
func (x *CrossTenant) database() *database {
	return &database{pool: x.db.cross, types: x.db.base.types}
}

// home is what a transaction's connection is taken of.
func (x *CrossTenant) home() any {
	if x.db.fake {
		return &x.db.family.mu // not the tenants' own
	}
	return x.db.cross
}

// inTx calls fn in a transaction on the cross-tenant pool, or in a savepoint of the one that x is in.
func (x *CrossTenant) inTx(ctx context.Context, fn func(context.Context, *CrossTenant) error) error {
	in := &transaction{}
	if x.in != nil {
		err := x.within(ctx, in, fn)
		if err == nil {
			x.in.committed = append(x.in.committed, in.committed...)
		}
		return err
	}
	err := traced(ctx, x.db, Scope{}, x.reason, func(ctx context.Context, span *span) error {
		if x.refusal != nil {
			span.refuse()
		}
		return x.within(ctx, in, fn)
	})
	if err == nil {
		in.tell(ctx)
	}
	return err
}

func (x *CrossTenant) within(ctx context.Context, in *transaction, fn func(context.Context, *CrossTenant) error) error {
	if x.refusal != nil {
		return x.refusal
	}
	begun, err := x.begin(ctx)
	if err != nil {
		return err
	}
	in.tx = begun
	inner := &CrossTenant{db: x.db, reason: x.reason, in: in}
	return in.run(ctx, func() error { return fn(within(ctx, inside{home: x.home(), pool: x.db.cross, tx: in}), inner) })
}

func (x *CrossTenant) begin(ctx context.Context) (pgx.Tx, error) {
	switch {
	case x.in == nil:
		if err := outsideTx(ctx, x.home(), Scope{}, transactionOf(x.reason)); err != nil {
			return nil, err
		}
		if x.db.fake {
			return nowhere{}, nil
		}
		return begin(ctx, *x.database(), pgx.TxOptions{}, nil)
	case x.in.closed.Load():
		return nil, ErrClosed
	}
	return x.in.tx.Begin(ctx)
}
