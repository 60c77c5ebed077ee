package app

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/tenantgen/tenantgen/example/repo"
)

// listMembers is GET /orgs/{org}/members.
func (a *App) listMembers(ctx context.Context, c *call) (*reply, error) {
	return read(a.repos.Members.ListMembers(ctx, c.org))
}

type memberRole struct {
	Role repo.MemberRole `json:"role"`
}

// grantable refuses roles that no admin can give. Ownership is transferred.
func grantable(role repo.MemberRole) error {
	if !role.Valid() || role == repo.MemberRoleOwner {
		return badRequest("role is one of viewer, member, admin")
	}
	return nil
}

// changeRole is PUT /orgs/{org}/members/{user}.
func (a *App) changeRole(ctx context.Context, c *call) (*reply, error) {
	user, err := c.id("user")
	if err != nil {
		return nil, err
	}
	body, err := decode[memberRole](c.Request)
	if err != nil {
		return nil, err
	}
	return nothing(a.ChangeRole(ctx, c.org, user, body.Role))
}

// removeMember is DELETE /orgs/{org}/members/{user}.
func (a *App) removeMember(ctx context.Context, c *call) (*reply, error) {
	user, err := c.id("user")
	if err != nil {
		return nil, err
	}
	return nothing(a.RemoveMember(ctx, c.org, user))
}

type newOwner struct {
	UserID uuid.UUID `json:"user_id"`
}

// transferOwnership is PUT /orgs/{org}/owner.
func (a *App) transferOwnership(ctx context.Context, c *call) (*reply, error) {
	body, err := decode[newOwner](c.Request)
	if err != nil {
		return nil, err
	}
	if body.UserID == c.user {
		return nil, badRequest("you own it already")
	}
	return changed(a.repos.Members.TransferOwnership(ctx, c.org, repo.TransferOwnershipParams{
		OldOwner: c.user, NewOwner: body.UserID,
	}))
}

// listInvitations is GET /orgs/{org}/invitations.
func (a *App) listInvitations(ctx context.Context, c *call) (*reply, error) {
	return read(a.repos.Invitations.ListInvitations(ctx, c.org))
}

type newInvitation struct {
	Email string          `json:"email"`
	Role  repo.MemberRole `json:"role"`
}

// invitationLife is how long an invitation can be accepted.
const invitationLife = 7 * 24 * time.Hour

// invite is POST /orgs/{org}/invitations. A real service would send the token
// by mail; this one shows it to the admin.
func (a *App) invite(ctx context.Context, c *call) (*reply, error) {
	body, err := decode[newInvitation](c.Request)
	if err != nil {
		return nil, err
	}
	token, err := a.Invite(ctx, c.org, c.user, body.Email, body.Role)
	return add(map[string]string{"invitation": token}, err)
}
