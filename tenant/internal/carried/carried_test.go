package carried_test

import (
	"context"
	"errors"
	"testing"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/internal/carried"
)

var (
	acme, globex     = gen.NewScope("app.org_id", "acme"), gen.NewScope("app.org_id", "globex")
	foreign, unasked = errors.New("foreign"), errors.New("unasked")
)

// What is carried is one tenant's ids, as they are.
func TestScope(t *testing.T) {
	of := func(ids map[string]string) (tenant.Scope, error) {
		if ids["fail"] != "" {
			return acme, unasked
		}
		return gen.NewScope("app.org_id", ids["app.org_id"]), nil
	}
	for name, c := range map[string]struct {
		ids  map[string]string
		want error
	}{
		"one":        {map[string]string{"app.org_id": "acme"}, nil},
		"none":       {nil, foreign},
		"an empty":   {map[string]string{"app.org_id": ""}, tenant.ErrNoTenant},
		"another":    {map[string]string{"app.other": "acme"}, foreign},
		"one more":   {map[string]string{"app.org_id": "acme", "app.other": "x"}, foreign},
		"not an id":  {map[string]string{"fail": "x"}, foreign},
		"not an id,": {map[string]string{"fail": "x"}, unasked},
	} {
		if scope, err := carried.Scope(c.ids, of, foreign); !errors.Is(err, c.want) || err == nil && scope != acme {
			t.Errorf("%s: got %v, %v", name, scope, err)
		}
	}
}

// A tenant is served when it is the one that was looked up, and its status says so.
func TestTenant(t *testing.T) {
	ctx, err := tenant.NewContext(t.Context(), tenant.Tenant{Scope: acme}, tenant.Member{})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		found tenant.Tenant
		err   error
		want  error
	}{
		"served":    {tenant.Tenant{Scope: acme, Status: tenant.StatusActive, Slug: "acme"}, nil, nil},
		"suspended": {tenant.Tenant{Scope: acme, Status: tenant.StatusSuspended}, nil, tenant.ErrSuspended},
		"nothing":   {tenant.Tenant{Scope: acme}, nil, tenant.ErrInactive},
		"another":   {tenant.Tenant{Scope: globex, Status: tenant.StatusActive}, nil, foreign},
		"unknown":   {tenant.Tenant{}, tenant.ErrUnknown, tenant.ErrUnknown},
	} {
		got, err := carried.Tenant(ctx, acme, func(ctx context.Context, scope tenant.Scope) (tenant.Tenant, error) {
			if _, err := tenant.Current(ctx); !errors.Is(err, tenant.ErrNoTenant) || scope != acme {
				t.Errorf("%s: looked up %v in a context for a tenant", name, scope)
			}
			return c.found, c.err
		}, foreign)
		if !errors.Is(err, c.want) || err == nil && got.Slug != "acme" {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
	if got, err := carried.Tenant(ctx, acme, nil, foreign); err != nil || got.Scope != acme {
		t.Errorf("without a look-up: got %+v, %v", got, err)
	}
}
