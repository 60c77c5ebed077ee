package tenanthttp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/tenanthttp"
)

// site is a server behind the middleware. GET / answers whom it is for.
type site struct {
	*httptest.Server
	mu      sync.Mutex
	refused []tenanthttp.Refusal
}

func newSite(t *testing.T, change func(*tenanthttp.Config)) *site {
	t.Helper()
	s := &site{}
	c := tenanthttp.Config{
		Authenticate: authenticate,
		Resolve:      tenanthttp.Any(tenanthttp.Header("X-Tenant", tenanthttp.BySlug), tenanthttp.Query("id", tenanthttp.ByID)),
		Directory:    tenanthttp.NewDirectory(lookup(), tenanthttp.Limits{}),
		Member:       member,
		Refused: func(_ context.Context, r tenanthttp.Refusal) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.refused = append(s.refused, r)
		},
	}
	if change != nil {
		change(&c)
	}
	m, err := tenanthttp.New(c)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /", m.Wrap(http.HandlerFunc(whom)))
	mux.Handle("POST /", m.Wrap(tenanthttp.Require("notes:read", "notes:write")(http.HandlerFunc(whom))))
	mux.Handle("GET /api", m.Wrap(tenanthttp.RequireScopes("api.read", "api.notes")(http.HandlerFunc(whom))))
	mux.Handle("GET /me", m.SignedIn(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, err := tenanthttp.CurrentPerson(r.Context())
		_, none := tenant.Current(r.Context())
		fmt.Fprint(w, p.ID, " ", err, " ", none)
	})))
	mux.Handle("GET /fails/{how}", m.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tenanthttp.Error(w, r, failures[r.PathValue("how")])
	})))
	mux.Handle("GET /bare", tenanthttp.Require()(http.HandlerFunc(whom)))
	mux.Handle("GET /barescope", tenanthttp.RequireScopes()(http.HandlerFunc(whom)))
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// whom answers with the request's tenant and member.
func whom(w http.ResponseWriter, r *http.Request) {
	t, err1 := tenant.Current(r.Context())
	m, err2 := tenant.CurrentMember(r.Context())
	if err := errors.Join(err1, err2); err != nil {
		tenanthttp.Error(w, r, err)
		return
	}
	fmt.Fprint(w, t.ID(), " ", t.Plan, " ", m.ID, " ", m.Role)
}

// failures are what handlers may answer with.
var failures = map[string]error{
	"unauthenticated": tenant.ErrUnauthenticated,
	"unknown":         tenant.ErrUnknown,
	"not-a-member":    fmt.Errorf("it is org-globex: %w", tenant.ErrNotMember),
	"no-tenant":       tenant.ErrNoTenant,
	"two-reasons":     errors.Join(tenant.ErrNotMember, &tenant.PermissionError{Permission: "runs:cancel"}, &tenant.QuotaError{Key: "projects"}),
	"part":            &tenant.PartError{},
	"claim":           tenant.ErrMissingClaim,
	"mismatch":        &tenant.MismatchError{What: "payload", Tx: gen.NewScope("app.org_id", "org-acme"), Call: gen.NewScope("app.org_id", "org-globex")},
	"suspended":       tenant.ErrSuspended,
	"inactive":        tenant.ErrInactive,
	"unpaid":          tenant.ErrUnpaid,
	"permission":      &tenant.PermissionError{Permission: "runs:cancel"},
	"scope":           &tenanthttp.ScopeError{Scope: "api.read"},
	"address":         &tenant.PolicyError{Policy: tenanthttp.PolicyAddress},
	"age":             &tenant.PolicyError{Policy: tenanthttp.PolicySessionAge},
	"sso":             &tenant.PolicyError{Policy: tenanthttp.PolicyProvider},
	"quota":           fmt.Errorf("org-acme: %w", &tenant.QuotaError{Key: "projects", Limit: 3, Used: 3, Asked: 1}),
	"rate":            &tenant.QuotaError{Key: "api-calls", Limit: 100, Used: 100, Asked: 1, Retry: time.Now().Add(90 * time.Second)},
	"rate-over":       &tenant.QuotaError{Key: "api-calls", Retry: time.Now().Add(-time.Hour)},
	"ours":            errors.New("connection to org-globex.internal refused"),
}

// ask sends a request as somebody, "" for nobody, and returns what came back.
func (s *site) ask(t *testing.T, as, method, uri string, headers ...string) (int, http.Header, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+uri, nil)
	if err != nil {
		t.Fatal(err)
	}
	if as != "" {
		r.Header.Set("Authorization", "Bearer "+as)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	answer, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, answer.Header, string(body)
}

var date = regexp.MustCompile(`(?m)^Date: .*\r\n`)

// raw sends a request over a connection of its own, and returns every byte that comes back, but for the date.
func (s *site) raw(t *testing.T, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, request+" HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n"); err != nil {
		t.Fatal(err)
	}
	return s.rest(t, conn)
}

func (s *site) rest(t *testing.T, conn net.Conn) string {
	t.Helper()
	if _, err := io.WriteString(conn, "Authorization: Bearer acme:alice\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return date.ReplaceAllString(string(all), "")
}
