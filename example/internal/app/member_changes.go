package app

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/tenantgen/tenantgen/example/repo"
	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/tenantstream"
)

// ChangeRole gives a member another role, but not the owner's, and not to the owner.
func (a *App) ChangeRole(ctx context.Context, org repo.OrgID, user uuid.UUID, role repo.MemberRole) error {
	if err := grantable(role); err != nil {
		return err
	}
	return a.changeMember(ctx, org, user, func(tx *repo.Tx) (int64, error) {
		return tx.Members.ChangeRole(ctx, org, repo.ChangeRoleParams{UserID: user, Role: role})
	})
}

// RemoveMember ends a membership, and with it the person's tokens, sessions and streams in the organization.
func (a *App) RemoveMember(ctx context.Context, org repo.OrgID, user uuid.UUID) error {
	return a.changeMember(ctx, org, user, func(tx *repo.Tx) (int64, error) { return tx.Members.RemoveMember(ctx, org, user) })
}

// changeMember does something to a member. Their streams end: whoever may still have them connects again.
func (a *App) changeMember(ctx context.Context, org repo.OrgID, user uuid.UUID, change func(*repo.Tx) (int64, error)) error {
	return a.repos.InTx(ctx, org, func(ctx context.Context, tx *repo.Tx) error {
		rows, err := change(tx)
		if err == nil && rows == 0 {
			err = errNotFound
		}
		if err != nil {
			return err
		}
		if err := tenantstream.Disconnect(ctx, tx.Executor(), org.Scope(), user.String()); err != nil {
			return err
		}
		return tenantstream.Publish(ctx, tx.Executor(), org.Scope(), tenantstream.Event{Type: "member.changed", Labels: map[string]string{"member": user.String()}})
	})
}

// Invite invites an address, or renews the invitation that it has, and returns its token. A real service would send it by mail; this
// one shows it to who invites.
func (a *App) Invite(ctx context.Context, org repo.OrgID, by uuid.UUID, email string, role repo.MemberRole) (string, error) {
	if local, domain, ok := strings.Cut(email, "@"); !ok || local == "" || domain == "" || strings.ContainsAny(email, " \t\r\n") || len(email) > 254 {
		return "", badRequest("email is no address")
	}
	if err := grantable(role); err != nil {
		return "", err
	}
	token, hash := newToken()
	return token, a.repos.Invitations.Invite(ctx, org, repo.InviteParams{
		Email: email, Role: role, InvitedBy: by, TokenHash: hash, ExpiresAt: time.Now().Add(invitationLife),
	})
}

// AcceptInvitation makes a person a member of the organization that an invitation is for, and returns which one that is. Only whom it is
// addressed to can accept it.
func (a *App) AcceptInvitation(ctx context.Context, user uuid.UUID, token string) (org repo.OrgID, err error) {
	hash := HashToken(token)
	if org, err = a.directory.FindInvitation(ctx, hash); err != nil {
		return org, err
	}
	ctx, err = tenant.NewContext(ctx, tenant.Tenant{Scope: org.Scope()}, tenant.Member{ID: user.String(), Permissions: entering})
	if err != nil {
		return org, err
	}
	return org, a.comesIn(ctx, org, user, func(ctx context.Context, tx *repo.Tx) error { return a.accept(ctx, tx, org, user, hash) })
}

// accept takes a seat, and the invitation.
func (a *App) accept(ctx context.Context, tx *repo.Tx, org repo.OrgID, user uuid.UUID, hash []byte) error {
	if err := a.billing.TakeSeat(ctx, tx, org); err != nil {
		return err
	}
	_, err := tx.Invitations.AcceptInvitation(ctx, org, repo.AcceptInvitationParams{UserID: user, TokenHash: hash})
	return err
}
