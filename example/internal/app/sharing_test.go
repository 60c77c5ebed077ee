package app_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tenantgen/tenantgen/example/repo"
	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/tenantstream"
)

// A note is shown to the organizations that are named, which can read it and do
// nothing else with it, until that is taken back.
func TestSharing(t *testing.T) {
	s := newService(t)
	initech := get[map[string]string](s, s.Alice.Token, "POST /orgs", `{"slug": "initech", "name": "Initech"}`)
	const share = "/orgs/{acme}/notes/{a.note}/shares/{globex}"
	shared := func() []repo.ListSharedWithUsRow {
		t.Helper()
		return get[[]repo.ListSharedWithUsRow](s, s.Bob.Token, "GET /orgs/{globex}/shared", "")
	}
	unread := func() {
		t.Helper()
		if list := shared(); len(list) != 0 {
			t.Errorf("shared with Globex: %+v", list)
		}
		s.want(http.StatusNotFound, s.Bob.Token, "GET /orgs/{globex}/shared/{a.note}", "")
	}
	unread()
	s.want(http.StatusForbidden, s.Vera.Token, "PUT "+share, "")
	s.want(http.StatusForbidden, s.Bob.Token, "PUT "+share, "")
	s.want(http.StatusNotFound, s.Bob.Token, "PUT /orgs/{globex}/notes/{a.note}/shares/{acme}", "")
	s.want(http.StatusBadRequest, s.Alice.Token, "PUT /orgs/{acme}/notes/{a.note}/shares/{acme}", "")
	s.want(http.StatusNotFound, s.Alice.Token, "PUT /orgs/{acme}/notes/{g.note}/shares/{globex}", "")
	unread()

	s.want(http.StatusNoContent, s.Alice.Token, "PUT "+share, "")
	s.want(http.StatusNoContent, s.Alice.Token, "PUT "+share, "") // once is enough
	if list := shared(); len(list) != 1 || list[0].NoteID != s.Acme.Note || repo.NewOrgID(list[0].OrgID) != s.Acme.ID {
		t.Errorf("shared with Globex: %+v", list)
	}
	answer := s.want(http.StatusOK, s.Bob.Token, "GET /orgs/{globex}/shared/{a.note}", "")
	if body := answer.Body.String(); !strings.Contains(body, "The secret of Acme.") || strings.Contains(body, "shared_with") {
		t.Errorf("the note as Globex sees it: %s", body)
	}
	s.readsAndNoMore()
	s.want(http.StatusOK, s.Alice.Token, "PUT /orgs/{acme}/notes/{a.note}", `{"title": "Launch plan, revised"}`)
	if list := shared(); len(list) != 1 || list[0].Title != "Launch plan, revised" {
		t.Errorf("shared with Globex after a change: %+v", list)
	}
	s.want(http.StatusNotFound, initech["token"], "GET /orgs/"+initech["org_id"]+"/shared/{a.note}", "")
	if list := get[[]repo.ListSharedWithUsRow](s, initech["token"], "GET /orgs/"+initech["org_id"]+"/shared", ""); len(list) != 0 {
		t.Errorf("shared with Initech: %+v", list)
	}
	if got := get[repo.GetSharesRow](s, s.Vera.Token, "GET /orgs/{acme}/notes/{a.note}/shares", ""); len(got.SharedWith) != 1 || got.Template {
		t.Errorf("shares: %+v", got)
	}
	s.want(http.StatusNoContent, s.Alice.Token, "DELETE "+share, "")
	s.want(http.StatusNotFound, s.Alice.Token, "DELETE "+share, "")
	unread()
}

