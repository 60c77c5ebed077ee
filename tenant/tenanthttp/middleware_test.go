package tenanthttp_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/tenanthttp"
)

func TestMiddleware(t *testing.T) {
	s := newSite(t, nil)
	for _, c := range []struct {
		as, request string
		headers     []string
		status      int
		want        string // part of the body
	}{
		{"acme:alice", "GET /", []string{"X-Tenant", "acme"}, 200, "org-acme pro acme:alice viewer"},
		{"acme+globex:alice", "GET /", []string{"X-Tenant", "globex"}, 200, "org-globex pro acme+globex:alice viewer"},
		{"acme:alice", "GET /?id=org-acme", []string{"X-Tenant", "acme"}, 200, "org-acme"},
		{"", "GET /", []string{"X-Tenant", "acme"}, 401, "unauthenticated"},
		{"acme:alice", "GET /", nil, 404, "not-found"},
		{"acme:alice", "GET /", []string{"X-Tenant", "globex"}, 404, "not-found"},
		{"acme:alice", "GET /", []string{"X-Tenant", "nobody"}, 404, "not-found"},
		{"acme:alice", "GET /", []string{"X-Tenant", "acme", "X-Tenant", "acme"}, 404, "not-found"},
		{"acme:alice", "GET /?id=org-globex", []string{"X-Tenant", "acme"}, 403, "mismatch"},
		{"acme:alice", "GET /?id=org-acme", []string{"X-Tenant", "globex"}, 403, "mismatch"},
		{"acme:alice", "GET /?id=org-nobody", []string{"X-Tenant", "acme"}, 403, "mismatch"},
		{"acme+globex:alice", "GET /?id=org-acme", []string{"X-Tenant", "globex"}, 403, "mismatch"},
		{"other:eve", "GET /?id=org-acme", []string{"X-Tenant", "globex"}, 404, "not-found"},
		{"acme:alice", "POST /", []string{"X-Tenant", "acme"}, 403, `"permission":"notes:write"`},
		{"acme:admin", "POST /", []string{"X-Tenant", "acme"}, 200, "org-acme"},
		{"acme:alice", "GET /api", []string{"X-Tenant", "acme", "Test-Scopes", "api.read api.notes"}, 200, "org-acme"},
		{"acme:alice", "GET /api", []string{"X-Tenant", "acme", "Test-Scopes", "api.read"}, 403, `"scope":"api.notes"`},
		{"acme:alice", "GET /api", []string{"X-Tenant", "acme"}, 403, `"scope":"api.read"`},
		{"acme:alice", "GET /me", nil, 200, "acme:alice <nil> tenant: no tenant"},
		{"", "GET /me", nil, 401, "unauthenticated"},
		{"acme:alice", "GET /bare", nil, 404, "not-found"},
		{"acme:alice", "GET /barescope", nil, 401, "unauthenticated"},
	} {
		method, uri, _ := strings.Cut(c.request, " ")
		if status, _, body := s.ask(t, c.as, method, uri, c.headers...); status != c.status || !strings.Contains(body, c.want) {
			t.Errorf("%s %s %v: got %d %s, want %d %s", c.as, c.request, c.headers, status, body, c.status, c.want)
		}
	}
}

// Whoever does not belong to a tenant gets the same bytes whether it exists or not, whatever its state is, for every way
// to name it and every method.
func TestExistenceIsNotRevealed(t *testing.T) {
	suspended, closed := org("suspended"), org("closed")
	suspended.Tenant.Status, closed.Tenant.Status = tenant.StatusSuspended, tenant.StatusInactive
	closed.Security.Networks = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	s := newSite(t, func(c *tenanthttp.Config) {
		c.Directory = tenanthttp.NewDirectory(lookup(suspended, closed), tenanthttp.Limits{})
		c.Resolve = tenanthttp.Any(tenanthttp.Query("slug", tenanthttp.BySlug), tenanthttp.Query("id", tenanthttp.ByID), tenanthttp.Query("own", tenanthttp.BySlug))
	})
	groups := [][]string{
		{"/?slug=nobody", "/?slug=globex", "/?slug=suspended", "/?slug=closed", "/?id=org-globex", "/?id=nobody", "/?slug=", "/?slug=%00", "/?slug=a&slug=b", "/",
			"/?slug=globex&id=org-globex", "/?slug=globex&id=org-suspended", "/?slug=globex&id=org-nobody", "/?slug=nobody&id=org-nobody", "/?slug=nobody&id=org-globex"},
		// For those who are a member of one: it is told that not all is theirs, and nothing of the rest.
		{"/?own=acme&slug=nobody", "/?own=acme&slug=globex", "/?own=acme&slug=suspended", "/?own=acme&id=org-closed", "/?own=acme&slug=globex&id=nobody"},
	}
	for _, group := range groups {
		for _, method := range []string{"GET", "POST", "HEAD"} {
			want := s.raw(t, method+" "+group[0])
			for range 2 { // looked up, and from what is kept
				for _, uri := range group[1:] {
					if got := s.raw(t, method+" "+uri); got != want {
						t.Errorf("%s %s is told from %s:\n%s\n%s", method, uri, group[0], got, want)
					}
				}
			}
		}
	}
	if status, _, body := s.ask(t, "suspended:alice", "GET", "/?slug=suspended"); status != 403 || !strings.Contains(body, "suspended") {
		t.Errorf("a member is told: got %d %s", status, body)
	}
}

