package app

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"time"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/tenanthttp"
)

// settings are those of an organization's settings that the service goes by. Others are the client's.
type settings struct {
	// Networks are those that members may come from, all when there is none.
	Networks []netip.Prefix `json:"allowed_networks"`
	// SessionHours are how long after signing in members have to do so again, never when it is 0.
	SessionHours int `json:"session_hours"`
	// SignOn is by whom members can be signed in, or have to be.
	SignOn signOn `json:"single_sign_on"`
	// Flags switch off what is on otherwise.
	Flags map[string]bool `json:"flags"`
	// Suspended keeps everybody out. It is for whoever runs the service: see Suspend.
	Suspended bool `json:"suspended"`
	// Branding is what the pages on the organization's own domains look like.
	Branding branding `json:"branding"`
}

// signOn is single sign-on: the provider is one that the service trusts.
type signOn struct {
	Provider string `json:"provider"`
	Required bool   `json:"required"`
}

type branding struct {
	Name  string `json:"name"`
	Color string `json:"color"`
}

// plainBranding is everybody's who has no other.
var plainBranding = branding{Name: "Notes", Color: "#336699"}

// metaProvider is the metadata with who may sign members in.
const metaProvider = "provider"

const maxSessionHours = 365 * 24

// flagComments switches comments.
const flagComments = "comments"

var color = regexp.MustCompile(`^#[0-9a-f]{6}$`)

// settingsOf reads them. What cannot be read lets nobody in.
func settingsOf(text json.RawMessage) (settings, error) {
	var s settings
	if err := json.Unmarshal(text, &s); err != nil {
		return s, errors.New("allowed_networks are a list of networks, such as 198.51.100.0/24; session_hours is a number; " +
			"single_sign_on has a provider and whether it is required; flags are true or false; branding has a name and a color")
	}
	for flag := range s.Flags {
		if !slices.Contains([]string{flagComments}, flag) {
			return s, errors.New("there is no flag " + flag)
		}
	}
	if s.SessionHours < 0 || s.SessionHours > maxSessionHours {
		return s, errors.New("session_hours is from 0 to 8760")
	}
	if s.SignOn.Required && s.SignOn.Provider == "" {
		return s, errors.New("single_sign_on needs a provider to be required")
	}
	if s.Branding.Color != "" && !color.MatchString(s.Branding.Color) || len(s.Branding.Name) > 80 {
		return s, errors.New("a color is like #336699, and a name has at most 80 bytes")
	}
	return s, nil
}

// security is what the organization asks of a request of a member's.
func (s settings) security() tenanthttp.Security {
	asks := tenanthttp.Security{Networks: s.Networks, SessionAge: time.Duration(s.SessionHours) * time.Hour}
	if s.SignOn.Required {
		asks.Provider = s.SignOn.Provider
	}
	return asks
}

// metadata is what the context of a request has of them.
func (s settings) metadata() map[string]string {
	m := map[string]string{"brand": s.Branding.Name, "color": s.Branding.Color, metaProvider: s.SignOn.Provider}
	for flag, on := range s.Flags {
		if !on {
			m["off "+flag] = "yes"
		}
	}
	return m
}

// switchedOff refuses what the organization has switched off.
func switchedOff(ctx context.Context, flag string) error {
	t, err := tenant.Current(ctx)
	if err == nil && t.Metadata["off "+flag] != "" {
		err = errSwitchedOff
	}
	return err
}

// getBranding is GET /branding, for the page that people sign in on: they have
// no token yet, and the host alone says whose page it is. A host that nobody
// has verified has the service's own.
func (a *App) getBranding(r *http.Request) (*reply, error) {
	b := plainBranding
	keys, err := tenanthttp.Domain(a.hosts...)(r)
	if err == nil && len(keys) > 0 {
		var found tenanthttp.Entry
		if found, err = a.organizations.Find(r.Context(), keys[0]); err == nil {
			b = branding{Name: found.Tenant.Metadata["brand"], Color: found.Tenant.Metadata["color"]}
		}
	}
	if err != nil && !errors.Is(err, tenant.ErrUnknown) {
		return nil, err
	}
	if b.Name == "" {
		b.Name = plainBranding.Name
	}
	if b.Color == "" {
		b.Color = plainBranding.Color
	}
	return ok(b), nil
}
