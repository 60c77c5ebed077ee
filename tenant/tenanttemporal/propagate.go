package tenanttemporal

import (
	"context"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/internal/carried"
)

// header is the header's key of the tenant's ids.
const header = "tenantgen-tenant"

var _ workflow.ContextPropagator = (*Tenants)(nil)

type workflowKey struct{}

// Current returns the scope of the tenant that a workflow is for, or tenant.ErrNoTenant. Activities have tenant.Current.
func Current(ctx workflow.Context) (tenant.Scope, error) {
	scope, ok := ctx.Value(workflowKey{}).(tenant.Scope)
	if !ok {
		return tenant.Scope{}, tenant.ErrNoTenant
	}
	return scope, nil
}

// Inject writes the context's tenant, if it has one.
func (t *Tenants) Inject(ctx context.Context, w workflow.HeaderWriter) error {
	current, err := tenant.Current(ctx)
	if err != nil {
		return nil // what is sent for no tenant has none; a worker's interceptor refuses it
	}
	return write(w, current.Scope)
}

// InjectFromWorkflow writes the workflow's tenant, for activities and children.
func (t *Tenants) InjectFromWorkflow(ctx workflow.Context, w workflow.HeaderWriter) error {
	scope, err := Current(ctx)
	if err != nil {
		return nil
	}
	return write(w, scope)
}

func write(w workflow.HeaderWriter, scope tenant.Scope) error {
	payload, err := converter.GetDefaultDataConverter().ToPayload(carried.IDs(scope))
	if err == nil {
		w.Set(header, payload)
	}
	return err
}

// read returns the header's scope, and whether it has one. What cannot be read is none, which the interceptor refuses: to the SDK an error here is a defect
// of the worker, and it would try for ever.
func (t *Tenants) read(r workflow.HeaderReader) (tenant.Scope, bool) {
	payload, ok := r.Get(header)
	if !ok {
		return tenant.Scope{}, false
	}
	var ids map[string]string
	if converter.GetDefaultDataConverter().FromPayload(payload, &ids) != nil {
		return tenant.Scope{}, false
	}
	scope, err := carried.Scope(ids, t.config.Scope, ErrForeign)
	return scope, err == nil
}

// Extract makes an activity's context one for the header's tenant.
func (t *Tenants) Extract(ctx context.Context, r workflow.HeaderReader) (context.Context, error) {
	scope, ok := t.read(r)
	if !ok {
		return ctx, nil
	}
	return tenant.NewContext(ctx, tenant.Tenant{Scope: scope}, tenant.Member{})
}

// ExtractToWorkflow makes a workflow's context one for the header's tenant.
func (t *Tenants) ExtractToWorkflow(ctx workflow.Context, r workflow.HeaderReader) (workflow.Context, error) {
	scope, ok := t.read(r)
	if !ok {
		return ctx, nil
	}
	return workflow.WithValue(ctx, workflowKey{}, scope), nil
}
