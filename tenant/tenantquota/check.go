package tenantquota

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
)

// State is how much of a kind a tenant has used.
type State struct {
	Kind  string
	Used  int64
	Limit int64 // with the override and the add-ons; Unlimited for none
	// Resets is when the next period begins, zero for what counts forever.
	Resets time.Time
}

// Left is what may still be reserved, Unlimited where there is no limit. It is 0 for a tenant who has more than it may,
// because the plan was changed.
func (s State) Left() int64 {
	if s.Limit == Unlimited {
		return Unlimited
	}
	return max(s.Limit-s.Used, 0)
}

// States returns how much the transaction's tenant has used of some kinds, or of all when none is named.
func (q *Quotas) States(ctx context.Context, tx Tx, kinds ...string) ([]State, error) {
	t, err := in(tx)
	if err != nil {
		return nil, err
	}
	if len(kinds) == 0 {
		kinds = slices.Sorted(maps.Keys(q.Kinds))
	}
	now := q.Now()
	starts, limits := make([]time.Time, len(kinds)), make([]*int64, len(kinds))
	for i, kind := range kinds {
		if limits[i], err = q.limit(ctx, kind); err != nil {
			return nil, err
		}
		starts[i], _ = q.Kinds[kind].begins(now)
	}
	rows, err := gen.Scoped(t, t.Scope(), operation("Check", tenant.CommandMany, false)).
		Query(ctx, q.sql.SQL("Check"), t.Scope().ID(), kinds, starts, limits)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (State, error) {
		var s State
		var ceiling *int64
		err := row.Scan(&s.Kind, &s.Used, &ceiling)
		s.Limit = orUnlimited(ceiling)
		_, s.Resets = q.Kinds[s.Kind].begins(now)
		return s, err
	})
}

// Check returns a *tenant.QuotaError for each kind of which the transaction's tenant may not have as much more as is wanted,
// joined. It reserves nothing: whether there is room then, Reserve tells.
func (q *Quotas) Check(ctx context.Context, tx Tx, wanted map[string]int64) error {
	for _, n := range wanted {
		if n <= 0 {
			return ErrAmount
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	states, err := q.States(ctx, tx, slices.Sorted(maps.Keys(wanted))...)
	if err != nil {
		return err
	}
	var errs []error
	for _, s := range states {
		if n := wanted[s.Kind]; s.Limit != Unlimited && n > s.Limit-s.Used {
			errs = append(errs, &tenant.QuotaError{Key: s.Kind, Limit: s.Limit, Used: s.Used, Asked: n, Retry: s.Resets})
		}
	}
	return errors.Join(errs...)
}
