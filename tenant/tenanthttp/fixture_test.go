package tenanthttp_test

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/internal/pgtest"
	"github.com/tenantgen/tenantgen/tenant/tenanthttp"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// org is a tenant of tests: its id is org- and its slug.
func org(slug string) tenanthttp.Entry {
	return tenanthttp.Entry{Tenant: tenant.Tenant{Scope: gen.NewScope("app.org_id", "org-"+slug), Slug: slug, Plan: "pro", Status: tenant.StatusActive}}
}

// lookup knows acme and globex by all kinds of keys, and what is in others by its slug.
func lookup(others ...tenanthttp.Entry) tenanthttp.Lookup {
	entries := append([]tenanthttp.Entry{org("acme"), org("globex")}, others...)
	return func(_ context.Context, key tenanthttp.Key) (tenanthttp.Entry, error) {
		for _, e := range entries {
			if key.Value == map[tenanthttp.Kind]string{
				tenanthttp.BySlug: e.Tenant.Slug, tenanthttp.ByID: e.Tenant.ID(), tenanthttp.ByDomain: "notes." + e.Tenant.Slug + ".org",
			}[key.Kind] {
				return e, nil
			}
		}
		return tenanthttp.Entry{}, tenant.ErrUnknown
	}
}

// member: a person's id begins with the slugs of the tenants that they belong to, as in acme+globex:alice. Who is called
// admin may write.
func member(_ context.Context, p tenanthttp.Person, t tenant.Tenant) (tenant.Member, error) {
	of, name, _ := strings.Cut(p.ID, ":")
	for slug := range strings.SplitSeq(of, "+") {
		if slug == t.Slug {
			m := tenant.Member{ID: p.ID, Role: "viewer", Permissions: []string{"notes:read"}}
			if name == "admin" {
				m.Role, m.Permissions = "admin", append(m.Permissions, "notes:write")
			}
			return m, nil
		}
	}
	return tenant.Member{}, tenant.ErrNotMember
}

// authenticate takes everybody's word.
func authenticate(r *http.Request) (tenanthttp.Person, error) {
	id, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return tenanthttp.Person{}, tenant.ErrUnauthenticated
	}
	return tenanthttp.Person{ID: id, Scopes: strings.Fields(r.Header.Get("Test-Scopes")), Provider: r.Header.Get("Test-Provider")}, nil
}
