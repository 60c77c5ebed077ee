package tenanthttp_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/tenanthttp"
)

// asked is a request as a server reads it.
func asked(t *testing.T, change ...func(*http.Request)) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	r.RemoteAddr = "203.0.113.9:4711"
	for _, f := range change {
		f(r)
	}
	return r
}

func host(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }

func header(name string, values ...string) func(*http.Request) {
	return func(r *http.Request) {
		for _, v := range values {
			r.Header.Add(name, v)
		}
	}
}

// target is what stands in the request's first line.
func target(uri string) func(*http.Request) {
	return func(r *http.Request) {
		u, err := url.ParseRequestURI(uri)
		if err != nil {
			panic(err)
		}
		r.URL, r.RequestURI = u, uri
	}
}

func from(address string) func(*http.Request) {
	return func(r *http.Request) { r.RemoteAddr = address }
}

// a resolved is what a resolver is wanted to find: nothing, "kind value", or an error.
type resolved struct {
	name    string
	resolve tenanthttp.Resolver
	request func(*http.Request)
	want    string
	err     error
}

func (c resolved) try(t *testing.T) {
	t.Helper()
	keys, err := c.resolve(asked(t, c.request))
	var got []string
	for _, k := range keys {
		got = append(got, string(k.Kind)+" "+k.Value)
	}
	if !errors.Is(err, c.err) || (err == nil) != (c.err == nil) || strings.Join(got, ", ") != c.want {
		t.Errorf("%s: got %q, %v, want %q, %v", c.name, got, err, c.want, c.err)
	}
}

var proxy = netip.MustParsePrefix("10.0.0.0/8")

