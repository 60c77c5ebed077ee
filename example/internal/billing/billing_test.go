package billing_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/tenantgen/tenantgen/example/exampledb"
	"github.com/tenantgen/tenantgen/example/internal/billing"
	"github.com/tenantgen/tenantgen/example/repo"
	"github.com/tenantgen/tenantgen/internal/pgserver"
	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/tenantquota"
	"github.com/tenantgen/tenantgen/tenant/tenantusage"
)

func TestMain(m *testing.M) { os.Exit(pgserver.Main(m)) }

// office is the billing of the example's two organizations, in March.
type office struct {
	*billing.Billing
	*exampledb.World
	t        *testing.T
	now      time.Time
	db       *tenant.DB
	repos    *repo.Repositories
	payments *billing.FakePayments
}

var march = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

func newOffice(t *testing.T) *office {
	t.Helper()
	database, world := exampledb.ForTest(t)
	o := &office{World: world, t: t, now: march.AddDate(0, 0, 20), payments: &billing.FakePayments{}}
	var err error
	if o.Billing, err = billing.New(o.payments, func() time.Time { return o.now }); err != nil {
		t.Fatal(err)
	}
	o.db = tenant.New(database.App, tenant.WithCrossTenantPool(database.Directory), tenant.WithTracer(o.Meter))
	o.repos = repo.New(o.db)
	if err := o.Use(o.db); err != nil {
		t.Fatal(err)
	}
	return o
}

// as is a context for an organization on a plan.
func (o *office) as(org repo.OrgID, plan string) context.Context {
	o.t.Helper()
	ctx, err := tenant.NewContext(o.t.Context(), tenant.Tenant{Scope: org.Scope(), Plan: plan, Status: tenant.StatusActive}, tenant.Member{ID: o.Alice.ID.String()})
	if err != nil {
		o.t.Fatal(err)
	}
	return ctx
}

// join makes a new person a member, if there is a seat.
func (o *office) join(ctx context.Context, org repo.OrgID, email string) error {
	o.t.Helper()
	user, err := o.repos.Users.UpsertUser(ctx, email, email)
	if err != nil {
		o.t.Fatal(err)
	}
	return o.repos.InTx(ctx, org, func(ctx context.Context, tx *repo.Tx) error {
		if err := o.TakeSeat(ctx, tx, org); err != nil {
			return err
		}
		_, err := tx.Members.AddMember(ctx, org, repo.AddMemberParams{UserID: user.ID, Role: repo.MemberRoleMember})
		return err
	})
}

// Seats are those of the plan, those that were bought, or those of an override; people who hurry do not get more; and what one
// organization has is nothing to the other.
func TestSeats(t *testing.T) {
	o := newOffice(t)
	acme, globex := o.as(o.Acme.ID, "free"), o.as(o.Globex.ID, "free")
	if err := o.join(acme, o.Acme.ID, "third@acme.example"); err != nil { // alice and vera are there
		t.Fatal(err)
	}
	if err := o.join(acme, o.Acme.ID, "fourth@acme.example"); !errors.Is(err, tenant.ErrQuotaExceeded) {
		t.Errorf("the fourth: %v", err)
	}
	if err := o.join(globex, o.Globex.ID, "second@globex.example"); err != nil {
		t.Errorf("the other organization: %v", err)
	}
	if err := o.BuySeats(acme, o.Acme.ID, 2); err != nil {
		t.Fatal(err)
	}
	var joined atomic.Int64
	var wg sync.WaitGroup
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		wg.Go(func() {
			switch err := o.join(acme, o.Acme.ID, name+"@acme.example"); {
			case err == nil:
				joined.Add(1)
			case !errors.Is(err, tenant.ErrQuotaExceeded):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if joined.Load() != 2 {
		t.Errorf("%d joined on two seats", joined.Load())
	}
	if err := o.BuySeats(acme, o.Acme.ID, 0); err != nil {
		t.Fatal(err)
	}
	if err := o.join(acme, o.Acme.ID, "late@acme.example"); !errors.Is(err, tenant.ErrQuotaExceeded) {
		t.Errorf("after the seats were given up: %v", err)
	}
	if err := o.Override(acme, o.Acme.ID, tenantquota.Override{Kind: billing.Seats, Limit: tenantquota.Unlimited, Reason: "a partner"}); err != nil {
		t.Fatal(err)
	}
	if err := o.join(acme, o.Acme.ID, "late@acme.example"); err != nil {
		t.Errorf("without a limit: %v", err)
	}
}

// request goes through the middleware as an organization.
func (o *office) request(ctx context.Context) int {
	w := httptest.NewRecorder()
	h := o.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := o.repos.Notes.GetNote(r.Context(), o.Acme.ID, repo.GetNoteParams{NoteID: o.Acme.Note}); err != nil {
			o.t.Error(err)
		}
		w.WriteHeader(http.StatusOK)
	}))
	h.ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", "/", nil))
	return w.Code
}

