package app

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/tenantgen/tenantgen/example/db"
	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/tenanthttp"
	"github.com/tenantgen/tenantgen/tenant/tenantjobs"
	"github.com/tenantgen/tenantgen/tenant/tenantstream"
)

// labels are what jobs can be told apart by.
type labels struct {
	File string `json:"file"`
}

// How many jobs run at the same time in a process, and how many of them one organization's.
const (
	jobsAtOnce      = 8
	jobsPerOrg      = 2
	jobsBeforeShare = 20
)

// jobPermissions are those of a job's context: of what it does, and of noting how far it is.
var jobPermissions = []string{"notes:read", "notes:write", "organizations:read", "jobs:write"}

// newJobs makes the queue. Without workers jobs are inserted, and another process runs them.
func (a *App) newJobs(workers []*riverpgxv5.Driver, log *slog.Logger) error {
	var err error
	a.jobs, err = tenantjobs.New[labels](tenantjobs.Config{
		Scope: scopeOfJob, Tenant: a.organizationOfJob, Permissions: jobPermissions, PerTenant: jobsPerOrg, Share: jobsBeforeShare, Observe: a.tellOfJob,
	})
	if err != nil {
		return err
	}
	config := &river.Config{Schema: db.JobSchema, Logger: slog.New(warnings{log.Handler()})}
	if len(workers) > 0 {
		config.Workers = river.NewWorkers()
		tenantjobs.AddWorker(a.jobs, config.Workers, &importWorker{app: a})
		config.Queues = map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: jobsAtOnce}}
	}
	if len(workers) == 0 {
		workers = []*riverpgxv5.Driver{riverpgxv5.New(nil)}
	}
	for _, worker := range workers {
		queue, err := river.NewClient(worker, config)
		if err != nil {
			return err
		}
		a.queues = append(a.queues, queue)
	}
	a.jobs.Use(a.queues[0]) // which puts a job into the transaction of its organization, on whichever database that is
	return nil
}

// organizationOfJob looks up whose job it is, as the middleware does for a request: that of one that is not served waits.
func (a *App) organizationOfJob(ctx context.Context, scope tenant.Scope) (tenant.Tenant, error) {
	found, err := a.organizations.Find(ctx, tenanthttp.Key{Kind: tenanthttp.ByID, Value: scope.ID()})
	if err == nil && found.Tenant.Metadata["billing"] == unpaid {
		err = tenant.ErrUnpaid
	}
	return found.Tenant, err
}

// tellOfJob publishes what happens to a job on its organization's stream, in the job's own transaction where there is one.
func (a *App) tellOfJob(ctx context.Context, on tenant.Executor, scope tenant.Scope, e tenantjobs.Event) error {
	if on == nil {
		on = a.db
	}
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return tenantstream.Publish(ctx, on, scope, tenantstream.Event{Type: string(e.Type), Data: data})
}

// StartJobs lets this process run jobs, until StopJobs.
func (a *App) StartJobs(ctx context.Context) error {
	for _, queue := range a.queues {
		if err := queue.Start(ctx); err != nil {
			return err
		}
	}
	return nil
}

// jobsMayTake is how long jobs that run may go on once the service ends.
const jobsMayTake = 3 * time.Second

// StopJobs fetches no more, and lets those that run end. What takes longer is stopped, and goes on from its last checkpoint when there is a process again.
func (a *App) StopJobs(ctx context.Context) error {
	soft, cancel := context.WithTimeout(ctx, jobsMayTake)
	defer cancel()
	var failed error
	for _, queue := range a.queues {
		err := queue.Stop(soft)
		if errors.Is(err, context.DeadlineExceeded) {
			err = queue.StopAndCancel(ctx)
		}
		failed = errors.Join(failed, err)
	}
	return failed
}

// warnings leaves out what River tells of its own running.
type warnings struct{ slog.Handler }

func (h warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && h.Handler.Enabled(ctx, level)
}
