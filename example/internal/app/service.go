package app

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/tenantgen/tenantgen/example/repo"
	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/tenanthttp"
	"github.com/tenantgen/tenantgen/tenant/tenantstream"
)

// What the pages of package web share with the API: who may come in, and what is done then. Neither asks for anything that the
// other does not.

// Middleware is the API's, for requests that show by something else who sends them, and are answered by something else: a
// cookie, and a page. The organization, the member and what is refused are found out in the same way.
func (a *App) Middleware(authenticate func(*http.Request) (tenanthttp.Person, error), answer func(http.ResponseWriter, *http.Request, tenanthttp.Problem)) (*tenanthttp.Middleware, error) {
	return tenanthttp.New(tenanthttp.Config{
		Authenticate: authenticate, Resolve: resolve(a.hosts), Directory: a.organizations, Member: a.findMember, Refused: a.refused, Answer: answer,
	})
}

// Limited counts and limits requests by the plan of their organization.
func (a *App) Limited(next http.Handler) http.Handler {
	if !a.limited {
		return next
	}
	return a.billing.Middleware(next)
}

// Addressed says from where requests come, for the audit log.
func Addressed(next http.Handler) http.Handler { return addressed(next) }

// Repositories do what the context's member may do.
func (a *App) Repositories() *repo.Repositories { return a.repos }

// OrganizationsOf are those that a person belongs to. Whom an organization's own provider has signed in is told of that one alone.
func (a *App) OrganizationsOf(ctx context.Context, p tenanthttp.Person) ([]repo.ListOrganizationsOfUserRow, error) {
	user, err := uuid.Parse(p.ID)
	if err != nil {
		return nil, tenant.ErrUnauthenticated
	}
	all, err := a.directory.ListOrganizationsOfUser(ctx, user)
	if p.Provider != "" {
		all = slices.DeleteFunc(all, func(o repo.ListOrganizationsOfUserRow) bool { return o.ID.String() != Home(p) })
	}
	return all, err
}

// Unpaid reports whether the context's organization is served its bills alone.
func Unpaid(ctx context.Context) bool {
	t, err := tenant.Current(ctx)
	return err == nil && t.Metadata["billing"] == unpaid
}

// Explain says with which status an error is answered, and what the person is told of it.
func Explain(err error) (status int, message string) {
	if p := problemOf(err); p != errInternal {
		return p.Status, p.Message
	}
	p := tenanthttp.ProblemOf(err)
	return p.Status, p.Title
}

// ErrNotFound is of what is not there, wherever else it may be.
var ErrNotFound error = errNotFound

// BadRequest is an error that tells what is wrong with what was sent.
func BadRequest(message string) error { return badRequest(message) }

// sessionLife is how long somebody stays signed in.
const sessionLife = 12 * time.Hour

// OpenSession signs a person in at an organization, as early and by whom they were signed in. It fails for whoever does not belong
// there, for a token hangs on a membership; and whom an organization's own provider has signed in, it signs in nowhere else.
func (a *App) OpenSession(ctx context.Context, org repo.OrgID, p tenanthttp.Person) (token string, ends time.Time, err error) {
	user, err := uuid.Parse(p.ID)
	if err != nil {
		return "", ends, tenant.ErrUnauthenticated
	}
	if p.Provider != "" && Home(p) != org.String() {
		return "", ends, errOneOrganization
	}
	token, hash := newToken()
	ends = time.Now().Add(sessionLife)
	err = a.as(ctx, org, user, func(ctx context.Context) error {
		_, err := a.repos.Tokens.CreateToken(ctx, org, repo.CreateTokenParams{
			UserID: user, Name: "browser", TokenHash: hash, ExpiresAt: ends, SignedInAt: p.Since, Provider: p.Provider,
		})
		return err
	})
	return token, ends, err
}

// CreateToken makes a token of a person's for the organization that they are signed in at, as old as their signing in.
func (a *App) CreateToken(ctx context.Context, org repo.OrgID, p tenanthttp.Person, name string) (token string, err error) {
	user, err := uuid.Parse(p.ID)
	if err != nil {
		return "", tenant.ErrUnauthenticated
	}
	if name == "" || len(name) > 80 {
		return "", badRequest("a token needs a name, of at most 80 bytes")
	}
	err = a.repos.InTx(ctx, org, func(ctx context.Context, tx *repo.Tx) error {
		made, err := issue(ctx, tx, org, user, name, signIn{p.Since, p.Provider})
		token = made.Token
		return err
	})
	return token, err
}

// RevokeToken ends one of a person's own tokens, and the streams that it has opened.
func (a *App) RevokeToken(ctx context.Context, org repo.OrgID, user, id uuid.UUID) error {
	return a.repos.InTx(ctx, org, func(ctx context.Context, tx *repo.Tx) error {
		rows, err := tx.Tokens.RevokeToken(ctx, org, repo.RevokeTokenParams{UserID: user, TokenID: id})
		if err == nil && rows == 0 {
			err = errNotFound
		}
		if err != nil {
			return err
		}
		return tenantstream.Disconnect(ctx, tx.Executor(), org.Scope(), user.String())
	})
}

// CloseSession ends the session that a person was identified by, and its streams.
func (a *App) CloseSession(ctx context.Context, p tenanthttp.Person) error {
	org, err1 := homeID(p)
	user, err2 := uuid.Parse(p.ID)
	token, err3 := uuid.Parse(Session(p))
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	return a.as(ctx, org, user, func(ctx context.Context) error {
		if _, err := a.repos.Tokens.RevokeToken(ctx, org, repo.RevokeTokenParams{UserID: user, TokenID: token}); err != nil {
			return err
		}
		return tenantstream.Disconnect(ctx, a.db, org.Scope(), user.String()) // other sessions of theirs connect again
	})
}

// Home is the organization that a person is signed in at.
func Home(p tenanthttp.Person) string {
	home, _ := p.Claims[claimOrg].(string)
	return home
}

// Session is the id of the token that a person was identified by.
func Session(p tenanthttp.Person) string {
	session, _ := p.Claims[claimToken].(string)
	return session
}

// as does something about a person's own tokens, in a context for the organization.
func (a *App) as(ctx context.Context, org repo.OrgID, user uuid.UUID, do func(context.Context) error) error {
	ctx, err := tenant.NewContext(ctx, tenant.Tenant{Scope: org.Scope()}, tenant.Member{ID: user.String(), Permissions: []string{"tokens:write"}})
	if err != nil {
		return err
	}
	return do(ctx)
}
