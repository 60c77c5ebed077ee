// Package tenantjobs runs background jobs of tenants on River (riverqueue.com):
//
//	jobs, err := tenantjobs.New[Labels](tenantjobs.Config{Scope: scopeOf, Tenant: directory})
//	tenantjobs.AddWorker(jobs, workers, &ImportWorker{})     // whose context is for the job's tenant
//	client, err := river.NewClient(riverpgxv5.New(workerPool), &river.Config{Workers: workers, Queues: queues})
//	jobs.Use(client)
//
//	err = repos.InTx(ctx, orgID, func(ctx context.Context, tx *repo.Tx) error {
//		_, err := tenantjobs.Insert(ctx, jobs, tx.Executor(), orgID.Scope(), ImportArgs{File: name}, nil)
//		return err
//	})
//
// A job belongs to the tenant of the transaction that it was inserted in; it starts when that commits. Its tenant and its labels are part of
// its arguments, which River never changes and [Policies] leave nobody else the right to. Whoever lists, gets, cancels, retries or deletes
// jobs names a tenant, and another tenant's job is one that is not there. A worker's context is for the job's tenant alone: calls of
// repositories for another one are refused.
//
// It is a module of its own, because it brings River.
package tenantjobs

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/tenantgen/tenantgen/tenant"
)

// Errors to test for with errors.Is.
var (
	// ErrNotFound is of a job that the tenant does not have. Whether another tenant has it is not told.
	ErrNotFound = errors.New("tenantjobs: there is no such job")
	// ErrUnique refuses a unique job whose uniqueness would not include its tenant.
	ErrUnique = errors.New("tenantjobs: a job is unique by its arguments, which include the tenant: set UniqueOpts.ByArgs")
	// ErrLabel refuses a label with a value that it does not have.
	ErrLabel = errors.New("tenantjobs: unusable label")
	// ErrRunning refuses to delete a job that runs. Cancel it first.
	ErrRunning = errors.New("tenantjobs: the job is running")
	// ErrForeign ends a job whose record does not name one tenant that there is.
	ErrForeign = errors.New("tenantjobs: the job is of no tenant that can be told")
)

// Config says what jobs need to know of tenants.
type Config struct {
	// Scope makes the scope of the ids that a job's record has, by the names of their settings, such as app.org_id. It is one of the
	// places where an application makes an id: repo.ParseOrgID(ids["app.org_id"]). What it returns has to have these ids and no others.
	Scope func(ids map[string]string) (tenant.Scope, error)
	// Tenant looks the tenant up before a job runs. A job of one that is suspended or does not pay waits, a job of one that is inactive
	// or unknown (tenant.ErrUnknown) is cancelled. Without it all tenants are active.
	Tenant func(ctx context.Context, scope tenant.Scope) (tenant.Tenant, error)
	// Permissions are those that a job's context has, for guards that ask for them.
	Permissions []string
	// PerTenant is how many jobs of a tenant may run in this process at the same time; 0 is as many as there are workers.
	PerTenant int
	// Share is how many jobs of a tenant wait at the priority that they were given. What comes beyond it waits behind the others', one step of
	// priority for each such number; 0 is all of them.
	Share int
	// Observe is told of every job that was inserted or that begins, progresses or ends, in the transaction or the context of the job: to publish it on
	// the tenant's stream. An error of it fails the insertion, and is ignored otherwise.
	Observe func(ctx context.Context, on tenant.Executor, scope tenant.Scope, e Event) error
}

// Jobs are the jobs of all tenants, of which each call names one. L is a struct of labels: see [Labels].
type Jobs[L any] struct {
	config Config
	labels []label
	client *river.Client[pgx.Tx]

	mu      sync.Mutex
	running map[tenant.Scope]int
}

// New returns jobs with labels of type L, a struct whose fields are strings; struct{} is none.
func New[L any](config Config) (*Jobs[L], error) {
	if config.Scope == nil {
		return nil, errors.New("tenantjobs: Config.Scope is missing")
	}
	labels, err := labelsOf[L]()
	if err != nil {
		return nil, err
	}
	return &Jobs[L]{config: config, labels: labels, running: map[tenant.Scope]int{}}, nil
}

// Use gives the client that inserts and manages the jobs. It is to be called before anything else is, and once.
func (j *Jobs[L]) Use(client *river.Client[pgx.Tx]) { j.client = client }

// side is what package tenant offers to the packages below it.
type side interface {
	InTx(ctx context.Context, db *tenant.DB, scope tenant.Scope, opts pgx.TxOptions, fn func(context.Context, *tenant.Tx) error) error
	Within(ctx context.Context, tx *tenant.Tx, scope tenant.Scope, op tenant.Operation, fn func(context.Context, pgx.Tx) error) error
}

// within runs fn in the executor's transaction, or in one of its own.
func within(ctx context.Context, on tenant.Executor, scope tenant.Scope, op tenant.Operation, fn func(context.Context, *tenant.Tx, pgx.Tx) error) error {
	op.Repository = "Jobs"
	run := func(ctx context.Context, tx *tenant.Tx) error {
		return runtime.Within(ctx, tx, scope, op, func(ctx context.Context, conn pgx.Tx) error { return fn(ctx, tx, conn) })
	}
	switch on := on.(type) {
	case *tenant.Tx:
		return run(ctx, on)
	case *tenant.DB:
		return runtime.InTx(ctx, on, scope, pgx.TxOptions{}, run)
	}
	return fmt.Errorf("tenantjobs: %T runs nothing", on)
}