func TestProblems(t *testing.T) {
	s := newSite(t, nil)
	absent := map[string]bool{}
	for how, c := range map[string]struct {
		status    int
		kind      string
		body      string
		challenge string
	}{
		"unauthenticated": {401, "unauthenticated", "", "Bearer"},
		"unknown":         {404, "not-found", "", ""},
		"not-a-member":    {404, "not-found", "", ""},
		"no-tenant":       {404, "not-found", "", ""},
		"two-reasons":     {404, "not-found", "", ""},
		"part":            {404, "not-found", "", ""},
		"claim":           {403, "missing-claim", "", ""},
		"mismatch":        {403, "mismatch", "", ""},
		"suspended":       {403, "suspended", "", ""},
		"inactive":        {403, "inactive", "", ""},
		"unpaid":          {402, "unpaid", "", ""},
		"permission":      {403, "permission", `"permission":"runs:cancel"`, ""},
		"scope":           {403, "permission", `"scope":"api.read"`, `Bearer error="insufficient_scope"`},
		"address":         {403, "policy", `"policy":"address"`, ""},
		"age":             {401, "policy", `"policy":"session-age"`, `Bearer error="insufficient_user_authentication"`},
		"sso":             {401, "policy", `"policy":"sso"`, `Bearer error="insufficient_user_authentication"`},
		"quota":           {402, "quota", `"quota":{"key":"projects","limit":3,"used":3}`, ""},
		"rate":            {429, "quota", `"quota":{"key":"api-calls","limit":100,"used":100}`, ""},
		"rate-over":       {429, "quota", "", ""},
		"ours":            {500, "", "", ""},
	} {
		status, h, body := s.ask(t, "acme:alice", "GET", "/fails/"+how, "X-Tenant", "acme")
		var p struct {
			Type, Title string
			Status      int
		}
		if err := json.Unmarshal([]byte(body), &p); err != nil || p.Status != status || p.Title == "" {
			t.Errorf("%s: %v, %s", how, err, body)
		}
		if status == http.StatusNotFound {
			absent[body] = true
		}
		kind := "about:blank"
		if c.kind != "" {
			kind = "https://github.com/tenantgen/tenantgen/blob/main/docs/request.md#" + c.kind
		}
		if status != c.status || p.Type != kind || !strings.Contains(body, c.body) || strings.Contains(body, "org-") {
			t.Errorf("%s: got %d %s", how, status, body)
		}
		if h.Get("Content-Type") != "application/problem+json" || h.Get("Cache-Control") != "no-store" || h.Get("WWW-Authenticate") != c.challenge {
			t.Errorf("%s: got %v", how, h)
		}
		if retry := h.Get("Retry-After"); how == "rate" && retry != "90" && retry != "89" || how == "rate-over" && retry != "1" || c.status != 429 && retry != "" {
			t.Errorf("%s: retry after %q", how, retry)
		}
	}
	if len(absent) != 1 {
		t.Errorf("what is not found is told apart: %v", absent)
	}
	if len(failures) != 20 {
		t.Error("a failure is not tried")
	}
}

