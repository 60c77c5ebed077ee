package app

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

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
	return read(a.UpdateSettings(ctx, c.org, keys, c.signIn.at, c.signIn.provider))
}

// UpdateSettings changes some of the settings, for a member who was signed in then, by that provider.
func (a *App) UpdateSettings(ctx context.Context, org repo.OrgID, keys map[string]any, since time.Time, provider string) (json.RawMessage, error) {
	if _, ours := keys["suspended"]; ours {
		return nil, badRequest("whether the organization is suspended is not a setting of its own")
	}
	settings, err := json.Marshal(keys)
	if err != nil {
		return nil, err
	}
	wanted, err := settingsOf(settings)
	if err != nil {
		return nil, badRequest(err.Error())
	}
	if err := a.acceptable(wanted, signIn{since, provider}); err != nil {
		return nil, err
	}
	var all json.RawMessage
	err = a.changes(ctx, org, func(ctx context.Context, tx *repo.Tx) error {
		all, err = tx.Organizations.UpdateSettings(ctx, org, settings)
		return err
	})
	return all, err
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
	return nothing(a.ChangePlan(ctx, c.org, body.Plan))
}

// ChangePlan moves an organization to another plan.
func (a *App) ChangePlan(ctx context.Context, org repo.OrgID, plan string) error {
	return a.changes(ctx, org, func(ctx context.Context, tx *repo.Tx) error {
		rows, err := tx.Organizations.ChangePlan(ctx, org, plan)
		if err == nil && rows == 0 {
			err = errNotFound
		}
		return err
	})
}
