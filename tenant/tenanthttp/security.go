package tenanthttp

import (
	"net/netip"
	"time"

	"github.com/tenantgen/tenantgen/tenant"
)

// Security is what a tenant asks of those who belong to it. The zero value asks nothing.
type Security struct {
	// Networks are the only ones that its members may come from.
	Networks []netip.Prefix
	// SessionAge is how long after Person.Since they have to sign in again.
	SessionAge time.Duration
	// Provider is the identity provider that they have to sign in with, which is single sign-on: Person.Provider.
	Provider string
}

// The policies of a tenant.PolicyError.
const (
	PolicyAddress    = "address"
	PolicySessionAge = "session-age"
	PolicyProvider   = "sso"
)

// skew is by how much the clocks of those who sign people in may be ahead.
const skew = time.Minute

// check returns why the tenant does not want this request. What is not known does not suffice.
func (s Security) check(p Person, from netip.Addr, now time.Time) error {
	switch {
	case len(s.Networks) > 0 && !within(from, s.Networks):
		return &tenant.PolicyError{Policy: PolicyAddress}
	case s.Provider != "" && p.Provider != s.Provider:
		return &tenant.PolicyError{Policy: PolicyProvider}
	case s.SessionAge != 0 && (p.Since.IsZero() || now.Sub(p.Since) > s.SessionAge || p.Since.Sub(now) > skew):
		return &tenant.PolicyError{Policy: PolicySessionAge}
	}
	return nil
}