func TestSubdomain(t *testing.T) {
	sub := tenanthttp.Subdomain("Example.com.")
	behind := tenanthttp.Subdomain("example.com", proxy)
	unknown := tenant.ErrUnknown
	long := strings.Repeat("a", 64)
	for _, c := range []resolved{
		{"plain", sub, host("acme.example.com"), "slug acme", nil},
		{"with a port", sub, host("acme.example.com:8080"), "slug acme", nil},
		{"an empty port", sub, host("acme.example.com:"), "", unknown},
		{"a port that is none", sub, host("acme.example.com:http"), "", unknown},
		{"a port too large", sub, host("acme.example.com:70000"), "", unknown},
		{"two ports", sub, host("acme.example.com:80:80"), "", unknown},
		{"in capitals", sub, host("ACME.Example.COM"), "slug acme", nil},
		{"dot of the root", sub, host("acme.example.com."), "slug acme", nil},
		{"dot of the root and port", sub, host("acme.example.com.:443"), "slug acme", nil},
		{"two dots", sub, host("acme.example.com.."), "", unknown},
		{"an empty label", sub, host(".example.com"), "", unknown},
		{"an empty label inside", sub, host("acme..example.com"), "", unknown},
		{"deeper", sub, host("acme.globex.example.com"), "", unknown},
		{"the base", sub, host("example.com"), "", nil},
		{"another domain", sub, host("acme.example.org"), "", nil},
		{"the base as the end of a label", sub, host("evilexample.com"), "", nil},
		{"the base in the middle", sub, host("acme.example.com.evil.org"), "", nil},
		{"international, as sent", sub, host("xn--bcher-kva.example.com"), "slug xn--bcher-kva", nil},
		{"international, as read", sub, host("bücher.example.com"), "", unknown},
		{"a letter that folds to ASCII", sub, host("\u212Aelvin.example.com"), "", unknown}, // KELVIN SIGN
		{"a full stop that is none", sub, host("acme\u3002example.com"), "", unknown},
		{"user in front", sub, host("acme@x.example.com"), "", unknown},
		{"a path behind", sub, host("acme.example.com/.."), "", unknown},
		{"a blank", sub, host("acme .example.com"), "", unknown},
		{"a line break", sub, host("acme\r\n.example.com"), "", unknown},
		{"an underscore", sub, host("ac_me.example.com"), "", unknown},
		{"a hyphen in front", sub, host("-acme.example.com"), "", unknown},
		{"a hyphen behind", sub, host("acme-.example.com"), "", unknown},
		{"too long a label", sub, host(long + ".example.com"), "", unknown},
		{"empty", sub, host(""), "", unknown},
		{"an address", sub, host("192.0.2.1:80"), "", nil},
		{"an address of version 6", sub, host("[2001:db8::1]:80"), "", nil},
		{"an address of version 6 without a port", sub, host("[2001:db8::1]"), "", nil},
		{"forwarded by nobody", sub, both(host("acme.example.com"), header("X-Forwarded-Host", "globex.example.com")), "slug acme", nil},
		{"forwarded by a stranger", behind, both(host("acme.example.com"), header("X-Forwarded-Host", "globex.example.com")), "slug acme", nil},
		{"forwarded by the proxy", behind, both(from("10.1.2.3:99"), host("inner"), header("X-Forwarded-Host", "acme.example.com")), "slug acme", nil},
		{"by the proxy as IPv6", behind, both(from("[::ffff:10.1.2.3]:99"), host("inner"), header("X-Forwarded-Host", "acme.example.com")), "slug acme", nil},
		{"forwarded twice", behind, both(from("10.1.2.3:99"), header("X-Forwarded-Host", "acme.example.com", "globex.example.com")), "", unknown},
		{"forwarded as a list", behind, both(from("10.1.2.3:99"), header("X-Forwarded-Host", "acme.example.com, globex.example.com")), "", unknown},
		{"forwarded as nothing", behind, both(from("10.1.2.3:99"), host("acme.example.com"), header("X-Forwarded-Host", "")), "", unknown},
		{"the proxy says nothing", behind, both(from("10.1.2.3:99"), host("acme.example.com")), "slug acme", nil},
		{"from a socket", behind, both(from("@"), host("acme.example.com"), header("X-Forwarded-Host", "globex.example.com")), "slug acme", nil},
		{"another header", behind, both(from("10.1.2.3:99"), host("acme.example.com"), header("Forwarded", "host=globex.example.com")), "slug acme", nil},
	} {
		c.try(t)
	}
	for _, base := range []string{"", ".", "a..b", "127.0.0.1", "bücher.example"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q is taken for a domain", base)
				}
			}()
			tenanthttp.Subdomain(base)
		}()
	}
}

// both makes all of the changes.
func both(changes ...func(*http.Request)) func(*http.Request) {
	return func(r *http.Request) {
		for _, f := range changes {
			f(r)
		}
	}
}

func TestDomain(t *testing.T) {
	domain := tenanthttp.Domain("example.com")
	behind := tenanthttp.DomainBehind([]netip.Prefix{proxy}, "example.com")
	for _, c := range []resolved{
		{"plain", domain, host("notes.acme.org"), "domain notes.acme.org", nil},
		{"spelled otherwise", domain, host("Notes.ACME.org.:8443"), "domain notes.acme.org", nil},
		{"our own", domain, host("example.com"), "", nil},
		{"below our own", domain, host("acme.EXAMPLE.com."), "", nil},
		{"beside our own", domain, host("notexample.com"), "domain notexample.com", nil},
		{"international", domain, host("xn--bcher-kva.example"), "domain xn--bcher-kva.example", nil},
		{"as it is read", domain, host("bücher.example"), "", tenant.ErrUnknown},
		{"an address", domain, host("192.0.2.1"), "", nil},
		{"an address in another way", domain, host("0x7f.1"), "", tenant.ErrUnknown},
		{"a number in hexadecimal", domain, host("acme.0x7f"), "", tenant.ErrUnknown},
		{"an address with a dot", domain, host("127.0.0.1."), "", tenant.ErrUnknown},
		{"a number", domain, host("3232235777"), "", tenant.ErrUnknown},
		{"a number in octal", domain, host("acme.0177"), "", tenant.ErrUnknown},
		{"a number that is long", domain, host("acme.123456789012345678901234567890"), "", tenant.ErrUnknown},
		{"too long", domain, host(strings.Repeat("abcdefg.", 32) + "org"), "", tenant.ErrUnknown},
		{"forwarded", domain, both(from("10.1.2.3:99"), host("notes.acme.org"), header("X-Forwarded-Host", "notes.globex.org")), "domain notes.acme.org", nil},
		{"forwarded by the proxy", behind, both(from("10.1.2.3:99"), host("inner"), header("X-Forwarded-Host", "notes.acme.org")), "domain notes.acme.org", nil},
		{"forwarded by a stranger", behind, both(host("notes.acme.org"), header("X-Forwarded-Host", "notes.globex.org")), "domain notes.acme.org", nil},
	} {
		c.try(t)
	}
}

