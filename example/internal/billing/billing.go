package billing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/tenantgen/tenantgen/example/repo"
	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/tenantquota"
	"github.com/tenantgen/tenantgen/tenant/tenantusage"
)

const (
	requests = "requests" // the rate
	terms    = 14 * 24 * time.Hour
)

// Billing limits and charges organizations.
type Billing struct {
	Quotas   *tenantquota.Quotas
	Meter    *tenantusage.Meter // a tracer of the database that Use is given
	payments Payments
	now      func() time.Time
	repos    *repo.Repositories
	calls    *tenantquota.Calls
}

// New makes it, with whom payments are made through, and a clock. Before it does anything, Use says on which database.
func New(payments Payments, now func() time.Time) (*Billing, error) {
	q, err := quotas(now)
	if err != nil {
		return nil, err
	}
	m, err := tenantusage.New(tenantusage.Config{TenantColumn: tenantColumn, Peaks: peaks, Now: now})
	if err != nil {
		return nil, err
	}
	return &Billing{Quotas: q, Meter: m, payments: payments, now: now}, nil
}

// Use tells the database, which the meter is a tracer of.
func (b *Billing) Use(db *tenant.DB) error {
	var err error
	b.repos = repo.New(db)
	b.calls, err = b.Quotas.NewCalls(db, APICalls, 20)
	return err
}

// Run keeps what is used until ctx ends, and what is left then.
func (b *Billing) Run(ctx context.Context, db *tenant.DB, failed func(error)) error {
	err := b.Meter.Run(ctx, db, failed)
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return errors.Join(err, b.calls.Close(last))
}

// Middleware counts and limits the requests of an organization. It belongs behind what finds out whose a request is.
func (b *Billing) Middleware(next http.Handler) http.Handler {
	return b.Meter.Middleware(b.Quotas.RateMiddleware(requests, nil)(b.calls.Middleware(nil)(next)))
}

// TakeSeat takes one of the organization's seats for a person who becomes a member, in the transaction in which that happens. The
// seats are those that are taken: people came before there were quotas.
func (b *Billing) TakeSeat(ctx context.Context, tx *repo.Tx, org repo.OrgID) error {
	taken, err := b.countSeats(ctx, tx, org)
	if err == nil {
		ctx, err = withPlan(ctx, tx, org)
	}
	if err == nil {
		err = b.Quotas.Reserve(ctx, tx, Seats, 1)
	}
	if err != nil {
		return err
	}
	return b.Meter.Peak(org.Scope(), Seats, taken+1)
}

// countSeats sets the counter to what is taken.
func (b *Billing) countSeats(ctx context.Context, tx *repo.Tx, org repo.OrgID) (int64, error) {
	if _, err := tx.Organizations.LockOrganization(ctx, org); err != nil {
		return 0, err
	}
	q, err := tx.Organizations.GetQuota(ctx, org)
	if err != nil {
		return 0, err
	}
	return q.Members, b.Quotas.Recount(ctx, tx, Seats, q.Members)
}

type planKey struct{}

// planOf is the plan that a transaction has looked up, or else what the directory says of the context's organization.
func planOf(ctx context.Context) (string, error) {
	if plan, ok := ctx.Value(planKey{}).(string); ok {
		return plan, nil
	}
	t, err := tenant.Current(ctx)
	return t.Plan, err
}

// withPlan looks up the plan: who joins an organization comes from outside.
func withPlan(ctx context.Context, tx *repo.Tx, org repo.OrgID) (context.Context, error) {
	o, err := tx.Organizations.GetOrganization(ctx, org)
	return context.WithValue(ctx, planKey{}, o.PlanID), err
}

// BuySeats adds seats to those of the plan. None takes away those that were bought.
func (b *Billing) BuySeats(ctx context.Context, org repo.OrgID, n int64) error {
	return b.repos.InTx(ctx, org, func(ctx context.Context, tx *repo.Tx) error {
		if n == 0 {
			return b.Quotas.DropAddon(ctx, tx, Seats, Seats)
		}
		return b.Quotas.SetAddon(ctx, tx, tenantquota.Addon{Kind: Seats, Name: Seats, Amount: n})
	})
}

// Override lets an organization have another amount than its plan says. It is for whoever runs the service.
func (b *Billing) Override(ctx context.Context, org repo.OrgID, o tenantquota.Override) error {
	return b.repos.InTx(ctx, org, func(ctx context.Context, tx *repo.Tx) error { return b.Quotas.SetOverride(ctx, tx, o) })
}

