// Package carried finds out whose a job or a workflow is, by what it carries of its tenant. Both ask in the same way, so that
// neither takes what the other refuses.
package carried

import (
	"context"
	"fmt"
	"maps"

	"github.com/tenantgen/tenantgen/tenant"
)

// IDs are a scope's ids by the names of their settings, which is what is carried.
func IDs(scope tenant.Scope) map[string]string { return maps.Collect(scope.Levels()) }

// Scope is the scope that the application makes of ids. It is refused with the error foreign unless it has these ids, and no others.
func Scope(ids map[string]string, of func(map[string]string) (tenant.Scope, error), foreign error) (tenant.Scope, error) {
	scope, err := of(ids)
	if err != nil {
		return tenant.Scope{}, fmt.Errorf("%w: %w", foreign, err)
	}
	if len(ids) == 0 || !maps.Equal(IDs(scope), ids) {
		return tenant.Scope{}, foreign
	}
	return scope, scope.Match()
}

// Tenant is the tenant that is to be served, as the application's look-up knows it; without one it is active. The look-up's context is for no tenant. What it says of
// another tenant is refused with the error foreign, and one that is not served with its status' error.
func Tenant(ctx context.Context, scope tenant.Scope, lookup func(context.Context, tenant.Scope) (tenant.Tenant, error), foreign error) (tenant.Tenant, error) {
	t := tenant.Tenant{Scope: scope, Status: tenant.StatusActive}
	if lookup != nil {
		var err error
		if t, err = lookup(tenant.OutsideTenant(ctx), scope); err != nil {
			return tenant.Tenant{}, err
		}
	}
	if t.Scope != scope {
		return tenant.Tenant{}, foreign
	}
	return t, t.Status.Err()
}
