// Package tenantaudit keeps what an application may be asked about later: attempts to get from one tenant to another, calls that
// were refused, and calls that cross tenants, or that nobody has proved, with the reason that they gave, by whom, and from where.
//
// An [Auditor] is a tracer. What it sees goes to a log/slog.Logger at once, and to two tables a little later: tenant_audit,
// where each tenant has its own, under the policies that all tables have, and tenant_audit_crossings for what is no tenant's, which the
// role of cross-tenant work alone can use. A process that crashes has logged everything, and lost of the tables what came
// within Config.Every. Alerts are told when something comes too often.
//
// It sees what the runtime sees. A row that another tenant has is not found like one that never was, in PostgreSQL too: that
// somebody asked for a foreign id cannot be known, unless it is the id of a tenant. What is refused before there is a call (who
// is not a member, a token without a tenant) the application says with Refused.
//
// The tables come as a migration: tenantgen tables audit. The statements are in queries.sql, proved as an application's are.
package tenantaudit

import (
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/internal/statements"
)

//go:embed queries.sql
var queries string

// Queries returns the statements that are sent, for an application's tenant column: for a reviewer, or for tenantgen lint.
func Queries(tenantColumn string) string { return statements.Read(queries, tenantColumn).Text() }

// Kind is what happened.
type Kind string

// The kinds of events.
const (
	Crossing Kind = "cross-tenant" // a call across tenants, for the reason that it gave
	Unproved Kind = "unproved"     // a call that nothing but row-level security confines, for the reason that it gave
	Several  Kind = "of-tenants"   // a call for a set of tenants, for the reason that it gave
	Mismatch Kind = "mismatch"     // something that is for one tenant named another one
	Policy   Kind = "policy"       // PostgreSQL refused a row, or a right
	Refused  Kind = "refused"      // a guard, a permission, a membership, an unknown place
	Quota    Kind = "quota"        // a limit is reached
)

// Severity is how much an event or an alert matters.
type Severity string

// The severities.
const (
	Info     Severity = "info"     // as it should be
	Warning  Severity = "warning"  // somebody should look, some day
	Critical Severity = "critical" // somebody should look now
)

// severities are those of the kinds when they fail; what crosses tenants and works is Info.
var severities = map[Kind]Severity{Crossing: Warning, Unproved: Warning, Several: Warning, Mismatch: Critical, Policy: Critical, Refused: Warning, Quota: Info}

// level is that of the log.
func (s Severity) level() slog.Level {
	switch s {
	case Info:
		return slog.LevelInfo
	case Warning:
		return slog.LevelWarn
	}
	return slog.LevelError
}

// Actor is who did something, and from where.
type Actor struct{ ID, Address string }

// Event is something that happened.
type Event struct {
	At       time.Time
	Kind     Kind
	Severity Severity
	// Scope is the tenant that it happened for, zero for what is no tenant's. Of a mismatch, Other is the one that was named;
	// the tenant itself is never told of it.
	Scope, Other tenant.Scope
	Actor        Actor
	Operation    tenant.Operation
	// Message is the text of the error, "" when there was none.
	Message string
	id      [16]byte
}

// Config says how an Auditor works.
type Config struct {
	// TenantColumn is the tenant column of the tables, the application's own.
	TenantColumn string
	// Log gets every event at once; slog.Default() without it.
	Log *slog.Logger
	// Who says who acts in a context. Without it that is the member that tenant.CurrentMember says, from the address of
	// WithAddress.
	Who func(ctx context.Context) Actor
	// Every is how often the tables are written, 5 seconds when it is 0, and so how much of them a crash loses.
	Every time.Duration
	// Most is how many events wait for the tables; what comes then is in the log alone, which says so. 10,000 when it is 0.
	Most int
	// Rules say when Alert is called. It should be quick: whoever makes the call waits for it.
	Rules []Rule
	Alert func(ctx context.Context, a Alert)
	// Now is the clock, time.Now without it.
	Now func() time.Time
}

// Auditor keeps events. It is a tenant.Tracer, safe for concurrent use.
type Auditor struct {
	Config
	sql     statements.Set
	mu      sync.Mutex
	waiting map[tenant.Scope][]Event
	size    int
	dropped int
	windows map[windowKey][]time.Time
	writes  sync.Mutex // one flush at a time
}

// New returns an Auditor, which logs from now on, and writes no table before Run is called.
func New(c Config) (*Auditor, error) {
	if c.TenantColumn == "" {
		return nil, errors.New("tenantaudit: no tenant column: it is the one that tenantgen tables has used")
	}
	for _, r := range c.Rules {
		if err := r.check(); err != nil {
			return nil, err
		}
	}
	if len(c.Rules) > 0 && c.Alert == nil {
		return nil, errors.New("tenantaudit: rules without anybody to alert")
	}
	a := &Auditor{Config: c, sql: statements.Read(queries, c.TenantColumn), waiting: map[tenant.Scope][]Event{}, windows: map[windowKey][]time.Time{}}
	if a.Who == nil {
		a.Who = who
	}
	if a.Every <= 0 {
		a.Every = 5 * time.Second
	}
	if a.Most <= 0 {
		a.Most = 10_000
	}
	if a.Now == nil {
		a.Now = time.Now
	}
	return a, nil
}

// TraceStart is a tracer's.
func (a *Auditor) TraceStart(ctx context.Context, _ tenant.TraceStartData) context.Context {
	return ctx
}

// own begins the names of the operations that this package runs, and keeps of those by which it writes.
const (
	own   = "tenantaudit."
	keeps = own + "Keep"
)