// A month from its use to what was paid for it.
func TestMonth(t *testing.T) {
	o := newOffice(t)
	acme := o.as(o.Acme.ID, "team")
	if _, err := o.repos.Organizations.ChangePlan(acme, o.Acme.ID, "team"); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if code := o.request(acme); code != http.StatusOK {
			t.Errorf("a request: %d", code)
		}
	}
	if err := errors.Join(o.Meter.Peak(o.Acme.ID.Scope(), billing.Seats, 12), o.Meter.Add(o.Acme.ID.Scope(), tenantusage.Requests, 100_500), o.Meter.Flush(t.Context(), o.db)); err != nil {
		t.Fatal(err)
	}
	usage, err := o.Usage(acme, o.Acme.ID)
	// the plan, one begun thousand requests more than there are in it, two seats
	if want := int64(1900 + 10 + 2*500); err != nil || usage.Estimate.Total != want || usage.Estimate.Final || usage.Used[tenantusage.Requests] != 100_503 || usage.Used[tenantusage.ActiveUsers] != 1 {
		t.Errorf("%+v, %v, want %d", usage, err, want)
	}
	across := o.repos.CrossTenant("the invoices of March")
	if n, err := o.CloseMonth(t.Context(), across, march); err == nil || n != 0 {
		t.Errorf("in March: %d, %v", n, err)
	}
	o.now = march.AddDate(0, 1, 1)
	for i, want := range []int{2, 0} {
		if n, err := o.CloseMonth(t.Context(), across, march); err != nil || n != want {
			t.Errorf("run %d: %d invoices, %v, want %d", i, n, err, want)
		}
	}
	invoices, err := o.Invoices(acme, o.Acme.ID)
	var lines []tenantusage.Line
	if err == nil && len(invoices) == 1 {
		err = json.Unmarshal(invoices[0].Lines, &lines)
	}
	if err != nil || len(invoices) != 1 || invoices[0].TotalCents != 2910 || len(lines) != 4 || invoices[0].DueOn.Time.Format(time.DateOnly) != "2026-04-15" {
		t.Fatalf("%+v, %v", invoices, err)
	}
	o.pay(acme)
}

