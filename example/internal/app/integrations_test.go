package app_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/tenantgen/tenantgen/example/internal/app"
	"github.com/tenantgen/tenantgen/example/internal/sealed"
	"github.com/tenantgen/tenantgen/example/repo"
)

// receiver is another service, with what it was sent.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	sent   []*http.Request
	bodies []string
	answer int // its status
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{answer: http.StatusNoContent}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.mu.Lock()
		defer r.mu.Unlock()
		body, _ := io.ReadAll(q.Body)
		r.sent, r.bodies = append(r.sent, q), append(r.bodies, string(body))
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(r.answer)
	}))
	t.Cleanup(r.Close)
	return r
}

// ring is a keyring of keys that repeat a byte.
func ring(t *testing.T, keys ...byte) *sealed.Keyring {
	t.Helper()
	var secrets [][]byte
	for _, k := range keys {
		secrets = append(secrets, bytes.Repeat([]byte{k}, sealed.KeySize))
	}
	k, err := sealed.New(secrets...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// with is another process of the service, with other options, on the same database.
func (s *service) with(o app.Options) *service {
	s.t.Helper()
	other := *s
	o.Hosts, o.Elsewhere = []string{"example.com"}, s.db.Elsewhere("test")
	service, err := app.New(s.db.Tenants(), s.db.CrossTenant("test"), slog.New(slog.NewTextHandler(s.log, nil)), o)
	if err != nil {
		s.t.Fatal(err)
	}
	other.app, other.api = service, service.Handler()
	return &other
}

const (
	secretOfAcme = "whsec-of-acme-0123456789-wxyz"
	putChat      = "PUT /orgs/{acme}/integrations/chat"
	deliver      = "POST /orgs/{acme}/notes/{a.note}/deliveries"
	toChat       = `{"integration": "chat"}`
)

// A note is sent to where the organization says, signed with its secret, which is
// written and never read.
func TestIntegrations(t *testing.T) {
	r := newReceiver(t)
	s := newServiceWith(t, app.Options{Keys: ring(t, 1), Endpoints: map[string]string{"chat": r.URL, "tracker": r.URL + "/tracker"}})
	const body = `{"endpoint": "chat", "secret": "` + secretOfAcme + `"}`
	s.want(http.StatusForbidden, s.Vera.Token, putChat, body)
	s.want(http.StatusForbidden, s.Vera.Token, "GET /orgs/{acme}/integrations", "")
	s.want(http.StatusForbidden, s.Bob.Token, putChat, body)
	for _, bad := range []string{
		`{"endpoint": "chat", "secret": "short"}`, `{"endpoint": "http://169.254.169.254/", "secret": "` + secretOfAcme + `"}`,
		`{"endpoint": "", "secret": "` + secretOfAcme + `"}`, `{"endpoint": "chat", "secret": "` + strings.Repeat("x", 5000) + `"}`,
	} {
		s.want(http.StatusBadRequest, s.Alice.Token, putChat, bad)
	}
	s.want(http.StatusBadRequest, s.Alice.Token, "PUT /orgs/{acme}/integrations/A%20b", body)
	var said strings.Builder
	said.WriteString(s.want(http.StatusOK, s.Alice.Token, putChat, body).Body.String())
	said.WriteString(s.want(http.StatusOK, s.Alice.Token, deliver, toChat).Body.String())
	list := get[[]repo.ListIntegrationsRow](s, s.Alice.Token, "GET /orgs/{acme}/integrations", "")
	if len(list) != 1 || list[0].Hint != "wxyz" || list[0].SetAt.IsZero() || list[0].SetBy != "Alice" || list[0].LastUsedAt == nil || list[0].LastResult != "delivered" {
		t.Errorf("integrations: %+v", list)
	}
	said.WriteString(s.want(http.StatusOK, s.Alice.Token, "GET /orgs/{acme}/integrations", "").Body.String())
	if whole := said.String() + s.log.String(); strings.Contains(whole, secretOfAcme) || strings.Contains(whole, "sealed") {
		t.Errorf("the secret is told: %s", whole)
	}
	if n := s.asApp(s.Acme.ID, "SELECT 1 FROM integrations i WHERE position(convert_to($1::text, 'UTF8') in sealed) = 0 AND to_jsonb(i)::text NOT LIKE '%'||$1||'%'", secretOfAcme); n != 1 {
		t.Error("the database has the secret")
	}
	r.wants(t, s, secretOfAcme)
	s.want(http.StatusNoContent, s.Alice.Token, "DELETE /orgs/{acme}/integrations/chat", "")
	s.want(http.StatusNotFound, s.Alice.Token, "DELETE /orgs/{acme}/integrations/chat", "")
	s.want(http.StatusNotFound, s.Alice.Token, deliver, toChat)
}

// wants is how a receiver checks what it was sent, once.
func (r *receiver) wants(t *testing.T, s *service, secret string) {
	t.Helper()
	if len(r.sent) != 1 {
		t.Fatalf("%d messages", len(r.sent))
	}
	h, body := r.sent[0].Header, r.bodies[0]
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(h.Get("webhook-id") + "." + h.Get("webhook-timestamp") + "." + body))
	if got, want := h.Get("webhook-signature"), "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)); got != want || r.sent[0].Method != http.MethodPost {
		t.Errorf("signed %s, want %s", got, want)
	}
	var m struct {
		Type string
		Org  string `json:"org_id"`
		Data struct{ ID, Title string }
	}
	if err := json.Unmarshal([]byte(body), &m); err != nil || m.Type != "note.sent" || m.Org != s.Acme.ID.String() || m.Data.ID != s.Acme.Note.String() || m.Data.Title != "Launch plan" {
		t.Errorf("sent %s: %v", body, err)
	}
}