// Usage is what an organization has used in a month, what that costs so far, and how much it may have.
type Usage struct {
	Used     tenantusage.Used    `json:"used"`
	Estimate tenantusage.Bill    `json:"estimate"`
	Limits   []tenantquota.State `json:"limits"`
}

// Usage returns that of the context's organization.
func (b *Billing) Usage(ctx context.Context, org repo.OrgID) (u Usage, err error) {
	t, err := tenant.Current(ctx)
	if err != nil {
		return u, err
	}
	err = b.repos.InTx(ctx, org, func(ctx context.Context, tx *repo.Tx) error {
		if _, err = b.countSeats(ctx, tx, org); err != nil {
			return err
		}
		if u.Used, err = b.Meter.Of(ctx, tx, b.now()); err != nil {
			return err
		}
		if u.Limits, err = b.Quotas.States(ctx, tx); err != nil {
			return err
		}
		u.Estimate, err = b.charge(t.Plan, b.now(), u.Used)
		return err
	})
	return u, err
}

// charge says what a month costs on a plan.
func (b *Billing) charge(planID string, month time.Time, used tenantusage.Used) (tenantusage.Bill, error) {
	p, ok := plans[planID]
	if !ok {
		return tenantusage.Bill{}, fmt.Errorf("billing: unknown plan %q", planID)
	}
	prices := []tenantusage.Price{{Kind: "plan", Description: "the plan " + planID, Unit: 1, UnitPrice: p.priceCents}}
	with := tenantusage.Used{"plan": 1}
	for kind, n := range used {
		with[kind] = n
	}
	return tenantusage.Charge(month, with, append(prices, p.prices...), b.now(), terms)
}

// CloseMonth writes the invoices of a month that is over, one for each organization; those that are written stay as they are. It
// returns how many it wrote.
func (b *Billing) CloseMonth(ctx context.Context, across *repo.CrossTenant, month time.Time) (int, error) {
	list, err := across.ListOrganizationsToBill(ctx)
	if err != nil {
		return 0, err
	}
	written := 0
	var errs []error
	for _, o := range list {
		n, err := b.invoice(ctx, repo.NewOrgID(o.ID), o.PlanID, month)
		if err != nil {
			err = fmt.Errorf("billing: the invoice of %s: %w", o.ID, err)
		}
		written, errs = written+int(n), append(errs, err)
	}
	return written, errors.Join(errs...)
}

// errNotOver refuses an invoice of a month that goes on.
var errNotOver = errors.New("billing: the month is not over")

// invoice writes one invoice.
func (b *Billing) invoice(ctx context.Context, org repo.OrgID, planID string, month time.Time) (n int64, err error) {
	err = b.repos.InTx(ctx, org, func(ctx context.Context, tx *repo.Tx) error {
		used, err := b.Meter.Of(ctx, tx, month)
		if err != nil {
			return err
		}
		bill, err := b.charge(planID, month, used)
		if err != nil {
			return err
		}
		if !bill.Final {
			return errNotOver
		}
		lines, err := json.Marshal(bill.Lines)
		if err != nil {
			return err
		}
		n, err = tx.Billing.WriteInvoice(ctx, org, repo.WriteInvoiceParams{Month: date(bill.Month), Lines: lines, TotalCents: bill.Total, DueOn: date(bill.Due)})
		return err
	})
	return n, err
}

func date(t time.Time) pgtype.Date { return pgtype.Date{Time: t, Valid: true} }

// Invoices returns those of an organization, newest first.
func (b *Billing) Invoices(ctx context.Context, org repo.OrgID) ([]repo.Invoice, error) {
	return b.repos.Billing.ListInvoices(ctx, org)
}

// Status says whether an organization is served: it is, until an invoice is overdue.
func (b *Billing) Status(ctx context.Context, org repo.OrgID) (tenant.Status, error) {
	s, err := b.repos.Billing.GetSubscription(ctx, org)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return tenant.StatusActive, nil // nothing was ever due
	case err != nil:
		return "", err
	case s.Status == "unpaid":
		return tenant.StatusUnpaid, nil
	}
	return tenant.StatusActive, nil
}

// Dun stops serving an organization that has not paid in time.
func (b *Billing) Dun(ctx context.Context, org repo.OrgID) (bool, error) {
	n, err := b.repos.Billing.MarkUnpaid(ctx, org, date(b.now()))
	return n > 0, err
}
