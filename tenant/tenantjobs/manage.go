package tenantjobs

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/tenantgen/tenantgen/tenant"
)

// Job is a job as its tenant sees it.
type Job[L any] struct {
	ID                       int64
	Kind, Queue              string
	State                    rivertype.JobState
	Priority                 int
	Labels                   L
	By                       string          // who inserted it: the ID of the context's member
	Args                     json.RawMessage // as they were inserted
	Progress                 Progress
	Attempt, MaxAttempts     int
	Errors                   []rivertype.AttemptError
	CreatedAt, ScheduledAt   time.Time
	AttemptedAt, FinalizedAt *time.Time
}

// Filter says which of a tenant's jobs List returns. What is zero filters nothing.
type Filter[L any] struct {
	// Labels are those that a job has, every one that is set.
	Labels L
	Kinds  []string
	States []rivertype.JobState
	// First is how many are returned, 100 when it is 0, at most 1000.
	First int
	// Before is the ID of the last job of the page before.
	Before int64
}

// List returns the jobs of the scope's tenant, and of its parts, the latest first.
func (j *Jobs[L]) List(ctx context.Context, on tenant.Executor, scope tenant.Scope, f Filter[L]) ([]Job[L], error) {
	labels, err := j.values(f.Labels)
	if err != nil {
		return nil, err
	}
	params := river.NewJobListParams().OrderBy(river.JobListOrderByID, river.SortOrderDesc).First(page(f.First)).
		Where("args @> @tenantgen_of::jsonb", river.NamedArgs{"tenantgen_of": contains(scope, labels)})
	if len(f.Kinds) > 0 {
		params = params.Kinds(f.Kinds...)
	}
	if len(f.States) > 0 {
		params = params.States(f.States...)
	}
	if f.Before > 0 {
		params = params.Where("id < @tenantgen_before::bigint", river.NamedArgs{"tenantgen_before": f.Before})
	}
	var all []Job[L]
	err = within(ctx, on, scope, tenant.Operation{Name: "List", Command: tenant.CommandMany}, func(ctx context.Context, _ *tenant.Tx, conn pgx.Tx) error {
		result, err := j.client.JobListTx(ctx, conn, params)
		if err != nil {
			return err
		}
		for _, row := range result.Jobs {
			r, err := recordOf(row)
			if err != nil || !r.of(scope) {
				return errors.Join(ErrForeign, err) // never: the condition above says so
			}
			all = append(all, j.described(row, r))
		}
		return nil
	})
	return all, err
}

// page bounds how many jobs are listed.
func page(first int) int {
	if first <= 0 {
		return 100
	}
	return min(first, 1000)
}

// Get returns a job of the scope's tenant.
func (j *Jobs[L]) Get(ctx context.Context, on tenant.Executor, scope tenant.Scope, id int64) (Job[L], error) {
	return j.one(ctx, on, scope, tenant.Operation{Name: "Get", Command: tenant.CommandOne}, id,
		func(_ context.Context, _ *tenant.Tx, _ pgx.Tx, row *rivertype.JobRow) (*rivertype.JobRow, error) {
			return row, nil
		})
}

// Cancel cancels a job of the scope's tenant. The context of one that runs ends soon; Config.Observe is told when it has, and at once, in the
// transaction, of one that does not run.
func (j *Jobs[L]) Cancel(ctx context.Context, on tenant.Executor, scope tenant.Scope, id int64) (Job[L], error) {
	return j.one(ctx, on, scope, tenant.Operation{Name: "Cancel", Command: tenant.CommandOne, Write: true}, id,
		func(ctx context.Context, tx *tenant.Tx, conn pgx.Tx, row *rivertype.JobRow) (*rivertype.JobRow, error) {
			before := row.FinalizedAt
			row, err := j.client.JobCancelTx(ctx, conn, row.ID)
			if err != nil || before != nil || row.State != rivertype.JobStateCancelled {
				return row, err
			}
			r, err := recordOf(row)
			if err == nil {
				err = j.observe(ctx, tx, scope, Event{Type: Cancelled, Job: row.ID, Kind: row.Kind, Labels: r.Labels})
			}
			return row, err
		})
}

// Retry lets a job of the scope's tenant run once more, at once. One that runs stays as it is.
func (j *Jobs[L]) Retry(ctx context.Context, on tenant.Executor, scope tenant.Scope, id int64) (Job[L], error) {
	return j.one(ctx, on, scope, tenant.Operation{Name: "Retry", Command: tenant.CommandOne, Write: true}, id,
		func(ctx context.Context, _ *tenant.Tx, conn pgx.Tx, row *rivertype.JobRow) (*rivertype.JobRow, error) {
			return j.client.JobRetryTx(ctx, conn, row.ID)
		})
}

// Delete deletes a job of the scope's tenant that does not run.
func (j *Jobs[L]) Delete(ctx context.Context, on tenant.Executor, scope tenant.Scope, id int64) (Job[L], error) {
	return j.one(ctx, on, scope, tenant.Operation{Name: "Delete", Command: tenant.CommandOne, Write: true}, id,
		func(ctx context.Context, _ *tenant.Tx, conn pgx.Tx, row *rivertype.JobRow) (*rivertype.JobRow, error) {
			deleted, err := j.client.JobDeleteTx(ctx, conn, row.ID)
			if errors.Is(err, rivertype.ErrJobRunning) {
				err = ErrRunning
			}
			return deleted, err
		})
}

// one does something with a job once it is known to be the tenant's. Its arguments never change, so it stays so.
func (j *Jobs[L]) one(ctx context.Context, on tenant.Executor, scope tenant.Scope, op tenant.Operation, id int64,
	do func(context.Context, *tenant.Tx, pgx.Tx, *rivertype.JobRow) (*rivertype.JobRow, error)) (Job[L], error) {
	var job Job[L]
	err := within(ctx, on, scope, op, func(ctx context.Context, tx *tenant.Tx, conn pgx.Tx) error {
		row, err := j.client.JobGetTx(ctx, conn, id)
		var r record
		if err == nil {
			if r, err = recordOf(row); err != nil || !r.of(scope) {
				return ErrNotFound
			}
			row, err = do(ctx, tx, conn, row)
		}
		if errors.Is(err, rivertype.ErrNotFound) {
			return ErrNotFound
		}
		if err == nil {
			job = j.described(row, r)
		}
		return err
	})
	return job, err
}
