package tenantjobs_test

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/internal/pgtest"
	"github.com/tenantgen/tenantgen/tenant/tenantjobs"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

const (
	setting = "app.org_id"
	long    = 60 * time.Second // for what has to come
)

var (
	acme    = gen.NewScope(setting, "acme")
	globex  = gen.NewScope(setting, "globex")
	project = acme.And(gen.NewScope("app.project_id", "7"))
)

type Team string

const (
	Red  Team = "red"
	Blue Team = "blue"
)

func (t Team) Valid() bool { return t == Red || t == Blue }

type Labels struct {
	Team   Team   `json:"team"`
	Source string `json:"source"`
}

type (
	insertOpts = tenantjobs.InsertOpts[Labels]
	filter     = tenantjobs.Filter[Labels]
)

// Count counts something for somebody.
type Count struct {
	What string `json:"what"`
}

func (Count) Kind() string { return "count" }

// lab is a database with River's tables, and a process with an app and workers.
type lab struct {
	t          *testing.T
	url        string
	admin      *pgx.Conn
	app        *tenant.DB
	jobs       *tenantjobs.Jobs[Labels]
	client     *river.Client[pgx.Tx]
	workerPool *pgxpool.Pool

	mu     sync.Mutex
	status map[string]tenant.Status // of tenants that are not active
	events []tenantjobs.Event
}

const roles = `
do $$ begin create role tenant_jobs_app login password 'tenant_test'; exception when duplicate_object or unique_violation then null; end $$;
do $$ begin create role tenant_jobs_worker login password 'tenant_test'; exception when duplicate_object or unique_violation then null; end $$`

// newLab has the workers that add adds, started once begin is called.
func newLab(t *testing.T, change func(*tenantjobs.Config), add func(*lab, *river.Workers), opts ...tenant.Option) *lab {
	t.Helper()
	l := &lab{t: t, url: pgtest.DatabaseForTest(t), status: map[string]tenant.Status{}}
	l.migrate()
	l.workerPool = l.pool("tenant_jobs_worker")
	l.app = tenant.New(l.pool("tenant_jobs_app"), append([]tenant.Option{gen.WithSetting(setting, "app.project_id")}, opts...)...)
	config := tenantjobs.Config{Scope: scopeOf, Tenant: l.directory, Permissions: []string{"notes:write"}}
	if change != nil {
		change(&config)
	}
	var err error
	if l.jobs, err = tenantjobs.New[Labels](config); err != nil {
		t.Fatal(err)
	}
	workers := river.NewWorkers()
	if add != nil {
		add(l, workers)
	} else {
		tenantjobs.AddWorker(l.jobs, workers, worker(func(context.Context, *work) error { return nil }))
	}
	l.client, err = river.NewClient(riverpgxv5.New(l.workerPool), &river.Config{Workers: workers, Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 8}},
		FetchCooldown: 5 * time.Millisecond, FetchPollInterval: 20 * time.Millisecond, TestOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	l.jobs.Use(l.client)
	return l
}

// begin starts the workers.
func (l *lab) begin() {
	l.t.Helper()
	if err := l.client.Start(l.t.Context()); err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), long)
		defer cancel()
		if err := l.client.StopAndCancel(ctx); err != nil {
			l.t.Error(err)
		}
	})
}

func (l *lab) migrate() {
	l.t.Helper()
	ctx := l.t.Context()
	pool, err := pgxpool.New(ctx, l.url)
	if err != nil {
		l.t.Fatal(err)
	}
	defer pool.Close()
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), nil)
	if err != nil {
		l.t.Fatal(err)
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		l.t.Fatal(err)
	}
	policies, err := tenantjobs.Policies(tenantjobs.Rights{Setting: setting, AppRole: "tenant_jobs_app", WorkerRole: "tenant_jobs_worker"})
	if err != nil {
		l.t.Fatal(err)
	}
	if l.admin, err = pgx.Connect(ctx, l.url); err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { l.admin.Close(context.Background()) })
	for _, sql := range []string{roles, policies} {
		if _, err := l.admin.Exec(ctx, sql); err != nil {
			l.t.Fatalf("%v\n%s", err, sql)
		}
	}
}

func (l *lab) pool(role string) *pgxpool.Pool {
	l.t.Helper()
	config, err := pgxpool.ParseConfig(l.url)
	if err != nil {
		l.t.Fatal(err)
	}
	config.ConnConfig.User, config.ConnConfig.Password = role, "tenant_test"
	pool, err := pgxpool.NewWithConfig(l.t.Context(), config)
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(pool.Close)
	return pool
}

var errNoID = errors.New("no id")

// scopeOf is what an application does with ParseOrgID.
func scopeOf(ids map[string]string) (tenant.Scope, error) {
	if ids[setting] == "" {
		return tenant.Scope{}, errNoID
	}
	scope := gen.NewScope(setting, ids[setting])
	if id := ids["app.project_id"]; id != "" {
		scope = scope.And(gen.NewScope("app.project_id", id))
	}
	return scope, nil
}

func (l *lab) directory(_ context.Context, scope tenant.Scope) (tenant.Tenant, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	status, ok := l.status[scope.ID()]
	switch {
	case scope.ID() == "mixed": // a directory that is wrong
		return tenant.Tenant{Scope: acme, Status: tenant.StatusActive}, nil
	case !ok:
		status = tenant.StatusActive
	case status == "":
		return tenant.Tenant{}, tenant.ErrUnknown
	}
	return tenant.Tenant{Scope: scope, Status: status}, nil
}

func (l *lab) observe(_ context.Context, _ tenant.Executor, _ tenant.Scope, e tenantjobs.Event) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, e)
	return nil
}

type work = tenantjobs.Work[Count, Labels]

type worker func(context.Context, *work) error

func (w worker) Work(ctx context.Context, job *work) error { return w(ctx, job) }

func (l *lab) insert(scope tenant.Scope, what string, opts *insertOpts) tenantjobs.Job[Labels] {
	l.t.Helper()
	job, err := tenantjobs.Insert(l.t.Context(), l.jobs, l.app, scope, Count{what}, opts)
	if err != nil {
		l.t.Fatal(err)
	}
	return job
}

// state waits for a job to come into one of the states, as an administrator sees it.
func (l *lab) state(id int64, want ...string) {
	l.t.Helper()
	var state string
	for end := time.Now().Add(long); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if err := l.admin.QueryRow(l.t.Context(), "select state from river_job where id = $1", id).Scan(&state); err != nil {
			l.t.Fatal(err)
		}
		for _, w := range want {
			if state == w {
				return
			}
		}
	}
	l.t.Fatalf("job %d is %s, want %v", id, state, want)
}
