package app

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/tenantgen/tenantgen/example/repo"
)

// tokenLife is how long a token works.
const tokenLife = 30 * 24 * time.Hour

// issued is a new token, shown this once.
type issued struct {
	Token     string    `json:"token"`
	ID        uuid.UUID `json:"id"`
	ExpiresAt time.Time `json:"expires_at"`
}

// issue makes a token for a member, in a transaction of the organization. It is
// as old as the sign-in that it comes from: a new token is no new sign-in.
func issue(ctx context.Context, tx *repo.Tx, org repo.OrgID, user uuid.UUID, name string, from signIn) (issued, error) {
	token, hash := newToken()
	row, err := tx.Tokens.CreateToken(ctx, org, repo.CreateTokenParams{
		UserID: user, Name: name, TokenHash: hash, ExpiresAt: time.Now().Add(tokenLife),
		SignedInAt: from.at, Provider: from.provider,
	})
	return issued{Token: token, ID: row.ID, ExpiresAt: row.ExpiresAt}, err
}

// listTokens is GET /orgs/{org}/tokens: one's own.
func (a *App) listTokens(ctx context.Context, c *call) (*reply, error) {
	return read(a.repos.Tokens.ListTokens(ctx, c.org, c.user))
}

type tokenName struct {
	Name string `json:"name"`
}

// createToken is POST /orgs/{org}/tokens.
func (a *App) createToken(ctx context.Context, c *call) (*reply, error) {
	body, err := decode[tokenName](c.Request)
	if err != nil {
		return nil, err
	}
	var token issued
	err = a.repos.InTx(ctx, c.org, func(ctx context.Context, tx *repo.Tx) error {
		token, err = issue(ctx, tx, c.org, c.user, body.Name, c.signIn)
		return err
	})
	return add(token, err)
}

// revokeToken is DELETE /orgs/{org}/tokens/{token}.
func (a *App) revokeToken(ctx context.Context, c *call) (*reply, error) {
	id, err := c.id("token")
	if err != nil {
		return nil, err
	}
	return nothing(a.RevokeToken(ctx, c.org, c.user, id))
}
