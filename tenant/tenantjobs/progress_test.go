package tenantjobs_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/tenantjobs"
)

// impatient is a worker that tries again at once.
type impatient func(context.Context, *work) error

func (w impatient) Work(ctx context.Context, job *work) error { return w(ctx, job) }

func (impatient) NextRetry(*work) time.Time { return time.Now() }

// What a job has noted is committed with what it did, and is where the next attempt goes on from.
func TestCheckpoint(t *testing.T) {
	crash := errors.New("crash")
	var begun []tenantjobs.Progress
	l := newLab(t, nil, func(l *lab, workers *river.Workers) {
		tenantjobs.AddWorker(l.jobs, workers, impatient(func(ctx context.Context, job *work) error {
			begun = append(begun, job.Progress)
			if err := job.Checkpoint(ctx, l.app, job.Progress.Done+1, 3); err != nil {
				return err
			}
			if job.Progress.Done+1 == 3 {
				return nil
			}
			return errors.Join(crash, gen.InTx(ctx, l.app, acme, func(ctx context.Context, tx *tenant.Tx) error {
				return errors.Join(crash, job.Checkpoint(ctx, tx, 99, 99)) // rolled back with the rest
			}))
		}))
	})
	job := l.insert(acme, "rows", &insertOpts{InsertOpts: river.InsertOpts{MaxAttempts: 5}})
	l.begin()
	l.state(job.ID, "completed") // after as many attempts as there are steps
	if want := []tenantjobs.Progress{{}, {Done: 1, Total: 3}, {Done: 2, Total: 3}}; !slices.Equal(begun, want) {
		t.Errorf("the attempts began at %v, want %v", begun, want)
	}
	if got, err := l.jobs.Get(t.Context(), l.app, acme, job.ID); err != nil || got.Progress != (tenantjobs.Progress{Done: 3, Total: 3}) {
		t.Errorf("%+v, %v", got, err)
	}
}

// A job notes nothing in another tenant's transaction.
func TestForeignCheckpoint(t *testing.T) {
	refused := make(chan error, 1)
	l := newLab(t, nil, func(l *lab, workers *river.Workers) {
		tenantjobs.AddWorker(l.jobs, workers, worker(func(ctx context.Context, job *work) error {
			refused <- gen.InTx(tenant.OutsideTenant(ctx), l.app, globex, func(ctx context.Context, tx *tenant.Tx) error { return job.Checkpoint(ctx, tx, 1, 2) })
			return nil
		}))
	})
	job := l.insert(acme, "rows", nil)
	l.begin()
	if err := <-refused; !errors.Is(err, tenant.ErrTenantMismatch) {
		t.Errorf("got %v", err)
	}
	l.state(job.ID, "completed")
	if got, err := l.jobs.Get(t.Context(), l.app, acme, job.ID); err != nil || got.Progress != (tenantjobs.Progress{}) {
		t.Errorf("%+v, %v", got, err)
	}
}

// Whoever cancels a job is told when it has ended: at once where it waits, and once it has stopped where it runs.
func TestCancelledIsTold(t *testing.T) {
	running := make(chan int64, 1)
	told := make(chan tenantjobs.Event, 100)
	l := newLab(t, func(c *tenantjobs.Config) {
		c.PerTenant = 1
		c.Observe = func(_ context.Context, on tenant.Executor, _ tenant.Scope, e tenantjobs.Event) error {
			if e.Type == tenantjobs.Cancelled {
				told <- e
			}
			return nil
		}
	}, func(l *lab, workers *river.Workers) {
		tenantjobs.AddWorker(l.jobs, workers, worker(func(ctx context.Context, job *work) error {
			if job.Args.What == "gives up" {
				return river.JobCancel(errors.New("no use"))
			}
			running <- job.ID
			<-ctx.Done()
			return ctx.Err()
		}))
	})
	waits := l.insert(acme, "waits", nil)
	for range 2 { // the second changes nothing
		if _, err := l.jobs.Cancel(t.Context(), l.app, acme, waits.ID); err != nil {
			t.Fatal(err)
		}
	}
	runs := l.insert(acme, "runs", nil)
	l.begin()
	<-running
	if _, err := l.jobs.Cancel(t.Context(), l.app, acme, runs.ID); err != nil {
		t.Fatal(err)
	}
	l.state(runs.ID, "cancelled")
	l.state(l.insert(acme, "gives up", nil).ID, "cancelled")
	close(told)
	var got []int64
	for e := range told {
		got = append(got, e.Job)
	}
	if want := []int64{waits.ID, runs.ID, runs.ID + 1}; !slices.Equal(got, want) {
		t.Errorf("told of %v, want %v", got, want)
	}
}
