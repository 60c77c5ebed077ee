package app

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/example/repo"
	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/tenanthttp"
)

// signIn is when and by whom somebody was signed in. This service itself is "".
type signIn struct {
	at       time.Time
	provider string
}

// Provider says whom the token of a request is of, as a verifier of tenantjwt
// does, with email and email_verified among the claims.
type Provider interface {
	Person(*http.Request) (tenanthttp.Person, error)
}

// acceptable refuses settings that ask for what cannot be had, or would lock out
// the one who wants them, and with them perhaps everybody who could take them back.
func (a *App) acceptable(s settings, by signIn) error {
	if p := s.SignOn.Provider; p != "" && a.providers[p] == nil {
		return badRequest("this service does not know the provider")
	}
	asks := s.security()
	if asks.Provider != "" && asks.Provider != by.provider || asks.SessionAge != 0 && time.Since(by.at) > asks.SessionAge {
		return errLocksOut
	}
	return nil
}

// signInByProvider is POST /orgs/{org}/sign-in, with the token of the
// organization's provider: it becomes one of this service's, for the member with
// the address that the provider has verified, in this organization alone.
// Whatever there is not, the answer is 401.
func (a *App) signInByProvider(r *http.Request) (*reply, error) {
	ctx := r.Context()
	org, err := requested(r.PathValue("org"))
	if err != nil {
		return nil, tenant.ErrUnauthenticated
	}
	person, err := a.vouched(r, org)
	if err != nil {
		return nil, err
	}
	email, _ := person.Claims["email"].(string)
	if verified, _ := person.Claims["email_verified"].(bool); !verified || !strings.Contains(email, "@") {
		return nil, tenant.ErrUnauthenticated
	}
	member, err := a.lookups.Members.FindMemberByEmail(ctx, org, email)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, tenant.ErrUnauthenticated
	}
	if err != nil {
		return nil, err
	}
	since := person.Since
	if since.IsZero() { // it does not say: too long ago for whoever wants to know
		since = time.Unix(0, 0)
	}
	ctx, err = tenant.NewContext(ctx, tenant.Tenant{Scope: org.Scope()}, tenant.Member{ID: member.UserID.String(), Permissions: permissions[member.Role]})
	if err != nil {
		return nil, err
	}
	var token issued
	err = a.repos.InTx(ctx, org, func(ctx context.Context, tx *repo.Tx) error {
		token, err = issue(ctx, tx, org, member.UserID, "single sign-on", signIn{since, person.Provider})
		return err
	})
	return add(token, err)
}

// vouched is whom the organization's provider says that a request is of.
func (a *App) vouched(r *http.Request, org repo.OrgID) (tenanthttp.Person, error) {
	found, err := a.organizations.Find(r.Context(), tenanthttp.Key{Kind: tenanthttp.ByID, Value: org.String()})
	if errors.Is(err, tenant.ErrUnknown) {
		return tenanthttp.Person{}, tenant.ErrUnauthenticated
	}
	if err != nil {
		return tenanthttp.Person{}, err
	}
	name := found.Tenant.Metadata[metaProvider]
	provider := a.providers[name]
	if provider == nil {
		return tenanthttp.Person{}, tenant.ErrUnauthenticated
	}
	person, err := provider.Person(r)
	if err == nil && person.Provider != name {
		err = tenant.ErrUnauthenticated
	}
	return person, err
}
