package tenantquota_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/internal/tabletest"
	"github.com/tenantgen/tenantgen/tenant/tenantquota"
	"github.com/tenantgen/tenantgen/tenant/tenanttest"
)

// request goes through a middleware as a tenant, and returns what comes back.
func request(t *testing.T, through func(http.Handler) http.Handler, scope tenant.Scope, plan string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest("GET", "/", nil)
	if !scope.IsZero() {
		r = r.WithContext(tabletest.For(t, r.Context(), scope, plan))
	}
	w := httptest.NewRecorder()
	through(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })).ServeHTTP(w, r)
	return w
}

// The month's calls run out for one tenant, and not for another.
func TestCalls(t *testing.T) {
	for _, atOnce := range []int64{1, 3, 100} {
		t.Run(strconv.FormatInt(atOnce, 10), func(t *testing.T) {
			kind := tabletest.Kinds()[1]
			lab, db, q := newLab(t, kind)
			calls, err := q.NewCalls(db, "calls", atOnce)
			if err != nil {
				t.Fatal(err)
			}
			through := calls.Middleware(nil)
			for i := range 5 {
				if w := request(t, through, kind.Acme, "free"); w.Code != http.StatusNoContent {
					t.Fatalf("call %d: %d %s", i, w.Code, w.Body)
				}
			}
			w := request(t, through, kind.Acme, "free")
			after, err := strconv.Atoi(w.Header().Get("Retry-After"))
			if w.Code != http.StatusTooManyRequests || err != nil || after < 1 || after > 31*24*3600 || w.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
			}
			if w := request(t, through, kind.Globex, "free"); w.Code != http.StatusNoContent {
				t.Errorf("another tenant: %d", w.Code)
			}
			if w := request(t, through, tenant.Scope{}, ""); w.Code != http.StatusServiceUnavailable {
				t.Errorf("nobody: %d", w.Code)
			}
			if err := calls.Close(t.Context()); err != nil {
				t.Error(err)
			}
			expect(t, counters(t, lab), "1 calls 5", "2 calls 1")
			if w := request(t, through, kind.Globex, "free"); w.Code != http.StatusServiceUnavailable {
				t.Errorf("closed: %d", w.Code)
			}
		})
	}
}

// What a plan does not have at all is paid for, not waited for.
func TestProblem(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
		retry  string
	}{
		{&tenant.QuotaError{Key: "projects", Limit: 3, Used: 3, Asked: 1}, http.StatusPaymentRequired, ""},
		{&tenant.QuotaError{Key: "api", Limit: 3, Retry: time.Now().Add(1500 * time.Millisecond)}, http.StatusTooManyRequests, "2"},
		{&tenant.QuotaError{Key: "api", Limit: 3, Retry: time.Now().Add(-time.Hour)}, http.StatusTooManyRequests, "1"},
		{errors.New("secret"), http.StatusServiceUnavailable, ""},
	} {
		w := httptest.NewRecorder()
		tenantquota.Problem(w, nil, c.err)
		var body struct {
			Status int
			Title  string
			Quota  string
		}
		err := json.Unmarshal(w.Body.Bytes(), &body)
		if err != nil || w.Code != c.status || body.Status != c.status || body.Title == "" || w.Header().Get("Retry-After") != c.retry {
			t.Errorf("%v: %d %v %s", c.err, w.Code, w.Header(), w.Body)
		}
	}
}

