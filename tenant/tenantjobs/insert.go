package tenantjobs

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/tenantgen/tenantgen/tenant"
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
	e := envelope[T]{Tenant: ids(scope), Labels: labels, Args: args}
	if m, err := tenant.CurrentMember(ctx); err == nil {
		e.By = m.ID
	}
	if crosses(opts.UniqueOpts) || crosses(e.InsertOpts().UniqueOpts) {
		return Job[L]{}, ErrUnique
	}
	var inserted Job[L]
	err = within(ctx, on, scope, tenant.Operation{Name: "Insert", Command: tenant.CommandExec, Write: true}, func(ctx context.Context, tx *tenant.Tx, conn pgx.Tx) error {
		own := opts.InsertOpts
		if own.Priority, err = j.priority(ctx, conn, scope, own.Priority, e.InsertOpts().Priority); err != nil {
			return err
		}
		result, err := j.client.InsertTx(ctx, conn, e, &own)
		if err != nil {
			return err
		}
		if inserted, err = j.described(result.Job); err != nil {
			return err
		}
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
func (j *Jobs[L]) priority(ctx context.Context, conn pgx.Tx, scope tenant.Scope, given ...int) (int, error) {
	own := 1
	for _, p := range given {
		if p != 0 {
			own = p
			break
		}
	}
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
	what := map[string]any{"tenant": ids(scope)}
	if len(labels) > 0 {
		what["labels"] = labels
	}
	text, _ := json.Marshal(what) // strings cannot fail
	return string(text)
}

// described is a record as a tenant sees it.
func (j *Jobs[L]) described(row *rivertype.JobRow) (Job[L], error) {
	var e struct {
		By     string            `json:"by"`
		Labels map[string]string `json:"labels"`
		Args   json.RawMessage   `json:"args"`
	}
	if err := json.Unmarshal(row.EncodedArgs, &e); err != nil {
		return Job[L]{}, fmt.Errorf("tenantjobs: job %d: %w", row.ID, err)
	}
	return Job[L]{
		ID: row.ID, Kind: row.Kind, Queue: row.Queue, State: row.State, Priority: row.Priority, Labels: j.read(e.Labels), By: e.By, Args: e.Args,
		Attempt: row.Attempt, MaxAttempts: row.MaxAttempts, Errors: row.Errors, CreatedAt: row.CreatedAt, ScheduledAt: row.ScheduledAt, AttemptedAt: row.AttemptedAt, FinalizedAt: row.FinalizedAt,
	}, nil
}
