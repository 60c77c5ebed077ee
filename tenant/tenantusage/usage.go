// Package tenantusage counts what each tenant uses in a month: calls, time in the database, active users, bandwidth, storage,
// whatever else the application adds, and what it costs.
//
// A [Meter] is a tracer: it counts the calls of generated repositories in memory, without a round trip of its own. [Meter.Run]
// writes what was counted every few seconds, one statement for each tenant that did anything, and once more when the process
// ends. What a process has counted and not yet written when it crashes is lost: at most what came within Config.Every, and,
// while the database does not answer, since it last did. What is written counts once, also when it has to be sent again because
// a connection broke.
//
// The tables come as a migration: tenantgen tables usage. Their rows are the tenant's, under the same policies as all
// others, and the statements are in queries.sql, proved as an application's are. Guards and tracers see them as operations of no
// repository, such as tenantusage.Flush.
package tenantusage

import (
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/internal/statements"
)

//go:embed queries.sql
var queries string

// Queries returns the statements that are sent, for an application's tenant column: for a reviewer, or for tenantgen lint.
func Queries(tenantColumn string) string { return statements.Read(queries, tenantColumn).Text() }

// Kinds that a Meter counts by itself.
const (
	Calls        = "calls"         // of generated repositories, refused ones left out
	Writes       = "writes"        // those of them that change rows
	DatabaseTime = "database-time" // in microseconds
	ActiveUsers  = "active-users"  // members whom the context of a call names
	Requests     = "requests"      // through Middleware
	BytesIn      = "bytes-in"      // bodies, through Middleware
	BytesOut     = "bytes-out"
	RequestTime  = "request-time" // in microseconds, through Middleware
)

// Config says how a Meter counts.
type Config struct {
	// TenantColumn is the tenant column of the tables, the application's own.
	TenantColumn string
	// Peaks are the kinds of which a month has the highest value, such as storage, instead of the sum.
	Peaks []string
	// Every is how often what was counted is written, 10 seconds when it is 0, and so how much a crash loses.
	Every time.Duration
	// Now is the clock, time.Now without it.
	Now func() time.Time
}

// Meter counts. It is a tenant.Tracer, safe for concurrent use.
type Meter struct {
	Config
	sql    statements.Set
	peaks  map[string]bool
	source string // names this process
	mu     sync.Mutex
	counts map[tenant.Scope]*counts // since the last flush
	writes sync.Mutex               // one flush at a time
	unsent map[tenant.Scope]*batch  // of which nobody knows whether they arrived
	seq    int64
}

// counts are those of one tenant.
type counts struct {
	amounts map[entry]int64
	members map[membership]bool
}

type entry struct {
	month time.Time
	kind  string
}

type membership struct {
	month  time.Time
	member string
}

// New returns a Meter, which counts from now on, and writes nothing before Run is called.
func New(c Config) (*Meter, error) {
	m := &Meter{Config: c, peaks: map[string]bool{}, counts: map[tenant.Scope]*counts{}, unsent: map[tenant.Scope]*batch{}, source: rand.Text()}
	for _, kind := range c.Peaks {
		m.peaks[kind] = true
	}
	for _, own := range []string{Calls, Writes, DatabaseTime, ActiveUsers, Requests, BytesIn, BytesOut, RequestTime, ""} {
		if m.peaks[own] {
			return nil, fmt.Errorf("tenantusage: %q is no peak", own)
		}
	}
	if c.TenantColumn == "" {
		return nil, errors.New("tenantusage: no tenant column: it is the one that tenantgen tables has used")
	}
	if m.Every <= 0 {
		m.Every = 10 * time.Second
	}
	if m.Now == nil {
		m.Now = time.Now
	}
	m.sql = statements.Read(queries, c.TenantColumn)
	return m, nil
}

// Month is the first of a time's month, in UTC: periods are named by it.
func Month(at time.Time) time.Time {
	y, m, _ := at.UTC().Date()
	return time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)
}

