package app_test

import (
	"net/http"
	"testing"

	"github.com/tenantgen/tenantgen/example/repo"
)

func TestViewerOnlyReads(t *testing.T) {
	s := newService(t)
	for _, request := range []string{
		"GET /orgs/{acme}", "GET /orgs/{acme}/notes", "GET /orgs/{acme}/notes/{a.note}", "GET /orgs/{acme}/notes/{a.note}/comments",
		"GET /orgs/{acme}/tags", "GET /orgs/{acme}/projects", "GET /orgs/{acme}/projects/latest", "GET /orgs/{acme}/projects/{a.project}",
		"GET /orgs/{acme}/departments", "GET /orgs/{acme}/members", "GET /orgs/{acme}/summary", "GET /orgs/{acme}/quota",
	} {
		s.want(http.StatusOK, s.Vera.Token, request, "")
	}
	for _, request := range []string{
		"POST /orgs/{acme}/notes", "PUT /orgs/{acme}/notes/{a.note}", "DELETE /orgs/{acme}/notes/{a.note}",
		"POST /orgs/{acme}/notes/{a.note}/comments", "POST /orgs/{acme}/notes/{a.note}/tags", "PUT /orgs/{acme}/tags/urgent",
		"POST /orgs/{acme}/projects", "POST /orgs/{acme}/invitations", "PUT /orgs/{acme}/members/{alice}", "PUT /orgs/{acme}/owner",
		"GET /orgs/{acme}/invitations",
	} {
		s.want(http.StatusForbidden, s.Vera.Token, request, `{}`)
	}
}

// A change of role holds from the next request on, not from the next token.
func TestRolesAreReadEveryTime(t *testing.T) {
	s := newService(t)
	const write = "POST /orgs/{acme}/notes"
	s.want(http.StatusForbidden, s.Vera.Token, write, `{"title": "t"}`)
	s.want(http.StatusNoContent, s.Alice.Token, "PUT /orgs/{acme}/members/{vera}", `{"role": "member"}`)
	s.want(http.StatusCreated, s.Vera.Token, write, `{"title": "t"}`)
	s.want(http.StatusForbidden, s.Vera.Token, "PUT /orgs/{acme}/members/{alice}", `{"role": "viewer"}`)
	s.want(http.StatusNoContent, s.Alice.Token, "DELETE /orgs/{acme}/members/{vera}", "")
	s.want(http.StatusUnauthorized, s.Vera.Token, "GET /orgs/{acme}/notes", "")
}

func TestOwnership(t *testing.T) {
	s := newService(t)
	s.want(http.StatusBadRequest, s.Alice.Token, "PUT /orgs/{acme}/members/{vera}", `{"role": "owner"}`)
	s.want(http.StatusNotFound, s.Alice.Token, "DELETE /orgs/{acme}/members/{alice}", "")
	s.want(http.StatusNoContent, s.Alice.Token, "PUT /orgs/{acme}/owner", `{"user_id": "{vera}"}`)
	s.want(http.StatusForbidden, s.Alice.Token, "PUT /orgs/{acme}/plan", `{"plan": "team"}`)
	s.want(http.StatusNotFound, s.Vera.Token, "PUT /orgs/{acme}/plan", `{"plan": "no such"}`)
	s.want(http.StatusNoContent, s.Vera.Token, "PUT /orgs/{acme}/plan", `{"plan": "team"}`)
}

func TestInvitation(t *testing.T) {
	s := newService(t)
	invited := get[map[string]string](s, s.Alice.Token, "POST /orgs/{acme}/invitations", `{"email": "Bob@globex.example", "role": "member"}`)
	body := `{"invitation": "` + invited["invitation"] + `"}`
	s.want(http.StatusNotFound, s.Vera.Token, "POST /me/invitations", body) // it is not hers
	in := get[map[string]string](s, s.Bob.Token, "POST /me/invitations", body)
	s.want(http.StatusNotFound, s.Bob.Token, "POST /me/invitations", body) // it is used up

	// Bob has two organizations now, and a token for each: neither opens the other.
	s.want(http.StatusOK, in["token"], "GET /orgs/{acme}/notes/{a.note}", "")
	s.want(http.StatusNotFound, in["token"], "GET /orgs/{acme}/notes/{g.note}", "")
	s.want(http.StatusForbidden, in["token"], "GET /orgs/{globex}/notes/{g.note}", "")
	s.want(http.StatusForbidden, s.Bob.Token, "GET /orgs/{acme}/notes/{a.note}", "")
	orgs := get[[]repo.ListOrganizationsOfUserRow](s, s.Bob.Token, "GET /me/orgs", "")
	if len(orgs) != 2 || orgs[0].Role != repo.MemberRoleMember || orgs[1].Role != repo.MemberRoleOwner {
		t.Errorf("Bob's organizations: %+v", orgs)
	}
}

func TestJoinByDomain(t *testing.T) {
	s := newService(t)
	eve, err := s.repos.Users.UpsertUser(t.Context(), "eve@acme.example", "Eve")
	if err != nil {
		t.Fatal(err)
	}
	s.want(http.StatusConflict, s.Alice.Token, "POST /me/join", "") // she is in
	token := s.tokenAtGlobex(eve.ID)
	joined := get[map[string]string](s, token, "POST /me/join", "")
	if joined["org_id"] != s.Acme.ID.String() {
		t.Errorf("Eve was routed to %s", joined["org_id"])
	}
	s.want(http.StatusCreated, joined["token"], "POST /orgs/{acme}/notes", `{"title": "t"}`)
}