// Many requests at the same time: as many go through as there are, whatever is taken at once.
func TestCallsConcurrently(t *testing.T) {
	kind := tabletest.Kinds()[0]
	lab, db, q := newLab(t, kind, func(c *pgxpool.Config) { c.MaxConns = 8 })
	var processes []*tenantquota.Calls
	for _, atOnce := range []int64{1, 2, 4} {
		c, err := q.NewCalls(db, "calls", atOnce)
		if err != nil {
			t.Fatal(err)
		}
		processes = append(processes, c)
	}
	var served [2]atomic.Int64
	var wg sync.WaitGroup
	for worker := range 24 {
		ctx := tabletest.For(t, t.Context(), []tenant.Scope{kind.Acme, kind.Globex}[worker%2], "free")
		wg.Go(func() {
			for range 3 {
				switch err := processes[worker%3].Count(ctx); {
				case err == nil:
					served[worker%2].Add(1)
				case !errors.Is(err, tenant.ErrQuotaExceeded):
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for _, c := range processes {
		if err := c.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if a, b := served[0].Load(), served[1].Load(); a != 5 || b != 5 {
		t.Errorf("served %d and %d, want 5 each", a, b)
	}
	expect(t, counters(t, lab), kind.Acme.ID()+" calls 5", kind.Globex.ID()+" calls 5")
}

// What was taken in one month is worth nothing in the next, and is not given back to it.
func TestCallsInTheNextMonth(t *testing.T) {
	kind := tabletest.Kinds()[1]
	lab := tabletest.New(t, kind, "quota")
	now := time.Date(2026, 1, 31, 23, 59, 0, 0, time.UTC)
	c := plans(kind.Column)
	c.Now = func() time.Time { return now }
	q := newQuotas(t, c)
	calls, err := q.NewCalls(tenant.New(lab.Pool(t, "app"), gen.WithSetting(tabletest.Setting)), "calls", 4)
	if err != nil {
		t.Fatal(err)
	}
	ctx := tabletest.For(t, t.Context(), kind.Acme, "free")
	for range 2 {
		if err := calls.Count(ctx); err != nil {
			t.Fatal(err)
		}
	}
	now = now.Add(time.Hour)
	if err := calls.Count(ctx); err != nil {
		t.Fatal(err)
	}
	if err := calls.Close(ctx); err != nil {
		t.Fatal(err)
	}
	expect(t, lab.Rows(t, `select format('%s %s', to_char(period at time zone 'UTC', 'MM'), used) from tenant_quota_counters order by 1`), "01 4", "02 1")
}

func TestNewCallsRefused(t *testing.T) {
	q := newQuotas(t, plans("org_id"))
	if _, err := q.NewCalls(nil, "call", 1); !errors.Is(err, tenantquota.ErrUnknownKind) {
		t.Errorf("got %v", err)
	}
	if _, err := q.NewCalls(nil, "calls", 0); !errors.Is(err, tenantquota.ErrAmount) {
		t.Errorf("got %v", err)
	}
	calls, err := q.NewCalls(tenanttest.NewDB(gen.WithSetting(tabletest.Setting)), "calls", 10)
	if err != nil {
		t.Fatal(err)
	}
	if w := request(t, calls.Middleware(nil), tabletest.Kinds()[0].Acme, "free"); w.Code != http.StatusServiceUnavailable {
		t.Errorf("without a database: %d", w.Code)
	}
}

// A rate is one tenant's, comes back with time, and has a burst.
func TestRate(t *testing.T) {
	now := time.Now()
	c := plans("org_id")
	c.Now = func() time.Time { return now }
	c.Rates = rates(tenantquota.Rate{Calls: 60, Per: time.Minute, Burst: 3})
	q := newQuotas(t, c)
	kind := tabletest.Kinds()[0]
	acme, globex := tabletest.For(t, t.Context(), kind.Acme, "free"), tabletest.For(t, t.Context(), kind.Globex, "free")
	for range 3 {
		if err := q.Allow(acme, "api"); err != nil {
			t.Fatal(err)
		}
	}
	var exceeded *tenant.QuotaError
	if err := q.Allow(acme, "api"); !errors.As(err, &exceeded) || exceeded.Key != "api" || !exceeded.Retry.Equal(now.Add(time.Second)) {
		t.Errorf("got %v %+v", err, exceeded)
	}
	if err := q.Allow(globex, "api"); err != nil {
		t.Errorf("another tenant: %v", err)
	}
	now = now.Add(time.Second)
	if err := q.Allow(acme, "api"); err != nil {
		t.Errorf("a second later: %v", err)
	}
	if err := q.Allow(acme, "api"); err == nil {
		t.Error("twice")
	}
	now = now.Add(-time.Hour) // a clock that is set back gives nothing
	if err := q.Allow(acme, "api"); err == nil {
		t.Error("with the clock set back")
	}
	now = now.Add(2 * time.Hour)
	for i := range 4 {
		if err := q.Allow(acme, "api"); (err == nil) != (i < 3) {
			t.Errorf("an hour later, call %d: %v", i, err)
		}
	}
	pro := tabletest.For(t, t.Context(), kind.Acme, "pro")
	for range 100 {
		if err := q.Allow(pro, "api"); err != nil {
			t.Fatalf("no rate: %v", err)
		}
	}
	if err := q.Allow(acme, "ap"); !errors.Is(err, tenantquota.ErrUnknownRate) {
		t.Errorf("got %v", err)
	}
	if err := q.Allow(tabletest.For(t, t.Context(), kind.Acme, "gold"), "api"); !errors.Is(err, tenantquota.ErrUnknownRate) {
		t.Errorf("got %v", err)
	}
	if err := q.Allow(t.Context(), "api"); !errors.Is(err, tenant.ErrNoTenant) {
		t.Errorf("got %v", err)
	}
	w := request(t, q.RateMiddleware("api", nil), kind.Acme, "free")
	if w.Code != http.StatusTooManyRequests {
		t.Errorf("through HTTP: %d", w.Code)
	}
	own := func(w http.ResponseWriter, _ *http.Request, err error) { http.Error(w, err.Error(), http.StatusTeapot) }
	if w := request(t, q.RateMiddleware("api", own), kind.Acme, "free"); w.Code != http.StatusTeapot {
		t.Errorf("refused by the application: %d", w.Code)
	}
}
