package tenanttemporal_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/tenanttemporal"
	"github.com/tenantgen/tenantgen/tenant/tenanttest"
)

const setting = "app.org_id"

var (
	acme    = gen.NewScope(setting, "acme")
	globex  = gen.NewScope(setting, "globex")
	project = acme.And(gen.NewScope("app.project_id", "7"))
)

func scopeOf(ids map[string]string) (tenant.Scope, error) {
	if ids[setting] == "" {
		return tenant.Scope{}, errors.New("no id")
	}
	scope := gen.NewScope(setting, ids[setting])
	if id := ids["app.project_id"]; id != "" {
		scope = scope.And(gen.NewScope("app.project_id", id))
	}
	return scope, nil
}

func newTenants(t *testing.T, change func(*tenanttemporal.Config)) *tenanttemporal.Tenants {
	t.Helper()
	config := tenanttemporal.Config{Scope: scopeOf, Permissions: []string{"notes:write"}}
	if change != nil {
		change(&config)
	}
	tenants, err := tenanttemporal.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return tenants
}

// seen is what an activity finds in its context.
type seen struct {
	Tenant, Member string
	Permitted      bool
	Foreign, Own   bool
}

type service struct{ db *tenant.DB }

func (s *service) Look(ctx context.Context) (seen, error) {
	t, err := tenant.Current(ctx)
	if err != nil {
		return seen{}, err
	}
	m, err := tenant.CurrentMember(ctx)
	op := tenant.Operation{Name: "GetNote", Repository: "NotesRepository"}
	_, foreign := gen.Scoped(s.db, gen.NewScope(setting, "initech"), op).Exec(ctx, "")
	_, own := gen.Scoped(s.db, t.Scope, op).Exec(ctx, "")
	return seen{t.Scope.String(), m.ID, m.May("notes:write") == nil, errors.Is(foreign, tenant.ErrTenantMismatch), errors.Is(own, tenant.ErrNoDatabase)}, err
}

// parent looks by itself and by a child.
func parent(ctx workflow.Context) ([]seen, error) {
	var own, childs seen
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute, RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 1}})
	if err := workflow.ExecuteActivity(ctx, "Look").Get(ctx, &own); err != nil {
		return nil, err
	}
	err := workflow.ExecuteChildWorkflow(ctx, child).Get(ctx, &childs)
	return []seen{own, childs}, err
}

func child(ctx workflow.Context) (seen, error) {
	var s seen
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute, RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 1}})
	err := workflow.ExecuteActivity(ctx, "Look").Get(ctx, &s)
	return s, err
}

// run runs the workflow in the SDK's test environment, with what a client would send.
func run(t *testing.T, tenants *tenanttemporal.Tenants, opts client.StartWorkflowOptions, header any) ([]seen, error) {
	t.Helper()
	return runs(t, tenants, opts, header, parent)
}

// idle does nothing, and so is refused for what it is itself.
func idle(workflow.Context) ([]seen, error) { return nil, nil }

func runs(t *testing.T, tenants *tenanttemporal.Tenants, opts client.StartWorkflowOptions, header any, wf func(workflow.Context) ([]seen, error)) ([]seen, error) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(quiet{})
	env := suite.NewTestWorkflowEnvironment()
	env.SetContextPropagators([]workflow.ContextPropagator{tenants})
	env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{tenants.Interceptor()}})
	env.SetStartWorkflowOptions(opts)
	if header != nil {
		payload, err := converter.GetDefaultDataConverter().ToPayload(header)
		if err != nil {
			t.Fatal(err)
		}
		env.SetHeader(&commonpb.Header{Fields: map[string]*commonpb.Payload{"tenantgen-tenant": payload}})
	}
	env.RegisterWorkflow(parent)
	env.RegisterWorkflow(child)
	env.RegisterActivity(&service{tenanttest.NewDB(gen.WithSetting(setting))})
	env.RegisterWorkflow(idle)
	env.RegisterWorkflow(stray)
	env.ExecuteWorkflow(wf)
	var all []seen
	if err := env.GetWorkflowError(); err != nil {
		return nil, err
	}
	return all, env.GetWorkflowResult(&all)
}

type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}