// Every refusal and failure is told, with what is known by then.
func TestRefusedIsTold(t *testing.T) {
	s := newSite(t, nil)
	s.ask(t, "", "GET", "/", "X-Tenant", "acme")
	s.ask(t, "acme:alice", "GET", "/", "X-Tenant", "globex")
	s.ask(t, "acme:alice", "GET", "/?id=org-globex", "X-Tenant", "acme")
	s.ask(t, "acme:alice", "POST", "/", "X-Tenant", "acme")
	s.ask(t, "acme:alice", "GET", "/fails/ours", "X-Tenant", "acme")
	s.ask(t, "acme:alice", "GET", "/", "X-Tenant", "acme")
	s.mu.Lock()
	defer s.mu.Unlock()
	want := []struct {
		err            error
		person, tenant string
	}{
		{tenant.ErrUnauthenticated, "", ""}, {tenant.ErrNotMember, "acme:alice", "globex"}, {tenant.ErrTenantMismatch, "acme:alice", "acme"},
		{tenant.ErrPermission, "acme:alice", "acme"}, {failures["ours"], "acme:alice", "acme"},
	}
	if len(s.refused) != len(want) {
		t.Fatalf("told %d", len(s.refused))
	}
	for i, r := range s.refused {
		if !errors.Is(r.Err, want[i].err) || r.Person.ID != want[i].person || r.Tenant.Slug != want[i].tenant || r.Request == nil || (i > 0) != (len(r.Named) > 0) {
			t.Errorf("%d: told %+v", i, r)
		}
	}
	var mismatch *tenant.MismatchError
	if !errors.As(s.refused[2].Err, &mismatch) || mismatch.Tx.ID() != "org-acme" || mismatch.Call.ID() != "org-globex" {
		t.Errorf("told %v", s.refused[2].Err)
	}
}

// The tenant's state and settings hold for its members.
func TestStateAndSettings(t *testing.T) {
	state := func(slug string, status tenant.Status, security tenanthttp.Security) tenanthttp.Entry {
		e := org(slug)
		e.Tenant.Status, e.Security = status, security
		return e
	}
	here, elsewhere := netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("192.0.2.0/24")
	s := newSite(t, func(c *tenanthttp.Config) {
		c.Proxies = []netip.Prefix{here}
		c.Directory = tenanthttp.NewDirectory(lookup(
			state("suspended", tenant.StatusSuspended, tenanthttp.Security{}),
			state("unpaid", tenant.StatusUnpaid, tenanthttp.Security{}),
			state("inactive", tenant.StatusInactive, tenanthttp.Security{}),
			state("strange", "trial", tenanthttp.Security{}),
			state("office", tenant.StatusActive, tenanthttp.Security{Networks: []netip.Prefix{elsewhere}}),
			state("aged", tenant.StatusActive, tenanthttp.Security{SessionAge: time.Hour}),
			state("sso", tenant.StatusActive, tenanthttp.Security{Provider: "https://idp.example"}),
		), tenanthttp.Limits{})
	})
	for _, c := range []struct {
		slug    string
		headers []string
		status  int
	}{
		{"suspended", nil, 403}, {"unpaid", nil, 402}, {"inactive", nil, 403}, {"strange", nil, 403},
		{"office", nil, 403}, {"office", []string{"X-Forwarded-For", "192.0.2.7"}, 200}, {"office", []string{"X-Forwarded-For", "192.0.2.7, 198.51.100.1"}, 403},
		{"aged", nil, 401}, {"sso", nil, 401}, {"sso", []string{"Test-Provider", "https://idp.example"}, 200}, {"sso", []string{"Test-Provider", "other"}, 401},
	} {
		if status, _, body := s.ask(t, c.slug+":alice", "GET", "/", append([]string{"X-Tenant", c.slug}, c.headers...)...); status != c.status {
			t.Errorf("%s %v: got %d %s, want %d", c.slug, c.headers, status, body, c.status)
		}
	}
}

