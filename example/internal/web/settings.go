package web

import (
	"encoding/json"
	"strings"

	"github.com/tenantgen/tenantgen/example/internal/app"
	"github.com/tenantgen/tenantgen/example/repo"
)

// settingsPage is what the organization has set, and the visitor's own tokens.
type settingsPage struct {
	Slug, Plan string
	Plans      []repo.Plan
	Set        settings
	Tokens     []repo.ListTokensRow
	Session    string // the token of this session
	Token      string // that was just made
}

// settings are those that the page has fields for; others stay as they are.
type settings struct {
	Branding struct {
		Name  string `json:"name"`
		Color string `json:"color"`
	} `json:"branding"`
	Networks []string        `json:"allowed_networks"`
	Flags    map[string]bool `json:"flags"`
}

// Comments reports whether notes have comments.
func (s settings) Comments() bool { on, set := s.Flags["comments"]; return on || !set }

// showSettings is GET …/settings.
func (w *Web) showSettings(v *visit) error { return w.settingsWith(v, "") }

func (w *Web) settingsWith(v *visit, token string) error {
	ctx := v.r.Context()
	row, err := w.repos.Organizations.GetOrganization(ctx, v.org)
	if err != nil {
		return err
	}
	page := settingsPage{Slug: row.Slug, Plan: row.PlanID, Session: app.Session(v.person), Token: token}
	if err := json.Unmarshal(row.Settings, &page.Set); err != nil {
		return err
	}
	if page.Plans, err = w.repos.Plans.ListPlans(ctx); err != nil {
		return err
	}
	if page.Tokens, err = w.repos.Tokens.ListTokens(ctx, v.org, v.user); err != nil {
		return err
	}
	return w.show(v, "settings", "Settings", "settings", page)
}

// saveSettings is POST …/settings.
func (w *Web) saveSettings(v *visit) error {
	if err := v.r.ParseForm(); err != nil {
		return err
	}
	networks := strings.FieldsFunc(v.r.PostFormValue("networks"), func(r rune) bool { return strings.ContainsRune(" ,\r\n\t", r) })
	if networks == nil {
		networks = []string{}
	}
	_, err := w.app.UpdateSettings(v.r.Context(), v.org, map[string]any{
		"branding":         map[string]string{"name": strings.TrimSpace(v.r.PostFormValue("name")), "color": strings.ToLower(v.r.PostFormValue("color"))},
		"allowed_networks": networks,
		"flags":            map[string]bool{"comments": v.r.PostFormValue("comments") != ""},
	}, v.person.Since, v.person.Provider)
	if err != nil {
		return w.again(v, err, (*Web).showSettings)
	}
	return v.done("settings", "settings-saved")
}

// changePlan is POST …/plan.
func (w *Web) changePlan(v *visit) error {
	if err := v.r.ParseForm(); err != nil {
		return err
	}
	if err := w.app.ChangePlan(v.r.Context(), v.org, v.r.PostFormValue("plan")); err != nil {
		return w.again(v, err, (*Web).showSettings)
	}
	return v.done("settings", "plan-changed")
}

// createToken is POST …/tokens. It is shown this once.
func (w *Web) createToken(v *visit) error {
	if err := v.r.ParseForm(); err != nil {
		return err
	}
	token, err := w.app.CreateToken(v.r.Context(), v.org, v.person, strings.TrimSpace(v.r.PostFormValue("name")))
	if err != nil {
		return w.again(v, err, (*Web).showSettings)
	}
	return w.settingsWith(v, token)
}

// revokeToken is POST …/tokens/{token}/revoke.
func (w *Web) revokeToken(v *visit) error {
	id, err := v.id("token")
	if err != nil {
		return err
	}
	if err := w.app.RevokeToken(v.r.Context(), v.org, v.user, id); err != nil {
		return err
	}
	return v.done("settings", "token-revoked")
}
