package tenantaudit_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/internal/tabletest"
	"github.com/tenantgen/tenantgen/tenant/tenantaudit"
	"github.com/tenantgen/tenantgen/tenant/tenanttest"
)

// Each tenant reads its own, whoever runs the service what is no tenant's, and the application's role neither writes what
// another tenant has, nor changes what it has itself.
func TestEvents(t *testing.T) {
	kind := tabletest.Kinds()[0]
	lab := tabletest.New(t, kind, "audit")
	lab.Exec(t, "revoke update, delete on tenant_audit from tenant_test_app") // as tenantgen tables has it
	a, _ := newAuditor(t, tenantaudit.Config{})
	db := tenant.New(lab.Pool(t, "app"), gen.WithSetting(tabletest.Setting), tenant.WithCrossTenantPool(lab.Pool(t, "admin")), tenant.WithTracer(a))
	ctx := tenantaudit.WithAddress(t.Context(), "10.0.0.7")
	a.Refused(ctx, kind.Acme, "GET /orgs/acme", tenant.ErrNotMember)
	a.Refused(ctx, kind.Acme, "POST /orgs/acme/notes", &tenant.QuotaError{Key: "notes"})
	a.Refused(ctx, kind.Globex, "GET /orgs/globex", tenant.ErrNotMember)
	a.Refused(ctx, tenant.Scope{}, "GET /orgs/nobody", tenant.ErrUnknown)
	if err := a.Flush(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	from, to := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	for scope, want := range map[tenant.Scope]string{kind.Acme: "quota POST /orgs/acme/notes, refused GET /orgs/acme", kind.Globex: "refused GET /orgs/globex", kind.Hooli: ""} {
		err := tabletest.InTx(t.Context(), db, scope, func(ctx context.Context, tx tabletest.Tx) error {
			events, err := a.Events(ctx, tx, from, to, 10)
			var got []string
			for _, e := range events {
				got = append(got, string(e.Kind)+" "+e.Operation.Name)
				if e.Actor.Address != "10.0.0.7" || e.Scope != scope || e.Message == "" {
					t.Errorf("%+v", e)
				}
			}
			if strings.Join(got, ", ") != want {
				t.Errorf("%s: %q, want %q", scope, got, want)
			}
			if newest, _ := a.Events(ctx, tx, from, to, 1); len(newest) > 1 {
				t.Errorf("%d events instead of one", len(newest))
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	if crossings, err := a.Crossings(t.Context(), db, "a look", from, to, 10); err != nil || len(crossings) != 1 || crossings[0].Operation.Name != "GET /orgs/nobody" {
		t.Errorf("%+v, %v", crossings, err)
	}
	if _, err := a.Crossings(t.Context(), db, "", from, to, 10); !errors.Is(err, tenant.ErrNoReason) {
		t.Errorf("without a reason: %v", err)
	}
	if waiting, _ := a.Waiting(); waiting != 2 {
		t.Errorf("looking at it was not kept: %d", waiting)
	}
	if _, err := a.Events(t.Context(), outside{}, from, to, 1); !errors.Is(err, tenantaudit.ErrNotInTx) {
		t.Errorf("got %v", err)
	}
	attack(t, db, kind)
}

// TestMisplaced: what happens for a scope that no tenant of the tables has is kept as no tenant's, and keeps nothing else waiting.
func TestMisplaced(t *testing.T) {
	kind := tabletest.Kinds()[0]
	lab := tabletest.New(t, kind, "audit")
	a, _ := newAuditor(t, tenantaudit.Config{})
	db := tenant.New(lab.Pool(t, "app"), gen.WithSetting(tabletest.Setting, "app.project_id"), tenant.WithCrossTenantPool(lab.Pool(t, "admin")), tenant.WithTracer(a),
		tenant.WithGuard(func(_ context.Context, _ tenant.Scope, op tenant.Operation) error {
			if op.Repository != "" {
				return errors.New("not today")
			}
			return nil
		}))
	project := gen.NewScope("app.project_id", "7")
	_, _ = gen.Scoped(db, gen.NewScope(tabletest.Setting, ""), read).Exec(t.Context(), "select 1")
	_, _ = gen.Scoped(db, project, read).Exec(t.Context(), "select 1")
	_, _ = gen.Scoped(db, project, read).Exec(tabletest.For(t, t.Context(), kind.Acme, "free"), "select 1")
	for _, scope := range []tenant.Scope{project, gen.NewScope("app.project_id", kind.Acme.ID()), gen.NewScope(tabletest.Setting, "")} {
		a.Refused(t.Context(), scope, "GET /", tenant.ErrNotMember)
	}
	if err := a.Flush(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	if waiting, dropped := a.Waiting(); waiting+dropped != 0 {
		t.Errorf("%d wait, %d are dropped", waiting, dropped)
	}
	got := lab.Rows(t, "select 'tenant ' || operation || ' ' || message from tenant_audit union all select operation || ' ' || message from tenant_audit_crossings order by 1")
	want := []string{"GET / " + tenant.ErrNotMember.Error(), "GET / " + tenant.ErrNotMember.Error() + " app.project_id=7", "GET / " + tenant.ErrNotMember.Error() + " app.project_id=" + kind.Acme.ID(),
		"GetNote not today app.project_id=7", "GetNote tenant: no tenant", "tenant GetNote not today"}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

type outside struct{}

func (outside) Executor() tenant.Executor { return tenant.New(nil) }

func attack(t *testing.T, db *tenant.DB, kind tabletest.Kind) {
	t.Helper()
	op := tenant.Operation{Name: "Attack", Write: true}
	for _, sql := range []string{
		"insert into tenant_audit values ($1, gen_random_uuid(), now(), '', '', '', '', '', '', '', '')",
		"update tenant_audit set org_id = $1", "delete from tenant_audit where org_id = $1",
		"insert into tenant_audit_crossings select $1, now(), '', '', '', '', '', '', '', '', ''",
		"select from tenant_audit_crossings where id = $1",
	} {
		if _, err := gen.Scoped(db, kind.Acme, op).Exec(t.Context(), sql, kind.Globex.ID()); err == nil || !strings.Contains(err.Error(), "42501") {
			t.Errorf("%s: got %v", sql, err)
		}
	}
	if tag, err := gen.Scoped(db, kind.Acme, op).Exec(t.Context(), "select from tenant_audit where org_id = $1", kind.Globex.ID()); err != nil || tag.RowsAffected() != 0 {
		t.Errorf("%d rows of another tenant, %v", tag.RowsAffected(), err)
	}
}

// What does not fit into a table does not keep the rest from it.
func TestHostileTexts(t *testing.T) {
	kind := tabletest.Kinds()[2]
	lab := tabletest.New(t, kind, "audit")
	a, log := newAuditor(t, tenantaudit.Config{TenantColumn: kind.Column, Who: func(context.Context) tenantaudit.Actor {
		return tenantaudit.Actor{ID: "a\x00b\xff", Address: strings.Repeat("ü", 5000)}
	}})
	db := tenant.New(lab.Pool(t, "app"), gen.WithSetting(tabletest.Setting))
	a.Refused(t.Context(), kind.Hooli, "'; drop table tenant_audit; --\x00", errors.New("\xc3\x28\x00"))
	if err := a.Flush(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	got := lab.Rows(t, "select format('%s|%s|%s|%s', actor, length(address), operation, message) from tenant_audit")
	if want := "[ab\uFFFD|501|'; drop table tenant_audit; --|\uFFFD(]"; fmt.Sprint(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if len(log.lines(t, "msg")) != 1 {
		t.Error("the log has more than a line for it")
	}
}

// What cannot be written waits, up to a bound, and is not written twice.
func TestWaiting(t *testing.T) {
	kind := tabletest.Kinds()[0]
	lab := tabletest.New(t, kind, "audit")
	a, _ := newAuditor(t, tenantaudit.Config{Most: 3, Every: 10 * time.Millisecond})
	gone := tenanttest.NewDB(gen.WithSetting(tabletest.Setting))
	for range 5 {
		a.Refused(t.Context(), kind.Acme, "x", errDenied)
	}
	if err := a.Flush(t.Context(), gone); !errors.Is(err, tenant.ErrNoDatabase) {
		t.Errorf("got %v", err)
	}
	if waiting, dropped := a.Waiting(); waiting != 3 || dropped != 2 {
		t.Errorf("%d wait, %d are dropped", waiting, dropped)
	}
	db := tenant.New(lab.Pool(t, "app"), gen.WithSetting(tabletest.Setting))
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx, db) }()
	for waiting := 1; waiting > 0; waiting, _ = a.Waiting() {
		time.Sleep(10 * time.Millisecond)
	}
	a.Refused(t.Context(), kind.Globex, "the last one", errDenied)
	a.Refused(t.Context(), tenant.Scope{}, "no tenant's, and no pool for it", errDenied)
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if waiting, _ := a.Waiting(); waiting != 0 {
		t.Errorf("%d wait", waiting)
	}
	if got := lab.Rows(t, "select operation from tenant_audit order by at, id"); fmt.Sprint(got) != "[x x x the last one]" {
		t.Errorf("got %s", got)
	}
}

// Somebody is alerted when it is time, of each actor and tenant apart, and not for each event after.
func TestAlerts(t *testing.T) {
	kind := tabletest.Kinds()[0]
	now := time.Now()
	var alerts []string
	a, _ := newAuditor(t, tenantaudit.Config{
		Rules: append(tenantaudit.DefaultRules(), tenantaudit.Rule{Name: "all", Kinds: []tenantaudit.Kind{tenantaudit.Quota}, Severity: tenantaudit.Info, Count: 3, Within: time.Hour}),
		Alert: func(_ context.Context, alert tenantaudit.Alert) {
			alerts = append(alerts, fmt.Sprintf("%s %s %d %s", alert.Severity, alert.Rule, alert.Count, alert.Last.Actor.ID))
		},
		Now: func() time.Time { return now },
		Who: func(ctx context.Context) tenantaudit.Actor {
			id, _ := ctx.Value(actorKey{}).(string)
			return tenantaudit.Actor{ID: id, Address: "10.0.0.7"}
		},
	})
	refuse := func(n int, actor string, scope tenant.Scope, err error) {
		for range n {
			a.Refused(context.WithValue(t.Context(), actorKey{}, actor), scope, "x", err)
		}
	}
	expect := func(step string, want ...string) {
		t.Helper()
		if fmt.Sprint(alerts) != fmt.Sprint(want) {
			t.Errorf("%s: %q, want %q", step, alerts, want)
		}
		alerts = nil
	}
	refuse(19, "mallory", kind.Acme, errDenied)
	refuse(19, "vera", kind.Acme, errDenied)
	refuse(19, "", kind.Acme, errDenied)
	expect("nineteen each")
	refuse(1, "mallory", kind.Globex, errDenied)
	expect("the twentieth, of any tenant", "warning many refusals of one actor 20 mallory")
	refuse(1, "mallory", kind.Globex, errDenied)
	expect("it is counted anew")
	now = now.Add(2 * time.Minute)
	refuse(1, "vera", kind.Acme, errDenied)
	expect("much later")
	for i := range 100 {
		refuse(1, fmt.Sprint("actor ", i), kind.Globex, errDenied)
	}
	expect("many actors of one tenant", "warning many refusals for one tenant 100 actor 99")
	refuse(2, "vera", kind.Acme, &tenant.MismatchError{Tx: kind.Acme, Call: kind.Globex})
	expect("an attempt", "critical attempt across tenants 1 vera", "critical attempt across tenants 1 vera")
	refuse(2, "vera", kind.Acme, &tenant.QuotaError{})
	refuse(1, "walt", kind.Globex, &tenant.QuotaError{})
	expect("all together", "info all 3 walt")
	for i := range 25_000 { // somebody comes with a new name each time: the memory of it is bounded
		refuse(1, fmt.Sprint("name ", i), tenant.Scope{}, errDenied)
	}
}

type actorKey struct{}

func TestConfig(t *testing.T) {
	rule := tenantaudit.DefaultRules()[1]
	alert := func(context.Context, tenantaudit.Alert) {}
	for name, change := range map[string]func(*tenantaudit.Config){
		"no column":      func(c *tenantaudit.Config) { c.TenantColumn = "" },
		"nobody to tell": func(c *tenantaudit.Config) { c.Alert = nil },
		"no name":        func(c *tenantaudit.Config) { c.Rules[0].Name = "" },
		"no kinds":       func(c *tenantaudit.Config) { c.Rules[0].Kinds = nil },
		"no count":       func(c *tenantaudit.Config) { c.Rules[0].Count = 0 },
		"no time":        func(c *tenantaudit.Config) { c.Rules[0].Within = 0 },
		"no severity":    func(c *tenantaudit.Config) { c.Rules[0].Severity = "" },
	} {
		c := tenantaudit.Config{TenantColumn: "org_id", Rules: []tenantaudit.Rule{rule}, Alert: alert}
		if _, err := tenantaudit.New(c); err != nil {
			t.Fatal(err)
		}
		change(&c)
		if _, err := tenantaudit.New(c); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// A call for a set of tenants is nobody's alone: whoever runs the service is told, with the tenants, and nothing waits for ever.
func TestSetsOfTenants(t *testing.T) {
	kind := tabletest.Kinds()[0]
	lab := tabletest.New(t, kind, "audit")
	a, log := newAuditor(t, tenantaudit.Config{})
	db := tenant.New(lab.Pool(t, "app"), gen.WithSetting(tabletest.Setting), tenant.WithCrossTenantPool(lab.Pool(t, "admin")))
	set := gen.NewSet("app.org_ids", []string{kind.Acme.ID(), kind.Globex.ID()})
	op := tenant.Operation{Repository: "OfTenants", Name: "AcrossMine", Category: tenant.OfTenants, Reason: "start page"}
	a.TraceEnd(t.Context(), tenant.TraceEndData{TraceStartData: tenant.TraceStartData{Scope: set, Operation: op}})
	a.Refused(t.Context(), set, "x", &tenant.MismatchError{Tx: set, Call: kind.Hooli})
	if err := a.Flush(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	if waiting, _ := a.Waiting(); waiting != 0 {
		t.Errorf("%d wait", waiting)
	}
	got := lab.Rows(t, "select format('%s %s %s', kind, operation, message) from tenant_audit_crossings order by at, id")
	if len(got) != 2 || !strings.HasPrefix(got[0], "of-tenants AcrossMine ") || !strings.Contains(got[0], kind.Globex.ID()) || !strings.HasPrefix(got[1], "mismatch x ") {
		t.Errorf("the table has %q", got)
	}
	if lines := log.lines(t, "kind", "severity", "category"); lines[0] != "of-tenants info "+string(tenant.OfTenants) {
		t.Errorf("the log has %q", lines)
	}
}
