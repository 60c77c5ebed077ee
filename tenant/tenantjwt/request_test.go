package tenantjwt_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/internal/pgtest"
	"github.com/tenantgen/tenantgen/tenant/tenanthttp"
)

// The policies read the tenant where PostgREST puts the claims of a token, as a project with
// tenant_source: {jwt_claim: [app_metadata, org_id]} has them.
const schema = `
do $$ begin
  create role tenantjwt_app login password 'tenantjwt' nosuperuser nobypassrls;
exception when duplicate_object or unique_violation then null; end $$;
create table notes (org_id text not null, title text not null);
alter table notes enable row level security; alter table notes force row level security;
create policy tenant on notes using (org_id = (select nullif(current_setting('request.jwt.claims', true), '')::json -> 'app_metadata' ->> 'org_id'));
grant select on notes to tenantjwt_app;
insert into notes values ('org-acme', 'anvil'), ('org-globex', 'hammock')`

// A verified claim becomes the tenant, and the claim that the policies see.
func TestClaimToPolicies(t *testing.T) {
	config, err := pgxpool.ParseConfig(pgtest.DatabaseForTest(t))
	if err != nil {
		t.Fatal(err)
	}
	owner, err := pgxpool.NewWithConfig(t.Context(), config.Copy())
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close()
	if _, err := owner.Exec(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	config.ConnConfig.User, config.ConnConfig.Password = "tenantjwt_app", "tenantjwt"
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	db := tenant.New(pool)

	i := newIssuer(t)
	middleware, err := tenanthttp.New(tenanthttp.Config{
		Authenticate: i.verifier(nil).Person,
		Resolve:      tenanthttp.Any(tenanthttp.Claim("app_metadata.org_id", tenanthttp.ByID), tenanthttp.Header("X-Org", tenanthttp.ByID)),
		Directory: tenanthttp.NewDirectory(func(_ context.Context, key tenanthttp.Key) (tenanthttp.Entry, error) {
			if key.Value == "org-nobody" {
				return tenanthttp.Entry{}, tenant.ErrUnknown
			}
			scope := gen.ClaimWithin(key.Value, "app_metadata", "org_id") // repo.ParseOrgID(key.Value), and its Scope
			return tenanthttp.Entry{Tenant: tenant.Tenant{Scope: scope, Status: tenant.StatusActive}}, nil
		}, tenanthttp.Limits{}),
		Member: func(_ context.Context, p tenanthttp.Person, of tenant.Tenant) (tenant.Member, error) {
			if p.ID != "alice" || of.ID() != "org-acme" {
				return tenant.Member{}, tenant.ErrNotMember
			}
			return tenant.Member{ID: p.ID}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(middleware.Wrap(tenanthttp.RequireScopes("api.read")(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		current, err := tenant.Current(r.Context())
		var titles, claims string
		if err == nil {
			op := tenant.Operation{Name: "ListNotes", Repository: "NotesRepository", Command: tenant.CommandOne}
			err = gen.Scoped(db, current.Scope, op).QueryRow(r.Context(), "select string_agg(title, ' '), current_setting('request.jwt.claims') from notes").Scan(&titles, &claims)
		}
		if err != nil {
			tenanthttp.Error(w, r, err)
			return
		}
		fmt.Fprint(w, titles, " ", claims)
	}))))
	defer api.Close()

	for name, c := range map[string]struct {
		claims []func(jwt.MapClaims)
		header string
		status int
		body   string
	}{
		"the claim":                   {nil, "", 200, `anvil {"app_metadata":{"org_id":"org-acme"}}`},
		"with a header that agrees":   {nil, "org-acme", 200, "anvil"},
		"a header that contradicts":   {nil, "org-globex", 403, "mismatch"},
		"a header that names nobody":  {nil, "org-nobody", 403, "mismatch"},
		"no claim":                    {[]func(jwt.MapClaims){without("app_metadata")}, "", 403, "missing-claim"},
		"the claim is empty":          {[]func(jwt.MapClaims){with("app_metadata", map[string]any{"org_id": ""})}, "", 403, "missing-claim"},
		"the claim is a list":         {[]func(jwt.MapClaims){with("app_metadata", map[string]any{"org_id": []string{"org-acme"}})}, "org-acme", 403, "missing-claim"},
		"a tenant of others":          {[]func(jwt.MapClaims){with("app_metadata", map[string]any{"org_id": "org-globex"})}, "", 404, "not-found"},
		"a tenant that there is not":  {[]func(jwt.MapClaims){with("app_metadata", map[string]any{"org_id": "org-nobody"})}, "", 404, "not-found"},
		"somebody else":               {[]func(jwt.MapClaims){with("sub", "eve")}, "", 404, "not-found"},
		"a token without the scope":   {[]func(jwt.MapClaims){with("scope", "api.write")}, "", 403, "api.read"},
		"a token for another service": {[]func(jwt.MapClaims){with("aud", "files")}, "", 401, "unauthenticated"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", api.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+i.token(jwt.SigningMethodRS256, "one", i.claims(c.claims...)))
		if c.header != "" {
			r.Header.Set("X-Org", c.header)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != c.status || !strings.Contains(string(body), c.body) {
			t.Errorf("%s: got %d %s", name, answer.StatusCode, body)
		}
	}
}
