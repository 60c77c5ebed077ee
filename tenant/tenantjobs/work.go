package tenantjobs

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/internal/bridge"
	"github.com/tenantgen/tenantgen/tenant/internal/carried"
)

var runtime = bridge.Runtime.(side)

// Worker does jobs of one kind. The context is for the job's tenant (tenant.Current), so that repo.OrgIDFrom(ctx) is its id and calls for another
// tenant are refused; its member is "job:<kind>" with Config.Permissions. It may also have the methods Timeout and NextRetry of a river.Worker, with this Job.
type Worker[T river.JobArgs, L any] interface {
	Work(ctx context.Context, job *Work[T, L]) error
}

// Work is a job that is to be done.
type Work[T river.JobArgs, L any] struct {
	*rivertype.JobRow
	Args   T
	Labels L
	By     string // who inserted it
	Scope  tenant.Scope
	// Progress is what an attempt before this one has noted by Checkpoint.
	Progress Progress

	report     func(ctx context.Context, e Event) error
	checkpoint func(ctx context.Context, on tenant.Executor, p Progress) error
}

// Report tells Config.Observe how far the job is.
func (w *Work[T, L]) Report(ctx context.Context, done, total int64) error {
	return w.report(ctx, Event{Type: Progressed, Done: done, Total: total})
}

// AddWorker registers a worker, as river.AddWorker does.
func AddWorker[T river.JobArgs, L any](j *Jobs[L], workers *river.Workers, w Worker[T, L]) {
	river.AddWorker(workers, &runner[T, L]{jobs: j, worker: w})
}

// runner is River's worker of a tenant's jobs.
type runner[T river.JobArgs, L any] struct {
	river.WorkerDefaults[envelope[T]]
	jobs   *Jobs[L]
	worker Worker[T, L]
}

// How long a job waits whose tenant is not served for now, and one whose tenant has enough that run.
const (
	suspendedWait = 10 * time.Minute
	turnWait      = time.Second
)

func (r *runner[T, L]) Work(ctx context.Context, job *river.Job[envelope[T]]) error {
	w, ctx, err := r.enter(ctx, job)
	switch {
	case errors.Is(err, tenant.ErrSuspended), errors.Is(err, tenant.ErrUnpaid):
		return river.JobSnooze(suspendedWait)
	case errors.Is(err, tenant.ErrInactive), errors.Is(err, tenant.ErrUnknown), errors.Is(err, ErrForeign), errors.Is(err, tenant.ErrTenantMismatch):
		return river.JobCancel(err)
	case err != nil:
		return err // the directory's: later, then
	}
	if !r.jobs.begin(w.Scope) {
		return river.JobSnooze(turnWait)
	}
	defer r.jobs.end(w.Scope)
	_ = w.report(ctx, Event{Type: Started})
	err = r.worker.Work(ctx, w)
	_ = w.report(context.WithoutCancel(ctx), Event{Type: endOf(ctx, err)})
	return err
}

// endOf is what became of an attempt.
func endOf(ctx context.Context, err error) EventType {
	cancelled := &river.JobCancelError{}
	switch {
	case err == nil:
		return Completed
	case errors.Is(err, cancelled), errors.Is(context.Cause(ctx), cancelled):
		return Cancelled
	}
	return Failed
}

// enter finds out whose job it is, and makes the context that it runs in.
func (r *runner[T, L]) enter(ctx context.Context, job *river.Job[envelope[T]]) (*Work[T, L], context.Context, error) {
	w := r.work(job)
	var err error
	if w.Scope, err = carried.Scope(job.Args.Tenant, r.jobs.config.Scope, ErrForeign); err != nil {
		return nil, nil, err
	}
	if named, ok := any(w.Args).(tenant.Scoper); ok {
		if err := w.Scope.Match(named); err != nil {
			return nil, nil, err
		}
	}
	t, err := carried.Tenant(ctx, w.Scope, r.jobs.config.Tenant, ErrForeign)
	if err != nil {
		return nil, nil, err
	}
	ctx, err = tenant.NewContext(ctx, t, tenant.Member{ID: "job:" + job.Kind, Permissions: r.jobs.config.Permissions})
	return w, ctx, err
}

func (r *runner[T, L]) work(job *river.Job[envelope[T]]) *Work[T, L] {
	w := &Work[T, L]{JobRow: job.JobRow, Args: job.Args.Args, Labels: r.jobs.read(job.Args.Labels), By: job.Args.By, Progress: progressOf(job.JobRow)}
	about := Event{Job: job.ID, Kind: job.Kind, Labels: job.Args.Labels}
	w.report = func(ctx context.Context, e Event) error {
		e.Job, e.Kind, e.Labels = about.Job, about.Kind, about.Labels
		return r.jobs.observe(ctx, nil, w.Scope, e)
	}
	w.checkpoint = func(ctx context.Context, on tenant.Executor, p Progress) error {
		return r.jobs.checkpoint(ctx, on, w.Scope, job.ID, p, about)
	}
	return w
}

// Timeout is the worker's, if it has one.
func (r *runner[T, L]) Timeout(job *river.Job[envelope[T]]) time.Duration {
	if own, ok := r.worker.(interface {
		Timeout(*Work[T, L]) time.Duration
	}); ok {
		return own.Timeout(r.work(job))
	}
	return r.WorkerDefaults.Timeout(job)
}

// NextRetry is the worker's, if it has one.
func (r *runner[T, L]) NextRetry(job *river.Job[envelope[T]]) time.Time {
	if own, ok := r.worker.(interface {
		NextRetry(*Work[T, L]) time.Time
	}); ok {
		return own.NextRetry(r.work(job))
	}
	return r.WorkerDefaults.NextRetry(job)
}

// begin counts a job that is to run, unless its tenant has enough.
func (j *Jobs[L]) begin(scope tenant.Scope) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.config.PerTenant > 0 && j.running[scope] >= j.config.PerTenant {
		return false
	}
	j.running[scope]++
	return true
}

func (j *Jobs[L]) end(scope tenant.Scope) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.running[scope]--; j.running[scope] == 0 {
		delete(j.running, scope)
	}
}

// EventType is what happened to a job.
type EventType string

// What happens to jobs.
const (
	Inserted   EventType = "job.inserted"
	Started    EventType = "job.started"
	Progressed EventType = "job.progressed"
	Completed  EventType = "job.completed"
	Failed     EventType = "job.failed"    // this attempt
	Cancelled  EventType = "job.cancelled" // by Cancel, or by the worker (river.JobCancel)
)

// Event is what Config.Observe is told.
type Event struct {
	Type   EventType         `json:"type"`
	Job    int64             `json:"job"`
	Kind   string            `json:"kind"`
	Labels map[string]string `json:"labels,omitempty"`
	Done   int64             `json:"done,omitempty"` // as the worker reports it, of Total
	Total  int64             `json:"total,omitempty"`
}

func (j *Jobs[L]) observe(ctx context.Context, tx *tenant.Tx, scope tenant.Scope, e Event) error {
	if j.config.Observe == nil {
		return nil
	}
	if tx == nil {
		return j.config.Observe(ctx, nil, scope, e)
	}
	return j.config.Observe(ctx, tx, scope, e)
}
