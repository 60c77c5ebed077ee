package app

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/example/repo"
	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/tenanthttp"
)

// caller is whose token a request carries.
type caller struct {
	*http.Request
	user   uuid.UUID
	signIn signIn
}

// call is a request of a member to their organization.
type call struct {
	*caller
	org    repo.OrgID
	member tenant.Member
}

// endpoint answers a call.
type endpoint func(context.Context, *call) (*reply, error)

// newToken makes a token and what is kept of it.
func newToken() (token string, hash []byte) {
	var secret [24]byte
	rand.Read(secret[:]) // never fails: crypto/rand crashes the program instead
	token = "notes_" + base64.RawURLEncoding.EncodeToString(secret[:])
	return token, HashToken(token)
}

// HashToken returns what is kept of a token. A token is random and long, so
// that nothing slower than SHA-256 is needed.
func HashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// What a token says of its owner, as claims.
const (
	claimOrg   = "org_id"   // the organization that it was made for, the only one it opens
	claimToken = "token_id" // its own id
)

// authenticate finds out who asks, by the token in the header. It is the one step of a request that looks
// across organizations, for the token says which one it is about.
func (a *App) authenticate(r *http.Request) (tenanthttp.Person, error) {
	token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !found {
		return tenanthttp.Person{}, tenant.ErrUnauthenticated
	}
	return a.Identify(r.Context(), token)
}

// Identify says whose a token is, and which organization it opens.
func (a *App) Identify(ctx context.Context, token string) (tenanthttp.Person, error) {
	if token == "" {
		return tenanthttp.Person{}, tenant.ErrUnauthenticated
	}
	t, err := a.directory.FindToken(ctx, HashToken(token))
	if errors.Is(err, pgx.ErrNoRows) {
		return tenanthttp.Person{}, tenant.ErrUnauthenticated
	}
	if err != nil {
		return tenanthttp.Person{}, err
	}
	return tenanthttp.Person{
		ID: t.UserID.String(), Claims: map[string]any{claimOrg: t.OrgID.String(), claimToken: t.ID.String()},
		Since: t.SignedInAt, Provider: t.Provider,
	}, nil
}

// inOrganization serves an endpoint to those members who have the permission.
// The organization is the middleware's: whoever does not belong to it, whether
// it exists or not, does not get here.
func (a *App) inOrganization(route route) http.Handler {
	h := tenanthttp.Require(route.permission)(a.public(func(r *http.Request) (*reply, error) {
		if err := paid(route.pattern, r.Context()); err != nil {
			return nil, err
		}
		c, err := a.callOf(r)
		if err != nil {
			return nil, err
		}
		return route.do(r.Context(), c)
	}))
	if a.limited {
		h = a.billing.Middleware(h)
	}
	return a.requests.Wrap(h)
}

// callOf reads what the middleware found out, and notes that the token was used.
func (a *App) callOf(r *http.Request) (*call, error) {
	ctx := r.Context()
	c, err := callerOf(r)
	if err != nil {
		return nil, err
	}
	org, err := repo.OrgIDFrom(ctx)
	if err != nil {
		return nil, err
	}
	member, err := tenant.CurrentMember(ctx)
	if err != nil {
		return nil, err
	}
	person, err := tenanthttp.CurrentPerson(ctx)
	if err != nil {
		return nil, err
	}
	token, err := uuid.Parse(Session(person))
	if err != nil {
		return nil, err
	}
	return &call{caller: c, org: org, member: member}, a.repos.Tokens.TouchToken(ctx, org, token)
}

// signedIn serves whoever has a token, for no organization. What an
// organization's own provider says of somebody counts in that organization
// alone: it must not open what they have elsewhere.
func (a *App) signedIn(do func(*caller) (*reply, error)) http.Handler {
	return a.requests.SignedIn(a.public(func(r *http.Request) (*reply, error) {
		c, err := callerOf(r)
		if err != nil {
			return nil, err
		}
		if c.signIn.provider != "" {
			return nil, errOneOrganization
		}
		return do(c)
	}))
}

// callerOf is who was authenticated.
func callerOf(r *http.Request) (*caller, error) {
	person, err := tenanthttp.CurrentPerson(r.Context())
	if err != nil {
		return nil, err
	}
	user, err := uuid.Parse(person.ID)
	if err != nil {
		return nil, err
	}
	return &caller{Request: r, user: user, signIn: signIn{person.Since, person.Provider}}, nil
}

// public serves everybody.
func (a *App) public(do func(*http.Request) (*reply, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, err := do(r)
		a.write(w, r, answer, err)
	})
}

// id reads an id of the path. What is no id names nothing.
func (c *call) id(name string) (uuid.UUID, error) {
	id, err := uuid.Parse(c.PathValue(name))
	if err != nil {
		return uuid.Nil, errNotFound
	}
	return id, nil
}
