package tenantaudit

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/internal/statements"
)

// enqueue has an event wait for the tables. An attempt across tenants is kept twice: for the tenant, without the other one, and for
// whoever runs the service.
func (a *Auditor) enqueue(e Event, place tenant.Scope) {
	if e.Scope.Set() != nil {
		place = tenant.Scope{} // several tenants' is no tenant's
	}
	places := []tenant.Scope{place}
	if e.Kind == Mismatch && !places[0].IsZero() {
		places = append(places, tenant.Scope{})
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, place := range places {
		if a.size >= a.Most {
			a.dropped++
			continue
		}
		a.waiting[place] = append(a.waiting[place], e)
		a.size++
	}
}

// Waiting is how many events are not in the tables yet, and Dropped how many never will be, because too many waited.
func (a *Auditor) Waiting() (waiting, dropped int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.size, a.dropped
}

// atOnce bounds what one statement carries.
const atOnce = 1000

// Flush writes what waits. What cannot be written stays, for the next time; what was written already is not written again. On a DB
// without a pool for cross-tenant work, what is no tenant's is in the log alone.
func (a *Auditor) Flush(ctx context.Context, db *tenant.DB) error {
	a.writes.Lock()
	defer a.writes.Unlock()
	ctx = tenant.OutsideTenant(tenant.OutsideTx(ctx))
	var errs []error
	for _, scope := range a.places() {
		for {
			events := a.next(scope)
			if len(events) == 0 {
				break
			}
			err := a.write(ctx, db, scope, events)
			if err != nil && !scope.IsZero() && statements.Hopeless(err, tenant.ErrNoTenant) {
				a.misplaced(scope, len(events))
				continue
			}
			if err != nil {
				errs = append(errs, err)
				break
			}
			a.written(scope, len(events))
		}
	}
	return errors.Join(errs...)
}

// misplaced has events that no tenant's table takes wait for the one of what is no tenant's.
func (a *Auditor) misplaced(scope tenant.Scope, n int) {
	events := a.next(scope)[:n]
	a.written(scope, n)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.size += n
	a.waiting[tenant.Scope{}] = append(a.waiting[tenant.Scope{}], events...)
}

func (a *Auditor) places() []tenant.Scope {
	a.mu.Lock()
	defer a.mu.Unlock()
	var list []tenant.Scope
	for scope := range a.waiting {
		if !scope.IsZero() {
			list = append(list, scope)
		}
	}
	return append(list, tenant.Scope{}) // which gets what no tenant's table takes
}

// next returns the events that are written next, which go on waiting until they are.
func (a *Auditor) next(scope tenant.Scope) []Event {
	a.mu.Lock()
	defer a.mu.Unlock()
	events := a.waiting[scope]
	return events[:min(len(events), atOnce)]
}

func (a *Auditor) written(scope tenant.Scope, n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.size -= n
	if a.waiting[scope] = a.waiting[scope][n:]; len(a.waiting[scope]) == 0 {
		delete(a.waiting, scope)
	}
}

// write sends events of one tenant, or of none.
func (a *Auditor) write(ctx context.Context, db *tenant.DB, scope tenant.Scope, events []Event) error {
	c := &columns{}
	for _, e := range events {
		c.add(e, scope.IsZero())
	}
	op := tenant.Operation{Name: keeps, Command: tenant.CommandExec, Write: true}
	if !scope.IsZero() {
		_, err := gen.Scoped(db, scope, op).Exec(ctx, a.sql.SQL("Keep"), scope.ID(), c.ids, c.times, c.kinds, c.severities, c.actors, c.addresses,
			c.repositories, c.operations, c.reasons, c.messages)
		return err
	}
	op.Name, op.Category = keeps+"Crossing", tenant.Admin
	x := gen.CrossTenant(db, "the log of work across tenants")
	if errors.Is(gen.CrossTenantErr(x), tenant.ErrNoCrossTenantPool) {
		return nil
	}
	_, err := gen.Across(x, op).Exec(ctx, a.sql.SQL("KeepCrossing"), c.ids, c.times, c.kinds, c.severities, c.actors, c.addresses,
		c.repositories, c.operations, c.categories, c.reasons, c.messages)
	return err
}

// columns are events as arrays.
type columns struct {
	ids                                                                                           [][16]byte
	times                                                                                         []time.Time
	kinds, severities, actors, addresses, repositories, operations, categories, reasons, messages []string
}

// add adds an event. Whoever runs the service is told which tenants were confused.
func (c *columns) add(e Event, everything bool) {
	message := e.Message
	if everything && !e.Other.IsZero() {
		message += " (" + e.Scope.String() + ", and not " + e.Other.String() + ")"
	} else if everything && (e.Scope.Set() != nil || e.Scope.ID() != "") {
		message = strings.TrimSpace(message + " " + e.Scope.String())
	}
	c.ids, c.times = append(c.ids, e.id), append(c.times, e.At)
	c.kinds, c.severities = append(c.kinds, string(e.Kind)), append(c.severities, string(e.Severity))
	c.actors, c.addresses = append(c.actors, e.Actor.ID), append(c.addresses, e.Actor.Address)
	c.repositories, c.operations = append(c.repositories, e.Operation.Repository), append(c.operations, e.Operation.Name)
	c.categories, c.reasons = append(c.categories, string(e.Operation.Category)), append(c.reasons, e.Operation.Reason)
	c.messages = append(c.messages, message)
}

// lastFlush is how long Run tries to write what is left when it ends.
const lastFlush = 30 * time.Second

// Run writes the tables until ctx ends, and once more then, whose error it returns. A process waits for it before it ends. What goes wrong
// before is logged.
func (a *Auditor) Run(ctx context.Context, db *tenant.DB) error {
	tick := time.NewTicker(a.Every)
	defer tick.Stop()
	said := 0
	for {
		select {
		case <-ctx.Done():
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastFlush)
			defer cancel()
			return a.Flush(ctx, db)
		case <-tick.C:
			if err := a.Flush(ctx, db); err != nil {
				a.logger().Error("tenant audit: the tables are not written", "error", err)
			}
			if _, dropped := a.Waiting(); dropped > said {
				a.logger().Error("tenant audit: events are in this log alone", "events", dropped-said)
				said = dropped
			}
		}
	}
}

