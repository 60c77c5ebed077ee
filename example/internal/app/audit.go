package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/tenantgen/tenantgen/example/repo"
	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/tenantaudit"
	"github.com/tenantgen/tenantgen/tenant/tenanthttp"
)

// newAuditor keeps what was refused, and what crossed organizations. An alert
// is a line of the log here; a real service would wake somebody.
func newAuditor(log *slog.Logger) (*tenantaudit.Auditor, error) {
	return tenantaudit.New(tenantaudit.Config{
		TenantColumn: "org_id", Log: log, Rules: tenantaudit.DefaultRules(),
		Alert: func(ctx context.Context, a tenantaudit.Alert) {
			log.ErrorContext(ctx, "alert", "rule", a.Rule, "severity", string(a.Severity), "count", a.Count, "user", a.Last.Actor.ID)
		},
	})
}

// addressed says from where a request comes, for the audit log.
func addressed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		if err != nil {
			host = r.RemoteAddr
		}
		next.ServeHTTP(w, r.WithContext(tenantaudit.WithAddress(r.Context(), host)))
	})
}

// keep puts a refusal into the audit log of the organization that the caller
// comes from.
func (a *App) keep(ctx context.Context, r tenanthttp.Refusal) {
	e := tenantaudit.Event{Kind: tenantaudit.Refused, Severity: tenantaudit.Warning, Message: r.Err.Error(),
		Operation: tenant.Operation{Name: r.Request.Method + " " + r.Request.URL.Path}}
	if errors.Is(r.Err, tenant.ErrTenantMismatch) || errors.Is(r.Err, tenant.ErrNotMember) {
		e.Kind, e.Severity = tenantaudit.Mismatch, tenantaudit.Critical
	}
	host, _, _ := net.SplitHostPort(r.Request.RemoteAddr)
	e.Actor = tenantaudit.Actor{ID: r.Person.ID, Address: host}
	if org, err := homeID(r.Person); err == nil {
		e.Scope = org.Scope()
	}
	a.audit.Record(ctx, e)
}

// AuditEvent is what an organization is shown of its audit log.
type AuditEvent struct {
	At       time.Time `json:"at"`
	Kind     string    `json:"kind"`
	Severity string    `json:"severity"`
	User     string    `json:"user"`
	Address  string    `json:"address"`
	What     string    `json:"what"`
	Message  string    `json:"message"`
}

// listAudit is GET /orgs/{org}/audit: the last month, newest first.
func (a *App) listAudit(ctx context.Context, c *call) (*reply, error) {
	return read(a.Audit(ctx, c.org))
}

// Audit returns what was refused, and what crossed organizations, of the last month: the newest hundred.
func (a *App) Audit(ctx context.Context, org repo.OrgID) ([]AuditEvent, error) {
	list := []AuditEvent{}
	err := a.repos.InTx(ctx, org, func(ctx context.Context, tx *repo.Tx) error {
		events, err := a.audit.Events(ctx, tx, time.Now().AddDate(0, -1, 0), time.Now().Add(time.Minute), 100)
		for _, e := range events {
			list = append(list, AuditEvent{e.At, string(e.Kind), string(e.Severity), e.Actor.ID, e.Actor.Address, e.Operation.Name, e.Message})
		}
		return err
	})
	return list, err
}

// Run keeps what is counted and audited until ctx ends, and what is left then.
func (a *App) Run(ctx context.Context) error {
	audited := make(chan error, 1)
	go func() { audited <- a.audit.Run(ctx, a.db) }()
	err := a.billing.Run(ctx, a.db, func(err error) { a.log.WarnContext(ctx, "usage is not written yet", "error", err) })
	return errors.Join(err, <-audited)
}

// Flush writes what is counted and audited at once.
func (a *App) Flush(ctx context.Context) error {
	return errors.Join(a.billing.Meter.Flush(ctx, a.db), a.audit.Flush(ctx, a.db))
}
