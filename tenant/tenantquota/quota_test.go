package tenantquota_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/internal/pgtest"
	"github.com/tenantgen/tenantgen/tenant/internal/tabletest"
	"github.com/tenantgen/tenantgen/tenant/tenantquota"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// plans are those of the tests.
func plans(column string) tenantquota.Config {
	return tenantquota.Config{
		TenantColumn: column,
		Kinds:        map[string]tenantquota.Period{"notes": tenantquota.Ever, "calls": tenantquota.Month, "mails": tenantquota.Day},
		Plans: map[string]map[string]int64{
			"free": {"notes": 10, "calls": 5, "mails": 0},
			"pro":  {"notes": tenantquota.Unlimited, "calls": 1000, "mails": 50},
		},
	}
}

func newQuotas(t *testing.T, c tenantquota.Config) *tenantquota.Quotas {
	t.Helper()
	q, err := tenantquota.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// lab is a database with the tables, and a DB of the application's role on it.
func newLab(t *testing.T, kind tabletest.Kind, change ...func(*pgxpool.Config)) (*tabletest.Lab, *tenant.DB, *tenantquota.Quotas) {
	t.Helper()
	lab := tabletest.New(t, kind, "quota")
	return lab, tenant.New(lab.Pool(t, "app", change...), gen.WithSetting(tabletest.Setting)), newQuotas(t, plans(kind.Column))
}

// inTx runs fn for a tenant on a plan.
func inTx(t *testing.T, db *tenant.DB, scope tenant.Scope, plan string, fn func(context.Context, tabletest.Tx) error) error {
	t.Helper()
	return tabletest.InTx(tabletest.For(t, t.Context(), scope, plan), db, scope, fn)
}

func reserve(t *testing.T, db *tenant.DB, q *tenantquota.Quotas, scope tenant.Scope, plan, kind string, n int64) error {
	t.Helper()
	return inTx(t, db, scope, plan, func(ctx context.Context, tx tabletest.Tx) error { return q.Reserve(ctx, tx, kind, n) })
}

// counters are all rows, as tenant, kind and number.
func counters(t *testing.T, lab *tabletest.Lab) []string {
	t.Helper()
	return lab.Rows(t, `select format('%s %s %s', "`+lab.Column+`", quota, used) from tenant_quota_counters order by 1`)
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Whatever the type of the tenants: a quota is one tenant's, is kept, and comes back.
func TestReserve(t *testing.T) {
	for _, kind := range tabletest.Kinds() {
		t.Run(kind.Type, func(t *testing.T) {
			lab, db, q := newLab(t, kind)
			for _, limited := range []string{"notes", "mails"} { // before there is a counter
				if err := reserve(t, db, q, kind.Acme, "free", limited, 11); !errors.Is(err, tenant.ErrQuotaExceeded) {
					t.Errorf("more %s than the plan has, at first: got %v", limited, err)
				}
			}
			if err := reserve(t, db, q, kind.Acme, "free", "notes", 7); err != nil {
				t.Fatal(err)
			}
			var exceeded *tenant.QuotaError
			if err := reserve(t, db, q, kind.Acme, "free", "notes", 4); !errors.As(err, &exceeded) || *exceeded != (tenant.QuotaError{Key: "notes", Limit: 10, Used: 7, Asked: 4}) {
				t.Errorf("got %v, %+v", err, exceeded)
			}
			if err := reserve(t, db, q, kind.Acme, "free", "notes", 11); !errors.Is(err, tenant.ErrQuotaExceeded) {
				t.Errorf("more than the plan has at all: got %v", err)
			}
			for _, scope := range []tenant.Scope{kind.Globex, kind.Hooli} {
				if err := reserve(t, db, q, scope, "free", "notes", 10); err != nil {
					t.Errorf("another tenant: %v", err)
				}
			}
			if err := reserve(t, db, q, kind.Acme, "free", "notes", 3); err != nil {
				t.Errorf("what is left: %v", err)
			}
			expect(t, counters(t, lab), kind.Acme.ID()+" notes 10", kind.Globex.ID()+" notes 10", kind.Hooli.ID()+" notes 10")
			err := inTx(t, db, kind.Acme, "free", func(ctx context.Context, tx tabletest.Tx) error { return q.Release(ctx, tx, "notes", 4) })
			if err != nil {
				t.Error(err)
			}
			err = inTx(t, db, kind.Acme, "free", func(ctx context.Context, tx tabletest.Tx) error { return q.Release(ctx, tx, "notes", 7) })
			if !errors.Is(err, tenantquota.ErrNotReserved) {
				t.Errorf("more than was reserved: got %v", err)
			}
			expect(t, counters(t, lab), kind.Acme.ID()+" notes 6", kind.Globex.ID()+" notes 10", kind.Hooli.ID()+" notes 10")
		})
	}
}

// A rollback gives back what was taken, and so does a savepoint's.
func TestReserveIsRolledBack(t *testing.T) {
	kind := tabletest.Kinds()[0]
	lab, db, q := newLab(t, kind)
	oops := errors.New("oops")
	err := inTx(t, db, kind.Acme, "free", func(ctx context.Context, tx tabletest.Tx) error {
		if err := q.Reserve(ctx, tx, "notes", 10); err != nil {
			return err
		}
		return oops
	})
	if err != oops {
		t.Fatal(err)
	}
	expect(t, counters(t, lab))
	err = inTx(t, db, kind.Acme, "free", func(ctx context.Context, tx tabletest.Tx) error {
		if err := q.Reserve(ctx, tx, "notes", 9); err != nil {
			return err
		}
		exceeded := q.Reserve(ctx, tx, "notes", 2)
		if !errors.Is(exceeded, tenant.ErrQuotaExceeded) {
			t.Errorf("within the transaction: got %v", exceeded)
		}
		inner := gen.Savepoint(ctx, tx.Executor().(*tenant.Tx), kind.Acme, func(ctx context.Context, sp *tenant.Tx) error {
			if err := q.Reserve(ctx, executor{sp}, "notes", 1); err != nil {
				t.Error(err)
			}
			return oops
		})
		if inner != oops {
			t.Error(inner)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, counters(t, lab), kind.Acme.ID()+" notes 9")
}

type executor struct{ on tenant.Executor }

func (e executor) Executor() tenant.Executor { return e.on }

// Many goroutines of several tenants reserve and fail at the same time: nobody ever has more than the limit, everybody gets
// exactly as much as there is, and no counter is another tenant's.
func TestReserveConcurrently(t *testing.T) {
	kind := tabletest.Kinds()[0]
	lab, db, q := newLab(t, kind, func(c *pgxpool.Config) { c.MaxConns = 12 })
	scopes := []tenant.Scope{kind.Acme, kind.Globex, kind.Hooli}
	var granted, denied, over [3]atomic.Int64
	oops := errors.New("oops")
	var wg sync.WaitGroup
	for worker := range 24 {
		wg.Go(func() {
			at := worker % 3
			for turn := range 8 {
				fails := turn%3 == 2
				err := inTx(t, db, scopes[at], "free", func(ctx context.Context, tx tabletest.Tx) error {
					if err := q.Reserve(ctx, tx, "notes", 1); err != nil {
						return err
					}
					states, err := q.States(ctx, tx, "notes")
					if err != nil {
						return err
					}
					if states[0].Used > 10 {
						over[at].Add(1)
					}
					if fails {
						return oops
					}
					return nil
				})
				switch {
				case err == nil:
					granted[at].Add(1)
				case errors.Is(err, tenant.ErrQuotaExceeded):
					denied[at].Add(1)
				case err != oops:
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for at := range scopes {
		if granted[at].Load() != 10 || denied[at].Load() == 0 || over[at].Load() > 0 {
			t.Errorf("%s: granted %d of 10, denied %d, over the limit %d times", scopes[at], granted[at].Load(), denied[at].Load(), over[at].Load())
		}
	}
	expect(t, counters(t, lab), kind.Acme.ID()+" notes 10", kind.Globex.ID()+" notes 10", kind.Hooli.ID()+" notes 10")
}

// Overrides take the plan's place, add-ons go on top, and both end.
func TestOverridesAndAddons(t *testing.T) {
	kind := tabletest.Kinds()[1]
	lab, db, q := newLab(t, kind)
	yesterday, tomorrow := time.Now().Add(-24*time.Hour), time.Now().Add(24*time.Hour)
	limit := func(step string, want int64, change func(context.Context, tabletest.Tx) error) {
		t.Helper()
		if err := inTx(t, db, kind.Acme, "free", change); err != nil {
			t.Fatalf("%s: %v", step, err)
		}
		for scope, want := range map[tenant.Scope]int64{kind.Acme: want, kind.Globex: 10} {
			_ = inTx(t, db, scope, "free", func(ctx context.Context, tx tabletest.Tx) error {
				states, err := q.States(ctx, tx, "notes")
				if err != nil || states[0].Limit != want {
					t.Errorf("%s: %s has %+v, want a limit of %d, %v", step, scope, states, want, err)
				}
				n := want
				if want == tenantquota.Unlimited {
					n = 1 << 40
				}
				if n > 0 {
					if err := q.Reserve(ctx, tx, "notes", n); err != nil {
						t.Errorf("%s: %s: %v", step, scope, err)
					}
				}
				if err := q.Reserve(ctx, tx, "notes", 1); (want != tenantquota.Unlimited) != errors.Is(err, tenant.ErrQuotaExceeded) {
					t.Errorf("%s: %s: one more: %v", step, scope, err)
				}
				return errors.New("roll it back")
			})
		}
	}
	type change = func(context.Context, tabletest.Tx) error
	override := func(o tenantquota.Override) change {
		return func(ctx context.Context, tx tabletest.Tx) error { return q.SetOverride(ctx, tx, o) }
	}
	addon := func(a tenantquota.Addon) change {
		return func(ctx context.Context, tx tabletest.Tx) error { return q.SetAddon(ctx, tx, a) }
	}
	limit("an add-on", 15, addon(tenantquota.Addon{Kind: "notes", Name: "pack", Amount: 5}))
	limit("another kind's", 15, addon(tenantquota.Addon{Kind: "calls", Name: "pack", Amount: 5}))
	limit("a second one", 18, addon(tenantquota.Addon{Kind: "notes", Name: "gift", Amount: 3, Expires: tomorrow}))
	limit("it has expired", 15, addon(tenantquota.Addon{Kind: "notes", Name: "gift", Amount: 3, Expires: yesterday}))
	limit("an override", 105, override(tenantquota.Override{Kind: "notes", Limit: 100, Reason: "a contract"}))
	limit("nothing at all", 5, override(tenantquota.Override{Kind: "notes", Limit: 0, Reason: "abuse"}))
	limit("no limit", tenantquota.Unlimited, override(tenantquota.Override{Kind: "notes", Limit: tenantquota.Unlimited, Reason: "a partner", Expires: tomorrow}))
	limit("it has expired", 15, override(tenantquota.Override{Kind: "notes", Limit: tenantquota.Unlimited, Reason: "a partner", Expires: yesterday}))
	limit("dropped", 15, func(ctx context.Context, tx tabletest.Tx) error { return q.DropOverride(ctx, tx, "notes") })
	limit("the add-on, too", 10, func(ctx context.Context, tx tabletest.Tx) error { return q.DropAddon(ctx, tx, "notes", "pack") })
	err := inTx(t, db, kind.Acme, "free", func(ctx context.Context, tx tabletest.Tx) error {
		_ = q.SetOverride(ctx, tx, tenantquota.Override{Kind: "mails", Limit: 3, Reason: "a trial"})
		overrides, err := q.Overrides(ctx, tx)
		if err != nil || len(overrides) != 1 || overrides[0] != (tenantquota.Override{Kind: "mails", Limit: 3, Reason: "a trial"}) {
			t.Errorf("%+v, %v", overrides, err)
		}
		addons, err := q.Addons(ctx, tx)
		if err != nil || len(addons) != 2 || addons[0].Kind != "calls" || addons[1].Name != "gift" || addons[1].Expires.IsZero() {
			t.Errorf("%+v, %v", addons, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	expect(t, lab.Rows(t, `select account_id || quota from tenant_quota_overrides`), "1mails")
}

// Months and days begin anew, and what counts forever does not.
func TestPeriods(t *testing.T) {
	kind := tabletest.Kinds()[2]
	lab := tabletest.New(t, kind, "quota")
	db := tenant.New(lab.Pool(t, "app"), gen.WithSetting(tabletest.Setting))
	now := time.Date(2026, 1, 31, 23, 30, 0, 0, time.FixedZone("", 0))
	c := plans(kind.Column)
	c.Now = func() time.Time { return now }
	q := newQuotas(t, c)
	fill := func() (err error) {
		for range 5 {
			err = errors.Join(err, reserve(t, db, q, kind.Hooli, "free", "calls", 1), reserve(t, db, q, kind.Hooli, "free", "notes", 1))
		}
		return err
	}
	if err := fill(); err != nil {
		t.Fatal(err)
	}
	var exceeded *tenant.QuotaError
	if err := reserve(t, db, q, kind.Hooli, "free", "calls", 1); !errors.As(err, &exceeded) || !exceeded.Retry.Equal(time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("got %v %+v", err, exceeded)
	}
	now = now.In(time.FixedZone("", -5*3600)).Add(time.Hour) // still January there
	if err := fill(); err != nil {
		t.Errorf("the next month: %v", err)
	}
	if err := reserve(t, db, q, kind.Hooli, "free", "notes", 1); !errors.Is(err, tenant.ErrQuotaExceeded) {
		t.Errorf("what counts forever: %v", err)
	}
}

// Several quotas are looked at together.
func TestCheck(t *testing.T) {
	kind := tabletest.Kinds()[0]
	_, db, q := newLab(t, kind)
	if err := reserve(t, db, q, kind.Acme, "free", "notes", 8); err != nil {
		t.Fatal(err)
	}
	_ = inTx(t, db, kind.Acme, "free", func(ctx context.Context, tx tabletest.Tx) error {
		if err := q.Check(ctx, tx, map[string]int64{"notes": 2, "calls": 5}); err != nil {
			t.Error(err)
		}
		err := q.Check(ctx, tx, map[string]int64{"notes": 3, "calls": 6, "mails": 1})
		for _, kind := range []string{"notes", "calls", "mails"} {
			if err == nil || !strings.Contains(err.Error(), kind) {
				t.Errorf("%s is not among %v", kind, err)
			}
		}
		if err := q.Check(ctx, tx, nil); err != nil {
			t.Error(err)
		}
		states, err := q.States(ctx, tx)
		if err != nil || fmt.Sprint(kinds(states)) != "[calls mails notes]" || states[2].Left() != 2 {
			t.Errorf("%+v, %v", states, err)
		}
		return nil
	})
	_ = inTx(t, db, kind.Globex, "pro", func(ctx context.Context, tx tabletest.Tx) error {
		if err := q.Check(ctx, tx, map[string]int64{"notes": 1 << 50}); err != nil {
			t.Error(err)
		}
		if states, err := q.States(ctx, tx, "notes"); err != nil || states[0].Left() != tenantquota.Unlimited || states[0].Used != 0 {
			t.Errorf("%+v, %v", states, err)
		}
		if err := q.Recount(ctx, tx, "notes", 77); err != nil {
			t.Error(err)
		}
		if states, _ := q.States(ctx, tx, "notes"); states[0].Used != 77 {
			t.Errorf("%+v", states)
		}
		return nil
	})
	// who has more than the plan has now
	_ = inTx(t, db, kind.Globex, "free", func(ctx context.Context, tx tabletest.Tx) error {
		if states, err := q.States(ctx, tx, "notes"); err != nil || states[0].Left() != 0 || states[0].Used != 77 {
			t.Errorf("%+v, %v", states, err)
		}
		return nil
	})
}

func kinds(states []tenantquota.State) (list []string) {
	for _, s := range states {
		list = append(list, s.Kind)
	}
	return list
}
