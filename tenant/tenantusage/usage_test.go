package tenantusage_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/internal/tabletest"
	"github.com/tenantgen/tenantgen/tenant/tenantusage"
)

var (
	read  = tenant.Operation{Name: "GetNote", Repository: "NotesRepository", Command: "one"}
	write = tenant.Operation{Name: "AddNote", Repository: "NotesRepository", Command: "exec", Write: true}
	month = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
)

// Calls are counted for their tenant and nobody else, whatever the tenants' type, and nothing is sent for it until Flush.
func TestCalls(t *testing.T) {
	for _, kind := range tabletest.Kinds() {
		t.Run(kind.Type, func(t *testing.T) {
			_, db, m := newLab(t, kind)
			vera := tabletest.For(t, t.Context(), kind.Acme, "free")
			for range 3 {
				if _, err := gen.Scoped(db, kind.Acme, read).Exec(vera, "select 1"); err != nil {
					t.Fatal(err)
				}
			}
			_, _ = gen.Scoped(db, kind.Acme, write).Exec(vera, "select 1/0")               // it was made all the same
			_, _ = gen.Scoped(db, kind.Globex, read).Exec(vera, "select 1")                // refused: another tenant's context
			_, _ = gen.Scoped(db, kind.Hooli, write).Exec(t.Context(), "select 1")         // nobody: a job
			_, _ = gen.Global(db, read).Exec(t.Context(), "select 1")                      // no tenant's
			_ = tenant.Notify(t.Context(), db, kind.Globex, "notes", "not a repository's") // nor this
			if err := m.Add(kind.Acme, "mails", 4); err != nil {
				t.Error(err)
			}
			if got := used(t, db, m, kind.Acme); got != "map[active-users:0]" {
				t.Errorf("before Flush: %s", got)
			}
			if m.Held() != 2 {
				t.Errorf("%d tenants are held", m.Held())
			}
			for range 2 { // the second time there is nothing to write
				if err := m.Flush(t.Context(), db); err != nil {
					t.Fatal(err)
				}
			}
			for scope, want := range map[tenant.Scope]string{
				kind.Acme:   "map[active-users:1 calls:4 mails:4 writes:1]",
				kind.Globex: "map[active-users:0]",
				kind.Hooli:  "map[active-users:0 calls:1 writes:1]",
			} {
				if got := used(t, db, m, scope); got != want {
					t.Errorf("%s: %s, want %s", scope, got, want)
				}
			}
			if m.Held() != 0 {
				t.Errorf("%d tenants are held", m.Held())
			}
		})
	}
}

