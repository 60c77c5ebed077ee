package tenant_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
)

// A call on the database with the context of a transaction on it is refused before any I/O: the pool's one connection is the transaction's.
func TestCallsOutsideOfTheTransaction(t *testing.T) {
	eachMode(t, func(t *testing.T, db *tenant.DB, pool *pgxpool.Pool) {
		db = db.With(gen.WithSetting(setting))
		err := gen.InTx(t.Context(), db, acme, func(ctx context.Context, tx *tenant.Tx) error {
			expectOutside(t, ctx, db)
			expectOutside(t, ctx, db.With())
			exec(t, gen.Scoped(tx, acme, write), "update notes set size = 4")
			return gen.Savepoint(ctx, tx, acme, func(ctx context.Context, inner *tenant.Tx) error {
				expectOutside(t, ctx, db)
				if _, err := gen.Scoped(inner, acme, read).Exec(ctx, "select 1"); err != nil {
					t.Errorf("the savepoint's own call: %v", err)
				}
				_, err := gen.Global(tx, read).Exec(ctx, "select 1")
				return err
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		err = pgx.BeginFunc(t.Context(), pool, func(outer pgx.Tx) error {
			return gen.JoinTx(t.Context(), db, outer, acme, func(ctx context.Context, tx *tenant.Tx) error {
				expectOutside(t, ctx, db)
				_, err := gen.Scoped(tx, acme, read).Exec(ctx, "select 1")
				return err
			})
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// expectOutside makes every kind of call for a tenant, and wants it refused.
func expectOutside(t *testing.T, ctx context.Context, db *tenant.DB) {
	t.Helper()
	for name, call := range calls {
		for _, c := range []gen.DBTX{gen.Scoped(db, acme, write), gen.Global(db, read)} {
			if err := call(ctx, c); !errors.Is(err, tenant.ErrOutsideTx) {
				t.Errorf("%s: got %v", name, err)
			}
		}
	}
	for name, err := range map[string]error{
		"InTx":   gen.InTx(ctx, db, acme, never(t)),
		"Notify": tenant.Notify(ctx, db, acme, "notes", ""),
		"Listen": db.Listen(ctx, acme, "notes", func(context.Context, tenant.Notification) error { return nil }),
	} {
		if !errors.Is(err, tenant.ErrOutsideTx) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	var outside *tenant.OutsideTxError
	_, err := gen.Scoped(db, globex, write).Exec(ctx, "select 1")
	if !errors.As(err, &outside) || outside.Tx != acme || outside.Call != globex || outside.Operation != write {
		t.Errorf("the error says %+v", outside)
	}
}

// OutsideTx excepts calls; a transaction begun with its context is one as any other.
func TestOutsideTx(t *testing.T) {
	databaseURL := newDatabase(t)
	db := tenant.New(newPool(t, databaseURL, "tenant_test_app"))
	mine := errors.New("mine")
	err := gen.InTx(t.Context(), db, acme, func(ctx context.Context, tx *tenant.Tx) error {
		exec(t, gen.Scoped(tx, acme, write), addNote, acmeID, "undone")
		apart := tenant.OutsideTx(ctx)
		if _, err := gen.Scoped(db, globex, write).Exec(apart, addNote, globexID, "kept"); err != nil {
			t.Error(err)
		}
		err := gen.InTx(apart, db, globex, func(ctx context.Context, tx *tenant.Tx) error {
			if _, err := gen.Scoped(db, globex, read).Exec(ctx, "select 1"); !errors.Is(err, tenant.ErrOutsideTx) {
				t.Errorf("inside of the one apart: got %v", err)
			}
			return nil
		})
		return errors.Join(mine, err)
	})
	if !errors.Is(err, mine) {
		t.Fatal(err)
	}
	for scope, want := range map[tenant.Scope][]string{acme: {"anvil", "rocket"}, globex: {"hammock", "kept"}} {
		if got := titles(t, gen.Scoped(db, scope, read), "select title from notes order by title"); !slices.Equal(got, want) {
			t.Errorf("%s has %v", scope, got)
		}
	}
}

// A context that outlives its transaction belongs to none.
func TestContextAfterTheTransaction(t *testing.T) {
	db, _ := newDB(t)
	var kept context.Context
	err := gen.InTx(t.Context(), db, acme, func(ctx context.Context, _ *tenant.Tx) error {
		kept = ctx
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := gen.Scoped(db, acme, read).Exec(kept, "select 1"); err != nil {
		t.Error(err)
	}
}

// Work across tenants is on a database of its own: what is done for a tenant meanwhile can be no part of it.
func TestCallsOutsideOfACrossTenantTransaction(t *testing.T) {
	databaseURL := newDatabase(t)
	db := tenant.New(newPool(t, databaseURL, "tenant_test_app", one),
		tenant.WithCrossTenantPool(newPool(t, databaseURL, "tenant_test_admin", one)))
	all := gen.CrossTenant(db, "renaming")
	err := gen.InCrossTenantTx(t.Context(), all, func(ctx context.Context, tx *tenant.CrossTenant) error {
		for name, call := range calls {
			if err := call(ctx, gen.Across(gen.CrossTenant(db, "another"), read)); !errors.Is(err, tenant.ErrOutsideTx) {
				t.Errorf("%s: got %v", name, err)
			}
		}
		if err := gen.InCrossTenantTx(ctx, all, noCrossTenant(t)); !errors.Is(err, tenant.ErrOutsideTx) {
			t.Errorf("InTx: got %v", err)
		}
		if _, err := gen.Across(tx, read).Exec(ctx, "select 1"); err != nil {
			t.Error(err)
		}
		return gen.InTx(ctx, db, acme, func(ctx context.Context, _ *tenant.Tx) error {
			if _, err := gen.Across(all, read).Exec(ctx, "select 1"); !errors.Is(err, tenant.ErrOutsideTx) {
				t.Errorf("from within a tenant's: got %v", err)
			}
			if _, err := gen.Scoped(db, acme, read).Exec(ctx, "select 1"); !errors.Is(err, tenant.ErrOutsideTx) {
				t.Errorf("a tenant's call: got %v", err)
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}
