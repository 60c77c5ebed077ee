package tenanthttp_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"time"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/tenanthttp"
)

// In these examples db is the application's, and directory has its organizations.
var (
	db        *tenant.DB
	directory = tenanthttp.NewDirectory(lookup(), tenanthttp.Limits{})
)

// A service of which each tenant has a subdomain, and API clients send a header. Where both are there they have to agree.
func ExampleNew() {
	middleware, err := tenanthttp.New(tenanthttp.Config{
		Authenticate: authenticate,
		Resolve:      tenanthttp.Any(tenanthttp.Subdomain("example.com"), tenanthttp.Header("X-Tenant", tenanthttp.BySlug)),
		Directory:    directory,
		Member:       member,
		Refused:      func(_ context.Context, r tenanthttp.Refusal) { log.Print(r.Person.ID, " is refused: ", r.Err) },
	})
	if err != nil {
		log.Fatal(err)
	}
	notes := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t, err := tenant.Current(r.Context()) // generated: orgID, err := repo.OrgIDFrom(r.Context())
		if err != nil {
			tenanthttp.Error(w, r, err)
			return
		}
		fmt.Fprint(w, "the notes of ", t.Slug)
	})
	mux := http.NewServeMux()
	mux.Handle("GET /notes", middleware.Wrap(tenanthttp.Require("notes:read")(notes)))

	for _, host := range []string{"acme.example.com", "globex.example.com", "nobody.example.com"} {
		r := httptest.NewRequest("GET", "http://"+host+"/notes", nil)
		r.Header.Set("Authorization", "Bearer acme:alice")
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 200 the notes of acme
	// 404 {"type":"https://github.com/tenantgen/tenantgen/blob/main/docs/request.md#not-found","title":"Not found","status":404}
	//
	// 404 {"type":"https://github.com/tenantgen/tenantgen/blob/main/docs/request.md#not-found","title":"Not found","status":404}
}

// The directory of a service with its tenants in a table, by a query across tenants; changes are heard of.
func ExampleNewDirectory() {
	directory := tenanthttp.NewDirectory(func(ctx context.Context, key tenanthttp.Key) (tenanthttp.Entry, error) {
		if key.Kind != tenanthttp.BySlug {
			return tenanthttp.Entry{}, tenant.ErrUnknown
		}
		// org, err := crossTenant.FindOrganizationBySlug(ctx, key.Value); pgx.ErrNoRows is tenant.ErrUnknown
		return tenanthttp.Entry{
			Tenant:   tenant.Tenant{ /* Scope: repo.NewOrgID(org.ID).Scope(), */ Slug: key.Value, Status: tenant.StatusActive},
			Security: tenanthttp.Security{Networks: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}, SessionAge: 12 * time.Hour},
		}, nil
	}, tenanthttp.Limits{Size: 1000, Lifetime: 5 * time.Minute})
	go func() { log.Print(directory.Watch(context.Background(), db)) }()
}

// A token says whose it is; who calls the API for one of several organizations repeats it in the path.
func ExampleAll() {
	_ = tenanthttp.All(tenanthttp.Claim("app_metadata.org_id", tenanthttp.ByID), tenanthttp.PathValue("org", tenanthttp.ByID))
}

// Domains that tenants brought, behind a load balancer that sets X-Forwarded-Host.
func ExampleDomainBehind() {
	balancers := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")}
	_ = tenanthttp.Any(tenanthttp.Subdomain("example.com", balancers...), tenanthttp.DomainBehind(balancers, "example.com"))
}

// A custom resolver: the tenant that a mail was sent to.
func ExampleResolver() {
	var mailbox tenanthttp.Resolver = func(r *http.Request) ([]tenanthttp.Key, error) {
		to := r.Header.Get("X-Mailbox")
		if to == "" {
			return nil, nil
		}
		return []tenanthttp.Key{{Kind: "mailbox", Value: to}}, nil
	}
	_ = tenanthttp.Any(mailbox, tenanthttp.PathPrefix("/t/", tenanthttp.BySlug), tenanthttp.Query("tenant", tenanthttp.BySlug))
}

// A client that sends too much. Of the tenant nothing is told but its own limit.
func ExampleError() {
	w := httptest.NewRecorder()
	tenanthttp.Error(w, httptest.NewRequest("GET", "/", nil), &tenant.QuotaError{Key: "api-calls", Limit: 100, Used: 100, Retry: time.Now().Add(time.Minute)})
	fmt.Println(w.Code, w.Header().Get("Retry-After"))
	fmt.Println(w.Body)
	// Output:
	// 429 60
	// {"type":"https://github.com/tenantgen/tenantgen/blob/main/docs/request.md#quota","title":"Quota exceeded","status":429,"quota":{"key":"api-calls","limit":100,"used":100}}
}
