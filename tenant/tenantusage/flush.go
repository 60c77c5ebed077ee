package tenantusage

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/internal/statements"
)

// most bounds what one statement carries; the rest follows with the next flush.
const most = 10_000

// batch is what is sent for one tenant, again and again until it has arrived.
type batch struct {
	seq            int64
	months         []time.Time
	kinds          []string
	peaks          []bool
	amounts        []int64
	memberMonths   []time.Time
	members        []string
	leftToNextTime *counts
}

// cut makes a batch of counts. The order of its rows is the same for everybody, so that two processes wait for each other
// instead of blocking each other.
func (m *Meter) cut(c *counts) *batch {
	m.seq++
	b := &batch{seq: m.seq}
	entries := slices.SortedFunc(maps.Keys(c.amounts), func(x, y entry) int {
		return cmp.Or(x.month.Compare(y.month), cmp.Compare(x.kind, y.kind))
	})
	members := slices.SortedFunc(maps.Keys(c.members), func(x, y membership) int {
		return cmp.Or(x.month.Compare(y.month), cmp.Compare(x.member, y.member))
	})
	rest := &counts{amounts: map[entry]int64{}, members: map[membership]bool{}}
	for i, at := range entries {
		if i >= most {
			rest.amounts[at] = c.amounts[at]
			continue
		}
		b.months, b.kinds = append(b.months, at.month), append(b.kinds, at.kind)
		b.peaks, b.amounts = append(b.peaks, m.peaks[at.kind]), append(b.amounts, c.amounts[at])
	}
	for i, who := range members {
		if i >= most {
			rest.members[who] = true
			continue
		}
		b.memberMonths, b.members = append(b.memberMonths, who.month), append(b.members, who.member)
	}
	if len(rest.amounts)+len(rest.members) > 0 {
		b.leftToNextTime = rest
	}
	return b
}

// Flush writes what was counted. What cannot be written stays, for the next time, but for what was counted for a scope that is
// none of a tenant's, such as that of a project.
func (m *Meter) Flush(ctx context.Context, db *tenant.DB) error {
	m.writes.Lock()
	defer m.writes.Unlock()
	ctx = tenant.OutsideTenant(tenant.OutsideTx(ctx))
	var errs []error
	for scope, b := range m.unsent {
		errs = append(errs, m.send(ctx, db, scope, b))
	}
	for scope, c := range m.take() {
		if m.unsent[scope] != nil {
			m.giveBack(scope, c) // the one before it has to arrive first
			continue
		}
		b := m.cut(c)
		if b.leftToNextTime != nil {
			m.giveBack(scope, b.leftToNextTime)
		}
		m.unsent[scope] = b
		errs = append(errs, m.send(ctx, db, scope, b))
	}
	return errors.Join(errs...)
}

// send writes one batch, and forgets it when it has arrived.
func (m *Meter) send(ctx context.Context, db *tenant.DB, scope tenant.Scope, b *batch) error {
	sent := &pgx.Batch{}
	if len(b.kinds) > 0 {
		sent.Queue(m.sql.SQL("Flush"), scope.ID(), m.source, b.seq, b.months, b.kinds, b.peaks, b.amounts)
	}
	if len(b.members) > 0 {
		sent.Queue(m.sql.SQL("AddMembers"), scope.ID(), b.memberMonths, b.members)
	}
	sent.Queue(m.sql.SQL("Forget"), scope.ID(), m.source)
	err := gen.Scoped(db, scope, operation("Flush", tenant.CommandBatchExec, true)).SendBatch(ctx, sent).Close()
	var gone *pgconn.PgError
	if errors.As(err, &gone) && gone.Code == foreignKeyViolation {
		err = nil // there is no such tenant any more
	}
	if err == nil || statements.Hopeless(err, tenant.ErrNoTenant) {
		delete(m.unsent, scope)
	}
	return err
}

// foreignKeyViolation is PostgreSQL's code for a row whose tenant is not there.
const foreignKeyViolation = "23503"

// lastFlush is how long Run tries to write what is left when it ends.
const lastFlush = 30 * time.Second

// Run flushes until ctx ends, and once more then, whose error it returns. A process waits for it before it ends:
//
//	done := make(chan error, 1)
//	go func() { done <- meter.Run(ctx, db) }()
//	… // serve, until ctx ends
//	err := <-done
//
// Failed, which may be nil, is told why a flush before the last one has failed.
func (m *Meter) Run(ctx context.Context, db *tenant.DB, failed func(error)) error {
	tick := time.NewTicker(m.Every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastFlush)
			defer cancel()
			return m.Flush(ctx, db)
		case <-tick.C:
			if err := m.Flush(ctx, db); err != nil && failed != nil {
				failed(err)
			}
		}
	}
}

// Used is what a tenant has used in a month, by kind.
type Used map[string]int64

// Of returns what the transaction's tenant has used in the month that a time is in, as far as it is written.
func (m *Meter) Of(ctx context.Context, tx Tx, month time.Time) (Used, error) {
	t, ok := tx.Executor().(*tenant.Tx)
	if !ok {
		return nil, ErrNotInTx
	}
	rows, err := gen.Scoped(t, t.Scope(), operation("Month", tenant.CommandMany, false)).
		Query(ctx, m.sql.SQL("Month"), t.Scope().ID(), Month(month))
	if err != nil {
		return nil, err
	}
	used := Used{}
	var kind string
	var amount int64
	_, err = pgx.ForEachRow(rows, []any{&kind, &amount}, func() error {
		used[kind] = amount
		return nil
	})
	return used, err
}

// Tx is a transaction of generated repositories.
type Tx interface{ Executor() tenant.Executor }

// ErrNotInTx refuses to read outside of a transaction, where nothing says for which tenant.
var ErrNotInTx = errors.New("tenantusage: usage is read in a transaction")