// What is Acme's is nobody else's to use, and nothing of it goes out for others.
func TestIntegrationsApart(t *testing.T) {
	r := newReceiver(t)
	s := newServiceWith(t, app.Options{Keys: ring(t, 1), Endpoints: map[string]string{"chat": r.URL, "tracker": r.URL}})
	s.want(http.StatusOK, s.Alice.Token, putChat, `{"endpoint": "chat", "secret": "`+secretOfAcme+`"}`)
	if list := get[[]repo.ListIntegrationsRow](s, s.Bob.Token, "GET /orgs/{globex}/integrations", ""); len(list) != 0 {
		t.Errorf("Globex's integrations: %+v", list)
	}
	for request, status := range map[string]int{
		"POST /orgs/{globex}/notes/{g.note}/deliveries": http.StatusNotFound, // Acme's integration
		"POST /orgs/{globex}/notes/{a.note}/deliveries": http.StatusNotFound,
		"POST /orgs/{acme}/notes/{a.note}/deliveries":   http.StatusForbidden,
		"DELETE /orgs/{globex}/integrations/chat":       http.StatusNotFound,
	} {
		s.want(status, s.Bob.Token, request, toChat)
	}
	s.want(http.StatusNotFound, s.Alice.Token, "POST /orgs/{acme}/notes/{g.note}/deliveries", toChat)
	s.want(http.StatusForbidden, s.Vera.Token, deliver, toChat)

	// A box that somebody moves, to another organization or another endpoint, stays closed.
	kept, err := s.repos.Integrations.GetSealed(t.Context(), s.Acme.ID, "chat")
	if err != nil {
		t.Fatal(err)
	}
	s.asApp(s.Globex.ID, "INSERT INTO integrations (org_id, name, endpoint, sealed, hint, set_by) VALUES ($1, 'chat', 'chat', $2, '', $3)", s.Globex.ID.String(), kept.Sealed, s.Bob.ID)
	s.want(http.StatusConflict, s.Bob.Token, "POST /orgs/{globex}/notes/{g.note}/deliveries", toChat)
	s.asApp(s.Acme.ID, "UPDATE integrations SET endpoint = 'tracker'")
	s.want(http.StatusConflict, s.Alice.Token, deliver, toChat)
	if len(r.sent) != 0 {
		t.Errorf("sent: %q", r.bodies)
	}
}

// Keys change; without the right one nothing opens, and without any nothing is taken.
func TestKeysOfSecrets(t *testing.T) {
	r := newReceiver(t)
	endpoints := map[string]string{"chat": r.URL}
	s := newServiceWith(t, app.Options{Keys: ring(t, 1), Endpoints: endpoints})
	const body = `{"endpoint": "chat", "secret": "` + secretOfAcme + `"}`
	s.want(http.StatusOK, s.Alice.Token, putChat, body)
	s.with(app.Options{Keys: ring(t, 2, 1), Endpoints: endpoints}).want(http.StatusOK, s.Alice.Token, deliver, toChat)
	lost := s.with(app.Options{Keys: ring(t, 2), Endpoints: endpoints})
	lost.want(http.StatusConflict, s.Alice.Token, deliver, toChat)
	lost.want(http.StatusOK, s.Alice.Token, putChat, body)
	lost.want(http.StatusOK, s.Alice.Token, deliver, toChat)
	lost = s.with(app.Options{Keys: ring(t, 2)})
	lost.want(http.StatusConflict, s.Alice.Token, deliver, toChat) // where to?
	none := s.with(app.Options{Endpoints: endpoints})
	none.want(http.StatusServiceUnavailable, s.Alice.Token, putChat, body)
	none.want(http.StatusServiceUnavailable, s.Alice.Token, deliver, toChat)
	if len(r.sent) != 2 {
		t.Errorf("%d messages", len(r.sent))
	}
}

// What the other service does not take is told, and where it leads is not followed.
func TestUndelivered(t *testing.T) {
	r := newReceiver(t)
	s := newServiceWith(t, app.Options{Keys: ring(t, 1), Endpoints: map[string]string{"chat": r.URL, "tracker": "http://127.0.0.1:1/"}})
	s.want(http.StatusOK, s.Alice.Token, putChat, `{"endpoint": "chat", "secret": "`+secretOfAcme+`"}`)
	for i, status := range []int{http.StatusTemporaryRedirect, http.StatusInternalServerError, http.StatusNotFound} {
		r.answer = status
		s.want(http.StatusBadGateway, s.Alice.Token, deliver, toChat)
		if len(r.sent) != i+1 || r.sent[i].URL.Path != "/" {
			t.Errorf("%d: %d messages", status, len(r.sent))
		}
	}
	list := get[[]repo.ListIntegrationsRow](s, s.Alice.Token, "GET /orgs/{acme}/integrations", "")
	if len(list) != 1 || list[0].LastResult != "failed" {
		t.Errorf("integrations: %+v", list)
	}
	s.want(http.StatusOK, s.Alice.Token, "PUT /orgs/{acme}/integrations/down", `{"endpoint": "tracker", "secret": "`+secretOfAcme+`"}`)
	s.want(http.StatusBadGateway, s.Alice.Token, deliver, `{"integration": "down"}`)
}