// readsAndNoMore tries what Globex could want to do with Acme's note, which is shared with it.
func (s *service) readsAndNoMore() {
	s.t.Helper()
	const own = "/orgs/{globex}/notes/{a.note}"
	for request, body := range map[string]string{
		"GET " + own:                                  "",
		"PUT " + own:                                  `{"title": "taken over"}`,
		"DELETE " + own:                               "",
		"POST " + own + "/copy":                       "",
		"GET " + own + "/shares":                      "",
		"PUT " + own + "/template":                    `{"template": true}`,
		"DELETE " + own + "/shares/{acme}":            "",
		"POST " + own + "/comments":                   `{"body": "hello"}`,
		"POST " + own + "/tags":                       `{"tags": ["urgent"]}`,
		"GET " + own + "/comments":                    "",
		"DELETE " + own + "/comments/{a.comment}":     "",
		"POST /orgs/{globex}/templates/{a.note}/copy": "",
	} {
		s.want(http.StatusNotFound, s.Bob.Token, request, body)
	}
	if page := get[struct{ Total int }](s, s.Bob.Token, "GET /orgs/{globex}/notes", ""); page.Total != 1 {
		s.t.Errorf("Globex lists %d notes as its own", page.Total)
	}
	if sum := get[repo.GetSummaryRow](s, s.Bob.Token, "GET /orgs/{globex}/summary", ""); sum.Notes != 1 {
		s.t.Errorf("Globex counts %d notes as its own", sum.Notes)
	}
	// What the queries do not say the policies do.
	for sql, want := range map[string]int64{
		"SELECT * FROM shared_notes WHERE note_id = $1":                   1,
		"SELECT * FROM shared_notes WHERE note_id = $1 FOR UPDATE":        0,
		"UPDATE shared_notes SET title = 'taken over' WHERE note_id = $1": 0,
		"SELECT * FROM notes WHERE id = $1":                               0,
		"SELECT * FROM note_comments WHERE note_id = $1":                  0,
	} {
		if got := s.asApp(s.Globex.ID, sql, s.Acme.Note); got != want {
			s.t.Errorf("%s: %d rows, want %d", sql, got, want)
		}
	}
}

// listen returns when events of an organization arrive.
func (s *service) listen(org repo.OrgID) <-chan string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	s.t.Cleanup(cancel)
	told := make(chan string, 10)
	go func() {
		defer close(told) // whoever waits longer reads an empty text
		_ = s.db.Tenants().Listen(ctx, org.Scope(), tenantstream.DefaultTopic, func(_ context.Context, n tenant.Notification) error {
			told <- n.Payload
			return nil
		})
	}()
	if text := <-told; text != "" {
		s.t.Fatalf("before anything has happened, one is told %s", text)
	}
	return told
}

// A template is everybody's to read and to copy; the copy is one's own.
func TestTemplates(t *testing.T) {
	s := newService(t)
	const offer = "PUT /orgs/{acme}/notes/{a.note}/template"
	const copied = "POST /orgs/{globex}/templates/{a.note}/copy"
	s.want(http.StatusNoContent, s.Alice.Token, "PUT /orgs/{acme}/members/{vera}", `{"role": "admin"}`)
	s.want(http.StatusForbidden, s.Vera.Token, offer, `{"template": true}`) // the owner's to decide
	s.want(http.StatusNotFound, s.Bob.Token, copied, "")
	s.want(http.StatusNoContent, s.Alice.Token, offer, `{"template": true}`)
	list := get[[]repo.ListTemplatesRow](s, s.Bob.Token, "GET /orgs/{globex}/templates", "")
	if len(list) != 1 || list[0].NoteID != s.Acme.Note {
		t.Errorf("templates: %+v", list)
	}
	s.want(http.StatusOK, s.Bob.Token, "GET /orgs/{globex}/shared/{a.note}", "")
	s.want(http.StatusNotFound, s.Bob.Token, "PUT /orgs/{globex}/notes/{a.note}", `{"title": "taken over"}`)
	told := s.listen(s.Globex.ID)
	note := get[repo.Note](s, s.Bob.Token, copied, "")
	if text := <-told; !strings.Contains(text, "note.created") || !strings.Contains(text, note.ID.String()) {
		t.Errorf("who looks at the notes of Globex is told %s", text)
	}
	if repo.NewOrgID(note.OrgID) != s.Globex.ID || note.AuthorID != s.Bob.ID || note.Body != "The secret of Acme." || note.Status != repo.NoteStatusDraft {
		t.Errorf("the copy: %+v", note)
	}
	usage := get[[]repo.ListUsageRow](s, s.Bob.Token, "GET /orgs/{globex}/usage/notes_created", "")
	if len(usage) != 1 || usage[0].Amount != 1 {
		t.Errorf("usage: %+v", usage)
	}
	s.want(http.StatusNotFound, s.Alice.Token, "GET /orgs/{acme}/notes/"+note.ID.String(), "")
	s.want(http.StatusNoContent, s.Alice.Token, "PUT /orgs/{acme}/members/{vera}", `{"role": "viewer"}`)
	s.want(http.StatusForbidden, s.Vera.Token, "POST /orgs/{acme}/templates/{a.note}/copy", "")

	s.want(http.StatusNoContent, s.Alice.Token, offer, `{"template": false}`)
	s.want(http.StatusNotFound, s.Bob.Token, copied, "")
	s.want(http.StatusOK, s.Bob.Token, "GET /orgs/{globex}/notes/"+note.ID.String(), "") // stays
}
