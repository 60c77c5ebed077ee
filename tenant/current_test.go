package tenant_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/tenanttest"
)

// entered is a context for a scope.
func entered(t *testing.T, ctx context.Context, scope tenant.Scope, m tenant.Member) context.Context {
	t.Helper()
	ctx, err := tenant.NewContext(ctx, tenant.Tenant{Scope: scope, Slug: "acme", Status: tenant.StatusActive}, m)
	if err != nil {
		t.Fatal(err)
	}
	return ctx
}

func TestCurrent(t *testing.T) {
	alice := tenant.Member{ID: "alice", Role: "admin", Permissions: []string{"notes:read"}}
	ctx := entered(t, t.Context(), acme, alice)
	got, err := tenant.Current(ctx)
	if err != nil || got.Scope != acme || got.ID() != acmeID || got.Slug != "acme" {
		t.Errorf("got %+v, %v", got, err)
	}
	alice.Permissions[0] = "notes:write"
	if m, err := tenant.CurrentMember(ctx); err != nil || m.ID != "alice" || m.Permissions[0] != "notes:read" {
		t.Errorf("got %+v, %v", m, err)
	}
	for name, none := range map[string]context.Context{"no tenant": t.Context(), "left": tenant.OutsideTenant(ctx)} {
		if got, err := tenant.Current(none); !errors.Is(err, tenant.ErrNoTenant) || !got.Scope.IsZero() {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
		if _, err := tenant.CurrentMember(none); !errors.Is(err, tenant.ErrNoTenant) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := tenant.CurrentMember(entered(t, t.Context(), acme, tenant.Member{Role: "owner"})); !errors.Is(err, tenant.ErrNotMember) {
		t.Errorf("nobody: got %v", err)
	}
}

func TestNewContextRefuses(t *testing.T) {
	project := gen.NewScope("app.project_id", "1")
	inAcme := entered(t, t.Context(), acme, tenant.Member{})
	for name, c := range map[string]struct {
		ctx   context.Context
		scope tenant.Scope
		want  error
	}{
		"no tenant":              {t.Context(), tenant.Scope{}, tenant.ErrNoTenant},
		"a zero id":              {t.Context(), gen.NewScope(setting, ""), tenant.ErrNoTenant},
		"another tenant":         {inAcme, globex, tenant.ErrTenantMismatch},
		"another kind of tenant": {inAcme, gen.NewScope("app.shop_id", acmeID), tenant.ErrTenantMismatch},
		"the same id as a claim": {entered(t, t.Context(), gen.Claim("org_id", acmeID), tenant.Member{}), gen.Claim("shop_id", acmeID), tenant.ErrTenantMismatch},
		"less than before":       {entered(t, t.Context(), acme.And(project), tenant.Member{}), acme, tenant.ErrTenantMismatch},
		"again":                  {inAcme, acme, nil},
		"a part":                 {inAcme, acme.And(project), nil},
		"on purpose":             {tenant.OutsideTenant(inAcme), globex, nil},
	} {
		if ctx, err := tenant.NewContext(c.ctx, tenant.Tenant{Scope: c.scope}, tenant.Member{}); !errors.Is(err, c.want) || (err == nil) != (ctx != nil) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

// Every kind of call with a context that is for another tenant is refused before any I/O; tenanttest's DB has none.
func TestCallsOfAnotherContext(t *testing.T) {
	db := tenanttest.NewDB(gen.WithSetting(setting, "app.project_id"))
	project := gen.NewScope("app.project_id", "1")
	nothing := func(context.Context, *tenant.Tx) error { return nil }
	calls := map[string]func(ctx context.Context, scope tenant.Scope) error{
		"statement": func(ctx context.Context, scope tenant.Scope) error {
			_, err := gen.Scoped(db, scope, write).Exec(ctx, "delete from notes")
			return err
		},
		"unproved": func(ctx context.Context, scope tenant.Scope) error {
			op := read
			op.Reason = "baseline"
			_, err := gen.Unproved(db, scope, op).Exec(ctx, "select 1")
			return err
		},
		"transaction": func(ctx context.Context, scope tenant.Scope) error { return gen.InTx(ctx, db, scope, nothing) },
		"somebody's transaction": func(ctx context.Context, scope tenant.Scope) error {
			return gen.JoinTx(ctx, db, nil, scope, nothing)
		},
		"notification": func(ctx context.Context, scope tenant.Scope) error {
			return tenant.Notify(ctx, db, scope, "notes", "1")
		},
		"listening": func(ctx context.Context, scope tenant.Scope) error {
			return db.Listen(ctx, scope, "notes", func(context.Context, tenant.Notification) error { return nil })
		},
		"in a transaction": func(ctx context.Context, scope tenant.Scope) error {
			return gen.InTx(tenant.OutsideTenant(ctx), db, scope, func(_ context.Context, tx *tenant.Tx) error {
				_, err := gen.Scoped(tx, scope, write).Exec(ctx, "delete from notes")
				return err
			})
		},
	}
	ctx := entered(t, t.Context(), acme, tenant.Member{})
	for name, call := range calls {
		var mismatch *tenant.MismatchError
		if err := call(ctx, globex); !errors.As(err, &mismatch) || mismatch.Tx != acme || mismatch.Call != globex || mismatch.What != "context" {
			t.Errorf("%s: another tenant's context: got %v", name, err)
		}
		for _, scope := range []tenant.Scope{acme, acme.And(project), project} {
			if err := call(ctx, scope); err != nil && !errors.Is(err, tenant.ErrNoDatabase) {
				t.Errorf("%s for %v: got %v", name, scope, err)
			}
		}
		if err := call(tenant.OutsideTenant(ctx), globex); err != nil && !errors.Is(err, tenant.ErrNoDatabase) {
			t.Errorf("%s outside of the tenant: got %v", name, err)
		}
	}
	if _, err := gen.Global(db, read).Exec(ctx, "select 1"); !errors.Is(err, tenant.ErrNoDatabase) {
		t.Errorf("a global call: got %v", err)
	}
}

// The same with a server: nothing is sent for the other tenant, and the own tenant's rows are there.
func TestContextOnServer(t *testing.T) {
	databaseURL := newDatabase(t)
	db := tenant.New(newPool(t, databaseURL, "tenant_test_app"), gen.WithSetting(setting))
	ctx := entered(t, t.Context(), acme, tenant.Member{})
	var n int
	if err := gen.Scoped(db, acme, read).QueryRow(ctx, "select count(*) from notes").Scan(&n); err != nil || n != 2 {
		t.Errorf("got %d, %v", n, err)
	}
	if err := gen.Scoped(db, globex, read).QueryRow(ctx, "select count(*) from notes").Scan(&n); !errors.Is(err, tenant.ErrTenantMismatch) {
		t.Errorf("got %v", err)
	}
	joined := func(ctx context.Context, tx pgx.Tx) error {
		return gen.JoinTx(ctx, db, tx, globex, func(context.Context, *tenant.Tx) error { return errors.New("was called") })
	}
	conn, err := pgx.Connect(t.Context(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if err := pgx.BeginFunc(t.Context(), conn, func(tx pgx.Tx) error { return joined(ctx, tx) }); !errors.Is(err, tenant.ErrTenantMismatch) {
		t.Errorf("got %v", err)
	}
}

func TestCurrentID(t *testing.T) {
	nested := gen.ClaimWithin(acmeID, "app_metadata", "org_id")
	project := gen.NewScope("app.project_id", "7")
	for name, c := range map[string]struct{ is, like tenant.Scope }{
		"setting":        {acme, gen.NewScope(setting, "")},
		"claim":          {gen.Claim("org_id", acmeID), gen.Claim("org_id", "")},
		"nested claim":   {nested, gen.ClaimWithin("", "app_metadata", "org_id")},
		"with a project": {acme.And(project), gen.NewScope(setting, "")},
	} {
		if id, err := gen.CurrentID(entered(t, t.Context(), c.is, tenant.Member{}), c.like); err != nil || id != acmeID {
			t.Errorf("%s: got %q, %v", name, id, err)
		}
	}
	if id, err := gen.CurrentID(entered(t, t.Context(), acme.And(project), tenant.Member{}), gen.NewScope("app.project_id", "")); err != nil || id != "7" {
		t.Errorf("a project: got %q, %v", id, err)
	}
	for name, c := range map[string]struct{ is, like tenant.Scope }{
		"another kind":   {acme, gen.NewScope("app.shop_id", "")},
		"no project":     {acme, gen.NewScope("app.project_id", "")},
		"another claim":  {gen.Claim("org_id", acmeID), gen.Claim("shop_id", "")},
		"another depth":  {nested, gen.Claim("org_id", "")},
		"a setting only": {acme, gen.Claim("org_id", "")},
		"a claim only":   {gen.Claim("org_id", acmeID), gen.NewScope(setting, "")},
	} {
		if id, err := gen.CurrentID(entered(t, t.Context(), c.is, tenant.Member{}), c.like); !errors.Is(err, tenant.ErrNoTenant) || id != "" {
			t.Errorf("%s: got %q, %v", name, id, err)
		}
	}
	if _, err := gen.CurrentID(t.Context(), acme); !errors.Is(err, tenant.ErrNoTenant) {
		t.Errorf("no tenant: got %v", err)
	}
}
