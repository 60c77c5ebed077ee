package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/tenantgen/tenantgen/example/internal/app"
	"github.com/tenantgen/tenantgen/example/repo"
	"github.com/tenantgen/tenantgen/tenant/tenanthttp"
)

// grantable are the roles that somebody can be given; ownership is transferred.
var grantable = []repo.MemberRole{repo.MemberRoleViewer, repo.MemberRoleMember, repo.MemberRoleAdmin}

// memberList is the page of members.
type memberList struct {
	Members     []repo.ListMembersRow
	Invitations []repo.ListInvitationsRow
	Roles       []repo.MemberRole
	Me          uuid.UUID
	Email, Link string // of the invitation that was just made
}

// listMembers is GET …/members.
func (w *Web) listMembers(v *visit) error { return w.showMembers(v, memberList{}) }

func (w *Web) showMembers(v *visit, list memberList) error {
	var err error
	list.Roles, list.Me = grantable, v.user
	if list.Members, err = w.repos.Members.ListMembers(v.r.Context(), v.org); err != nil {
		return err
	}
	if slices.Contains(v.member.Permissions, "invitations:read") {
		if list.Invitations, err = w.repos.Invitations.ListInvitations(v.r.Context(), v.org); err != nil {
			return err
		}
	}
	return w.show(v, "members", "Members", "members", list)
}

// invite is POST …/invitations. The link is shown once, to who invites.
func (w *Web) invite(v *visit) error {
	if err := v.r.ParseForm(); err != nil {
		return err
	}
	email := strings.TrimSpace(v.r.PostFormValue("email"))
	token, err := w.app.Invite(v.r.Context(), v.org, v.user, email, repo.MemberRole(v.r.PostFormValue("role")))
	if err != nil {
		return w.again(v, err, (*Web).listMembers)
	}
	scheme := "http"
	if v.r.TLS != nil {
		scheme = "https"
	}
	link := url.URL{Scheme: scheme, Host: v.r.Host, Path: "/app", RawQuery: url.Values{"invitation": {token}}.Encode()}
	return w.showMembers(v, memberList{Email: email, Link: link.String()})
}

// changeRole is POST …/members/{user}.
func (w *Web) changeRole(v *visit) error {
	user, err := v.id("user")
	if err != nil {
		return err
	}
	if err := v.r.ParseForm(); err != nil {
		return err
	}
	if err := w.app.ChangeRole(v.r.Context(), v.org, user, repo.MemberRole(v.r.PostFormValue("role"))); err != nil {
		return w.again(v, err, (*Web).listMembers)
	}
	return v.done("members", "role-changed")
}

// removeMember is POST …/members/{user}/remove.
func (w *Web) removeMember(v *visit) error {
	user, err := v.id("user")
	if err != nil {
		return err
	}
	if err := w.app.RemoveMember(v.r.Context(), v.org, user); err != nil {
		return err
	}
	return v.done("members", "member-removed")
}

// acceptInvitation is POST /invitations, by whoever is signed in. The session goes on in the organization that they have joined.
func (w *Web) acceptInvitation(rw http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(rw, r.Body, maxForm)
	person, err := tenanthttp.CurrentPerson(r.Context())
	if err == nil && person.Provider != "" {
		err = app.BadRequest("sign in here, not by your organization's provider, to join another one")
	}
	var org repo.OrgID
	if err == nil {
		var user uuid.UUID
		if user, err = uuid.Parse(person.ID); err == nil {
			org, err = w.app.AcceptInvitation(r.Context(), user, strings.TrimSpace(r.PostFormValue("invitation")))
		}
	}
	if err == nil {
		err = w.open(rw, r, person, org.String())
	}
	if err == nil {
		err = w.app.CloseSession(r.Context(), person)
	}
	if err != nil {
		w.problem(rw, r, err)
		return
	}
	http.Redirect(rw, r, pathOf(org.String(), "notes")+"?done=joined", http.StatusSeeOther)
}
