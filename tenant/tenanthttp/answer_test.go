package tenanthttp_test

import (
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/tenantgen/tenantgen/tenant/tenanthttp"
)

// Whatever refuses a request, the middleware, Require or a handler, the application's own Answer answers, and Refused is told.
func TestAnswer(t *testing.T) {
	s := newSite(t, func(c *tenanthttp.Config) {
		c.Answer = func(w http.ResponseWriter, r *http.Request, p tenanthttp.Problem) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.WriteHeader(p.Status)
			fmt.Fprintf(w, "<h1>%s</h1>", p.Title)
		}
	})
	for _, c := range []struct {
		method, path, who string
		status            int
		page              string
	}{
		{"GET", "/?id=org-acme", "", 401, "<h1>Not authenticated</h1>"},
		{"GET", "/me", "", 401, "<h1>Not authenticated</h1>"},
		{"GET", "/?id=org-globex", "acme:alice", 404, "<h1>Not found</h1>"},
		{"POST", "/?id=org-acme", "acme:alice", 403, "<h1>Not permitted</h1>"},
		{"GET", "/fails/unpaid?id=org-acme", "acme:alice", 402, "<h1>Payment required</h1>"},
	} {
		r, _ := http.NewRequestWithContext(t.Context(), c.method, s.URL+c.path, nil)
		if c.who != "" {
			r.Header.Set("Authorization", "Bearer "+c.who)
		}
		answer, err := s.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		page, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		if answer.StatusCode != c.status || string(page) != c.page {
			t.Errorf("%s %s: %d %s, want %d %s", c.method, c.path, answer.StatusCode, page, c.status, c.page)
		}
	}
	if len(s.refused) != 5 {
		t.Errorf("%d refusals are told", len(s.refused))
	}
}
