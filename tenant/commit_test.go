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

func TestAfterCommit(t *testing.T) {
	mine := errors.New("mine")
	eachMode(t, func(t *testing.T, db *tenant.DB, pool *pgxpool.Pool) {
		var told []string
		tell := func(tx *tenant.Tx, what string) {
			t.Helper()
			err := gen.AfterCommit(tx, func(ctx context.Context) {
				n := exec(t, gen.Scoped(db, acme, write), "delete from notes where title = 'new'") // committed, and the connection free
				if _, err := gen.Scoped(db, acme, read).Exec(ctx, "select 1"); err != nil || (n == 1) != (len(told) == 0) {
					t.Errorf("%s: %d rows, %v", what, n, err)
				}
				told = append(told, what)
			})
			if err != nil {
				t.Error(err)
			}
		}
		var kept *tenant.Tx
		err := gen.InTx(t.Context(), db, acme, func(ctx context.Context, tx *tenant.Tx) error {
			kept = tx
			exec(t, gen.Scoped(tx, acme, write), addNote, acmeID, "new")
			tell(tx, "first")
			for _, end := range []error{mine, nil} {
				err := gen.Savepoint(ctx, tx, acme, func(ctx context.Context, inner *tenant.Tx) error {
					what := "of the savepoint"
					if end != nil {
						what = "undone"
					}
					tell(inner, what)
					return end
				})
				if err != end {
					t.Errorf("got %v", err)
				}
			}
			tell(tx, "last")
			if told != nil {
				t.Error("told before the end")
			}
			return nil
		})
		if want := []string{"first", "of the savepoint", "last"}; err != nil || !slices.Equal(told, want) {
			t.Errorf("told %q, %v", told, err)
		}
		if err := gen.AfterCommit(kept, func(context.Context) {}); !errors.Is(err, tenant.ErrClosed) {
			t.Errorf("after the end: got %v", err)
		}
	})
}

// Nobody is told of what was not committed, whyever.
func TestAfterNoCommit(t *testing.T) {
	mine := errors.New("mine")
	db, _ := newDB(t)
	for name, end := range map[string]func(context.Context, *tenant.Tx) error{
		"error": func(context.Context, *tenant.Tx) error { return mine },
		"panic": func(context.Context, *tenant.Tx) error { panic(mine) },
		"swallowed": func(ctx context.Context, tx *tenant.Tx) error {
			_, _ = gen.Scoped(tx, acme, write).Exec(ctx, "select 1/0")
			return nil
		},
		"deferred constraint": func(ctx context.Context, tx *tenant.Tx) error {
			_, err := gen.Scoped(tx, acme, write).Exec(ctx, addNote, acmeID, "anvil")
			return err
		},
	} {
		func() {
			defer func() { recover() }()
			err := gen.InTx(t.Context(), db, acme, func(ctx context.Context, tx *tenant.Tx) error {
				err := gen.AfterCommit(tx, func(context.Context) { t.Errorf("%s: told", name) })
				return errors.Join(err, end(ctx, tx))
			})
			if err == nil {
				t.Errorf("%s: no error", name)
			}
		}()
	}
}

// Whoever began a transaction commits it: nobody here would learn of it, nor in a savepoint of it.
func TestAfterCommitOfAnothersTransaction(t *testing.T) {
	db, pool := newDB(t)
	err := pgx.BeginFunc(t.Context(), pool, func(outer pgx.Tx) error {
		return gen.JoinTx(t.Context(), db, outer, acme, func(ctx context.Context, tx *tenant.Tx) error {
			refused := func(tx *tenant.Tx) {
				if err := gen.AfterCommit(tx, func(context.Context) { t.Error("told") }); !errors.Is(err, tenant.ErrNotBegunHere) {
					t.Errorf("got %v", err)
				}
			}
			refused(tx)
			return gen.Savepoint(ctx, tx, acme, func(_ context.Context, inner *tenant.Tx) error {
				refused(inner)
				return nil
			})
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAfterCommitAcrossTenants(t *testing.T) {
	db := tenant.New(unreachable(t), tenant.WithCrossTenantPool(newPool(t, newDatabase(t), "tenant_test_admin", one)))
	all := gen.CrossTenant(db, "renaming")
	told := 0
	tell := func(context.Context) { told++ }
	err := gen.InCrossTenantTx(t.Context(), all, func(ctx context.Context, tx *tenant.CrossTenant) error {
		err := gen.InCrossTenantTx(ctx, tx, func(_ context.Context, inner *tenant.CrossTenant) error {
			return gen.AfterCrossTenantCommit(inner, tell)
		})
		_ = gen.InCrossTenantTx(ctx, tx, func(_ context.Context, inner *tenant.CrossTenant) error {
			return errors.Join(gen.AfterCrossTenantCommit(inner, tell), errDenied)
		})
		return errors.Join(err, gen.AfterCrossTenantCommit(tx, tell))
	})
	if err != nil || told != 2 {
		t.Errorf("told %d times, %v", told, err)
	}
	if err := gen.AfterCrossTenantCommit(all, tell); !errors.Is(err, tenant.ErrNotBegunHere) {
		t.Errorf("outside: got %v", err)
	}
}