func options(t *testing.T, tenants *tenanttemporal.Tenants, scope tenant.Scope) client.StartWorkflowOptions {
	t.Helper()
	opts, err := tenants.Options(scope, client.StartWorkflowOptions{ID: "import-7", TaskQueue: "imports"})
	if err != nil {
		t.Fatal(err)
	}
	return opts
}

// Activities of a workflow and of its children are for its tenant alone.
func TestPropagation(t *testing.T) {
	tenants := newTenants(t, nil)
	for scope, ids := range map[tenant.Scope]map[string]string{acme: {setting: "acme"}, project: {setting: "acme", "app.project_id": "7"}} {
		got, err := run(t, tenants, options(t, tenants, scope), ids)
		want := seen{scope.String(), "activity:Look", true, true, true}
		if err != nil || len(got) != 2 || got[0] != want || got[1] != want {
			t.Errorf("%v: got %+v, %v", scope, got, err)
		}
	}
}

// What does not agree about its tenant does not run.
func TestForeignWorkflows(t *testing.T) {
	tenants := newTenants(t, nil)
	own := options(t, tenants, acme)
	otherID, otherQueue, shared := own, own, own
	otherID.ID, otherQueue.TaskQueue, shared.TaskQueue = options(t, tenants, globex).ID, options(t, tenants, globex).TaskQueue, "everybody"
	nameless := own
	nameless.ID = "import-7"
	longer := own
	longer.ID = "app.org_id=acmeworks/import-7"
	acmes := map[string]string{setting: "acme"}
	for name, c := range map[string]struct {
		opts   client.StartWorkflowOptions
		header any
		fine   bool
	}{
		"its own": {own, acmes, true}, "a queue that all share": {shared, acmes, true},
		"no header": {own, nil, false}, "another's ID": {otherID, acmes, false}, "another's queue": {otherQueue, acmes, false}, "an ID of nobody": {nameless, acmes, false},
		"a longer id": {longer, acmes, false}, "another's header": {own, map[string]string{setting: "globex"}, false},
		"one id more": {own, map[string]string{setting: "acme", "app.other": "1"}, false}, "an empty id": {own, map[string]string{setting: ""}, false}, "no ids": {own, map[string]string{}, false},
		"no map": {own, 7, false},
	} {
		if _, err := run(t, tenants, c.opts, c.header); (err == nil) != c.fine {
			t.Errorf("%s: got %v", name, err)
		}
		if _, err := runs(t, tenants, c.opts, c.header, idle); (err == nil) != c.fine {
			t.Errorf("%s, doing nothing: got %v", name, err)
		}
	}
}

// An activity is refused for what it is itself, too: a worker may have activities alone.
func TestForeignActivities(t *testing.T) {
	tenants := newTenants(t, nil)
	for name, c := range map[string]struct {
		header any
		fine   bool
	}{"its own": {map[string]string{setting: "acme"}, true}, "none": {nil, false}} {
		var suite testsuite.WorkflowTestSuite
		suite.SetLogger(quiet{})
		env := suite.NewTestActivityEnvironment()
		env.SetContextPropagators([]workflow.ContextPropagator{tenants})
		env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{tenants.Interceptor()}})
		if c.header != nil {
			payload, err := converter.GetDefaultDataConverter().ToPayload(c.header)
			if err != nil {
				t.Fatal(err)
			}
			env.SetHeader(&commonpb.Header{Fields: map[string]*commonpb.Payload{"tenantgen-tenant": payload}})
		}
		s := &service{tenanttest.NewDB(gen.WithSetting(setting))}
		env.RegisterActivity(s)
		if _, err := env.ExecuteActivity(s.Look); (err == nil) != c.fine {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// stray has an activity run on another tenant's queue.
func stray(ctx workflow.Context) ([]seen, error) {
	var s seen
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{TaskQueue: "imports@app.org_id=globex", StartToCloseTimeout: time.Minute, RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 1}})
	return nil, workflow.ExecuteActivity(ctx, "Look").Get(ctx, &s)
}

func TestActivityOnAnothersQueue(t *testing.T) {
	tenants := newTenants(t, nil)
	var failed *temporal.ApplicationError
	if _, err := runs(t, tenants, options(t, tenants, acme), map[string]string{setting: "acme"}, stray); !errors.As(err, &failed) || failed.Type() != "tenant" || !failed.NonRetryable() {
		t.Errorf("got %v", err)
	}
}