func (a *Auditor) logger() *slog.Logger {
	if a.Log == nil {
		return slog.Default()
	}
	return a.Log
}

// Tx is a transaction of generated repositories.
type Tx interface{ Executor() tenant.Executor }

// ErrNotInTx refuses to read outside of a transaction, where nothing says for which tenant.
var ErrNotInTx = errors.New("tenantaudit: events are read in a transaction")

// Events returns what happened to the transaction's tenant from one time to another, newest first, and not more than limit.
func (a *Auditor) Events(ctx context.Context, tx Tx, from, to time.Time, limit int) ([]Event, error) {
	t, ok := tx.Executor().(*tenant.Tx)
	if !ok {
		return nil, ErrNotInTx
	}
	op := tenant.Operation{Name: own + "Events", Command: tenant.CommandMany}
	rows, err := gen.Scoped(t, t.Scope(), op).Query(ctx, a.sql.SQL("Events"), t.Scope().ID(), from, to, limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Event, error) {
		e := Event{Scope: t.Scope()}
		err := row.Scan(&e.At, &e.Kind, &e.Severity, &e.Actor.ID, &e.Actor.Address, &e.Operation.Repository, &e.Operation.Name, &e.Operation.Reason, &e.Message)
		return e, err
	})
}

// Crossings returns what was no tenant's, newest first, and not more than limit. It is work across tenants, for a reason.
func (a *Auditor) Crossings(ctx context.Context, db *tenant.DB, reason string, from, to time.Time, limit int) ([]Event, error) {
	op := tenant.Operation{Name: own + "Crossings", Command: tenant.CommandMany, Category: tenant.Admin}
	rows, err := gen.Across(gen.CrossTenant(db, reason), op).Query(ctx, a.sql.SQL("Crossings"), from, to, limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Event, error) {
		var e Event
		err := row.Scan(&e.At, &e.Kind, &e.Severity, &e.Actor.ID, &e.Actor.Address, &e.Operation.Repository, &e.Operation.Name, &e.Operation.Category, &e.Operation.Reason, &e.Message)
		return e, err
	})
}