func TestPathPrefix(t *testing.T) {
	path := tenanthttp.PathPrefix("/t/", tenanthttp.BySlug)
	for _, c := range []resolved{
		{"plain", path, target("/t/acme/notes"), "slug acme", nil},
		{"nothing behind", path, target("/t/acme"), "slug acme", nil},
		{"another path", path, target("/health"), "", nil},
		{"no name", path, target("/t/"), "", tenant.ErrUnknown},
		{"an empty name", path, target("/t//notes"), "", tenant.ErrUnknown},
		{"an escaped separator", path, target("/t/acme%2Fglobex/notes"), "", tenant.ErrUnknown},
		{"an escaped letter", path, target("/t/%61cme/notes"), "", tenant.ErrUnknown},
		{"a separator escaped twice", path, target("/t/acme%252Fglobex/notes"), "", tenant.ErrUnknown},
		{"dots", path, target("/t/./notes"), "", tenant.ErrUnknown},
		{"out of it", path, func(r *http.Request) { r.URL.Path = "/t/acme/../globex/notes" }, "", tenant.ErrUnknown},
		{"out of it, escaped", path, func(r *http.Request) {
			r.URL.Path, r.URL.RawPath = "/t/acme/../globex/notes", "/t/acme/%2e%2e/globex/notes"
		}, "", tenant.ErrUnknown},
		{"out of it by an escaped separator", path, func(r *http.Request) {
			r.URL.Path, r.URL.RawPath = "/t/acme/notes/../../globex", "/t/acme/notes%2F..%2F..%2Fglobex"
		}, "", tenant.ErrUnknown},
		{"a backslash", path, func(r *http.Request) { r.URL.Path = `/t/acme\globex` }, "", tenant.ErrUnknown},
		{"a backslash later", path, func(r *http.Request) { r.URL.Path = `/t/acme/..\globex` }, "", tenant.ErrUnknown},
		{"a dot later", path, target("/t/acme/./notes"), "", tenant.ErrUnknown},
		{"an empty part later", path, target("/t/acme//notes"), "", tenant.ErrUnknown},
		{"other capitals", path, target("/T/acme/notes"), "", nil},
		{"an escape in the prefix", path, target("/%74/acme/notes"), "", tenant.ErrUnknown},
		{"an escaped separator in the prefix", path, target("/t%2Facme/notes"), "", tenant.ErrUnknown},
		{"an empty part before", path, target("//t/acme/notes"), "", tenant.ErrUnknown},
		{"dots before", path, target("/x/../t/acme/notes"), "", tenant.ErrUnknown},
		{"an escape elsewhere", path, target("/t/acme/a%20b"), "slug acme", nil},
		{"a NUL", path, target("/t/acme%00/notes"), "", tenant.ErrUnknown},
	} {
		c.try(t)
	}
}

func TestPathPrefixPanics(t *testing.T) {
	for _, prefix := range []string{"", "t/", "/t", "//", "/../", "/t/./"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q is taken for a prefix", prefix)
				}
			}()
			tenanthttp.PathPrefix(prefix, tenanthttp.BySlug)
		}()
	}
	tenanthttp.PathPrefix("/", tenanthttp.BySlug)
}

