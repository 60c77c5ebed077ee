package tenantquota

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
)

// Override takes the place of what the plan says of a kind, for one tenant.
type Override struct {
	Kind  string
	Limit int64 // or Unlimited
	// Reason says why, for whoever looks at it in a year.
	Reason string
	// Expires is when the plan's limit counts again, never when it is zero.
	Expires time.Time
}

// ErrNoReason refuses an override that does not say why.
var ErrNoReason = errors.New("tenantquota: an override needs a reason")

// SetOverride gives the transaction's tenant an override, in place of the one that it may have. Who may do so is the
// application's to say.
func (q *Quotas) SetOverride(ctx context.Context, tx Tx, o Override) error {
	switch _, ok := q.Kinds[o.Kind]; {
	case !ok:
		return fmt.Errorf("%w %q", ErrUnknownKind, o.Kind)
	case o.Limit < Unlimited:
		return ErrAmount
	case strings.TrimSpace(o.Reason) == "":
		return ErrNoReason
	}
	var ceiling *int64
	if o.Limit != Unlimited {
		ceiling = &o.Limit
	}
	return q.exec(ctx, tx, "SetOverride", o.Kind, ceiling, o.Reason, orNever(o.Expires))
}

// DropOverride lets the plan's limit count again. There may be no override.
func (q *Quotas) DropOverride(ctx context.Context, tx Tx, kind string) error {
	return q.exec(ctx, tx, "DropOverride", kind)
}

// Addon is what a tenant has bought on top of its plan.
type Addon struct {
	Kind    string
	Name    string // of the add-on; a tenant has each once
	Amount  int64
	Expires time.Time // never when it is zero
}

// SetAddon gives the transaction's tenant an add-on, in place of the one of its name.
func (q *Quotas) SetAddon(ctx context.Context, tx Tx, a Addon) error {
	switch _, ok := q.Kinds[a.Kind]; {
	case !ok:
		return fmt.Errorf("%w %q", ErrUnknownKind, a.Kind)
	case a.Amount <= 0:
		return ErrAmount
	}
	return q.exec(ctx, tx, "SetAddon", a.Kind, a.Name, a.Amount, orNever(a.Expires))
}

// DropAddon takes an add-on away. There may be none.
func (q *Quotas) DropAddon(ctx context.Context, tx Tx, kind, name string) error {
	return q.exec(ctx, tx, "DropAddon", kind, name)
}

// Overrides returns the overrides of the transaction's tenant, those that have expired, too.
func (q *Quotas) Overrides(ctx context.Context, tx Tx) ([]Override, error) {
	return collect(ctx, q, tx, "Overrides", func(row pgx.CollectableRow) (o Override, err error) {
		var ceiling *int64
		var expires *time.Time
		err = row.Scan(&o.Kind, &ceiling, &o.Reason, &expires)
		o.Limit, o.Expires = orUnlimited(ceiling), orZero(expires)
		return o, err
	})
}

// Addons returns the add-ons of the transaction's tenant, those that have expired, too.
func (q *Quotas) Addons(ctx context.Context, tx Tx) ([]Addon, error) {
	return collect(ctx, q, tx, "Addons", func(row pgx.CollectableRow) (a Addon, err error) {
		var expires *time.Time
		err = row.Scan(&a.Kind, &a.Name, &a.Amount, &expires)
		a.Expires = orZero(expires)
		return a, err
	})
}

func collect[T any](ctx context.Context, q *Quotas, tx Tx, name string, scan func(pgx.CollectableRow) (T, error)) ([]T, error) {
	t, err := in(tx)
	if err != nil {
		return nil, err
	}
	rows, err := gen.Scoped(t, t.Scope(), operation(name, tenant.CommandMany, false)).Query(ctx, q.sql.SQL(name), t.Scope().ID())
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scan)
}

func orNever(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

func orZero(at *time.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	return at.UTC()
}
