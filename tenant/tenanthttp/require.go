package tenanthttp

import (
	"net/http"
	"slices"

	"github.com/tenantgen/tenantgen/tenant"
)

// Require serves a handler to members who have all of the named permissions, inside of a Middleware's Wrap. Without a name it
// takes a member.
func Require(permissions ...string) func(http.Handler) http.Handler {
	permissions = slices.Clone(permissions)
	return admitting(func(r *http.Request) error {
		m, err := tenant.CurrentMember(r.Context())
		if err != nil {
			return err
		}
		return m.May(permissions...)
	})
}

// RequireScopes serves a handler to requests whose token was given all of the OAuth scopes, beside what its member may do.
func RequireScopes(scopes ...string) func(http.Handler) http.Handler {
	scopes = slices.Clone(scopes)
	return admitting(func(r *http.Request) error {
		p, err := CurrentPerson(r.Context())
		if err != nil {
			return err
		}
		for _, s := range scopes {
			if !p.has(s) {
				return &ScopeError{Scope: s}
			}
		}
		return nil
	})
}

// ScopeError is a *tenant.PermissionError's sibling: the token lacks an OAuth scope, whatever its owner may do.
type ScopeError struct{ Scope string }

// Error names the scope.
func (e *ScopeError) Error() string {
	return tenant.ErrPermission.Error() + ": needs the scope " + e.Scope
}

// Is makes errors.Is(err, tenant.ErrPermission) true.
func (e *ScopeError) Is(target error) bool { return target == tenant.ErrPermission }

// admitting serves what is not refused.
func admitting(refuses func(*http.Request) error) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := refuses(r); err != nil {
				Error(w, r, err)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}
