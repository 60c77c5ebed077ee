package app

import (
	"context"
	"encoding/json"
	"net/http"
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
	return read(a.repos.Organizations.UpdateSettings(ctx, c.org, settings))
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
	return changed(a.repos.Organizations.ChangePlan(ctx, c.org, body.Plan))
}

// listDomains is GET /orgs/{org}/domains.
func (a *App) listDomains(ctx context.Context, c *call) (*reply, error) {
	return read(a.repos.Domains.ListDomains(ctx, c.org))
}

// claimDomain is PUT /orgs/{org}/domains/{domain}. The claim routes nobody
// until it is verified, which takes a look at the DNS that is not part of an example.
func (a *App) claimDomain(ctx context.Context, c *call) (*reply, error) {
	if err := a.repos.Domains.ClaimDomain(ctx, c.org, c.PathValue("domain")); err != nil {
		return nil, err
	}
	return done(), nil
}
