package app_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
)

// What an organization switches off is off for it alone, from the next request on.
func TestFlags(t *testing.T) {
	s := newService(t)
	const comment = "POST /orgs/{acme}/notes/{a.note}/comments"
	s.want(http.StatusCreated, s.Alice.Token, comment, `{"body": "hello"}`)
	s.want(http.StatusBadRequest, s.Alice.Token, "PATCH /orgs/{acme}/settings", `{"flags": {"commments": false}}`)
	s.want(http.StatusBadRequest, s.Alice.Token, "PATCH /orgs/{acme}/settings", `{"flags": "none"}`)
	s.want(http.StatusOK, s.Alice.Token, "PATCH /orgs/{acme}/settings", `{"flags": {"comments": false}}`)
	s.want(http.StatusForbidden, s.Alice.Token, comment, `{"body": "hello"}`)
	s.want(http.StatusOK, s.Alice.Token, "GET /orgs/{acme}/notes/{a.note}/comments", "")
	s.want(http.StatusCreated, s.Bob.Token, "POST /orgs/{globex}/notes/{g.note}/comments", `{"body": "hello"}`)
	s.want(http.StatusOK, s.Alice.Token, "PATCH /orgs/{acme}/settings", `{"flags": {"comments": true}}`)
	s.want(http.StatusCreated, s.Alice.Token, comment, `{"body": "hello"}`)
}

// Branding is shown on the domain that an organization has verified, and not before.
func TestBranding(t *testing.T) {
	s := newService(t)
	s.want(http.StatusBadRequest, s.Alice.Token, "PATCH /orgs/{acme}/settings", `{"branding": {"color": "red; background: url(//evil.example)"}}`)
	s.want(http.StatusOK, s.Alice.Token, "PATCH /orgs/{acme}/settings", `{"branding": {"name": "Acme notes", "color": "#cc0000"}}`)
	record := get[map[string]string](s, s.Alice.Token, "PUT /orgs/{acme}/domains/notes.acme.example", "")
	shown := func(host string) (name, color string) {
		t.Helper()
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/branding", nil)
		r.Host = host
		w := httptest.NewRecorder()
		s.api.ServeHTTP(w, r)
		var b struct{ Name, Color string }
		if err := json.Unmarshal(w.Body.Bytes(), &b); err != nil || w.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", host, w.Code, w.Body)
		}
		return b.Name, b.Color
	}
	if name, color := shown("notes.acme.example"); name != "Notes" || color != "#336699" {
		t.Errorf("before it is verified: %s, %s", name, color)
	}
	s.dns.set(record["name"], record["value"])
	s.want(http.StatusNoContent, s.Alice.Token, "POST /orgs/{acme}/domains/notes.acme.example/verification", "")
	for host, want := range map[string]string{
		"notes.acme.example": "Acme notes", "NOTES.acme.example:443": "Acme notes", "example.com": "Notes", "unknown.example": "Notes", "127.0.0.1": "Notes", "exämple": "Notes",
	} {
		if name, _ := shown(host); name != want {
			t.Errorf("%s: %s, want %s", host, name, want)
		}
	}
}
