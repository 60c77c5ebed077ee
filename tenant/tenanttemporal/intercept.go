package tenanttemporal

import (
	"context"
	"strings"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/internal/carried"
)

// Interceptor is for workers. A workflow or an activity whose header names no tenant, or another than its workflow's ID or its queue, is not run, and not tried
// again. An activity's context gets the tenant as Config.Tenant knows it, and the member "activity:<type>".
func (t *Tenants) Interceptor() interceptor.WorkerInterceptor { return &workers{tenants: t} }

type workers struct {
	interceptor.WorkerInterceptorBase
	tenants *Tenants
}

func (w *workers) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	i := &workflows{tenants: w.tenants}
	i.Next = next
	return i
}

func (w *workers) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	i := &activities{tenants: w.tenants}
	i.Next = next
	return i
}

type workflows struct {
	interceptor.WorkflowInboundInterceptorBase
	tenants *Tenants
}

func (i *workflows) ExecuteWorkflow(ctx workflow.Context, in *interceptor.ExecuteWorkflowInput) (any, error) {
	scope, err := Current(ctx)
	info := workflow.GetInfo(ctx)
	root := info.WorkflowExecution.ID
	if info.RootWorkflowExecution != nil { // a child may have an ID that Temporal made
		root = info.RootWorkflowExecution.ID
	}
	if err != nil || !strings.HasPrefix(root, name(scope)+"/") || !queueOf(info.TaskQueueName, scope) {
		return nil, refused(ErrForeign)
	}
	return i.Next.ExecuteWorkflow(ctx, in)
}

// queueOf reports whether a queue is the tenant's, or one that all tenants share.
func queueOf(queue string, scope tenant.Scope) bool {
	_, of, own := strings.Cut(queue, "@")
	return !own || of == name(scope)
}

// refused is an error that is not tried again.
func refused(err error) error {
	return temporal.NewNonRetryableApplicationError(err.Error(), "tenant", err)
}

type activities struct {
	interceptor.ActivityInboundInterceptorBase
	tenants *Tenants
}

func (i *activities) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	current, err := tenant.Current(ctx)
	info := activity.GetInfo(ctx)
	if err != nil || !queueOf(info.TaskQueue, current.Scope) {
		return nil, refused(ErrForeign)
	}
	t, err := carried.Tenant(ctx, current.Scope, i.tenants.config.Tenant, refused(ErrForeign))
	if err != nil {
		return nil, err
	}
	ctx, err = tenant.NewContext(ctx, t, tenant.Member{ID: "activity:" + info.ActivityType.Name, Permissions: i.tenants.config.Permissions})
	if err != nil {
		return nil, refused(err)
	}
	return i.Next.ExecuteActivity(ctx, in)
}
