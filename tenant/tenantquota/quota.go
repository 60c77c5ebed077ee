// Package tenantquota keeps what a tenant uses within what its plan allows: notes, users, storage, calls of a month, whatever
// the application calls so.
//
// Limits come from plans, which are part of the program; an override takes their place for one tenant, add-ons go on top, and both
// may end at some time. [Quotas.Reserve] counts within the caller's transaction, in one statement that does both the looking and
// the adding, so that two requests cannot both take the last place, and a rollback gives back what was taken. Whoever
// reserves of the same quota of the same tenant waits until the transaction ends.
//
// The tables come as a migration: tenantgen tables quota. Their rows are the tenant's, under the same policies as all
// others, and the statements are in queries.sql, proved as an application's are. Guards and tracers see them as operations of
// no repository, such as tenantquota.Reserve.
//
// What is not known is refused: a kind that Config does not name, a plan that it does not have, a context without a tenant.
package tenantquota

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/internal/statements"
)

//go:embed queries.sql
var queries string

// Queries returns the statements that are sent, for an application's tenant column: for a reviewer, or for tenantgen lint.
func Queries(tenantColumn string) string { return statements.Read(queries, tenantColumn).Text() }

// Unlimited is the limit of what a plan does not limit.
const Unlimited int64 = -1

// Period is how long a counter counts.
type Period string

// The periods. Days and months are those of UTC.
const (
	Ever  Period = "ever" // what there is: it is released when it goes
	Day   Period = "day"
	Month Period = "month"
)

// begins returns when the period that holds a time began, and when the next one begins.
func (p Period) begins(at time.Time) (start, next time.Time) {
	y, m, d := at.UTC().Date()
	switch p {
	case Day:
		start = time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
		return start, start.AddDate(0, 0, 1)
	case Month:
		start = time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)
		return start, start.AddDate(0, 1, 0)
	}
	return time.Unix(0, 0).UTC(), time.Time{}
}

// Config says what is limited, and how far.
type Config struct {
	// TenantColumn is the tenant column of the tables, the application's own.
	TenantColumn string
	// Kinds are what is counted, by the application's names, and for how long.
	Kinds map[string]Period
	// Plans have a limit for each kind, or Unlimited.
	Plans map[string]map[string]int64
	// PlanOf says which plan the tenant of a context has. Without it that is what tenant.Current says.
	PlanOf func(ctx context.Context) (string, error)
	// Rates limit how fast calls come, by plan and name; see Quotas.Rate.
	Rates map[string]map[string]Rate
	// Now is the clock, time.Now without it.
	Now func() time.Time
}

// Quotas are what Config says, ready to be asked.
type Quotas struct {
	Config
	sql     statements.Set
	buckets *buckets
}

