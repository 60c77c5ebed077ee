package tenant_test

import (
	"errors"
	"testing"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
)

// named is a payload.
type named struct{ scope tenant.Scope }

func (n named) Scope() tenant.Scope { return n.scope }

func TestMatch(t *testing.T) {
	project, other := gen.NewScope("app.project_id", "1"), gen.NewScope("app.project_id", "2")
	within := acme.And(project)
	for name, c := range map[string]struct {
		of   tenant.Scope
		list []tenant.Scope
		want error
	}{
		"nothing named":          {acme, nil, nil},
		"the same":               {acme, []tenant.Scope{acme, acme}, nil},
		"the whole of it":        {within, []tenant.Scope{acme}, nil},
		"the part alone":         {within, []tenant.Scope{project}, nil},
		"another":                {acme, []tenant.Scope{globex}, tenant.ErrTenantMismatch},
		"another at the end":     {acme, []tenant.Scope{acme, globex}, tenant.ErrTenantMismatch},
		"a part":                 {acme, []tenant.Scope{within}, tenant.ErrTenantMismatch},
		"another part":           {within, []tenant.Scope{acme.And(other)}, tenant.ErrTenantMismatch},
		"another kind":           {acme, []tenant.Scope{gen.NewScope("app.shop_id", acmeID)}, tenant.ErrTenantMismatch},
		"the same as a claim":    {acme, []tenant.Scope{gen.Claim("org_id", acmeID)}, tenant.ErrTenantMismatch},
		"another claim":          {gen.Claim("org_id", acmeID), []tenant.Scope{gen.Claim("shop_id", acmeID)}, tenant.ErrTenantMismatch},
		"none":                   {acme, []tenant.Scope{{}}, tenant.ErrNoTenant},
		"a zero id":              {acme, []tenant.Scope{acme, gen.NewScope(setting, "")}, tenant.ErrNoTenant},
		"compared with nobody":   {tenant.Scope{}, []tenant.Scope{acme}, tenant.ErrNoTenant},
		"compared with a nil id": {gen.NewScope(setting, "00000000-0000-0000-0000-000000000000"), nil, tenant.ErrNoTenant},
	} {
		var list []tenant.Scoper
		for _, s := range c.list {
			list = append(list, named{s})
		}
		if err := c.of.Match(list...); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	if err := acme.Match(nil); !errors.Is(err, tenant.ErrNoTenant) {
		t.Errorf("nil: got %v", err)
	}
}

func TestMatchContext(t *testing.T) {
	ctx := entered(t, t.Context(), acme, tenant.Member{})
	if err := tenant.Match(ctx, named{acme}); err != nil {
		t.Error(err)
	}
	var mismatch *tenant.MismatchError
	if err := tenant.Match(ctx, named{globex}); !errors.As(err, &mismatch) || mismatch.What != "payload" || mismatch.Tx != acme || mismatch.Call != globex {
		t.Errorf("got %v", err)
	}
	if err := tenant.Match(t.Context(), named{acme}); !errors.Is(err, tenant.ErrNoTenant) {
		t.Errorf("a context without a tenant: got %v", err)
	}
}
