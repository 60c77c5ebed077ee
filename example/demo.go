package main

import (
	"context"
	"errors"
	"time"

	"github.com/tenantgen/tenantgen/example/exampledb"
	"github.com/tenantgen/tenantgen/example/internal/billing"
	"github.com/tenantgen/tenantgen/tenant/tenantusage"
)

// requestsOfMonths are what Acme has used in the months before this one.
var requestsOfMonths = []int64{41_200, 58_900, 87_300, 112_600, 131_400}

// furnish gives Acme a past: a plan that is paid for, months with requests, and invoices, of which the last is open. It goes through the
// billing of those months, once for a database.
func (s *service) furnish(ctx context.Context, demo *exampledb.Demo) error {
	repos, acme := s.db.Repositories(), demo.Acme.ID
	written, err := repos.Billing.ListInvoices(ctx, acme)
	if err != nil || len(written) > 0 {
		return err
	}
	if _, err := repos.Organizations.ChangePlan(ctx, acme, "team"); err != nil {
		return err
	}
	this := tenantusage.Month(time.Now())
	for i, requests := range requestsOfMonths {
		month := this.AddDate(0, i-len(requestsOfMonths), 0)
		if err := s.use(ctx, demo, month, requests); err != nil {
			return err
		}
	}
	across := s.db.CrossTenant("the invoices of the months before the demonstration")
	for _, back := range []int{-2, -1} {
		if _, err := s.app.Billing().CloseMonth(ctx, across, this.AddDate(0, back, 0)); err != nil {
			return err
		}
	}
	return s.app.Billing().Received(ctx, acme, this.AddDate(0, -2, 0), "fake_demo")
}

// use counts requests in a month.
func (s *service) use(ctx context.Context, demo *exampledb.Demo, month time.Time, requests int64) error {
	then, err := billing.New(&billing.FakePayments{}, func() time.Time { return month })
	if err != nil {
		return err
	}
	db := s.db.Tenants()
	scope := demo.Acme.ID.Scope()
	return errors.Join(then.Use(db), then.Meter.Add(scope, tenantusage.Requests, requests), then.Meter.Active(scope, demo.Alice.ID.String()), then.Meter.Flush(ctx, db))
}