// TraceEnd keeps a call that crossed tenants, or tried to, or was refused.
func (a *Auditor) TraceEnd(ctx context.Context, data tenant.TraceEndData) {
	if op := data.Operation; op.Repository == "" && strings.HasPrefix(op.Name, keeps) {
		return
	}
	kind, ok := kindOf(data)
	if !ok {
		return
	}
	e := Event{Kind: kind, Severity: Info, Scope: data.Scope, Operation: data.Operation}
	place := data.Tenant
	if data.Err != nil && e.failed(data.Err) {
		place = e.Scope.Outermost()
	}
	a.record(ctx, e, place)
}

// failed says why something did not happen, and reports whether it names two tenants.
func (e *Event) failed(err error) bool {
	e.Severity, e.Message = severities[e.Kind], err.Error()
	var mismatch *tenant.MismatchError
	if !errors.As(err, &mismatch) {
		return false
	}
	e.Scope, e.Other = mismatch.Tx, mismatch.Call
	return true
}

// kindOf says what a call is worth to be kept for. A transaction is told of the errors of the calls in it, which have been
// told of themselves.
func kindOf(data tenant.TraceEndData) (Kind, bool) {
	var part *tenant.PartError
	around := data.Operation.Command == tenant.CommandTx
	if around && !data.Refused && !errors.As(data.Err, &part) {
		return "", false
	}
	if kind, ok := kindOfError(data.Err); ok {
		return kind, true
	}
	switch {
	case data.Operation.Reason != "" && data.Scope.IsZero():
		return Crossing, true
	case data.Scope.Set() != nil:
		return Several, true
	case data.Operation.Reason != "":
		return Unproved, true
	}
	return Refused, data.Refused
}

// insufficientPrivilege is PostgreSQL's code for what a policy or a missing right refuses.
const insufficientPrivilege = "42501"

// kindOfError says what an error tells by itself.
func kindOfError(err error) (Kind, bool) {
	var server *pgconn.PgError
	switch {
	case err == nil:
	case errors.Is(err, tenant.ErrTenantMismatch):
		return Mismatch, true
	case errors.Is(err, tenant.ErrQuotaExceeded):
		return Quota, true
	case errors.Is(err, tenant.ErrNoSchema):
		return Refused, true
	case errors.As(err, &server) && server.Code == insufficientPrivilege:
		return Policy, true
	}
	return "", false
}

// Refused keeps a refusal that the runtime does not see: by middleware, of a job or a message. The scope is the tenant that
// somebody wanted to act for, zero where that is not known.
func (a *Auditor) Refused(ctx context.Context, scope tenant.Scope, operation string, err error) {
	e := Event{Kind: Refused, Scope: scope, Operation: tenant.Operation{Name: operation}}
	if kind, ok := kindOfError(err); ok {
		e.Kind = kind
	}
	e.failed(err)
	a.Record(ctx, e)
}

// Record keeps an event: those of the runtime, and what else the application wants to have kept. What it does not say of the
// time, the actor and the severity is filled in.
func (a *Auditor) Record(ctx context.Context, e Event) { a.record(ctx, e, e.Scope.Outermost()) }

// record keeps an event among those of a tenant, or of none.
func (a *Auditor) record(ctx context.Context, e Event, place tenant.Scope) {
	if e.At.IsZero() {
		e.At = a.Now()
	}
	if e.Actor == (Actor{}) {
		e.Actor = a.Who(ctx)
	}
	if e.Severity == "" {
		e.Severity = Info
	}
	_, _ = rand.Read(e.id[:]) // which never fails
	e.id[6], e.id[8] = e.id[6]&0x0f|0x40, e.id[8]&0x3f|0x80
	e.clean()
	a.log(ctx, e)
	a.enqueue(e, place)
	a.alert(ctx, e)
}

// clean makes the texts such that a log and a table take them: they come from requests.
func (e *Event) clean() {
	for _, text := range []*string{&e.Actor.ID, &e.Actor.Address, &e.Message, &e.Operation.Reason, &e.Operation.Name, &e.Operation.Repository} {
		*text = strings.ToValidUTF8(strings.ReplaceAll(*text, "\x00", ""), "�")
		if len(*text) > longest {
			*text = strings.ToValidUTF8((*text)[:longest], "") + "…"
		}
	}
}

// longest is how many bytes of a text are kept.
const longest = 1000

func (a *Auditor) log(ctx context.Context, e Event) {
	attrs := []slog.Attr{
		slog.String("kind", string(e.Kind)), slog.String("severity", string(e.Severity)), slog.String("tenant", e.Scope.String()), slog.String("actor", e.Actor.ID), slog.String("address", e.Actor.Address),
		slog.String("repository", e.Operation.Repository), slog.String("operation", e.Operation.Name),
	}
	for _, more := range []slog.Attr{slog.String("other", e.Other.String()), slog.String("category", string(e.Operation.Category)), slog.String("reason", e.Operation.Reason), slog.String("error", e.Message)} {
		if more.Value.String() != "" {
			attrs = append(attrs, more)
		}
	}
	a.logger().LogAttrs(ctx, e.Severity.level(), "tenant audit", attrs...)
}

type addressKey struct{}

// WithAddress says from where a context's calls come.
func WithAddress(ctx context.Context, address string) context.Context {
	return context.WithValue(ctx, addressKey{}, address)
}

// who is Config.Who when there is none.
func who(ctx context.Context) Actor {
	m, _ := tenant.CurrentMember(ctx)
	address, _ := ctx.Value(addressKey{}).(string)
	return Actor{ID: m.ID, Address: address}
}