// What goes wrong is no answer about tenants, and a person or member who is nobody is none.
func TestMiddlewareFailsClosed(t *testing.T) {
	failed := errors.New("no connection")
	for name, c := range map[string]struct {
		change func(*tenanthttp.Config)
		status int
	}{
		"authentication fails": {func(c *tenanthttp.Config) {
			c.Authenticate = func(*http.Request) (tenanthttp.Person, error) { return tenanthttp.Person{ID: "acme:alice"}, failed }
		}, 500},
		"nobody is authenticated": {func(c *tenanthttp.Config) {
			c.Authenticate = func(*http.Request) (tenanthttp.Person, error) { return tenanthttp.Person{}, nil }
		}, 401},
		"the resolver fails": {func(c *tenanthttp.Config) {
			c.Resolve = func(*http.Request) ([]tenanthttp.Key, error) { return []tenanthttp.Key{acmeSlug}, failed }
		}, 500},
		"the resolver finds nonsense": {func(c *tenanthttp.Config) {
			c.Resolve = func(*http.Request) ([]tenanthttp.Key, error) { return []tenanthttp.Key{{}}, nil }
		}, 404},
		"the lookup fails": {func(c *tenanthttp.Config) {
			c.Directory = tenanthttp.NewDirectory(func(context.Context, tenanthttp.Key) (tenanthttp.Entry, error) { return org("acme"), failed }, tenanthttp.Limits{})
		}, 500},
		"the members fail": {func(c *tenanthttp.Config) {
			c.Member = func(context.Context, tenanthttp.Person, tenant.Tenant) (tenant.Member, error) {
				return tenant.Member{ID: "alice"}, failed
			}
		}, 500},
		"the member is nobody": {func(c *tenanthttp.Config) {
			c.Member = func(context.Context, tenanthttp.Person, tenant.Tenant) (tenant.Member, error) {
				return tenant.Member{Role: "owner"}, nil
			}
		}, 404},
		"the members of a mismatch fail": {func(c *tenanthttp.Config) {
			c.Resolve = func(*http.Request) ([]tenanthttp.Key, error) {
				return []tenanthttp.Key{acmeSlug, {Kind: tenanthttp.BySlug, Value: "globex"}}, nil
			}
			c.Member = func(context.Context, tenanthttp.Person, tenant.Tenant) (tenant.Member, error) {
				return tenant.Member{}, failed
			}
		}, 500},
		"another middleware was for another tenant": {func(c *tenanthttp.Config) {
			c.Authenticate = func(r *http.Request) (tenanthttp.Person, error) {
				ctx, err := tenant.NewContext(r.Context(), org("globex").Tenant, tenant.Member{})
				*r = *r.WithContext(ctx)
				return tenanthttp.Person{ID: "acme:alice"}, err
			}
		}, 403},
	} {
		s := newSite(t, c.change)
		// The handler is not reached: the second one's answer would be 402.
		for _, uri := range []string{"/", "/fails/unpaid"} {
			if status, _, body := s.ask(t, "acme:alice", "GET", uri, "X-Tenant", "acme"); status != c.status || strings.Contains(body, "connection") {
				t.Errorf("%s: %s: got %d %s", name, uri, status, body)
			}
		}
	}
	full := tenanthttp.Config{Authenticate: authenticate, Resolve: tenanthttp.Any(), Directory: tenanthttp.NewDirectory(lookup(), tenanthttp.Limits{}), Member: member}
	for i, without := range []func(*tenanthttp.Config){
		func(c *tenanthttp.Config) { c.Authenticate = nil }, func(c *tenanthttp.Config) { c.Resolve = nil },
		func(c *tenanthttp.Config) { c.Directory = nil }, func(c *tenanthttp.Config) { c.Member = nil },
	} {
		c := full
		without(&c)
		if _, err := tenanthttp.New(c); err == nil {
			t.Errorf("%d: nothing lacks", i)
		}
	}
}

// The members are asked with a context for the tenant, as nobody of it.
func TestMemberContext(t *testing.T) {
	s := newSite(t, func(c *tenanthttp.Config) {
		c.Member = func(ctx context.Context, p tenanthttp.Person, of tenant.Tenant) (tenant.Member, error) {
			current, err := tenant.Current(ctx)
			if _, nobody := tenant.CurrentMember(ctx); err != nil || current.Scope != of.Scope || !errors.Is(nobody, tenant.ErrNotMember) {
				t.Errorf("got %v, %v, %v", current, err, nobody)
			}
			return member(ctx, p, of)
		}
	})
	if status, _, body := s.ask(t, "acme:alice", "GET", "/", "X-Tenant", "acme"); status != 200 {
		t.Errorf("got %d %s", status, body)
	}
}

// Many requests of many tenants at once, with changes meanwhile: each is for its own.
func TestConcurrentTenants(t *testing.T) {
	var others []tenanthttp.Entry
	for i := range 20 {
		others = append(others, org(fmt.Sprint("t", i)))
	}
	var d *tenanthttp.Directory
	s := newSite(t, func(c *tenanthttp.Config) {
		d = tenanthttp.NewDirectory(lookup(others...), tenanthttp.Limits{Size: 15})
		c.Directory = d
	})
	var all sync.WaitGroup
	for g := range 32 {
		all.Go(func() {
			for i := range 40 {
				n := (g*7 + i) % 20
				slug := fmt.Sprint("t", n)
				status, _, body := s.ask(t, slug+":alice", "GET", "/", "X-Tenant", slug)
				if want := fmt.Sprintf("org-%s pro %s:alice viewer", slug, slug); status != 200 || body != want {
					t.Errorf("got %d %s, want %s", status, body, want)
				}
				if status, _, _ := s.ask(t, slug+":alice", "GET", "/", "X-Tenant", fmt.Sprint("t", (n+1)%20)); status != 404 {
					t.Errorf("another tenant: got %d", status)
				}
				if i%8 == 0 {
					d.Forget("org-" + slug)
				}
			}
		})
	}
	all.Wait()
	if n := len(s.refused); n != 32*40 {
		t.Errorf("told %d refusals", n)
	}
	if slices.ContainsFunc(s.refused, func(r tenanthttp.Refusal) bool { return !errors.Is(r.Err, tenant.ErrNotMember) }) {
		t.Error("a refusal for another reason")
	}
}
