package soak_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/tenantblob"
	"github.com/tenantgen/tenantgen/tenant/tenantjobs"
	"github.com/tenantgen/tenantgen/tenant/tenantstream"
)

type labels struct {
	Mark string `json:"mark"`
}

// work is a job: to note that it ran, and to read a file.
type work struct {
	Request string `json:"request"`
	Mark    string `json:"mark"`
	File    string `json:"file"`
	Fails   int    `json:"fails"` // attempts
}

func (work) Kind() string { return "work" }

// jobTimeout is how long an attempt may take; one of a process that was killed is made anew somewhat later.
const jobTimeout = 10 * time.Second

// work makes the jobs and their workers, which are not started yet.
func (s *service) work(pool *pgxpool.Pool) (err error) {
	s.jobs, err = tenantjobs.New[labels](tenantjobs.Config{
		Scope: func(ids map[string]string) (tenant.Scope, error) {
			t, err := parse(ids[setting])
			return t.Scope, err
		},
		Tenant:    func(_ context.Context, scope tenant.Scope) (tenant.Tenant, error) { return parse(scope.ID()) },
		PerTenant: 1, Share: 20, // so little that some have to wait
		Observe: s.observe,
	})
	if err != nil {
		return err
	}
	workers := river.NewWorkers()
	tenantjobs.AddWorker(s.jobs, workers, &worker{s})
	s.client, err = river.NewClient(riverpgxv5.New(pool), &river.Config{
		Workers: workers, Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 10}},
		FetchCooldown: 20 * time.Millisecond, FetchPollInterval: 200 * time.Millisecond,
		JobTimeout: jobTimeout, RescueStuckJobsAfter: jobTimeout + 2*time.Second,
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError + 1})), // the faults are meant
	})
	if err != nil {
		return err
	}
	s.jobs.Use(s.client)
	return nil
}

// observe publishes what happens to a job on its tenant's stream.
func (s *service) observe(ctx context.Context, on tenant.Executor, scope tenant.Scope, e tenantjobs.Event) error {
	if on == nil {
		on = s.db
	}
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return tenantstream.Publish(ctx, on, scope, tenantstream.Event{Type: string(e.Type), Labels: e.Labels, Data: data})
}

type worker struct{ *service }

// NextRetry has a job that failed run again soon.
func (w *worker) NextRetry(*tenantjobs.Work[work, labels]) time.Time {
	return time.Now().Add(200 * time.Millisecond)
}

func (w *worker) Work(ctx context.Context, job *tenantjobs.Work[work, labels]) error {
	own, err := tenant.Current(ctx)
	if err != nil {
		return err
	}
	if own.ID() != job.Args.Mark || job.Labels.Mark != own.ID() || job.Scope != own.Scope {
		accuse("the job %d of %s runs for %s", job.ID, job.Args.Mark, own.ID())
	}
	if err := w.reachesNobodyElse(ctx, own); err != nil {
		return err
	}
	if job.Attempt <= job.Args.Fails {
		return errors.New("as it was asked to")
	}
	if err := w.read(ctx, own, job.Args.File); err != nil {
		return err
	}
	_ = job.Report(ctx, 1, 2)
	pause(ctx, time.Duration(rand.IntN(200))*time.Millisecond) // for what is killed or cancelled amid it
	return gen.InTx(ctx, w.db, own.Scope, func(ctx context.Context, tx *tenant.Tx) error {
		return do(ctx, tx, own, "insert into runs values ($1, $2, $3, $4)", job.Args.Request, job.Args.Mark, job.Attempt)
	})
}

// reachesNobodyElse: the job's context is refused by another tenant's rows, files and stream.
func (w *worker) reachesNobodyElse(ctx context.Context, own tenant.Tenant) error {
	other, err := parse(mark(0))
	if own.ID() == other.ID() {
		other, err = parse(mark(1))
	}
	if err != nil {
		return err
	}
	files, err := w.store.Of(other.Scope)
	if err != nil {
		return err
	}
	_, _, fileErr := files.Get(ctx, shared)
	_, rowErr := number(ctx, w.db, other, "select last from counters where org_id = $1")
	eventErr := tenantstream.Publish(ctx, w.db, other.Scope, tenantstream.Event{Type: noteAdded})
	for _, err := range []error{fileErr, rowErr, eventErr} {
		if !errors.Is(err, tenant.ErrTenantMismatch) {
			accuse("a job of %s reaches %s: %v", own.ID(), other.ID(), err)
		}
	}
	return nil
}

// read reads a file of the tenant, which may be gone by now.
func (w *worker) read(ctx context.Context, own tenant.Tenant, name string) error {
	files, err := w.store.Of(own.Scope)
	if err != nil {
		return err
	}
	content, _, err := files.Get(ctx, name)
	if errors.Is(err, tenantblob.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	defer content.Close()
	err = checkFile(own.ID(), name, content)
	if wrong := violation(""); errors.As(err, &wrong) {
		accuse("%v", wrong)
	}
	return err
}

// accuse tells the test, which reads what its processes print, and fails.
func accuse(format string, args ...any) { fmt.Println("VIOLATION " + fmt.Sprintf(format, args...)) }
