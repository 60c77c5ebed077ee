package tenantquota_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/internal/tabletest"
	"github.com/tenantgen/tenantgen/tenant/tenantquota"
	"github.com/tenantgen/tenantgen/tenant/tenanttest"
)

// What is not known is refused, and nothing is sent: the DB has no database.
func TestRefused(t *testing.T) {
	kind := tabletest.Kinds()[0]
	db, q := tenanttest.NewDB(gen.WithSetting(tabletest.Setting)), newQuotas(t, plans("org_id"))
	for name, c := range map[string]struct {
		plan string
		do   func(context.Context, tabletest.Tx) error
		want error
	}{
		"a kind":            {"free", func(ctx context.Context, tx tabletest.Tx) error { return q.Reserve(ctx, tx, "note", 1) }, tenantquota.ErrUnknownKind},
		"a plan":            {"gold", func(ctx context.Context, tx tabletest.Tx) error { return q.Reserve(ctx, tx, "notes", 1) }, tenantquota.ErrUnknownPlan},
		"no plan":           {"", func(ctx context.Context, tx tabletest.Tx) error { return q.Reserve(ctx, tx, "notes", 1) }, tenantquota.ErrUnknownPlan},
		"nothing":           {"free", func(ctx context.Context, tx tabletest.Tx) error { return q.Reserve(ctx, tx, "notes", 0) }, tenantquota.ErrAmount},
		"less than nothing": {"free", func(ctx context.Context, tx tabletest.Tx) error { return q.Reserve(ctx, tx, "notes", -1) }, tenantquota.ErrAmount},
		"release a kind":    {"free", func(ctx context.Context, tx tabletest.Tx) error { return q.Release(ctx, tx, "note", 1) }, tenantquota.ErrUnknownKind},
		"release nothing":   {"free", func(ctx context.Context, tx tabletest.Tx) error { return q.Release(ctx, tx, "notes", 0) }, tenantquota.ErrAmount},
		"release less":      {"free", func(ctx context.Context, tx tabletest.Tx) error { return q.Release(ctx, tx, "notes", -5) }, tenantquota.ErrAmount},
		"recount a kind":    {"free", func(ctx context.Context, tx tabletest.Tx) error { return q.Recount(ctx, tx, "note", 1) }, tenantquota.ErrUnknownKind},
		"recount less":      {"free", func(ctx context.Context, tx tabletest.Tx) error { return q.Recount(ctx, tx, "notes", -1) }, tenantquota.ErrAmount},
		"check a kind":      {"free", func(ctx context.Context, tx tabletest.Tx) error { return q.Check(ctx, tx, map[string]int64{"note": 1}) }, tenantquota.ErrUnknownKind},
		"check nothing": {"free", func(ctx context.Context, tx tabletest.Tx) error {
			return q.Check(ctx, tx, map[string]int64{"notes": 0})
		}, tenantquota.ErrAmount},
		"states of a kind": {"free", func(ctx context.Context, tx tabletest.Tx) error { _, err := q.States(ctx, tx, "note"); return err }, tenantquota.ErrUnknownKind},
		"states of a plan": {"gold", func(ctx context.Context, tx tabletest.Tx) error { _, err := q.States(ctx, tx); return err }, tenantquota.ErrUnknownPlan},
		"override a kind": {"free", func(ctx context.Context, tx tabletest.Tx) error {
			return q.SetOverride(ctx, tx, tenantquota.Override{Kind: "note", Reason: "r"})
		}, tenantquota.ErrUnknownKind},
		"override below all": {"free", func(ctx context.Context, tx tabletest.Tx) error {
			return q.SetOverride(ctx, tx, tenantquota.Override{Kind: "notes", Limit: -2, Reason: "r"})
		}, tenantquota.ErrAmount},
		"override, no reason": {"free", func(ctx context.Context, tx tabletest.Tx) error {
			return q.SetOverride(ctx, tx, tenantquota.Override{Kind: "notes", Reason: " "})
		}, tenantquota.ErrNoReason},
		"add-on of a kind": {"free", func(ctx context.Context, tx tabletest.Tx) error {
			return q.SetAddon(ctx, tx, tenantquota.Addon{Kind: "note", Amount: 1})
		}, tenantquota.ErrUnknownKind},
		"add-on of nothing": {"free", func(ctx context.Context, tx tabletest.Tx) error {
			return q.SetAddon(ctx, tx, tenantquota.Addon{Kind: "notes"})
		}, tenantquota.ErrAmount},
		"outside of a tx":   {"free", func(ctx context.Context, _ tabletest.Tx) error { return q.Reserve(ctx, executor{db}, "notes", 1) }, tenantquota.ErrNotInTx},
		"release outside":   {"free", func(ctx context.Context, _ tabletest.Tx) error { return q.Release(ctx, executor{db}, "notes", 1) }, tenantquota.ErrNotInTx},
		"states outside":    {"free", func(ctx context.Context, _ tabletest.Tx) error { _, err := q.States(ctx, executor{db}); return err }, tenantquota.ErrNotInTx},
		"overrides outside": {"free", func(ctx context.Context, _ tabletest.Tx) error { _, err := q.Overrides(ctx, executor{db}); return err }, tenantquota.ErrNotInTx},
		"drop outside":      {"free", func(ctx context.Context, _ tabletest.Tx) error { return q.DropAddon(ctx, executor{db}, "notes", "x") }, tenantquota.ErrNotInTx},
		"no tenant in context": {"free", func(ctx context.Context, tx tabletest.Tx) error {
			return q.Reserve(tenant.OutsideTenant(ctx), tx, "notes", 1)
		}, tenant.ErrNoTenant},
		"it would be sent": {"free", func(ctx context.Context, tx tabletest.Tx) error { return q.Reserve(ctx, tx, "notes", 1) }, tenant.ErrNoDatabase},
	} {
		if err := inTx(t, db, kind.Acme, c.plan, c.do); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func TestConfig(t *testing.T) {
	for want, change := range map[string]func(*tenantquota.Config){
		"no tenant column":                   func(c *tenantquota.Config) { c.TenantColumn = "" },
		`kind "notes" is counted for "week"`: func(c *tenantquota.Config) { c.Kinds["notes"] = "week" },
		`kind "notes" is counted for ""`:     func(c *tenantquota.Config) { c.Kinds["notes"] = "" },
		`kind "" is`:                         func(c *tenantquota.Config) { c.Kinds[""] = tenantquota.Ever },
		`plan "free" has no limit of "seats"`: func(c *tenantquota.Config) {
			c.Kinds["seats"] = tenantquota.Ever
		},
		`plan "pro" has no limit of "notes"`:  func(c *tenantquota.Config) { c.Plans["pro"]["notes"] = -2 },
		`plan "pro" limits "seats"`:           func(c *tenantquota.Config) { c.Plans["pro"]["seats"] = 1 },
		`rates of plan "gold"`:                func(c *tenantquota.Config) { c.Rates = map[string]map[string]tenantquota.Rate{"gold": {}} },
		`plan "pro" has no rate "api"`:        func(c *tenantquota.Config) { c.Rates = rates(tenantquota.NoRate); delete(c.Rates["pro"], "api") },
		`plan "free", rate "api"`:             func(c *tenantquota.Config) { c.Rates = rates(tenantquota.Rate{Calls: 1}) },
		`plan "free", rate "api": calls and`:  func(c *tenantquota.Config) { c.Rates = rates(tenantquota.Rate{Per: time.Second}) },
		`plan "free", rate "api": calls and `: func(c *tenantquota.Config) { c.Rates = rates(tenantquota.Rate{Calls: 1, Per: time.Second, Burst: -1}) },
	} {
		c := plans("org_id")
		change(&c)
		if _, err := tenantquota.New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func rates(free tenantquota.Rate) map[string]map[string]tenantquota.Rate {
	return map[string]map[string]tenantquota.Rate{"free": {"api": free}, "pro": {"api": tenantquota.NoRate}}
}

// The application's role attacks the tables as one tenant: the policies keep the others' rows.
func TestAttack(t *testing.T) {
	kind := tabletest.Kinds()[0]
	lab, db, q := newLab(t, kind)
	for _, scope := range []tenant.Scope{kind.Acme, kind.Globex} {
		err := inTx(t, db, scope, "free", func(ctx context.Context, tx tabletest.Tx) error {
			return errors.Join(q.Reserve(ctx, tx, "notes", 5),
				q.SetOverride(ctx, tx, tenantquota.Override{Kind: "mails", Limit: 5, Reason: "r"}),
				q.SetAddon(ctx, tx, tenantquota.Addon{Kind: "mails", Name: "pack", Amount: 5}))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	op := tenant.Operation{Name: "Attack", Write: true}
	victim := kind.Globex.ID()
	for _, table := range []string{"tenant_quota_counters", "tenant_quota_overrides", "tenant_quota_addons"} {
		for _, sql := range []string{"delete from " + table + " where org_id = $1", "update " + table + " set quota = 'x' where org_id = $1", "select from " + table + " where org_id = $1"} {
			if tag, err := gen.Scoped(db, kind.Acme, op).Exec(t.Context(), sql, victim); err != nil || tag.RowsAffected() != 0 {
				t.Errorf("%s: %d rows, %v", sql, tag.RowsAffected(), err)
			}
		}
		if tag, err := gen.Global(db, op).Exec(t.Context(), "select from "+table); err != nil || tag.RowsAffected() != 0 {
			t.Errorf("without a tenant, %s: %d rows, %v", table, tag.RowsAffected(), err)
		}
	}
	for _, sql := range []string{
		"insert into tenant_quota_counters values ($1, 'notes', 'epoch', 0)",
		"insert into tenant_quota_counters values ($1, 'notes', 'epoch', 0) on conflict (org_id, quota, period) do update set used = 0",
		"insert into tenant_quota_overrides values ($1, 'notes', null, 'mine')",
		"insert into tenant_quota_addons values ($1, 'notes', 'mine', 9)",
		"update tenant_quota_counters set org_id = $1, quota = 'moved'",
	} {
		if _, err := gen.Scoped(db, kind.Acme, op).Exec(t.Context(), sql, victim); err == nil || !strings.Contains(err.Error(), "row-level security") {
			t.Errorf("%s: got %v", sql, err)
		}
	}
	expect(t, counters(t, lab), kind.Acme.ID()+" notes 5", victim+" notes 5")
}
