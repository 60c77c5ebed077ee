package app

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/example/repo"
)

// caller is whose token a request carries.
type caller struct {
	*http.Request
	user uuid.UUID
	// home is the organization that the token was made for, the only one it opens.
	home  repo.OrgID
	token uuid.UUID
}

// call is a request of a member to their organization.
type call struct {
	*caller
	org  repo.OrgID
	role repo.MemberRole
}

// endpoint answers a call.
type endpoint func(context.Context, *call) (*reply, error)

// ranks are the roles, each including those before it.
var ranks = []repo.MemberRole{
	repo.MemberRoleViewer, repo.MemberRoleMember, repo.MemberRoleAdmin, repo.MemberRoleOwner,
}

// covers reports whether a role includes another. A role it does not know covers nothing.
func covers(role, least repo.MemberRole) bool {
	return slices.Contains(ranks, role) && slices.Index(ranks, role) >= slices.Index(ranks, least)
}

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

// authenticate finds out who asks. It is the one step of a request that looks
// across organizations, for the token says which one it is about.
func (a *App) authenticate(r *http.Request) (*caller, error) {
	token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !found || token == "" {
		return nil, errUnauthenticated
	}
	t, err := a.directory.FindToken(r.Context(), HashToken(token))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, errUnauthenticated
	}
	if err != nil {
		return nil, err
	}
	return &caller{Request: r, user: t.UserID, home: repo.NewOrgID(t.OrgID), token: t.ID}, nil
}

// authorize finds out whether the caller may do this in the organization of the
// path. Whether there is such an organization makes no difference to a stranger.
func (a *App) authorize(c *caller, least repo.MemberRole) (*call, error) {
	org, err := repo.ParseOrgID(c.PathValue("org"))
	if err != nil {
		return nil, errNotFound
	}
	if org != c.home {
		return nil, a.refuse(c, org)
	}
	m, err := a.repos.Members.GetMember(c.Context(), org, c.user)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, a.refuse(c, org)
	}
	if err != nil {
		return nil, err
	}
	if !covers(m.Membership.Role, least) {
		return nil, errForbidden
	}
	return &call{caller: c, org: org, role: m.Membership.Role}, nil
}

// refuse turns a stranger away, and leaves a trace that can be alerted on.
func (a *App) refuse(c *caller, org repo.OrgID) error {
	a.log.WarnContext(c.Context(), "attempt across organizations",
		"user", c.user, "home", c.home.String(), "org", org.String(), "method", c.Method, "path", c.URL.Path)
	return errForbidden
}

// inOrganization serves an endpoint to those members whose role suffices.
func (a *App) inOrganization(least repo.MemberRole, do endpoint) http.Handler {
	return a.signedIn(func(c *caller) (*reply, error) {
		in, err := a.authorize(c, least)
		if err != nil {
			return nil, err
		}
		if err := a.repos.Tokens.TouchToken(c.Context(), in.org, in.token); err != nil {
			return nil, err
		}
		return do(c.Context(), in)
	})
}

// signedIn serves whoever has a token.
func (a *App) signedIn(do func(*caller) (*reply, error)) http.Handler {
	return a.public(func(r *http.Request) (*reply, error) {
		c, err := a.authenticate(r)
		if err != nil {
			return nil, err
		}
		return do(c)
	})
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