// New checks the configuration: every plan says something of every kind, and of no other.
func New(c Config) (*Quotas, error) {
	errs := []error{}
	if c.TenantColumn == "" {
		errs = append(errs, errors.New("tenantquota: no tenant column: it is the one that tenantgen tables has used"))
	}
	for kind, period := range c.Kinds {
		if kind == "" || !slices.Contains([]Period{Ever, Day, Month}, period) {
			errs = append(errs, fmt.Errorf("tenantquota: kind %q is counted for %q: use Ever, Day or Month", kind, period))
		}
	}
	for _, plan := range slices.Sorted(maps.Keys(c.Plans)) {
		errs = append(errs, c.check(plan))
	}
	errs = append(errs, c.checkRates())
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if c.PlanOf == nil {
		c.PlanOf = currentPlan
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Quotas{Config: c, sql: statements.Read(queries, c.TenantColumn), buckets: newBuckets()}, nil
}

// check returns what is wrong with a plan.
func (c Config) check(plan string) error {
	var errs []error
	for _, kind := range slices.Sorted(maps.Keys(c.Kinds)) {
		if limit, ok := c.Plans[plan][kind]; !ok || limit < Unlimited {
			errs = append(errs, fmt.Errorf("tenantquota: plan %q has no limit of %q: give one, or Unlimited", plan, kind))
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(c.Plans[plan])) {
		if _, ok := c.Kinds[kind]; !ok {
			errs = append(errs, fmt.Errorf("tenantquota: plan %q limits %q, which is no kind", plan, kind))
		}
	}
	return errors.Join(errs...)
}

func currentPlan(ctx context.Context) (string, error) {
	t, err := tenant.Current(ctx)
	return t.Plan, err
}

// Errors to test for with errors.Is.
var (
	// ErrUnknownKind refuses a kind that Config does not name.
	ErrUnknownKind = errors.New("tenantquota: unknown kind")
	// ErrUnknownPlan refuses what is asked for a tenant whose plan Config does not have.
	ErrUnknownPlan = errors.New("tenantquota: unknown plan")
	// ErrNotInTx refuses to count outside of a transaction, where nothing would give back what a failure has taken.
	ErrNotInTx = errors.New("tenantquota: quotas are reserved in a transaction")
	// ErrNotReserved refuses to release more than is counted.
	ErrNotReserved = errors.New("tenantquota: more is released than was reserved")
	// ErrAmount refuses to reserve or release nothing, or less.
	ErrAmount = errors.New("tenantquota: the amount is not positive")
)

// Tx is a transaction of generated repositories.
type Tx interface{ Executor() tenant.Executor }

// limit is what a plan says of a kind, nil for no limit.
func (q *Quotas) limit(ctx context.Context, kind string) (*int64, error) {
	if _, ok := q.Kinds[kind]; !ok {
		return nil, fmt.Errorf("%w %q", ErrUnknownKind, kind)
	}
	plan, err := q.PlanOf(ctx)
	if err != nil {
		return nil, err
	}
	limits, ok := q.Plans[plan]
	if !ok {
		return nil, fmt.Errorf("%w %q", ErrUnknownPlan, plan)
	}
	if limits[kind] == Unlimited {
		return nil, nil
	}
	most := limits[kind]
	return &most, nil
}

// operation is a call as guards and tracers see it. It is no repository's, so that no permission is asked for it: who may
// have what, the application has decided when it calls.
func operation(name string, command tenant.Command, write bool) tenant.Operation {
	return tenant.Operation{Name: "tenantquota." + name, Command: command, Write: write}
}

// in returns what a transaction's statements run on, and its tenant.
func in(tx Tx) (*tenant.Tx, error) {
	t, ok := tx.Executor().(*tenant.Tx)
	if !ok {
		return nil, ErrNotInTx
	}
	return t, nil
}

// Reserve takes n of what the transaction's tenant may have of a kind, or returns a *tenant.QuotaError, which leaves everything
// as it was. When the transaction is rolled back, nothing was taken.
func (q *Quotas) Reserve(ctx context.Context, tx Tx, kind string, n int64) error {
	t, err := in(tx)
	if err != nil {
		return err
	}
	return q.reserve(ctx, t, t.Scope(), kind, n)
}

func (q *Quotas) reserve(ctx context.Context, on tenant.Executor, scope tenant.Scope, kind string, n int64) error {
	if n <= 0 {
		return ErrAmount
	}
	limit, err := q.limit(ctx, kind)
	if err != nil {
		return err
	}
	start, next := q.Kinds[kind].begins(q.Now())
	var reserved bool
	var used int64
	var ceiling *int64
	row := gen.Scoped(on, scope, operation("Reserve", tenant.CommandOne, true)).
		QueryRow(ctx, q.sql.SQL("Reserve"), scope.ID(), kind, start, n, limit)
	if err := row.Scan(&reserved, &used, &ceiling); err != nil {
		return err
	}
	if !reserved {
		return &tenant.QuotaError{Key: kind, Limit: orUnlimited(ceiling), Used: used, Asked: n, Retry: next}
	}
	return nil
}

func orUnlimited(ceiling *int64) int64 {
	if ceiling == nil {
		return Unlimited
	}
	return *ceiling
}

// Release gives back n of a kind: what is deleted, or was reserved and not used. Of a kind that counts by the day or the month
// it is given back to the present one.
func (q *Quotas) Release(ctx context.Context, tx Tx, kind string, n int64) error {
	t, err := in(tx)
	if err != nil {
		return err
	}
	return q.release(ctx, t, t.Scope(), kind, n, q.Now())
}

func (q *Quotas) release(ctx context.Context, on tenant.Executor, scope tenant.Scope, kind string, n int64, at time.Time) error {
	period, ok := q.Kinds[kind]
	switch {
	case !ok:
		return fmt.Errorf("%w %q", ErrUnknownKind, kind)
	case n <= 0:
		return ErrAmount
	}
	start, _ := period.begins(at)
	tag, err := gen.Scoped(on, scope, operation("Release", tenant.CommandExecRows, true)).
		Exec(ctx, q.sql.SQL("Release"), scope.ID(), kind, start, n)
	if err == nil && tag.RowsAffected() == 0 {
		err = ErrNotReserved
	}
	return err
}

// Recount sets a counter to what the application has counted, whatever the limit: what there was before quotas were
// introduced, or what a job finds out about storage.
func (q *Quotas) Recount(ctx context.Context, tx Tx, kind string, used int64) error {
	period, ok := q.Kinds[kind]
	switch {
	case !ok:
		return fmt.Errorf("%w %q", ErrUnknownKind, kind)
	case used < 0:
		return ErrAmount
	}
	start, _ := period.begins(q.Now())
	return q.exec(ctx, tx, "Recount", kind, start, used)
}

// exec runs a statement that is about the transaction's tenant.
func (q *Quotas) exec(ctx context.Context, tx Tx, name string, args ...any) error {
	t, err := in(tx)
	if err != nil {
		return err
	}
	_, err = gen.Scoped(t, t.Scope(), operation(name, tenant.CommandExec, true)).
		Exec(ctx, q.sql.SQL(name), append([]any{t.Scope().ID()}, args...)...)
	return err
}
