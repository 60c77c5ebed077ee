package billing

import (
	"context"
	"time"

	"github.com/tenantgen/tenantgen/example/repo"
	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/tenantquota"
	"github.com/tenantgen/tenantgen/tenant/tenantusage"
)

// Storage is the kind of the bytes of files. Their highest number in a month is part of its usage.
const Storage = "storage"

// Bytes holds the bytes of organizations' files within their plans: it is tenantblob's Quota.
func (b *Billing) Bytes() *Bytes { return &Bytes{b} }

// Bytes is what Billing.Bytes returns.
type Bytes struct{ billing *Billing }

// Reserve takes n bytes, or returns a *tenant.QuotaError.
func (s *Bytes) Reserve(ctx context.Context, scope tenant.Scope, n int64) error {
	var used int64
	err := s.in(ctx, scope, func(ctx context.Context, tx *repo.Tx) error {
		if err := s.billing.Quotas.Reserve(ctx, tx, Storage, n); err != nil {
			return err
		}
		states, err := s.billing.Quotas.States(ctx, tx, Storage)
		if err == nil {
			used = states[0].Used
		}
		return err
	})
	if err != nil {
		return err
	}
	return s.billing.Meter.Peak(scope, Storage, used)
}

// Release gives n bytes back.
func (s *Bytes) Release(ctx context.Context, scope tenant.Scope, n int64) error {
	return s.in(ctx, scope, func(ctx context.Context, tx *repo.Tx) error { return s.billing.Quotas.Release(ctx, tx, Storage, n) })
}

func (s *Bytes) in(ctx context.Context, scope tenant.Scope, fn func(context.Context, *repo.Tx) error) error {
	org, err := repo.ParseOrgID(scope.ID())
	if err != nil {
		return err
	}
	return s.billing.repos.InTx(ctx, org, fn)
}

// Stored returns how many bytes the context's organization keeps, and how many it may.
func (b *Billing) Stored(ctx context.Context, org repo.OrgID) (state tenantquota.State, err error) {
	err = b.repos.InTx(ctx, org, func(ctx context.Context, tx *repo.Tx) error {
		states, err := b.Quotas.States(ctx, tx, Storage)
		if err == nil {
			state = states[0]
		}
		return err
	})
	return state, err
}

// History returns what an organization has used in each of the last months, the earliest first and the present one last.
func (b *Billing) History(ctx context.Context, org repo.OrgID, months int) (history []tenantusage.Used, first time.Time, err error) {
	this := tenantusage.Month(b.now())
	first = this.AddDate(0, 1-months, 0)
	err = b.repos.InTx(ctx, org, func(ctx context.Context, tx *repo.Tx) error {
		for month := first; !month.After(this); month = month.AddDate(0, 1, 0) {
			used, err := b.Meter.Of(ctx, tx, month)
			if err != nil {
				return err
			}
			history = append(history, used)
		}
		return nil
	})
	return history, first, err
}
