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

// tenantOf is the tenant of a transaction, as its next statement would have it.
func tenantOf(t *testing.T, tx pgx.Tx) string {
	t.Helper()
	var id string
	if err := tx.QueryRow(t.Context(), "select coalesce(current_setting('app.org_id', true), '')").Scan(&id); err != nil {
		t.Fatal(err)
	}
	return id
}

func TestJoinTx(t *testing.T) {
	mine := errors.New("mine")
	eachMode(t, func(t *testing.T, db *tenant.DB, pool *pgxpool.Pool) {
		err := pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
			var kept *tenant.Tx
			err := gen.JoinTx(t.Context(), db, tx, acme, func(ctx context.Context, a *tenant.Tx) error {
				kept = a
				exec(t, gen.Scoped(a, acme, write), addNote, acmeID, "kept")
				expectRefused(t, func() gen.DBTX { return gen.Scoped(a, globex, read) }, tenant.ErrTenantMismatch)
				var mismatch *tenant.MismatchError
				if err := gen.JoinTx(t.Context(), db, tx, globex, never(t)); !errors.As(err, &mismatch) || mismatch.Tx != acme || mismatch.Call != globex {
					t.Errorf("for another tenant: got %v", err)
				}
				if got := titles(t, gen.Scoped(a, acme, read), "select title from notes order by title"); !slices.Equal(got, []string{"anvil", "kept", "rocket"}) {
					t.Errorf("inside: %v", got)
				}
				return nil
			})
			if err != nil {
				return err
			}
			if id := tenantOf(t, tx); id != "" {
				t.Errorf("afterwards the transaction is %s's", id)
			}
			expectRefused(t, func() gen.DBTX { return gen.Scoped(kept, acme, read) }, tenant.ErrClosed)
			for name, end := range map[string]func(context.Context, *tenant.Tx) error{
				"error": func(context.Context, *tenant.Tx) error { return mine },
				"panic": func(context.Context, *tenant.Tx) error { panic(mine) },
				"statement": func(ctx context.Context, g *tenant.Tx) error {
					_, _ = gen.Scoped(g, globex, write).Exec(t.Context(), "select 1/0") // swallowed
					return nil
				},
			} {
				func() {
					defer func() { recover() }()
					err := gen.JoinTx(t.Context(), db, tx, globex, func(ctx context.Context, g *tenant.Tx) error {
						exec(t, gen.Scoped(g, globex, write), addNote, globexID, "undone")
						return end(ctx, g)
					})
					if err == nil || name == "error" && err != mine {
						t.Errorf("%s: got %v", name, err)
					}
				}()
				if id := tenantOf(t, tx); id != "" {
					t.Errorf("after the %s the transaction is %s's", name, id)
				}
			}
			if err := gen.JoinTx(t.Context(), db, tx, tenant.Scope{}, never(t)); !errors.Is(err, tenant.ErrNoTenant) {
				t.Errorf("no tenant: got %v", err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		expectNothingLeft(t, pool)
		if got := titles(t, gen.Scoped(db, globex, read), "select title from notes"); !slices.Equal(got, []string{"hammock"}) {
			t.Errorf("Globex has %v", got)
		}
		if n := exec(t, gen.Scoped(db, acme, write), "delete from notes where title = 'kept'"); n != 1 {
			t.Errorf("committed %d rows", n)
		}
	})
}

// What was in force comes back, also a setting that the scope does not name.
func TestJoinTxRestores(t *testing.T) {
	db, pool := newDB(t, gen.WithSetting(setting, "app.project_id"))
	err := pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), "select set_config('app.org_id', $1, true), set_config('app.project_id', '1', true)", acmeID); err != nil {
			return err
		}
		err := gen.JoinTx(t.Context(), db, tx, acme, func(ctx context.Context, a *tenant.Tx) error {
			if got := titles(t, gen.Scoped(a, acme, read), "select title from tasks"); len(got) != 0 {
				t.Errorf("the project is still in force: %v", got)
			}
			return nil
		})
		var title string
		if err := tx.QueryRow(t.Context(), "select title from tasks").Scan(&title); err != nil || title != "paint" || tenantOf(t, tx) != acmeID {
			t.Errorf("afterwards: %q, %v", title, err)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