// An activity of a tenant that is not served fails, and so does one that the directory mixes up.
func TestActivitiesOfTenantsNotServed(t *testing.T) {
	for name, c := range map[string]struct {
		answer tenant.Tenant
		err    error
		fine   bool
	}{
		"served": {tenant.Tenant{Scope: acme, Status: tenant.StatusActive}, nil, true}, "suspended": {tenant.Tenant{Scope: acme, Status: tenant.StatusSuspended}, nil, false},
		"another": {tenant.Tenant{Scope: globex, Status: tenant.StatusActive}, nil, false}, "a part of it": {tenant.Tenant{Scope: project, Status: tenant.StatusActive}, nil, false}, "unknown": {tenant.Tenant{}, tenant.ErrUnknown, false},
	} {
		tenants := newTenants(t, func(config *tenanttemporal.Config) {
			config.Tenant = func(ctx context.Context, scope tenant.Scope) (tenant.Tenant, error) {
				if _, err := tenant.Current(ctx); !errors.Is(err, tenant.ErrNoTenant) || scope != acme {
					t.Errorf("looked up %v in a context for a tenant, %v", scope, err)
				}
				return c.answer, c.err
			}
		})
		if _, err := run(t, tenants, options(t, tenants, acme), map[string]string{setting: "acme"}); (err == nil) != c.fine {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestOptions(t *testing.T) {
	tenants := newTenants(t, nil)
	own := temporal.NewSearchAttributeKeyKeyword("Team").ValueSet("red")
	opts, err := tenants.Options(project, client.StartWorkflowOptions{ID: "a/b", TaskQueue: "imports", TypedSearchAttributes: temporal.NewSearchAttributes(own)})
	if err != nil {
		t.Fatal(err)
	}
	id, ok := opts.TypedSearchAttributes.GetKeyword(tenanttemporal.TenantID)
	team, _ := opts.TypedSearchAttributes.GetKeyword(temporal.NewSearchAttributeKeyKeyword("Team"))
	const name = "app.org_id=acme;app.project_id=7"
	if opts.ID != name+"/a/b" || opts.TaskQueue != "imports@"+name || !ok || id != name || team != "red" {
		t.Errorf("got %q %q %q %q", opts.ID, opts.TaskQueue, id, team)
	}
	for name, o := range map[string]client.StartWorkflowOptions{
		"no ID": {TaskQueue: "q"}, "no queue": {ID: "a"}, "a queue of a tenant": {ID: "a", TaskQueue: "q@app.org_id=globex"}, "an @": {ID: "a@b", TaskQueue: "q"},
		"untyped attributes": {ID: "a", TaskQueue: "q", SearchAttributes: map[string]any{"TenantID": "globex"}},
		"its own TenantID":   {ID: "a", TaskQueue: "q", TypedSearchAttributes: temporal.NewSearchAttributes(tenanttemporal.TenantID.ValueSet("globex"))},
	} {
		if _, err := tenants.Options(acme, o); !errors.Is(err, tenanttemporal.ErrName) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := tenants.Options(tenant.Scope{}, client.StartWorkflowOptions{ID: "a", TaskQueue: "q"}); !errors.Is(err, tenant.ErrNoTenant) {
		t.Errorf("no tenant: got %v", err)
	}
	// Two tenants never have one ID, whatever theirs are.
	names := map[string]string{}
	for _, id := range []string{"acme", "acme;app.project_id=7", "acme/x", "acme%2Fx", "acme'", "acme@q", "a=b", "", "é"} {
		for _, workflow := range []string{"x", "x/x", ";app.project_id=7/x"} {
			full, err := tenants.ID(gen.NewScope(setting, id), workflow)
			if id == "" {
				if err == nil {
					t.Errorf("an empty id is %q", full)
				}
				continue
			}
			if other, taken := names[full]; taken || err != nil || strings.Contains(strings.TrimSuffix(full, workflow), "'") {
				t.Errorf("%q and %q have %q, %v", other, id+" "+workflow, full, err)
			}
			names[full] = id + " " + workflow
		}
	}
	if other, _ := tenants.ID(project, "x"); names[other] != "" {
		t.Errorf("a project has the ID of %q", names[other])
	}
}

// recorder is a client that sends nothing.
type recorder struct {
	client.Client
	id, queue, tenant, query string
	answer                   *workflowservice.ListWorkflowExecutionsResponse
}

func (r *recorder) ExecuteWorkflow(ctx context.Context, opts client.StartWorkflowOptions, _ any, _ ...any) (client.WorkflowRun, error) {
	current, err := tenant.Current(ctx)
	r.id, r.queue, r.tenant = opts.ID, opts.TaskQueue, current.Scope.String()
	return nil, err
}

func (r *recorder) ListWorkflow(_ context.Context, request *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error) {
	r.query = request.Query
	return r.answer, nil
}

type args struct{ org string }

func (a args) Scope() tenant.Scope { return gen.NewScope(setting, a.org) }

func TestClient(t *testing.T) {
	tenants, c, ctx := newTenants(t, nil), &recorder{}, t.Context()
	opts := client.StartWorkflowOptions{ID: "import-7", TaskQueue: "imports"}
	if _, err := tenants.Start(ctx, c, acme, opts, parent, args{"acme"}); err != nil || c.id != "app.org_id=acme/import-7" || c.tenant != "app.org_id=acme" {
		t.Errorf("got %+v, %v", c, err)
	}
	c.id = ""
	inGlobex, err := tenant.NewContext(ctx, tenant.Tenant{Scope: globex}, tenant.Member{})
	if err != nil {
		t.Fatal(err)
	}
	_, foreignArgs := tenants.Start(ctx, c, acme, opts, parent, args{"globex"})
	_, foreignContext := tenants.Start(inGlobex, c, acme, opts, parent)
	_, _, foreignList := tenants.List(inGlobex, c, acme, tenanttemporal.Filter{})
	foreignOn := tenants.On(inGlobex, acme, "import-7", func(context.Context, string) error { return nil })
	for name, err := range map[string]error{"arguments": foreignArgs, "context": foreignContext, "list": foreignList, "on": foreignOn} {
		if !errors.Is(err, tenant.ErrTenantMismatch) || c.id != "" || c.query != "" {
			t.Errorf("%s of another tenant: got %v, %+v", name, err, c)
		}
	}
	var on string
	err = tenants.On(ctx, acme, "app.org_id=globex/import-7", func(_ context.Context, id string) error { on = id; return nil })
	if err != nil || on != "app.org_id=acme/app.org_id=globex/import-7" {
		t.Errorf("got %q, %v", on, err)
	}
	execution := func(id string) *workflowpb.WorkflowExecutionInfo {
		return &workflowpb.WorkflowExecutionInfo{Execution: &commonpb.WorkflowExecution{WorkflowId: id, RunId: "r"}, Type: &commonpb.WorkflowType{Name: "Import"}}
	}
	c.answer = &workflowservice.ListWorkflowExecutionsResponse{NextPageToken: []byte("more"), Executions: []*workflowpb.WorkflowExecutionInfo{
		execution("app.org_id=acme/import-7"), execution("app.org_id=globex/import-7"), execution("import-7"), execution("app.org_id=acmeworks/import-7")}}
	since := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	all, next, err := tenants.List(ctx, c, acme, tenanttemporal.Filter{Type: "Import", Status: enums.WORKFLOW_EXECUTION_STATUS_RUNNING, Since: since})
	if err != nil || len(all) != 1 || all[0].Name != "import-7" || all[0].Type != "Import" || string(next) != "more" {
		t.Errorf("got %+v %q, %v", all, next, err)
	}
	if want := "TenantID = 'app.org_id=acme' AND WorkflowType = 'Import' AND ExecutionStatus = 'Running' AND StartTime >= '2026-11-30T12:00:00Z'"; c.query != want {
		t.Errorf("query %s", c.query)
	}
	if _, _, err := tenants.List(ctx, c, acme, tenanttemporal.Filter{Type: "x' OR TenantID != '"}); !errors.Is(err, tenanttemporal.ErrName) {
		t.Errorf("got %v", err)
	}
	if _, err := tenanttemporal.New(tenanttemporal.Config{}); err == nil {
		t.Error("no Scope: no error")
	}
}