// of returns the counts of a tenant. The lock is held.
func (m *Meter) of(scope tenant.Scope) *counts {
	scope = scope.Outermost()
	c := m.counts[scope]
	if c == nil {
		c = &counts{amounts: map[entry]int64{}, members: map[membership]bool{}}
		m.counts[scope] = c
	}
	return c
}

// nobodys reports whether a scope is not that of one tenant.
func nobodys(scope tenant.Scope) bool { return scope.ID() == "" }

// ErrAmount refuses to add less than nothing, and to add to what is a peak, or the other way round.
var ErrAmount = errors.New("tenantusage: not an amount of that kind")

// Add counts n of a kind for a tenant: seconds of a job, mails, whatever the application sells.
func (m *Meter) Add(scope tenant.Scope, kind string, n int64) error {
	if kind == "" || kind == ActiveUsers || m.peaks[kind] || n < 0 || nobodys(scope) {
		return ErrAmount
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.add(scope, kind, n)
	return nil
}

func (m *Meter) add(scope tenant.Scope, kind string, n int64) {
	if n > 0 {
		m.of(scope).amounts[entry{Month(m.Now()), kind}] += n
	}
}

// Peak says that a tenant has so much of a kind now: bytes that are stored, seats that are taken. The month keeps the highest.
func (m *Meter) Peak(scope tenant.Scope, kind string, n int64) error {
	if !m.peaks[kind] || n < 0 || nobodys(scope) {
		return ErrAmount
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	at := entry{Month(m.Now()), kind}
	c := m.of(scope)
	c.amounts[at] = max(c.amounts[at], n)
	return nil
}

// Active says that a member was active. Calls whose context has a member say so by themselves.
func (m *Meter) Active(scope tenant.Scope, member string) error {
	if member == "" || nobodys(scope) {
		return ErrAmount
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.active(scope, member)
	return nil
}

func (m *Meter) active(scope tenant.Scope, member string) {
	m.of(scope).members[membership{Month(m.Now()), member}] = true
}

// TraceStart is a tracer's.
func (m *Meter) TraceStart(ctx context.Context, _ tenant.TraceStartData) context.Context { return ctx }

// TraceEnd counts a call for its tenant. Calls for no tenant, for several, of no repository, and refused ones are not counted, nor
// are those for a part of a tenant, such as a project, of which neither a transaction nor the context says whose it is.
func (m *Meter) TraceEnd(ctx context.Context, data tenant.TraceEndData) {
	if data.Tenant.IsZero() || data.Operation.Repository == "" || data.Refused {
		return
	}
	member, _ := tenant.CurrentMember(ctx)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.add(data.Tenant, Calls, 1)
	m.add(data.Tenant, DatabaseTime, data.Duration.Microseconds())
	if data.Operation.Write {
		m.add(data.Tenant, Writes, 1)
	}
	if member.ID != "" {
		m.active(data.Tenant, member.ID)
	}
}

// take returns what was counted, and begins anew.
func (m *Meter) take() map[tenant.Scope]*counts {
	m.mu.Lock()
	defer m.mu.Unlock()
	taken := m.counts
	m.counts = map[tenant.Scope]*counts{}
	return taken
}

// giveBack adds what could not be cut into a batch yet to what was counted meanwhile.
func (m *Meter) giveBack(scope tenant.Scope, c *counts) {
	m.mu.Lock()
	defer m.mu.Unlock()
	to := m.of(scope)
	for at, n := range c.amounts {
		if m.peaks[at.kind] {
			to.amounts[at] = max(to.amounts[at], n)
		} else {
			to.amounts[at] += n
		}
	}
	maps.Copy(to.members, c.members)
}

// Held is how many tenants have something that is not written yet: what a crash would lose.
func (m *Meter) Held() int {
	m.writes.Lock()
	defer m.writes.Unlock()
	m.mu.Lock()
	defer m.mu.Unlock()
	held := maps.Clone(m.unsent)
	for scope := range m.counts {
		held[scope] = nil
	}
	return len(held)
}

// operation is a call as guards and tracers see it. It is no repository's, so that no permission is asked for it.
func operation(name string, command tenant.Command, write bool) tenant.Operation {
	return tenant.Operation{Name: "tenantusage." + name, Command: command, Write: write}
}