// pay lets an invoice become overdue, and pays it.
func (o *office) pay(acme context.Context) {
	o.t.Helper()
	status := func(step string, want tenant.Status) {
		o.t.Helper()
		if got, err := o.Status(acme, o.Acme.ID); err != nil || got != want {
			o.t.Errorf("%s: %s, %v, want %s", step, got, err, want)
		}
	}
	if dunned, err := o.Dun(acme, o.Acme.ID); err != nil || dunned {
		o.t.Errorf("before it is due: %v, %v", dunned, err)
	}
	status("at first", tenant.StatusActive)
	if err := o.Received(acme, o.Acme.ID, march.AddDate(0, -1, 0), "pay_0"); !errors.Is(err, pgx.ErrNoRows) {
		o.t.Errorf("an invoice that there is not: %v", err)
	}
	if err := o.repos.Billing.Activate(acme, o.Acme.ID, day(march.AddDate(0, 0, -1))); err != nil {
		o.t.Fatal(err)
	}
	o.now = march.AddDate(0, 2, 0)
	if dunned, err := o.Dun(acme, o.Acme.ID); err != nil || !dunned {
		o.t.Errorf("overdue: %v, %v", dunned, err)
	}
	status("overdue", tenant.StatusUnpaid)
	o.payments.Decline(true)
	if err := o.Pay(acme, o.Acme.ID, march); !errors.Is(err, billing.ErrDeclined) {
		o.t.Errorf("declined: %v", err)
	}
	status("declined", tenant.StatusUnpaid)
	o.payments.Decline(false)
	for range 2 {
		if err := o.Pay(acme, o.Acme.ID, march.AddDate(0, 0, 5)); err != nil {
			o.t.Error(err)
		}
	}
	if err := o.Received(acme, o.Acme.ID, march, "fake_1"); err != nil { // the provider's message comes late
		o.t.Error(err)
	}
	status("paid", tenant.StatusActive)
	s, err := o.repos.Billing.GetSubscription(acme, o.Acme.ID)
	if err != nil || s.PaidThrough.Time.Format(time.DateOnly) != "2026-04-30" {
		o.t.Errorf("paid through %s, %v", s.PaidThrough.Time, err)
	}
	if cents, payments := o.payments.Taken(); cents != 2910 || payments != 1 {
		o.t.Errorf("%d cents in %d payments", cents, payments)
	}
	if dunned, err := o.Dun(acme, o.Acme.ID); err != nil || dunned {
		o.t.Errorf("nothing is due: %v, %v", dunned, err)
	}
	globex := o.as(o.Globex.ID, "free")
	if invoices, err := o.Invoices(globex, o.Globex.ID); err != nil || len(invoices) != 1 || invoices[0].PaidAt != nil || invoices[0].TotalCents != 0 {
		o.t.Errorf("the other organization: %+v, %v", invoices, err)
	}
}

func day(t time.Time) pgtype.Date { return pgtype.Date{Time: t, Valid: true} }

// Requests are limited by the plan's rate, and counted for whom they are.
func TestRequests(t *testing.T) {
	o := newOffice(t)
	free := o.as(o.Acme.ID, "free")
	refused := 0
	for range 610 {
		if o.request(free) == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused != 10 {
		t.Errorf("%d of 610 are refused in a minute of 600", refused)
	}
	if err := o.Meter.Flush(t.Context(), o.db); err != nil {
		t.Fatal(err)
	}
	for org, want := range map[repo.OrgID]int64{o.Acme.ID: 610, o.Globex.ID: 0} {
		if u, err := o.Usage(o.as(org, "free"), org); err != nil || u.Used[tenantusage.Requests] != want {
			t.Errorf("%+v, %v, want %d", u.Used, err, want)
		}
	}
}

// Two organizations' invoices and seats are apart, whoever asks.
func TestNothingOfOthers(t *testing.T) {
	o := newOffice(t)
	acme := o.as(o.Acme.ID, "team")
	if _, err := o.Invoices(acme, o.Globex.ID); !errors.Is(err, tenant.ErrTenantMismatch) {
		t.Errorf("invoices: %v", err)
	}
	for name, err := range map[string]error{
		"seats":    o.BuySeats(acme, o.Globex.ID, 5),
		"override": o.Override(acme, o.Globex.ID, tenantquota.Override{Kind: billing.Seats, Limit: 5, Reason: "mine"}),
		"payment":  o.Received(acme, o.Globex.ID, march, "pay_1"),
	} {
		if !errors.Is(err, tenant.ErrTenantMismatch) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