func TestPathValue(t *testing.T) {
	resolve := tenanthttp.PathValue("org", tenanthttp.ByID)
	for uri, want := range map[string]string{
		"/orgs/7/notes": "id 7", "/orgs/%37/notes": "id 7", "/orgs/a%2Fb/notes": "", "/orgs/%2e%2e/notes": "", "/orgs/%00/notes": "", "/orgs/%20/notes": "",
	} {
		mux := http.NewServeMux()
		mux.HandleFunc("GET /orgs/{org}/notes", func(_ http.ResponseWriter, r *http.Request) {
			keys, err := resolve(r)
			switch {
			case want == "" && !errors.Is(err, tenant.ErrUnknown):
				t.Errorf("%s: got %v, %v", uri, keys, err)
			case want != "" && (err != nil || len(keys) != 1 || string(keys[0].Kind)+" "+keys[0].Value != want):
				t.Errorf("%s: got %v, %v", uri, keys, err)
			}
		})
		mux.ServeHTTP(httptest.NewRecorder(), asked(t, target(uri)))
	}
	if keys, err := resolve(asked(t)); err != nil || len(keys) != 0 {
		t.Errorf("another route: got %v, %v", keys, err)
	}
}

func TestHeaderAndQuery(t *testing.T) {
	head, query := tenanthttp.Header("X-Tenant", tenanthttp.BySlug), tenanthttp.Query("tenant", tenanthttp.BySlug)
	byID := tenanthttp.Header("X-Tenant", tenanthttp.ByID)
	unknown := tenant.ErrUnknown
	for _, c := range []resolved{
		{"a header", head, header("x-tenant", "acme"), "slug acme", nil},
		{"no header", head, header("X-Tenant-Id", "acme"), "", nil},
		{"an empty header", head, header("X-Tenant", ""), "", unknown},
		{"a header twice", head, header("X-Tenant", "acme", "globex"), "", unknown},
		{"the same header twice", head, header("X-Tenant", "acme", "acme"), "", unknown},
		{"a list", head, header("X-Tenant", "acme,globex"), "", unknown},
		{"a list with a blank", head, header("X-Tenant", "acme, globex"), "", unknown},
		{"a path", head, header("X-Tenant", "../globex"), "", unknown},
		{"a NUL", head, header("X-Tenant", "acme\x00"), "", unknown},
		{"a letter that looks like another", head, header("X-Tenant", "аcme"), "", unknown}, // CYRILLIC SMALL LETTER A
		{"an id may be any text", byID, header("X-Tenant", "bücher"), "id bücher", nil},
		{"an id with what is not seen", byID, header("X-Tenant", "acme\u200b"), "", unknown},
		{"no text at all", byID, header("X-Tenant", "\xff"), "", unknown},
		{"long", head, header("X-Tenant", strings.Repeat("a", 254)), "", unknown},

		{"a parameter", query, target("/?a=b&tenant=acme"), "slug acme", nil},
		{"an escaped parameter", query, target("/?t%65nant=%61cme"), "slug acme", nil},
		{"no parameter", query, target("/?Tenant=acme"), "", nil},
		{"an empty parameter", query, target("/?tenant="), "", unknown},
		{"a parameter without a value", query, target("/?tenant"), "", unknown},
		{"a parameter twice", query, target("/?tenant=acme&tenant=globex"), "", unknown},
		{"the same parameter twice", query, target("/?tenant=acme&tenant=acme"), "", unknown},
		{"a semicolon", query, target("/?a=b;tenant=globex&tenant=acme"), "", unknown},
		{"a bad escape", query, func(r *http.Request) { r.URL.RawQuery = "tenant=acme%zz" }, "", unknown},
		{"an array", query, target("/?tenant[]=acme"), "", nil},
		{"an escaped separator", query, target("/?tenant=acme%2Fglobex"), "", unknown},
		{"a plus", query, target("/?tenant=acme+globex"), "", unknown},
		{"in a body", query, func(r *http.Request) {
			post := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("tenant=acme"))
			post.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			*r = *post.WithContext(r.Context())
		}, "", nil},
	} {
		c.try(t)
	}
}

