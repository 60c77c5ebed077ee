package app

import (
	"context"
	"net/http"
	"time"

	"github.com/tenantgen/tenantgen/example/repo"
	"github.com/tenantgen/tenantgen/tenant"
)

// getBilling is GET /orgs/{org}/billing: what is used this month, what that
// costs so far, and how much there may be of it.
func (a *App) getBilling(ctx context.Context, c *call) (*reply, error) {
	return read(a.billing.Usage(ctx, c.org))
}

// listInvoices is GET /orgs/{org}/invoices.
func (a *App) listInvoices(ctx context.Context, c *call) (*reply, error) {
	return read(a.billing.Invoices(ctx, c.org))
}

// payInvoice is POST /orgs/{org}/invoices/{month}/payment, for a month such as
// 2026-03. It is served when nothing else is, because of an invoice that is overdue.
func (a *App) payInvoice(ctx context.Context, c *call) (*reply, error) {
	month, err := time.Parse("2006-01", c.PathValue("month"))
	if err != nil {
		return nil, errNotFound
	}
	return nothing(a.PayInvoice(ctx, c.org, month))
}

// PayInvoice pays the invoice of a month, and serves the organization again.
func (a *App) PayInvoice(ctx context.Context, org repo.OrgID, month time.Time) error {
	if err := a.billing.Pay(ctx, org, month); err != nil {
		return err
	}
	// Whether it is served is remembered with the organization.
	return a.changes(ctx, org, func(context.Context, *repo.Tx) error { return nil })
}

type seats struct {
	Seats int64 `json:"seats"`
}

// buySeats is PUT /orgs/{org}/seats: how many there are beside those of the plan.
func (a *App) buySeats(ctx context.Context, c *call) (*reply, error) {
	body, err := decode[seats](c.Request)
	if err != nil {
		return nil, err
	}
	if body.Seats < 0 || body.Seats > 1000 {
		return nil, badRequest("seats are from 0 to 1000")
	}
	return done(), a.billing.BuySeats(ctx, c.org, body.Seats)
}

// unpaid is what is remembered of an organization that is not served for that reason.
const unpaid = "unpaid"

// paid refuses what is asked of an organization that has not paid, but for its bills.
func paid(pattern string, ctx context.Context) error {
	t, err := tenant.Current(ctx)
	if err != nil || t.Metadata["billing"] != unpaid {
		return err
	}
	switch pattern {
	case "GET /orgs/{org}/billing", "GET /orgs/{org}/invoices", "POST /orgs/{org}/invoices/{month}/payment":
		return nil
	}
	return &problem{http.StatusPaymentRequired, unpaid, "an invoice is overdue"}
}
