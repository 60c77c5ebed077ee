package app_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/tenantgen/tenantgen/example/repo"
)

// fakeDNS stands for the DNS.
type fakeDNS struct {
	mu      sync.Mutex
	records map[string][]string
}

func (d *fakeDNS) LookupTXT(_ context.Context, name string) ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if list, ok := d.records[name]; ok {
		return list, nil
	}
	return nil, errors.New("no such host")
}

// set writes a record.
func (d *fakeDNS) set(name string, values ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.records[name] = values
}

// A domain is an organization's once the DNS has its record, and then nobody else's.
func TestDomainVerification(t *testing.T) {
	s := newService(t)
	const domain = "/domains/Notes.Acme.example"
	s.want(http.StatusForbidden, s.Vera.Token, "PUT /orgs/{acme}"+domain, "")
	s.want(http.StatusBadRequest, s.Alice.Token, "PUT /orgs/{acme}/domains/192.0.2.1", "")
	s.want(http.StatusBadRequest, s.Alice.Token, "PUT /orgs/{acme}/domains/localhost", "")
	acme := get[map[string]string](s, s.Alice.Token, "PUT /orgs/{acme}"+domain, "")
	globex := get[map[string]string](s, s.Bob.Token, "PUT /orgs/{globex}"+domain, "")
	if acme["type"] != "TXT" || acme["name"] != "_notes-verification.notes.acme.example" || globex["name"] != acme["name"] || globex["value"] == acme["value"] {
		t.Errorf("the records: %v, %v", acme, globex)
	}
	const verify = domain + "/verification"
	s.want(http.StatusConflict, s.Alice.Token, "POST /orgs/{acme}"+verify, "") // there is no record
	s.dns.set(acme["name"], "v=spf1 -all", acme["value"])
	s.want(http.StatusConflict, s.Bob.Token, "POST /orgs/{globex}"+verify, "") // not with Acme's record
	s.want(http.StatusNoContent, s.Alice.Token, "POST /orgs/{acme}"+verify, "")
	s.want(http.StatusNotFound, s.Alice.Token, "POST /orgs/{acme}"+verify, "") // it is verified
	s.dns.set(acme["name"], globex["value"])
	s.want(http.StatusConflict, s.Bob.Token, "POST /orgs/{globex}"+verify, "") // Acme has it
	list := get[[]repo.ListDomainsRow](s, s.Alice.Token, "GET /orgs/{acme}/domains", "")
	for _, d := range list {
		if d.Domain == "notes.acme.example" && d.VerifiedAt == nil {
			t.Errorf("not verified: %+v", list)
		}
	}
}

// On a host that an organization has verified, requests are for that one alone.
func TestOwnHost(t *testing.T) {
	s := newService(t)
	record := get[map[string]string](s, s.Alice.Token, "PUT /orgs/{acme}/domains/notes.acme.example", "")
	s.dns.set(record["name"], record["value"])
	ask := func(host, token, path string) int {
		r := httptest.NewRequestWithContext(t.Context(), "GET", s.path(path), nil)
		r.Host = host
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		s.api.ServeHTTP(w, r)
		return w.Code
	}
	const own, foreign = "/orgs/{acme}/notes/{a.note}", "/orgs/{globex}/notes/{g.note}"
	if got := ask("notes.acme.example", s.Alice.Token, own); got != http.StatusForbidden {
		t.Errorf("before it is verified: %d", got)
	}
	s.want(http.StatusNoContent, s.Alice.Token, "POST /orgs/{acme}/domains/notes.acme.example/verification", "")
	for _, c := range []struct {
		host, token, path string
		want              int
	}{
		{"Notes.ACME.example.:8080", s.Alice.Token, own, http.StatusOK},
		{"notes.acme.example", s.Bob.Token, foreign, http.StatusForbidden},
		{"unknown.example", s.Alice.Token, own, http.StatusForbidden},
		{"example.com", s.Alice.Token, own, http.StatusOK},
		{"localhost:8080", s.Bob.Token, foreign, http.StatusOK},
		{"127.0.0.1:8080", s.Bob.Token, foreign, http.StatusOK},
		{"exämple.com", s.Bob.Token, foreign, http.StatusNotFound},
	} {
		if got := ask(c.host, c.token, c.path); got != c.want {
			t.Errorf("%s at %s: %d, want %d", c.path, c.host, got, c.want)
		}
	}
}

// An unknown domain founds an organization, and who comes first owns it.
func TestFoundByDomain(t *testing.T) {
	s := newService(t)
	ann, err := s.repos.Users.UpsertUser(t.Context(), "ann@initech.example", "Ann")
	if err != nil {
		t.Fatal(err)
	}
	founded := get[map[string]string](s, s.tokenAtGlobex(ann.ID), "POST /me/join", "")
	org := "/orgs/" + founded["org_id"]
	record := get[map[string]string](s, founded["token"], "PUT "+org+"/domains/initech.example", "")
	s.dns.set(record["name"], record["value"])
	s.want(http.StatusNoContent, founded["token"], "POST "+org+"/domains/initech.example/verification", "")
	second, err := s.repos.Users.UpsertUser(t.Context(), "peter@initech.example", "Peter")
	if err != nil {
		t.Fatal(err)
	}
	joined := get[map[string]string](s, s.tokenAtGlobex(second.ID), "POST /me/join", "")
	if joined["org_id"] != founded["org_id"] {
		t.Errorf("Peter was routed to %s, not %s", joined["org_id"], founded["org_id"])
	}
	s.want(http.StatusForbidden, joined["token"], "PUT "+org+"/plan", `{"plan": "team"}`)
	s.want(http.StatusNoContent, founded["token"], "PUT "+org+"/plan", `{"plan": "team"}`)
}

// Where an organization names networks, its members come from nowhere else, from the next request on.
func TestAllowedNetworks(t *testing.T) {
	s := newService(t)
	const settings = "PATCH /orgs/{acme}/settings"
	s.want(http.StatusBadRequest, s.Alice.Token, settings, `{"allowed_networks": ["the office"]}`)
	s.want(http.StatusOK, s.Vera.Token, "GET /orgs/{acme}", "")
	s.want(http.StatusOK, s.Alice.Token, settings, `{"allowed_networks": ["198.51.100.0/24"]}`)
	w := s.want(http.StatusForbidden, s.Vera.Token, "GET /orgs/{acme}", "")
	if !strings.Contains(w.Body.String(), `"policy":"address"`) {
		t.Errorf("got %s", w.Body)
	}
	s.want(http.StatusOK, s.Bob.Token, "GET /orgs/{globex}", "")
	r := httptest.NewRequestWithContext(t.Context(), "GET", s.path("/orgs/{acme}"), nil)
	r.RemoteAddr = "198.51.100.7:4711"
	r.Header.Set("Authorization", "Bearer "+s.Vera.Token)
	inside := httptest.NewRecorder()
	s.api.ServeHTTP(inside, r)
	if inside.Code != http.StatusOK {
		t.Errorf("from the office: %d", inside.Code)
	}
}
