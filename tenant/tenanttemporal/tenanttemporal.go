// Package tenanttemporal keeps workflows of Temporal (temporal.io) within one tenant:
//
//	tenants, err := tenanttemporal.New(tenanttemporal.Config{Scope: scopeOf, Tenant: directory})
//	c, err := client.Dial(client.Options{ContextPropagators: []workflow.ContextPropagator{tenants}})
//	w := worker.New(c, tenants.Queue(orgID.Scope(), "imports"), worker.Options{Interceptors: []interceptor.WorkerInterceptor{tenants.Interceptor()}})
//
//	run, err := tenants.Start(ctx, c, orgID.Scope(), client.StartWorkflowOptions{ID: "import-7", TaskQueue: "imports"}, Import, args)
//
// A workflow's ID begins with its tenant, its search attribute TenantID names it, its tasks are on a queue of the tenant's own, and its header carries the
// tenant to every activity, child and continuation. [Tenants.Interceptor] lets nothing run of which these do not agree. An activity's
// context is for that tenant (tenant.Current), so that repo.OrgIDFrom(ctx) is its id and calls of repositories for another one are refused.
//
// It is a module of its own, because it brings Temporal's SDK.
package tenanttemporal

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/tenantgen/tenantgen/tenant"
)

// Errors to test for with errors.Is.
var (
	// ErrForeign is of a workflow or an activity that does not name one tenant that there is.
	ErrForeign = errors.New("tenanttemporal: it is of no tenant that can be told")
	// ErrName refuses the name of a workflow or a queue.
	ErrName = errors.New("tenanttemporal: unusable name")
)

// TenantID is the search attribute of workflows, of type Keyword, which the namespace has to have:
// temporal operator search-attribute create --name TenantID --type Keyword.
var TenantID = temporal.NewSearchAttributeKeyKeyword("TenantID")

// Config says what workflows need to know of tenants.
type Config struct {
	// Scope makes the scope of the ids that a header has, by the names of their settings, such as app.org_id: repo.ParseOrgID(ids["app.org_id"]). What
	// it returns has to have these ids and no others.
	Scope func(ids map[string]string) (tenant.Scope, error)
	// Tenant looks the tenant up before an activity runs; an activity of one that is not served fails, and is tried again as its retry policy
	// says. Without it all tenants are active.
	Tenant func(ctx context.Context, scope tenant.Scope) (tenant.Tenant, error)
	// Permissions are those that an activity's context has, for guards that ask for them.
	Permissions []string
}

// Tenants starts, finds and checks workflows. It is the context propagator of clients, and safe for concurrent use.
type Tenants struct{ config Config }

// New returns what workflows need to stay within their tenants.
func New(config Config) (*Tenants, error) {
	if config.Scope == nil {
		return nil, errors.New("tenanttemporal: Config.Scope is missing")
	}
	return &Tenants{config}, nil
}

// name is a tenant in IDs, queues and the search attribute, without a slash: app.org_id=acme, and app.org_id=acme;app.project_id=7 for a part of it.
func name(scope tenant.Scope) string {
	var levels []string
	for setting, id := range scope.Levels() {
		levels = append(levels, url.PathEscape(setting)+"="+url.PathEscape(id))
	}
	return strings.Join(levels, ";")
}

// usable refuses names that would be another's.
func usable(name string) error {
	if name == "" || strings.ContainsAny(name, "\x00@") {
		return fmt.Errorf("%w: %q", ErrName, name)
	}
	return nil
}

// ID is the ID of the tenant's workflow of a name: the tenant and the name, with a slash between.
func (t *Tenants) ID(scope tenant.Scope, workflow string) (string, error) {
	if err := scope.Match(); err != nil {
		return "", err
	}
	if err := usable(workflow); err != nil {
		return "", err
	}
	return name(scope) + "/" + workflow, nil
}

// Queue is the task queue of the tenant's own for tasks of a name, so that one tenant's do not wait behind another's.
func (t *Tenants) Queue(scope tenant.Scope, tasks string) string { return tasks + "@" + name(scope) }

// enter returns the context of a call for a tenant. One that is for another tenant already, and arguments that name another one (tenant.Scoper), are
// refused with a *tenant.MismatchError.
func (t *Tenants) enter(ctx context.Context, scope tenant.Scope, args ...any) (context.Context, error) {
	if err := scope.Match(); err != nil {
		return nil, err
	}
	for _, a := range args {
		if named, ok := a.(tenant.Scoper); ok {
			if err := scope.Match(named); err != nil {
				return nil, err
			}
		}
	}
	if current, err := tenant.Current(ctx); err == nil {
		return ctx, current.Scope.Match(scope)
	}
	return tenant.NewContext(ctx, tenant.Tenant{Scope: scope}, tenant.Member{})
}

// Options are the options of the tenant's workflow: opts with the tenant in ID, TaskQueue and TenantID. opts.ID and opts.TaskQueue are names
// without a tenant.
func (t *Tenants) Options(scope tenant.Scope, opts client.StartWorkflowOptions) (client.StartWorkflowOptions, error) {
	var err error
	if opts.ID, err = t.ID(scope, opts.ID); err != nil {
		return client.StartWorkflowOptions{}, err
	}
	if err := usable(opts.TaskQueue); err != nil {
		return client.StartWorkflowOptions{}, err
	}
	opts.TaskQueue = t.Queue(scope, opts.TaskQueue)
	if len(opts.SearchAttributes) > 0 || opts.TypedSearchAttributes.ContainsKey(TenantID) {
		return client.StartWorkflowOptions{}, fmt.Errorf("%w: search attributes are typed, and TenantID is not given", ErrName)
	}
	opts.TypedSearchAttributes = temporal.NewSearchAttributes(opts.TypedSearchAttributes.Copy(), TenantID.ValueSet(name(scope)))
	return opts, nil
}

// Start starts a workflow of the tenant.
func (t *Tenants) Start(ctx context.Context, c client.Client, scope tenant.Scope, opts client.StartWorkflowOptions, workflow any, args ...any) (client.WorkflowRun, error) {
	ctx, err := t.enter(ctx, scope, args...)
	if err != nil {
		return nil, err
	}
	if opts, err = t.Options(scope, opts); err != nil {
		return nil, err
	}
	return c.ExecuteWorkflow(ctx, opts, workflow, args...)
}

// On calls do with the ID of the tenant's workflow of a name, to signal, query, cancel or get it: nobody gets at another tenant's by its name.
//
//	err := tenants.On(ctx, orgID.Scope(), "import-7", func(ctx context.Context, id string) error { return c.CancelWorkflow(ctx, id, "") })
func (t *Tenants) On(ctx context.Context, scope tenant.Scope, workflow string, do func(ctx context.Context, id string) error) error {
	ctx, err := t.enter(ctx, scope)
	if err != nil {
		return err
	}
	id, err := t.ID(scope, workflow)
	if err != nil {
		return err
	}
	return do(ctx, id)
}