// claimed is a resolver's answer for the claims of a token.
func claimed(t *testing.T, resolve tenanthttp.Resolver, claims map[string]any) ([]tenanthttp.Key, error) {
	t.Helper()
	var keys []tenanthttp.Key
	var err error
	m, setup := tenanthttp.New(tenanthttp.Config{
		Authenticate: func(*http.Request) (tenanthttp.Person, error) {
			return tenanthttp.Person{ID: "alice", Claims: claims}, nil
		},
		Resolve:   resolve,
		Directory: tenanthttp.NewDirectory(nil, tenanthttp.Limits{}),
		Member:    member,
	})
	if setup != nil {
		t.Fatal(setup)
	}
	m.SignedIn(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { keys, err = resolve(r) })).ServeHTTP(httptest.NewRecorder(), asked(t))
	return keys, err
}

func TestClaim(t *testing.T) {
	const within = "app_metadata.org_id"
	for name, c := range map[string]struct {
		claim  string
		claims string // JSON
		want   string
		err    error
	}{
		"a text":                      {"org_id", `{"org_id": "acme"}`, "acme", nil},
		"a number":                    {"org_id", `{"org_id": 9007199254740993}`, "9007199254740993", nil},
		"within others":               {within, `{"app_metadata": {"org_id": "acme"}}`, "acme", nil},
		"a name with dots":            {"https://example.com/org_id", `{"https://example.com/org_id": "acme"}`, "acme", nil},
		"dots that could mean two":    {within, `{"app_metadata.org_id": "acme", "app_metadata": {"org_id": "globex"}}`, "", tenant.ErrMissingClaim},
		"none":                        {"org_id", `{"sub": "alice"}`, "", tenant.ErrMissingClaim},
		"null":                        {"org_id", `{"org_id": null}`, "", tenant.ErrMissingClaim},
		"empty":                       {"org_id", `{"org_id": ""}`, "", tenant.ErrMissingClaim},
		"a list":                      {"org_id", `{"org_id": ["acme", "globex"]}`, "", tenant.ErrMissingClaim},
		"an object":                   {"org_id", `{"org_id": {"id": "acme"}}`, "", tenant.ErrMissingClaim},
		"a truth":                     {"org_id", `{"org_id": true}`, "", tenant.ErrMissingClaim},
		"a fraction":                  {"org_id", `{"org_id": 1.5}`, "", tenant.ErrMissingClaim},
		"an exponent":                 {"org_id", `{"org_id": 1e3}`, "", tenant.ErrMissingClaim},
		"a number too large":          {"org_id", `{"org_id": 99999999999999999999}`, "", tenant.ErrMissingClaim},
		"what leads there is a text":  {within, `{"app_metadata": "org_id"}`, "", tenant.ErrMissingClaim},
		"other capitals":              {"org_id", `{"ORG_ID": "acme"}`, "", tenant.ErrMissingClaim},
		"a text that cannot be an id": {"org_id", `{"org_id": "a/../b"}`, "", tenant.ErrUnknown},
	} {
		var claims map[string]any
		d := json.NewDecoder(strings.NewReader(c.claims))
		d.UseNumber()
		if err := d.Decode(&claims); err != nil {
			t.Fatal(err)
		}
		keys, err := claimed(t, tenanthttp.Claim(c.claim, tenanthttp.ByID), claims)
		if !errors.Is(err, c.err) || (err == nil) != (c.err == nil) || c.want != "" && (len(keys) != 1 || keys[0].Value != c.want) {
			t.Errorf("%s: got %v, %v", name, keys, err)
		}
	}
	for value, want := range map[float64]string{7: "7", 1 << 53: "", 0.5: "", -3: "-3"} {
		keys, err := claimed(t, tenanthttp.Claim("org_id", tenanthttp.ByID), map[string]any{"org_id": value})
		if want == "" && !errors.Is(err, tenant.ErrMissingClaim) || want != "" && (len(keys) != 1 || keys[0].Value != want) {
			t.Errorf("%v: got %v, %v", value, keys, err)
		}
	}
	if _, err := tenanthttp.Claim("org_id", tenanthttp.ByID)(asked(t)); !errors.Is(err, tenant.ErrUnauthenticated) {
		t.Errorf("nobody: got %v", err)
	}
}

