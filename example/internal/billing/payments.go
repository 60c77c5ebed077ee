package billing

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tenantgen/tenantgen/example/repo"
	"github.com/tenantgen/tenantgen/tenant/tenantusage"
)

// Payments is whom organizations pay through.
type Payments interface {
	// Charge takes an amount, and returns what the payment is called. What is charged again under the same key is the same
	// payment, however often it is asked for.
	Charge(ctx context.Context, key string, cents int64) (payment string, err error)
}

// Pay pays the invoice of a month. What was paid is not charged again, and a payment whose answer was lost is the same one
// when it is tried anew.
func (b *Billing) Pay(ctx context.Context, org repo.OrgID, month time.Time) error {
	month = tenantusage.Month(month)
	invoice, err := b.repos.Billing.GetInvoice(ctx, org, date(month))
	if err != nil {
		return err
	}
	if invoice.PaidAt != nil {
		return nil
	}
	payment, err := b.payments.Charge(ctx, org.String()+" "+invoice.Month.Time.Format(time.DateOnly), invoice.TotalCents)
	if err != nil {
		return err
	}
	return b.Received(ctx, org, month, payment)
}

// Received notes a payment: the invoice is paid, and the organization served, as far as the month after the one that it has
// paid for. The provider's own message of a payment comes here, too, and may come twice.
func (b *Billing) Received(ctx context.Context, org repo.OrgID, month time.Time, payment string) error {
	month = tenantusage.Month(month)
	return b.repos.InTx(ctx, org, func(ctx context.Context, tx *repo.Tx) error {
		if _, err := tx.Billing.GetInvoice(ctx, org, date(month)); err != nil {
			return err
		}
		n, err := tx.Billing.PayInvoice(ctx, org, repo.PayInvoiceParams{Month: date(month), Payment: payment})
		if err != nil || n == 0 {
			return err // it was paid before
		}
		return tx.Billing.Activate(ctx, org, date(month.AddDate(0, 2, -1)))
	})
}

// FakePayments takes everything, in memory, and fails when it is told to.
type FakePayments struct {
	mu     sync.Mutex
	taken  map[string]string // payments by key
	cents  int64
	failed error
}

// ErrDeclined is what a payment fails with.
var ErrDeclined = errors.New("billing: the payment is declined")

// Decline has all payments fail, or none.
func (f *FakePayments) Decline(all bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failed = nil
	if all {
		f.failed = ErrDeclined
	}
}

// Charge is that of Payments.
func (f *FakePayments) Charge(_ context.Context, key string, cents int64) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failed != nil {
		return "", f.failed
	}
	if payment, ok := f.taken[key]; ok {
		return payment, nil
	}
	if f.taken == nil {
		f.taken = map[string]string{}
	}
	f.taken[key] = fmt.Sprintf("fake_%d", len(f.taken)+1)
	f.cents += cents
	return f.taken[key], nil
}

// Taken is how much was taken, in how many payments.
func (f *FakePayments) Taken() (cents int64, payments int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.cents, len(f.taken)
}
