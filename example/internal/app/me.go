package app

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/example/repo"
	"github.com/tenantgen/tenantgen/tenant"
)

// listMyOrganizations is GET /me/orgs.
func (a *App) listMyOrganizations(c *caller) (*reply, error) {
	return read(a.directory.ListOrganizationsOfUser(c.Context(), c.user))
}

// entry is how a person gets into an organization: its id, and a token for it.
type entry struct {
	OrgID string `json:"org_id"`
	issued
}

type newOrganization struct {
	Slug string `json:"slug"`
	Name string `json:"name"`
}

var slug = regexp.MustCompile(`^[a-z][a-z0-9-]{1,40}$`)

// foundOrganization is POST /orgs. The id is made up here, so that founding is
// already done inside the new organization, and row-level security holds for it.
func (a *App) foundOrganization(c *caller) (*reply, error) {
	body, err := decode[newOrganization](c.Request)
	if err != nil {
		return nil, err
	}
	if !slug.MatchString(body.Slug) || body.Name == "" {
		return nil, badRequest("an organization needs a name, and a slug of lower-case letters, digits and hyphens")
	}
	ctx, org := c.Context(), newOrganizationID()
	return a.enter(ctx, org, c, func(ctx context.Context, tx *repo.Tx) error {
		_, err := tx.Organizations.CreateOrganization(ctx, org, repo.CreateOrganizationParams{Slug: body.Slug, Name: body.Name})
		if err != nil {
			return err
		}
		_, err = tx.Members.AddMember(ctx, org, repo.AddMemberParams{UserID: c.user, Role: repo.MemberRoleOwner})
		return err
	})
}

// joinByDomain is POST /me/join: in at the organization that has verified the
// domain of one's e-mail address.
func (a *App) joinByDomain(c *caller) (*reply, error) {
	ctx := c.Context()
	user, err := a.repos.Users.GetUser(ctx, c.user)
	if err != nil {
		return nil, err
	}
	_, domain, _ := strings.Cut(user.Email, "@")
	org, err := a.directory.FindOrganizationByDomain(ctx, domain)
	if errors.Is(err, pgx.ErrNoRows) {
		return a.foundByDomain(ctx, c, domain)
	}
	if err != nil {
		return nil, err
	}
	return a.enter(ctx, org, c, func(ctx context.Context, tx *repo.Tx) error {
		if err := a.billing.TakeSeat(ctx, tx, org); err != nil {
			return err
		}
		joined, err := tx.Members.JoinOrganization(ctx, org, c.user)
		if err == nil && joined == 0 {
			return errConflict // a member already
		}
		return err
	})
}

// foundByDomain founds the organization of a domain that nobody has verified.
// Who comes first owns it, and has to verify the domain before it routes the
// next one there: until then, everybody with such an address founds their own.
func (a *App) foundByDomain(ctx context.Context, c *caller, domain string) (*reply, error) {
	if !domainName.MatchString(domain) {
		return nil, errNotFound
	}
	org := newOrganizationID()
	name, _, _ := strings.Cut(domain, ".")
	return a.enter(ctx, org, c, func(ctx context.Context, tx *repo.Tx) error {
		_, err := tx.Organizations.CreateOrganization(ctx, org, repo.CreateOrganizationParams{Slug: name + "-" + org.String()[:8], Name: domain})
		if err != nil {
			return err
		}
		if _, err := tx.Members.JoinOrganization(ctx, org, c.user); err != nil {
			return err
		}
		return tx.Domains.ClaimDomain(ctx, org, domain)
	})
}

type invitationToken struct {
	Invitation string `json:"invitation"`
}

// acceptInvitation is POST /me/invitations. Only whom it is addressed to can accept it.
func (a *App) acceptInvitation(c *caller) (*reply, error) {
	body, err := decode[invitationToken](c.Request)
	if err != nil {
		return nil, err
	}
	ctx, hash := c.Context(), HashToken(body.Invitation)
	org, err := a.directory.FindInvitation(ctx, hash)
	if err != nil {
		return nil, err
	}
	return a.enter(ctx, org, c, func(ctx context.Context, tx *repo.Tx) error {
		return a.accept(ctx, tx, org, c.user, hash)
	})
}

// enter makes a person a member by what join does, and gives them a token. The
// context is for the organization from here on: its id was made up, or found
// by a domain or an invitation, and no request named it.
func (a *App) enter(ctx context.Context, org repo.OrgID, c *caller, join func(context.Context, *repo.Tx) error) (*reply, error) {
	e := entry{OrgID: org.String()}
	ctx, err := tenant.NewContext(ctx, tenant.Tenant{Scope: org.Scope()}, tenant.Member{ID: c.user.String(), Permissions: entering})
	if err != nil {
		return nil, err
	}
	err = a.comesIn(ctx, org, c.user, func(ctx context.Context, tx *repo.Tx) (err error) {
		if err := join(ctx, tx); err != nil {
			return err
		}
		e.issued, err = issue(ctx, tx, org, c.user, "first token", c.signIn)
		return err
	})
	return add(e, err)
}

// comesIn runs a transaction of an organization that a person comes into: its database is perhaps not the one that knows them.
func (a *App) comesIn(ctx context.Context, org repo.OrgID, user uuid.UUID, do func(context.Context, *repo.Tx) error) error {
	known, err := a.repos.Users.GetUser(ctx, user)
	if err != nil {
		return err
	}
	return a.repos.InTx(ctx, org, func(ctx context.Context, tx *repo.Tx) error {
		if err := tx.Users.KnowUser(ctx, repo.KnowUserParams{ID: known.ID, Email: known.Email, Name: known.Name}); err != nil {
			return err
		}
		return do(ctx, tx)
	})
}
