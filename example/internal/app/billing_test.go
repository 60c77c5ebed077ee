package app_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/tenantgen/tenantgen/example/internal/billing"
	"github.com/tenantgen/tenantgen/example/repo"
)

// accept invites a person and has them accept. It returns the status of that.
func (s *service) accept(email string) int {
	s.t.Helper()
	invitation := get[map[string]string](s, s.Alice.Token, "POST /orgs/{acme}/invitations", `{"email": "`+email+`", "role": "member"}`)
	user, err := s.repos.Users.UpsertUser(s.t.Context(), email, email)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.send(s.tokenAtGlobex(user.ID), "POST /me/invitations", `{"invitation": "`+invitation["invitation"]+`"}`).Code
}

// Seats of the plan run out, and more can be bought, by the owner alone.
func TestSeatsAreBought(t *testing.T) {
	s := newService(t)
	if code := s.accept("third@acme.example"); code != http.StatusCreated {
		t.Fatalf("the third member: %d", code)
	}
	if code := s.accept("fourth@acme.example"); code != http.StatusPaymentRequired {
		t.Errorf("the fourth: %d", code)
	}
	s.want(http.StatusForbidden, s.Vera.Token, "PUT /orgs/{acme}/seats", `{"seats": 1}`)
	s.want(http.StatusBadRequest, s.Alice.Token, "PUT /orgs/{acme}/seats", `{"seats": -1}`)
	s.want(http.StatusNoContent, s.Alice.Token, "PUT /orgs/{acme}/seats", `{"seats": 1}`)
	if code := s.accept("fourth@acme.example"); code != http.StatusCreated {
		t.Errorf("the fourth, on a seat that was bought: %d", code)
	}
	usage := get[billing.Usage](s, s.Alice.Token, "GET /orgs/{acme}/billing", "")
	for _, l := range usage.Limits {
		if l.Kind == billing.Seats && (l.Used != 4 || l.Limit != 4) {
			t.Errorf("%+v", l)
		}
	}
	s.want(http.StatusForbidden, s.Vera.Token, "GET /orgs/{acme}/billing", "")
}

// Who does not pay is not served, but for the bills; once it is paid everything is as it was.
func TestUnpaid(t *testing.T) {
	s := newService(t)
	bill := func(month time.Time) {
		t.Helper()
		ctx, org, day := t.Context(), s.Acme.ID, func(d time.Time) pgtype.Date { return pgtype.Date{Time: d, Valid: true} }
		err := s.repos.InTx(ctx, org, func(ctx context.Context, tx *repo.Tx) error {
			if err := tx.Billing.Activate(ctx, org, day(month)); err != nil {
				return err
			}
			_, err := tx.Billing.WriteInvoice(ctx, org, repo.WriteInvoiceParams{Month: day(month), Lines: []byte("[]"), TotalCents: 1900, DueOn: day(month.AddDate(0, 1, 14))})
			if err == nil {
				_, err = tx.Billing.MarkUnpaid(ctx, org, day(month.AddDate(0, 2, 0)))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	bill(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)) // before the service has looked at the organization
	s.want(http.StatusPaymentRequired, s.Alice.Token, "GET /orgs/{acme}/notes", "")
	s.want(http.StatusPaymentRequired, s.Alice.Token, "POST /orgs/{acme}/notes", `{"title": "x"}`)
	s.want(http.StatusOK, s.Bob.Token, "GET /orgs/{globex}/notes", "")
	if list := get[[]repo.Invoice](s, s.Alice.Token, "GET /orgs/{acme}/invoices", ""); len(list) != 1 || list[0].PaidAt != nil {
		t.Errorf("%+v", list)
	}
	s.want(http.StatusNotFound, s.Alice.Token, "POST /orgs/{acme}/invoices/2026-02/payment", "")
	s.want(http.StatusNotFound, s.Alice.Token, "POST /orgs/{acme}/invoices/soon/payment", "")
	s.want(http.StatusForbidden, s.Vera.Token, "POST /orgs/{acme}/invoices/2026-03/payment", "")
	s.want(http.StatusNoContent, s.Alice.Token, "POST /orgs/{acme}/invoices/2026-03/payment", "")
	s.want(http.StatusOK, s.Alice.Token, "GET /orgs/{acme}/notes", "")
	if list := get[[]repo.Invoice](s, s.Alice.Token, "GET /orgs/{acme}/invoices", ""); len(list) != 1 || list[0].PaidAt == nil {
		t.Errorf("%+v", list)
	}
}

// An attempt at another organization is in the audit log of the one that it came from, and in no other.
func TestAuditView(t *testing.T) {
	s := newService(t)
	s.send(s.Vera.Token, "GET /orgs/{globex}/notes/{g.note}", "")
	s.send(s.Vera.Token, "POST /orgs/{acme}/notes", `{"title": "x"}`) // a viewer
	if err := s.app.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	type event struct{ Kind, Severity, User, Address, What, Message string }
	var attempts, refused int
	for _, e := range get[[]event](s, s.Alice.Token, "GET /orgs/{acme}/audit", "") {
		if e.User != s.Vera.ID.String() || e.Address == "" {
			t.Errorf("%+v", e)
		}
		switch {
		case e.Kind == "mismatch" && e.Severity == "critical" && strings.HasPrefix(e.What, "GET /orgs/"):
			attempts++
		case e.Kind == "refused" && strings.Contains(e.Message, "not permitted"):
			refused++
		}
	}
	if attempts != 1 || refused != 1 {
		t.Errorf("%d attempts, %d refusals", attempts, refused)
	}
	if list := get[[]event](s, s.Bob.Token, "GET /orgs/{globex}/audit", ""); len(list) != 0 {
		t.Errorf("the other organization sees %+v", list)
	}
	s.want(http.StatusForbidden, s.Vera.Token, "GET /orgs/{acme}/audit", "")
	if !strings.Contains(s.log.String(), "attempt across tenants") {
		t.Error("nobody was alerted")
	}
}