// Sums add up over flushes and processes; peaks stay; a member is active once, wherever they are.
func TestProcessesTogether(t *testing.T) {
	kind := tabletest.Kinds()[0]
	_, db, first := newLab(t, kind)
	second := newMeter(t, kind.Column)
	for i, m := range []*tenantusage.Meter{first, second, first, second} {
		err := errors.Join(m.Add(kind.Acme, "mails", int64(i+1)), m.Peak(kind.Acme, "storage", []int64{500, 900, 700, 100}[i]),
			m.Peak(kind.Acme, "storage", 50), m.Active(kind.Acme, "vera"), m.Active(kind.Acme, "walt"), m.Add(kind.Globex, "mails", 100))
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Flush(t.Context(), db); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := used(t, db, first, kind.Acme), "map[active-users:2 mails:10 storage:900]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A flush whose answer is lost is sent again, and counts once; what comes meanwhile waits its turn.
func TestFlushAgain(t *testing.T) {
	kind := tabletest.Kinds()[0]
	var breaks atomic.Bool
	lab, db, m := newLab(t, kind, func(c *pgxpool.Config) {
		c.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec // everything is sent in one go
		c.ConnConfig.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
			return cut{conn, &breaks}, err
		}
	})
	add := func(n int64) {
		t.Helper()
		if err := errors.Join(m.Add(kind.Acme, "mails", n), m.Active(kind.Acme, fmt.Sprint("member ", n))); err != nil {
			t.Fatal(err)
		}
	}
	add(1)
	if err := m.Flush(t.Context(), db); err != nil { // opens the connection
		t.Fatal(err)
	}
	add(10)
	breaks.Store(true)
	if err := m.Flush(t.Context(), db); err == nil {
		t.Fatal("the connection did not break")
	}
	breaks.Store(false)
	if got := lab.Rows(t, "select amount::text from tenant_usage where kind = 'mails'"); fmt.Sprint(got) != "[11]" {
		t.Fatalf("%s have arrived: the test is not about what it says", got)
	}
	add(100)
	for range 3 {
		if err := m.Flush(t.Context(), db); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := used(t, db, m, kind.Acme), "map[active-users:3 mails:111]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// While the database is away nothing is lost, and nothing counted twice.
func TestDatabaseAway(t *testing.T) {
	kind := tabletest.Kinds()[1]
	_, db, m := newLab(t, kind)
	gone := tenant.New(unreachable(t), gen.WithSetting(tabletest.Setting))
	for i := range 3 {
		if err := m.Add(kind.Acme, "mails", 1); err != nil {
			t.Fatal(err)
		}
		if err := m.Peak(kind.Acme, "storage", int64(10-i)); err != nil {
			t.Fatal(err)
		}
		if err := m.Flush(t.Context(), gone); err == nil {
			t.Fatal("there is no database")
		}
	}
	for range 2 {
		if err := m.Flush(t.Context(), db); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := used(t, db, m, kind.Acme), "map[active-users:0 mails:3 storage:10]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Several processes flush many tenants at the same time, and everything arrives.
func TestFlushConcurrently(t *testing.T) {
	kind := tabletest.Kinds()[0]
	_, db, _ := newLab(t, kind, func(c *pgxpool.Config) { c.MaxConns = 8 })
	scopes := []tenant.Scope{kind.Acme, kind.Globex, kind.Hooli}
	var meters []*tenantusage.Meter
	var wg sync.WaitGroup
	for range 4 {
		m := newMeter(t, kind.Column)
		meters = append(meters, m)
		for worker := range 3 {
			wg.Go(func() {
				for turn := range 10 {
					for i, scope := range scopes {
						for _, kind := range []string{"a", "b", "c"} {
							if err := m.Add(scope, kind, int64(i+1)); err != nil {
								t.Error(err)
							}
						}
					}
					if turn%3 == worker {
						if err := m.Flush(t.Context(), db); err != nil {
							t.Error(err)
						}
					}
				}
			})
		}
	}
	wg.Wait()
	for _, m := range meters {
		if err := m.Flush(t.Context(), db); err != nil {
			t.Error(err)
		}
	}
	for i, scope := range scopes {
		n := 4 * 3 * 10 * (i + 1)
		if got, want := used(t, db, meters[0], scope), fmt.Sprintf("map[a:%d active-users:0 b:%d c:%d]", n, n, n); got != want {
			t.Errorf("%s: %s, want %s", scope, got, want)
		}
	}
}

// Run writes now and then, and what is left when the process ends.
func TestRun(t *testing.T) {
	kind := tabletest.Kinds()[0]
	_, db, _ := newLab(t, kind)
	m, err := tenantusage.New(tenantusage.Config{TenantColumn: kind.Column, Every: 20 * time.Millisecond, Now: func() time.Time { return month }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx, db, nil) }()
	if err := m.Add(kind.Acme, "mails", 1); err != nil {
		t.Fatal(err)
	}
	for wait := 0; m.Held() > 0; wait++ {
		if wait > 500 {
			t.Fatal("nothing is written")
		}
		time.Sleep(10 * time.Millisecond)
	}
	stop()
	if err := m.Add(kind.Acme, "mails", 1); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if err := m.Flush(t.Context(), db); err != nil { // in case Run was quicker than Add
		t.Fatal(err)
	}
	if got, want := used(t, db, m, kind.Acme), "map[active-users:0 mails:2]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A tenant that is gone is not sent for ever.
func TestTenantIsGone(t *testing.T) {
	kind := tabletest.Kinds()[0]
	lab, db, m := newLab(t, kind)
	lab.Exec(t, "delete from tenants where id = '"+kind.Acme.ID()+"'")
	if err := errors.Join(m.Add(kind.Acme, "mails", 1), m.Add(kind.Globex, "mails", 1)); err != nil {
		t.Fatal(err)
	}
	if err := m.Flush(t.Context(), db); err != nil || m.Held() != 0 {
		t.Errorf("%v, %d held", err, m.Held())
	}
	if got := used(t, db, m, kind.Globex); got != "map[active-users:0 mails:1]" {
		t.Errorf("another one: %s", got)
	}
}

func TestMiddleware(t *testing.T) {
	kind := tabletest.Kinds()[0]
	_, db, m := newLab(t, kind)
	h := m.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if len(body) == 0 {
			panic(http.ErrAbortHandler)
		}
		fmt.Fprint(w, "hello")
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
	}))
	serve := func(ctx context.Context, body string) {
		defer func() { _ = recover() }()
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "POST", "/", strings.NewReader(body)))
	}
	ctx := tabletest.For(t, t.Context(), kind.Acme, "free")
	serve(ctx, "1234567")
	serve(ctx, "")
	serve(t.Context(), "nobody's")
	if err := m.Flush(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	if got, want := used(t, db, m, kind.Acme), "map[active-users:1 bytes-in:7 bytes-out:5 requests:2]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestRefused(t *testing.T) {
	kind, m := tabletest.Kinds()[0], newMeter(t, "org_id")
	for name, err := range map[string]error{
		"no kind":               m.Add(kind.Acme, "", 1),
		"less than nothing":     m.Add(kind.Acme, "mails", -1),
		"a peak":                m.Add(kind.Acme, "storage", 1),
		"active users":          m.Add(kind.Acme, tenantusage.ActiveUsers, 1),
		"no tenant":             m.Add(tenant.Scope{}, "mails", 1),
		"no peak":               m.Peak(kind.Acme, "mails", 1),
		"a peak below nothing":  m.Peak(kind.Acme, "storage", -1),
		"a peak of nobody":      m.Peak(tenant.Scope{}, "storage", 1),
		"nobody is active":      m.Active(kind.Acme, ""),
		"somebody of no tenant": m.Active(tenant.Scope{}, "vera"),
		"several tenants":       m.Add(gen.NewSet("app.org_ids", []string{"a", "b"}), "mails", 1),
	} {
		if !errors.Is(err, tenantusage.ErrAmount) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	several := tenant.TraceStartData{Scope: gen.NewSet("app.org_ids", []string{"a", "b"}), Operation: read}
	m.TraceEnd(t.Context(), tenant.TraceEndData{TraceStartData: several}) // nobody's alone
	if m.Held() != 0 {
		t.Errorf("%d tenants are held", m.Held())
	}
	for _, c := range []tenantusage.Config{{}, {TenantColumn: "org_id", Peaks: []string{"calls"}}, {TenantColumn: "org_id", Peaks: []string{""}}, {TenantColumn: "org_id", Peaks: []string{"active-users"}}} {
		if _, err := tenantusage.New(c); err == nil {
			t.Errorf("%+v is accepted", c)
		}
	}
	if _, err := m.Of(t.Context(), outside{}, month); !errors.Is(err, tenantusage.ErrNotInTx) {
		t.Errorf("got %v", err)
	}
}

// TestLevels: calls for a project count for the organization that its context or transaction says; what is counted for a scope that no
// tenant of the tables has is told once, and not tried for ever.
func TestLevels(t *testing.T) {
	kind := tabletest.Kinds()[0]
	lab, _, m := newLab(t, kind)
	db := tenant.New(lab.Pool(t, "app"), gen.WithSetting(tabletest.Setting, "app.project_id"), tenant.WithTracer(m))
	project := gen.NewScope("app.project_id", "7")
	for _, ctx := range []context.Context{tabletest.For(t, t.Context(), kind.Acme, "free"), t.Context()} { // nobody knows whose the second one is
		if _, err := gen.Scoped(db, project, read).Exec(ctx, "select 1"); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Flush(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	if got := used(t, db, m, kind.Acme); got != "map[active-users:1 calls:1]" {
		t.Errorf("got %s", got)
	}
	for _, scope := range []tenant.Scope{project, gen.NewScope("app.project_id", kind.Globex.ID()), gen.NewScope(tabletest.Setting, "00000000-0000-0000-0000-000000000000")} {
		if err := m.Add(scope, "mails", 1); err != nil {
			t.Fatal(err)
		}
		if err := m.Flush(t.Context(), db); err == nil {
			t.Errorf("%s: nobody is told", scope)
		}
		if err := m.Flush(t.Context(), db); err != nil || m.Held() != 0 {
			t.Errorf("%s is tried again: %v", scope, err)
		}
	}
}

type outside struct{}

func (outside) Executor() tenant.Executor { return tenant.New(nil) }

// The application's role attacks the tables as one tenant: the policies keep the others' rows.
func TestAttack(t *testing.T) {
	kind := tabletest.Kinds()[0]
	lab, db, m := newLab(t, kind)
	for _, scope := range []tenant.Scope{kind.Acme, kind.Globex} {
		if err := errors.Join(m.Add(scope, "mails", 7), m.Active(scope, "vera")); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Flush(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	op, victim := tenant.Operation{Name: "Attack", Write: true}, kind.Globex.ID()
	for _, table := range []string{"tenant_usage", "tenant_usage_members", "tenant_usage_flushes"} {
		for _, sql := range []string{"delete from " + table + " where org_id = $1", "select from " + table + " where org_id = $1"} {
			if tag, err := gen.Scoped(db, kind.Acme, op).Exec(t.Context(), sql, victim); err != nil || tag.RowsAffected() != 0 {
				t.Errorf("%s: %d rows, %v", sql, tag.RowsAffected(), err)
			}
		}
	}
	for _, sql := range []string{
		"insert into tenant_usage values ($1, '2026-03-01', 'mails', false, 99) on conflict (org_id, period, kind) do update set amount = 99",
		"insert into tenant_usage_members values ($1, '2026-03-01', 'walt')",
		"insert into tenant_usage_flushes values ($1, 'x', 1, now())",
		"update tenant_usage set org_id = $1",
	} {
		if _, err := gen.Scoped(db, kind.Acme, op).Exec(t.Context(), sql, victim); err == nil || !strings.Contains(err.Error(), "row-level security") {
			t.Errorf("%s: got %v", sql, err)
		}
	}
	if got := lab.Rows(t, "select amount::text from tenant_usage where org_id = '"+victim+"'"); fmt.Sprint(got) != "[7]" {
		t.Errorf("the victim has %s", got)
	}
}
