package app_test

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/tenantgen/tenantgen/example/internal/app"
)

// Imports and files by the API: an organization's own, by permission, and nothing of another one's.
func TestImportsAndFiles(t *testing.T) {
	s := newService(t)
	i := get[app.Import](s, s.Alice.Token, "POST /orgs/{acme}/imports?file=notes.csv", "title,body\nOne,1\nTwo,2\n")
	if i.State != "waiting" || i.Total != 2 || i.File != "notes.csv" || i.By != s.Alice.ID.String() {
		t.Errorf("%+v", i)
	}
	s.want(http.StatusBadRequest, s.Alice.Token, "POST /orgs/{acme}/imports?file=notes.csv", "name\nx\n")
	s.want(http.StatusBadRequest, s.Alice.Token, "POST /orgs/{acme}/imports", "title\nx\n")
	s.want(http.StatusForbidden, s.Vera.Token, "POST /orgs/{acme}/imports?file=notes.csv", "title\nx\n")
	if list := get[[]app.Import](s, s.Bob.Token, "GET /orgs/{globex}/imports", ""); len(list) != 0 {
		t.Errorf("Globex has %+v", list)
	}
	if list := get[[]app.Import](s, s.Vera.Token, "GET /orgs/{acme}/imports", ""); len(list) != 1 || list[0].ID != i.ID {
		t.Errorf("Acme has %+v", list)
	}
	one := "/imports/" + strconv.FormatInt(i.ID, 10)
	for _, what := range []string{"/cancellation", "/retry"} {
		s.want(http.StatusNotFound, s.Bob.Token, "POST /orgs/{globex}"+one+what, "")
		s.want(http.StatusForbidden, s.Bob.Token, "POST /orgs/{acme}"+one+what, "")
		s.want(http.StatusForbidden, s.Vera.Token, "POST /orgs/{acme}"+one+what, "")
	}
	s.want(http.StatusNotFound, s.Alice.Token, "POST /orgs/{acme}/imports/x/cancellation", "")
	s.want(http.StatusNoContent, s.Alice.Token, "POST /orgs/{acme}"+one+"/cancellation", "")
	if list := get[[]app.Import](s, s.Alice.Token, "GET /orgs/{acme}/imports", ""); list[0].State != "cancelled" {
		t.Errorf("%+v", list)
	}
	s.want(http.StatusNoContent, s.Alice.Token, "POST /orgs/{acme}"+one+"/retry", "")

	s.want(http.StatusNoContent, s.Alice.Token, "PUT /orgs/{acme}/files/plans/launch.txt", "of Acme")
	s.want(http.StatusConflict, s.Alice.Token, "PUT /orgs/{acme}/files/plans/launch.txt", "again")
	s.want(http.StatusBadRequest, s.Alice.Token, "PUT /orgs/{acme}/files/%252e%252e%252fx", "out")
	s.want(http.StatusForbidden, s.Vera.Token, "PUT /orgs/{acme}/files/vera.txt", "hers")
	if w := s.want(http.StatusOK, s.Vera.Token, "GET /orgs/{acme}/files/plans/launch.txt", ""); w.Body.String() != "of Acme" {
		t.Errorf("Vera has %s", w.Body)
	}
	s.want(http.StatusNotFound, s.Bob.Token, "GET /orgs/{globex}/files/plans/launch.txt", "")
	s.want(http.StatusForbidden, s.Bob.Token, "GET /orgs/{acme}/files/plans/launch.txt", "")
	s.want(http.StatusNotFound, s.Bob.Token, "DELETE /orgs/{globex}/files/plans/launch.txt", "")
	s.want(http.StatusForbidden, s.Vera.Token, "DELETE /orgs/{acme}/files/plans/launch.txt", "")
	s.want(http.StatusNoContent, s.Alice.Token, "DELETE /orgs/{acme}/files/plans/launch.txt", "")
}

// Whether an organization is suspended is nothing that it can set, and keeps all of its members out.
func TestSuspend(t *testing.T) {
	s := newService(t)
	s.want(http.StatusBadRequest, s.Alice.Token, "PATCH /orgs/{acme}/settings", `{"suspended": false}`)
	if err := s.app.Suspend(t.Context(), s.Acme.ID, true); err != nil {
		t.Fatal(err)
	}
	s.want(http.StatusForbidden, s.Alice.Token, "GET /orgs/{acme}/notes", "")
	s.want(http.StatusForbidden, s.Alice.Token, "PATCH /orgs/{acme}/settings", `{"suspended": false}`)
	s.want(http.StatusOK, s.Bob.Token, "GET /orgs/{globex}/notes", "")
	if err := s.app.Suspend(t.Context(), s.Acme.ID, false); err != nil {
		t.Fatal(err)
	}
	s.want(http.StatusOK, s.Alice.Token, "GET /orgs/{acme}/notes", "")
}
