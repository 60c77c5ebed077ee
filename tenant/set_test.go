package tenant_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
)

const (
	sets      = "app.org_ids"
	hammockID = "c0000000-0000-0000-0000-000000000003"

	// setPolicy lets a set be read, as the migrations have it.
	setPolicy = `create policy several on notes for select using (org_id = any ((select nullif((select pg_catalog.current_setting('app.org_ids', true)), '')::uuid[]
		where nullif((select pg_catalog.current_setting('app.org_id', true)), '') is null)::uuid[]))`
)

var (
	both  = gen.NewSet(sets, []string{acmeID, globexID})
	reads = tenant.Operation{Name: "AcrossMine", Repository: "OfTenants", Command: "many", Category: tenant.OfTenants, Reason: "start page"}
)

// withSets returns a database whose policies know of sets, and a pool of one connection that comes with one.
func withSets(t *testing.T, change ...func(*pgxpool.Config)) *pgxpool.Pool {
	t.Helper()
	databaseURL := newDatabase(t)
	super, err := pgx.Connect(t.Context(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer super.Close(t.Context())
	if _, err := super.Exec(t.Context(), setPolicy); err != nil {
		t.Fatal(err)
	}
	return newPool(t, databaseURL, "tenant_test_app", append(change, one, func(c *pgxpool.Config) {
		c.ConnConfig.RuntimeParams[sets] = "{" + hammockID + "}"
	})...)
}

func TestOfTenants(t *testing.T) {
	for name, change := range map[string]func(*pgxpool.Config){
		"directly": func(*pgxpool.Config) {},
		"by batch": func(c *pgxpool.Config) { c.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec },
		"simple":   func(c *pgxpool.Config) { c.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol },
	} {
		t.Run(name, func(t *testing.T) {
			db := tenant.New(withSets(t, change), gen.WithSetting(setting, sets))
			all := "select title from notes order by title"
			if got := titles(t, gen.OfTenants(db, both, reads), all); !slices.Equal(got, []string{"anvil", "hammock", "rocket"}) {
				t.Errorf("of both: %v", got)
			}
			if got := titles(t, gen.OfTenants(db, gen.NewSet(sets, []string{globexID}), reads), all); !slices.Equal(got, []string{"hammock"}) {
				t.Errorf("of one: %v", got)
			}
			// It changes nothing, and the connection is afterwards what it was.
			_, err := gen.OfTenants(db, both, reads).Exec(t.Context(), "insert into notes (org_id, title) values ($1, 'planted')", acmeID)
			var refused *pgconn.PgError
			if !errors.As(err, &refused) || refused.Code != "25006" {
				t.Errorf("a write: %v", err)
			}
			if got := titles(t, gen.Scoped(db, acme, read), all); !slices.Equal(got, []string{"anvil", "rocket"}) {
				t.Errorf("of acme alone: %v", got)
			}
			exec(t, gen.Scoped(db, acme, write), "update notes set size = 1")
			if got := titles(t, gen.Global(db, read), "select current_setting('app.org_ids') || current_setting('app.org_id') || current_setting('transaction_read_only')"); !slices.Equal(got, []string{"off"}) {
				t.Errorf("a global call: %q", got)
			}
		})
	}
}

// A call for a set is told as what it is.
func TestOfTenantsIsTold(t *testing.T) {
	seen := 0
	db := tenant.New(withSets(t), gen.WithSetting(setting, sets), tenant.WithGuard(func(_ context.Context, s tenant.Scope, op tenant.Operation) error {
		seen++
		if !slices.Equal(s.Set(), []string{acmeID, globexID}) || s.ID() != "" || s.IsZero() || op.Category != tenant.OfTenants || op.Reason != "start page" || op.Write {
			t.Errorf("a guard sees %v (%q), %+v", s.Set(), s.ID(), op)
		}
		return nil
	}))
	titles(t, gen.OfTenants(db, both, reads), "select title from notes")
	if seen != 1 || acme.Set() != nil || (tenant.Scope{}).Set() != nil {
		t.Errorf("%d guards were asked; %v is a set", seen, acme.Set())
	}
	db = tenant.New(unreachable(t), gen.WithSetting(setting, sets), tenant.WithGuard(func(context.Context, tenant.Scope, tenant.Operation) error { return errDenied }))
	expectRefused(t, func() gen.DBTX { return gen.OfTenants(db, both, reads) }, errDenied)
}

// Whatever ids are texts of, the array has them and nothing else.
func TestSetIsExact(t *testing.T) {
	db := tenant.New(withSets(t), gen.WithSetting(setting, sets))
	ids := []string{`a"b`, `c\d`, `{e,f}`, " g ", "NULL", `\"`, "ü", "a,b", "'"}
	got := titles(t, gen.OfTenants(db, gen.NewSet(sets, ids), reads), "select unnest(current_setting('app.org_ids')::text[])")
	if !slices.Equal(got, ids) {
		t.Errorf("got %q", got)
	}
}

func TestOfTenantsIsRefused(t *testing.T) {
	db := tenant.New(unreachable(t), gen.WithSetting(setting, sets))
	without := reads
	without.Reason = " \n"
	for what, c := range map[string]struct {
		db    *tenant.DB
		scope tenant.Scope
		op    tenant.Operation
		want  error
	}{
		"no reason":        {db, both, without, tenant.ErrNoReason},
		"no tenant":        {db, gen.NewSet(sets, nil), reads, tenant.ErrNoTenant},
		"one of no id":     {db, gen.NewSet(sets, []string{acmeID, ""}), reads, tenant.ErrNoTenant},
		"no id alone":      {db, gen.NewSet(sets, []string{""}), reads, tenant.ErrNoTenant},
		"a nil UUID":       {db, gen.NewSet(sets, []string{acmeID, "00000000-0000-0000-0000-000000000000"}), reads, tenant.ErrNoTenant},
		"one tenant":       {db, acme, reads, tenant.ErrNoTenant},
		"no scope":         {db, tenant.Scope{}, reads, tenant.ErrNoTenant},
		"several database": {tenant.New(nil, gen.WithSetting(setting, sets), tenant.WithPools(failing{t})), both, reads, tenant.ErrSetOfPools},
	} {
		t.Run(what, func(t *testing.T) {
			expectRefused(t, func() gen.DBTX { return gen.OfTenants(c.db, c.scope, c.op) }, c.want)
		})
	}
	for what, conn := range map[string]gen.DBTX{
		"an unknown setting": gen.OfTenants(tenant.New(unreachable(t), gen.WithSetting(setting)), both, reads),
		"Citus":              gen.OfTenants(tenant.New(unreachable(t), gen.WithSetting(setting, sets), gen.WithCitus()), both, reads),
		"a byte of no text":  gen.OfTenants(db, gen.NewSet(sets, []string{"a\x00b"}), reads),
		"no custom setting":  gen.OfTenants(tenant.New(unreachable(t), gen.WithSetting("role")), gen.NewSet("role", []string{"a"}), reads),
		"one tenant's call":  gen.Scoped(db, both, read),
		"as a part":          gen.Scoped(db, acme.And(both), read),
		"with a part":        gen.Scoped(db, both.And(gen.NewScope("app.project_id", "1")), read),
		"a set with a part":  gen.OfTenants(db, both.And(gen.NewScope("app.project_id", "1")), reads),
	} {
		if _, err := conn.Query(t.Context(), "select 1"); err == nil {
			t.Errorf("%s: it runs", what)
		} else if strings.Contains(err.Error(), acmeID) {
			t.Errorf("%s: the text names a tenant: %v", what, err)
		}
	}
	err := gen.InTx(t.Context(), db, both, func(context.Context, *tenant.Tx) error { t.Error("a transaction of a set"); return nil })
	if err == nil || tenant.Notify(t.Context(), db, both, "notes", "") == nil {
		t.Errorf("a set is taken for a tenant: %v", err)
	}
}

// In a transaction of a tenant there is no call for a set.
func TestOfTenantsInTx(t *testing.T) {
	db := tenant.New(withSets(t), gen.WithSetting(setting, sets))
	err := gen.InTx(t.Context(), db, acme, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := gen.OfTenants(db, both, reads).Query(ctx, "select 1")
		return err
	})
	if !errors.Is(err, tenant.ErrOutsideTx) {
		t.Errorf("got %v", err)
	}
}

// A context that is for one tenant is for no set of them, with that one in it or without; who acts in one has no permission
// in the others, so that those are not asked for.
func TestOfTenantsInContext(t *testing.T) {
	db := tenant.New(withSets(t), gen.WithSetting(setting, sets), tenant.WithGuard(tenant.Permissions{}.Guard))
	ctx, err := tenant.NewContext(t.Context(), tenant.Tenant{Scope: acme}, tenant.Member{ID: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	for _, ids := range [][]string{{acmeID, globexID}, {acmeID}, {globexID}} {
		if _, err := gen.OfTenants(db, gen.NewSet(sets, ids), reads).Query(ctx, "select 1"); !errors.Is(err, tenant.ErrTenantMismatch) {
			t.Errorf("%v: %v", ids, err)
		}
	}
	rows, err := gen.OfTenants(db, both, reads).Query(tenant.OutsideTenant(ctx), "select 1")
	if rows.Close(); err != nil || rows.Err() != nil {
		t.Errorf("outside: %v, %v", err, rows.Err())
	}
	if _, err := tenant.NewContext(t.Context(), tenant.Tenant{Scope: both}, tenant.Member{}); err == nil {
		t.Error("a context is for a set")
	}
	if acme.Match(scoper{both}) == nil || both.Match(scoper{acme}) == nil {
		t.Error("a set matches a tenant")
	}
}

type scoper struct{ scope tenant.Scope }

func (s scoper) Scope() tenant.Scope { return s.scope }

// ofTenants reads rows of two tenants, and of no others.
func (s *soak) ofTenants(ctx context.Context, me int) error {
	two := gen.NewSet(sets, []string{soakID(me), soakID(1 + me%soakTenants)})
	var n int
	err := gen.OfTenants(s.db, two, reads).QueryRow(ctx, soakEveryone).Scan(&n)
	if err == nil && n != 2 {
		return violated("two tenants see %d", n)
	}
	return err
}
