package tenanthttp

import (
	"context"
	"slices"
	"time"

	"github.com/tenantgen/tenantgen/tenant"
)

// Person is who sent a request, as the credentials say that came with it and were verified.
type Person struct {
	// ID is how the application names them. Nobody has none.
	ID string
	// Claims are those of the verified token, for Claim.
	Claims map[string]any
	// Scopes are the OAuth scopes that the token was given, for RequireScopes.
	Scopes []string
	// Since is when they signed in, for tenants that bound the age of a session.
	Since time.Time
	// Provider is the identity provider that they signed in with, for tenants that require theirs.
	Provider string
}

type personKey struct{}

func withPerson(ctx context.Context, p Person) context.Context {
	return context.WithValue(ctx, personKey{}, p)
}

// CurrentPerson returns who sent the request, or tenant.ErrUnauthenticated. What they are to the tenant is tenant.CurrentMember.
func CurrentPerson(ctx context.Context) (Person, error) {
	p, ok := ctx.Value(personKey{}).(Person)
	if !ok || p.ID == "" {
		return Person{}, tenant.ErrUnauthenticated
	}
	return p, nil
}

// has reports whether the person's token was given a scope.
func (p Person) has(scope string) bool { return scope != "" && slices.Contains(p.Scopes, scope) }
