package tenantjobs

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/internal/carried"
)

// envelope is what a job's record has as arguments. What is unique about a job includes its tenant, and its labels not.
type envelope[T river.JobArgs] struct {
	Tenant map[string]string `json:"tenant" river:"unique"`
	By     string            `json:"by,omitempty"`
	Labels map[string]string `json:"labels"`
	Args   T                 `json:"args" river:"unique"`
}

func (e envelope[T]) Kind() string { return e.Args.Kind() }

// InsertOpts are those of the arguments.
func (e envelope[T]) InsertOpts() river.InsertOpts {
	if own, ok := any(e.Args).(river.JobArgsWithInsertOpts); ok {
		return own.InsertOpts()
	}
	return river.InsertOpts{}
}

// KindAliases are those of the arguments.
func (e envelope[T]) KindAliases() []string {
	if own, ok := any(e.Args).(river.JobArgsWithKindAliases); ok {
		return own.KindAliases()
	}
	return nil
}

// InsertOpts are River's, with the labels.
type InsertOpts[L any] struct {
	river.InsertOpts
	Labels L
}

// Insert inserts a job of the scope's tenant, in the transaction of tx.Executor(), or, on a *tenant.DB, in one of its own. The transaction has to be for exactly this
// scope. Arguments that name a tenant (tenant.Scoper) have to name this one: another is refused with a *tenant.MismatchError, before any I/O. A unique job
// is unique within its tenant.
func Insert[T river.JobArgs, L any](ctx context.Context, j *Jobs[L], on tenant.Executor, scope tenant.Scope, args T, opts *InsertOpts[L]) (Job[L], error) {
	if opts == nil {
		opts = &InsertOpts[L]{}
	}
	labels, err := j.values(opts.Labels)
	if err != nil {
		return Job[L]{}, err
	}
	if named, ok := any(args).(tenant.Scoper); ok {
		if err := scope.Match(named); err != nil {
			return Job[L]{}, err
		}
	}
	e := envelope[T]{Tenant: carried.IDs(scope), Labels: labels, Args: args}
	if m, err := tenant.CurrentMember(ctx); err == nil {
		e.By = m.ID
	}
	argsOpts := e.InsertOpts()
	if crosses(opts.UniqueOpts) || crosses(argsOpts.UniqueOpts) {
		return Job[L]{}, ErrUnique
	}
	var inserted Job[L]
	err = within(ctx, on, scope, tenant.Operation{Name: "Insert", Command: tenant.CommandExec, Write: true}, func(ctx context.Context, tx *tenant.Tx, conn pgx.Tx) error {
		own := opts.InsertOpts
		if own.Priority, err = j.priority(ctx, conn, scope, cmp.Or(own.Priority, argsOpts.Priority, river.PriorityDefault)); err != nil {
			return err
		}
		result, err := j.client.InsertTx(ctx, conn, e, &own)
		if err != nil {
			return err
		}
		r, err := recordOf(result.Job)
		if err != nil {
			return err
		}
		inserted = j.described(result.Job, r)
		if result.UniqueSkippedAsDuplicate {
			return nil
		}
		return j.observe(ctx, tx, scope, Event{Type: Inserted, Job: result.Job.ID, Kind: result.Job.Kind, Labels: labels})
	})
	return inserted, err
}

// crosses reports whether jobs of several tenants could be taken for one.
func crosses(u river.UniqueOpts) bool {
	return !u.ByArgs && (u.ByPeriod != 0 || u.ByQueue || u.ByState != nil || u.ExcludeKind)
}

// lowest is River's lowest priority.
const lowest = 4

// priority lowers the priority of what a tenant has too many of.
func (j *Jobs[L]) priority(ctx context.Context, conn pgx.Tx, scope tenant.Scope, own int) (int, error) {
	if j.config.Share <= 0 || own >= lowest {
		return own, nil
	}
	var waiting int
	err := conn.QueryRow(ctx, fmt.Sprintf(`select count(*) from (select from %s where args @> $1::jsonb
		and state in ('available', 'pending', 'retryable', 'running', 'scheduled') limit $2) waiting`, j.table()),
		contains(scope, nil), (lowest-own)*j.config.Share).Scan(&waiting)
	return min(lowest, own+waiting/j.config.Share), err
}

// table is River's, in the client's schema.
func (j *Jobs[L]) table() string {
	if schema := j.client.Schema(); schema != "" {
		return pgx.Identifier{schema, "river_job"}.Sanitize()
	}
	return "river_job"
}

// contains is what the arguments of a tenant's jobs contain: those of its parts as well.
func contains(scope tenant.Scope, labels map[string]string) string {
	what := map[string]any{"tenant": carried.IDs(scope)}
	if len(labels) > 0 {
		what["labels"] = labels
	}
	text, _ := json.Marshal(what) // strings cannot fail
	return string(text)
}

// record is what a job's arguments say of it. They never change.
type record struct {
	Tenant map[string]string `json:"tenant"`
	By     string            `json:"by"`
	Labels map[string]string `json:"labels"`
	Args   json.RawMessage   `json:"args"`
}

func recordOf(row *rivertype.JobRow) (r record, err error) {
	if err = json.Unmarshal(row.EncodedArgs, &r); err != nil {
		err = fmt.Errorf("tenantjobs: job %d: %w", row.ID, err)
	}
	return r, err
}

// of reports whether the job is the scope's tenant's, or of a part of it.
func (r record) of(scope tenant.Scope) bool {
	named := carried.IDs(scope)
	for setting, id := range named {
		if own, ok := r.Tenant[setting]; !ok || own != id {
			return false
		}
	}
	return len(named) > 0
}

// described is a job as a tenant sees it.
func (j *Jobs[L]) described(row *rivertype.JobRow, r record) Job[L] {
	return Job[L]{
		ID: row.ID, Kind: row.Kind, Queue: row.Queue, State: row.State, Priority: row.Priority, Labels: j.read(r.Labels), By: r.By, Args: r.Args,
		Attempt: row.Attempt, MaxAttempts: row.MaxAttempts, Errors: row.Errors, CreatedAt: row.CreatedAt, ScheduledAt: row.ScheduledAt, AttemptedAt: row.AttemptedAt, FinalizedAt: row.FinalizedAt,
		Progress: progressOf(row),
	}
}