func TestCombinations(t *testing.T) {
	head, query := tenanthttp.Header("X-Tenant", tenanthttp.BySlug), tenanthttp.Query("tenant", tenanthttp.BySlug)
	claim := tenanthttp.Claim("org_id", tenanthttp.ByID)
	missing := func(*http.Request) ([]tenanthttp.Key, error) { return nil, tenant.ErrMissingClaim }
	failed := errors.New("failed")
	fails := func(*http.Request) ([]tenanthttp.Key, error) { return nil, failed }
	two := both(header("X-Tenant", "acme"), target("/?tenant=globex"))
	for _, c := range []resolved{
		{"any of two, both there", tenanthttp.Any(head, query), two, "slug acme, slug globex", nil},
		{"any of two, one there", tenanthttp.Any(head, query), target("/?tenant=globex"), "slug globex", nil},
		{"any of two, none there", tenanthttp.Any(head, query), target("/"), "", nil},
		{"any of two, one malformed", tenanthttp.Any(head, query), both(header("X-Tenant", ""), target("/?tenant=globex")), "", tenant.ErrUnknown},
		{"any of two, the other malformed", tenanthttp.Any(head, query), both(header("X-Tenant", "acme"), target("/?tenant=")), "", tenant.ErrUnknown},
		{"any with a missing claim", tenanthttp.Any(missing, head), header("X-Tenant", "acme"), "slug acme", nil},
		{"any with nothing but a missing claim", tenanthttp.Any(head, missing), target("/"), "", tenant.ErrMissingClaim},
		{"any that fails", tenanthttp.Any(head, fails), header("X-Tenant", "acme"), "", failed},
		{"all, both there", tenanthttp.All(head, query), two, "slug acme, slug globex", nil},
		{"all, one there", tenanthttp.All(head, query), header("X-Tenant", "acme"), "", tenant.ErrNoTenant},
		{"all, the other there", tenanthttp.All(head, query), target("/?tenant=globex"), "", tenant.ErrNoTenant},
		{"all with a missing claim", tenanthttp.All(head, missing), header("X-Tenant", "acme"), "", tenant.ErrMissingClaim},
		{"all of any", tenanthttp.All(tenanthttp.Any(head, missing), query), two, "slug acme, slug globex", nil},
	} {
		c.try(t)
	}
	// A claim that is not there is passed over where something else is.
	acme := func(*http.Request) ([]tenanthttp.Key, error) {
		return []tenanthttp.Key{{Kind: tenanthttp.BySlug, Value: "acme"}}, nil
	}
	if keys, err := claimed(t, tenanthttp.Any(claim, acme), map[string]any{"sub": "alice"}); err != nil || len(keys) != 1 {
		t.Errorf("got %v, %v", keys, err)
	}
	// A claim that is there and names nobody is not passed over.
	if _, err := claimed(t, tenanthttp.Any(claim, acme), map[string]any{"org_id": []any{"globex"}}); !errors.Is(err, tenant.ErrMissingClaim) {
		t.Errorf("got %v", err)
	}
	list := []tenanthttp.Resolver{head}
	any := tenanthttp.Any(list...)
	list[0] = fails
	if keys, err := any(asked(t, header("X-Tenant", "acme"))); err != nil || !slices.Equal(keys, []tenanthttp.Key{{Kind: tenanthttp.BySlug, Value: "acme"}}) {
		t.Errorf("got %v, %v", keys, err)
	}
}
