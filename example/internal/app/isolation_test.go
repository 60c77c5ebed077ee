package app_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/example/repo"
)

// Exercise 3 of the course: Alice of Acme asks for Globex's note through
// Acme's endpoint, and the answer is that of a note that never was.
func TestForeignNoteThroughOwnPath(t *testing.T) {
	s := newService(t)
	foreign := s.want(http.StatusNotFound, s.Alice.Token, "GET /orgs/{acme}/notes/{g.note}", "")
	absent := s.want(http.StatusNotFound, s.Alice.Token, "GET /orgs/{acme}/notes/00000000-0000-4000-8000-000000000000", "")
	if foreign.Body.String() != absent.Body.String() {
		t.Errorf("the answers differ:\n%s%s", foreign.Body, absent.Body)
	}
	s.want(http.StatusOK, s.Alice.Token, "GET /orgs/{acme}/notes/{a.note}", "")
	s.want(http.StatusOK, s.Bob.Token, "GET /orgs/{globex}/notes/{g.note}", "")
}

// Whatever is of Globex is out of reach through Acme's path, for every verb.
func TestForeignRowsThroughOwnPath(t *testing.T) { foreignRowsThroughOwnPath(t, newService(t)) }

func foreignRowsThroughOwnPath(t *testing.T, s *service) {
	t.Helper()
	const note = "/orgs/{acme}/notes/{g.note}"
	for _, c := range []struct {
		status        int
		request, body string
	}{
		{404, "PUT " + note, `{"title": "taken over"}`},
		{404, "DELETE " + note, ""},
		{404, "POST " + note + "/copy", ""},
		{404, "GET " + note + "/comments", ""},
		{404, "POST " + note + "/comments", `{"body": "hello"}`},
		{404, "DELETE " + note + "/comments/{g.comment}", ""},
		{404, "DELETE /orgs/{acme}/notes/{a.note}/comments/{g.comment}", ""},
		{404, "PUT /orgs/{acme}/notes/{a.note}/comments/{g.comment}", `{"body": "hello"}`},
		{404, "POST " + note + "/tags", `{"tags": ["urgent"]}`},
		{404, "DELETE " + note + "/tags/urgent", ""},
		{404, "GET /orgs/{acme}/projects/{g.project}", ""},
		{404, "POST /orgs/{acme}/projects/{g.project}/archive", ""},
		{404, "DELETE /orgs/{acme}/members/{bob}", ""},
		{404, "PUT /orgs/{acme}/members/{bob}", `{"role": "viewer"}`},
		{404, "PUT /orgs/{acme}/owner", `{"user_id": "{bob}"}`},
		{422, "POST /orgs/{acme}/notes", `{"title": "t", "project_id": "{g.project}"}`},
	} {
		s.want(c.status, s.Alice.Token, c.request, c.body)
	}
	moved := get[map[string]int](s, s.Alice.Token, "POST /orgs/{acme}/projects/{a.project}/notes", `{"note_ids": ["{g.note}"]}`)
	if moved["moved"] != 0 {
		t.Errorf("moved %d of Globex's notes", moved["moved"])
	}
	s.globexIsWhole()
}

// globexIsWhole checks that what was seeded is as it was.
func (s *service) globexIsWhole() {
	s.t.Helper()
	note := get[repo.GetNoteDetailsRow](s, s.Bob.Token, "GET /orgs/{globex}/notes/{g.note}", "")
	if note.Note.Title != "Launch plan" || note.Comments != 1 || note.Project == nil {
		s.t.Errorf("Globex's note has changed: %+v", note)
	}
	if tags := get[[]repo.ListTagsRow](s, s.Bob.Token, "GET /orgs/{globex}/tags", ""); len(tags) != 1 || tags[0].Notes != 1 {
		s.t.Errorf("Globex's tags have changed: %+v", tags)
	}
}

// Through Globex's path every one of Alice's requests is refused, before it is
// even looked at what it asks for, and leaves a trace.
func TestForeignPath(t *testing.T) { foreignPath(t, newService(t)) }

func foreignPath(t *testing.T, s *service) {
	t.Helper()
	for _, request := range []string{
		"GET /orgs/{globex}/notes/{g.note}",
		"GET /orgs/{globex}/notes/{a.note}",
		"GET /orgs/{globex}/notes/no-id",
		"GET /orgs/{globex}/notes",
		"POST /orgs/{globex}/notes",
		"DELETE /orgs/{globex}/notes/{g.note}",
		"GET /orgs/{globex}/summary",
		"GET /orgs/00000000-0000-4000-8000-000000000000/summary",
	} {
		s.want(http.StatusForbidden, s.Alice.Token, request, "")
	}
	if !strings.Contains(s.log.String(), "attempt across organizations") || !strings.Contains(s.log.String(), s.Globex.ID.String()) {
		t.Errorf("the attempts left no trace: %s", s.log)
	}
	s.globexIsWhole()
}

// Lists and counts hold what the organization has, and nothing else.
func TestListsHoldOneOrganization(t *testing.T) { listsHoldOneOrganization(t, newService(t)) }

func listsHoldOneOrganization(t *testing.T, s *service) {
	t.Helper()
	s.want(http.StatusCreated, s.Bob.Token, "POST /orgs/{globex}/notes", `{"title": "Launch plan B"}`)
	for _, request := range []string{
		"GET /orgs/{acme}/notes", "GET /orgs/{acme}/notes?search=launch", "GET /orgs/{acme}/notes?tag=urgent",
	} {
		page := get[struct {
			Notes []repo.ListNotesRow
			Total int
		}](s, s.Alice.Token, request, "")
		if page.Total != 1 || len(page.Notes) != 1 || page.Notes[0].ID != s.Acme.Note {
			t.Errorf("%s: %+v", request, page)
		}
	}
	if sum := get[repo.GetSummaryRow](s, s.Alice.Token, "GET /orgs/{acme}/summary", ""); sum.Notes != 1 || sum.Authors != 1 {
		t.Errorf("summary of Acme: %+v", sum)
	}
	if sum := get[repo.GetSummaryRow](s, s.Bob.Token, "GET /orgs/{globex}/summary", ""); sum.Notes != 2 {
		t.Errorf("summary of Globex: %+v", sum)
	}
}

func TestUnauthenticated(t *testing.T) {
	s := newService(t)
	for _, token := range []string{"", "wrong", s.Alice.Token + "x"} {
		s.want(http.StatusUnauthorized, token, "GET /orgs/{acme}/notes/{a.note}", "")
		s.want(http.StatusUnauthorized, token, "GET /me/orgs", "")
	}
}

func TestMalformedIDs(t *testing.T) {
	s := newService(t)
	s.want(http.StatusNotFound, s.Alice.Token, "GET /orgs/acme/notes", "")
	s.want(http.StatusNotFound, s.Alice.Token, "GET /orgs/{acme}/notes/1%20OR%201=1", "")
	s.want(http.StatusBadRequest, s.Alice.Token, "GET /orgs/{acme}/notes?project=1", "")
	s.want(http.StatusBadRequest, s.Alice.Token, "GET /orgs/{acme}/notes?size=1000", "")
	s.want(http.StatusBadRequest, s.Alice.Token, "GET /orgs/{acme}/notes?status=gone", "")
	s.want(http.StatusBadRequest, s.Alice.Token, "POST /orgs/{acme}/notes", `{"title": "t", "org_id": "{globex}"}`)
	s.want(http.StatusNotFound, s.Alice.Token, "GET /nowhere", "")
}
