package app

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/tenantgen/tenantgen/example/repo"
)

// listPlans is GET /plans. The price list is the same for all.
func (a *App) listPlans(r *http.Request) (*reply, error) {
	return read(a.repos.Plans.ListPlans(r.Context()))
}

// getOrganization is GET /orgs/{org}.
func (a *App) getOrganization(ctx context.Context, c *call) (*reply, error) {
	return read(a.repos.Organizations.GetOrganization(ctx, c.org))
}

// getSummary is GET /orgs/{org}/summary.
func (a *App) getSummary(ctx context.Context, c *call) (*reply, error) {
	return read(a.repos.Organizations.GetSummary(ctx, c.org))
}

// getQuota is GET /orgs/{org}/quota.
func (a *App) getQuota(ctx context.Context, c *call) (*reply, error) {
	return read(a.repos.Organizations.GetQuota(ctx, c.org))
}

// listUsage is GET /orgs/{org}/usage/{metric}.
func (a *App) listUsage(ctx context.Context, c *call) (*reply, error) {
	return read(a.repos.Usage.ListUsage(ctx, c.org, c.PathValue("metric")))
}

// updateSettings is PATCH /orgs/{org}/settings: feature flags, branding, what
// the client likes to keep. Keys that are left out stay.
func (a *App) updateSettings(ctx context.Context, c *call) (*reply, error) {
	keys, err := decode[map[string]any](c.Request)
	if err != nil {
		return nil, err
	}
	if keys == nil {
		return nil, badRequest("settings are an object")
	}
	settings, err := json.Marshal(keys)
	if err != nil {
		return nil, err
	}
	wanted, err := settingsOf(settings)
	if err != nil {
		return nil, badRequest(err.Error())
	}
	if err := a.acceptable(wanted, c.signIn); err != nil {
		return nil, err
	}
	var all json.RawMessage
	err = a.changes(ctx, c.org, func(ctx context.Context, tx *repo.Tx) error {
		all, err = tx.Organizations.UpdateSettings(ctx, c.org, settings)
		return err
	})
	return read(all, err)
}

type planChoice struct {
	Plan string `json:"plan"`
}

// changePlan is PUT /orgs/{org}/plan.
func (a *App) changePlan(ctx context.Context, c *call) (*reply, error) {
	body, err := decode[planChoice](c.Request)
	if err != nil {
		return nil, err
	}
	var rows int64
	err = a.changes(ctx, c.org, func(ctx context.Context, tx *repo.Tx) error {
		rows, err = tx.Organizations.ChangePlan(ctx, c.org, body.Plan)
		return err
	})
	return changed(rows, err)
}
