package app

import (
	"context"
	"encoding/json"

	"github.com/tenantgen/tenantgen/example/repo"
	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/tenanthttp"
	"github.com/tenantgen/tenantgen/tenant/tenantstream"
)

// Suspend keeps everybody out of an organization, or lets them in again: at once, in all processes. Its jobs wait, and its members'
// streams end. It is for whoever runs the service; no request can ask for it.
func (a *App) Suspend(ctx context.Context, org repo.OrgID, suspended bool) error {
	setting, err := json.Marshal(map[string]bool{"suspended": suspended})
	if err != nil {
		return err
	}
	return a.lookups.InTx(ctx, org, func(ctx context.Context, tx *repo.Tx) error {
		if _, err := tx.Organizations.UpdateSettings(ctx, org, setting); err != nil {
			return err
		}
		members, err := tx.Members.ListMembers(ctx, org)
		if err != nil {
			return err
		}
		for _, m := range members {
			if err := tenantstream.Disconnect(ctx, tx.Executor(), org.Scope(), m.UserID.String()); err != nil {
				return err
			}
		}
		if err := tenant.Announce(ctx, tx.Executor(), org.Scope(), tenanthttp.Topic); err != nil {
			return err
		}
		return tx.AfterCommit(func(context.Context) { a.organizations.Forget(org.String()) })
	})
}
