package tenant_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
)

const addNote = "insert into notes (org_id, title) values ($1, $2)"

func TestInTx(t *testing.T) {
	eachMode(t, func(t *testing.T, db *tenant.DB, pool *pgxpool.Pool) {
		err := db.InTx(t.Context(), acme, func(ctx context.Context, tx *tenant.Tx) error {
			exec(t, tx.Scoped(acme, write), addNote, acmeID, "committed")
			exec(t, tx.Scoped(acme, write), "update notes set title = 'kept' where title = $1", "committed")
			if got := titles(t, tx.Scoped(acme, read), "select title from notes order by title"); !slices.Equal(got, []string{"anvil", "kept", "rocket"}) {
				t.Errorf("inside: %v", got)
			}
			rows, err := tx.Scoped(acme, read).Query(t.Context(), "select title from notes")
			if err != nil || rows.Conn() != nil {
				t.Errorf("the rows give the transaction's connection away: %v", err)
			}
			rows.Close()
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		expectNothingLeft(t, pool)
		if n := exec(t, db.Scoped(acme, write), "delete from notes where title = 'kept'"); n != 1 {
			t.Errorf("committed %d rows", n)
		}
	})
}

func TestInTxRollsBack(t *testing.T) {
	mine := errors.New("mine")
	ends := map[string]func(context.CancelFunc) error{
		"error":    func(context.CancelFunc) error { return mine },
		"panic":    func(context.CancelFunc) error { panic(mine) },
		"goexit":   func(context.CancelFunc) error { runtime.Goexit(); return nil },
		"canceled": func(cancel context.CancelFunc) error { cancel(); return mine },
	}
	eachMode(t, func(t *testing.T, db *tenant.DB, pool *pgxpool.Pool) {
		for name, end := range ends {
			ctx, cancel := context.WithCancel(t.Context())
			got := make(chan any, 1)
			go func() {
				finished := false
				var err error
				defer func() {
					if p := recover(); p != nil {
						got <- p
					} else if !finished {
						got <- mine // Goexit, which got this far
					} else {
						got <- err
					}
				}()
				err = db.InTx(ctx, acme, func(ctx context.Context, tx *tenant.Tx) error {
					if _, err := tx.Scoped(acme, write).Exec(ctx, addNote, acmeID, "undone"); err != nil {
						t.Error(err)
					}
					return end(cancel)
				})
				finished = true
			}()
			if got := <-got; got != any(mine) {
				t.Errorf("%s: got %v", name, got)
			}
			cancel()
			expectNothingLeft(t, pool)
			if n := pool.Stat().NewConnsCount(); n != 1 {
				t.Fatalf("%s: the rollback cost the connection", name)
			}
			if got := titles(t, db.Scoped(acme, read), "select title from notes where title = 'undone'"); len(got) != 0 {
				t.Errorf("%s: committed", name)
			}
		}
	})
}

// A function that swallows a statement's error must not be told that its other statements were committed.
func TestInTxReportsThatNothingWasCommitted(t *testing.T) {
	db, _ := newDB(t)
	err := db.InTx(t.Context(), acme, func(ctx context.Context, tx *tenant.Tx) error {
		exec(t, tx.Scoped(acme, write), addNote, acmeID, "lost")
		_, _ = tx.Scoped(acme, write).Exec(t.Context(), "select 1/0")
		return nil
	})
	if !errors.Is(err, pgx.ErrTxCommitRollback) {
		t.Errorf("got %v", err)
	}
	err = db.InTx(t.Context(), acme, func(ctx context.Context, tx *tenant.Tx) error {
		exec(t, tx.Scoped(acme, write), addNote, acmeID, "anvil")
		return nil
	})
	if !hasCode(err, uniqueViolation) {
		t.Errorf("a deferred constraint: got %v", err)
	}
}

func TestInTxWithOptions(t *testing.T) {
	db, pool := newDB(t)
	opts := pgx.TxOptions{AccessMode: pgx.ReadOnly, IsoLevel: pgx.Serializable}
	err := db.InTxWith(t.Context(), acme, opts, func(ctx context.Context, tx *tenant.Tx) error {
		if got := titles(t, tx.Scoped(acme, read), "select current_setting('transaction_isolation')"); got[0] != "serializable" {
			t.Errorf("isolation %v", got)
		}
		_, err := tx.Scoped(acme, write).Exec(t.Context(), addNote, acmeID, "x")
		return err
	})
	if !hasCode(err, "25006") {
		t.Errorf("a write in a read-only transaction: got %v", err)
	}
	expectNothingLeft(t, pool)
	err = db.InTxWith(t.Context(), acme, pgx.TxOptions{BeginQuery: "begin nonsense"}, func(context.Context, *tenant.Tx) error {
		t.Error("the function was called")
		return nil
	})
	if err == nil {
		t.Error("no error")
	}
	expectNothingLeft(t, pool)
}

// A BEGIN that begins nothing would let every statement run without a tenant in its own transaction.
func TestInTxThatDoesNotBegin(t *testing.T) {
	db, pool := newDB(t)
	err := db.InTxWith(t.Context(), acme, pgx.TxOptions{BeginQuery: "select 1"}, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := tx.Scoped(acme, write).Exec(t.Context(), addNote, acmeID, "x")
		return err
	})
	if !errors.Is(err, pgx.ErrTxClosed) {
		t.Errorf("got %v", err)
	}
	expectNothingLeft(t, pool)
}

func TestTenantMismatch(t *testing.T) {
	traffic := &traffic{}
	pool := newPool(t, newDatabase(t), "tenant_test_app", one, traffic.tap(t))
	db := tenant.New(pool)
	err := db.InTx(t.Context(), acme, func(ctx context.Context, tx *tenant.Tx) error {
		before := traffic.count()
		for name, scope := range map[string]tenant.Scope{
			"another id":       globex,
			"another setting":  tenant.NewScope("app.account_id", acmeID),
			"as a claim":       tenant.Claim("org_id", acmeID),
			"with its project": globex.And(tenant.NewScope("app.project_id", "1")),
			"turned around":    tenant.NewScope("app.project_id", "1").And(tenant.NewScope(setting, acmeID)),
		} {
			expectRefused(t, func() *tenant.Call { return tx.Scoped(scope, read) }, tenant.ErrTenantMismatch)
			if err := tx.InTx(t.Context(), scope, never(t)); !errors.Is(err, tenant.ErrTenantMismatch) {
				t.Errorf("nested, %s: got %v", name, err)
			}
			_, err := tx.Scoped(scope, read).Exec(t.Context(), "select 1")
			var mismatch *tenant.MismatchError
			if !errors.As(err, &mismatch) || mismatch.Tx != acme || mismatch.Call != scope {
				t.Errorf("%s: got %#v", name, err)
			}
		}
		expectRefused(t, func() *tenant.Call { return tx.Scoped(tenant.Scope{}, read) }, tenant.ErrNoTenant)
		if n := traffic.count() - before; n != 0 {
			t.Errorf("refused calls sent %d messages", n)
		}
		// The transaction is unharmed.
		if got := titles(t, tx.Scoped(acme, read), "select title from notes"); len(got) != 2 {
			t.Errorf("afterwards Acme sees %v", got)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestClaimMismatch(t *testing.T) {
	db, _ := newDB(t)
	err := db.InTx(t.Context(), tenant.Claim("org_id", acmeID), func(ctx context.Context, tx *tenant.Tx) error {
		expectRefused(t, func() *tenant.Call { return tx.Scoped(tenant.Claim("team_id", acmeID), read) }, tenant.ErrTenantMismatch)
		expectRefused(t, func() *tenant.Call { return tx.Scoped(tenant.Claim("org_id", globexID), read) }, tenant.ErrTenantMismatch)
		_, err := tx.Scoped(tenant.Claim("org_id", acmeID), read).Exec(t.Context(), "select 1")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func never(t *testing.T) func(context.Context, *tenant.Tx) error {
	return func(context.Context, *tenant.Tx) error {
		t.Helper()
		t.Error("the function was called")
		return nil
	}
}

func TestTxEndsWithItsFunction(t *testing.T) {
	db, _ := newDB(t)
	for _, end := range []error{nil, errors.New("failed")} {
		var kept *tenant.Tx
		var conn *tenant.Call
		_ = db.InTx(t.Context(), acme, func(ctx context.Context, tx *tenant.Tx) error {
			kept, conn = tx, tx.Scoped(acme, read)
			return end
		})
		expectRefused(t, func() *tenant.Call { return conn }, tenant.ErrClosed)
		expectRefused(t, func() *tenant.Call { return kept.Scoped(acme, read) }, tenant.ErrClosed)
		expectRefused(t, func() *tenant.Call { return kept.Global(read) }, tenant.ErrClosed)
		if err := kept.InTx(t.Context(), acme, never(t)); !errors.Is(err, tenant.ErrClosed) {
			t.Errorf("got %v", err)
		}
	}
}

func TestSavepoint(t *testing.T) {
	db, pool := newDB(t)
	mine := errors.New("mine")
	err := db.InTx(t.Context(), acme, func(ctx context.Context, tx *tenant.Tx) error {
		err := tx.InTx(t.Context(), acme, func(ctx context.Context, inner *tenant.Tx) error {
			exec(t, inner.Scoped(acme, write), addNote, acmeID, "undone")
			expectRefused(t, func() *tenant.Call { return inner.Scoped(globex, read) }, tenant.ErrTenantMismatch)
			return mine
		})
		if err != mine {
			t.Errorf("got %v", err)
		}
		return tx.InTx(t.Context(), acme, func(ctx context.Context, inner *tenant.Tx) error {
			exec(t, inner.Scoped(acme, write), addNote, acmeID, "kept")
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := titles(t, db.Scoped(acme, read), "select title from notes order by title"); !slices.Equal(got, []string{"anvil", "kept", "rocket"}) {
		t.Errorf("got %v", got)
	}
	expectNothingLeft(t, pool)
}

// A savepoint for a part of the tenant would leave that part set when it is released.
func TestNoSavepointForAPart(t *testing.T) {
	db, _ := newDB(t)
	err := db.InTx(t.Context(), acme, func(ctx context.Context, tx *tenant.Tx) error {
		return tx.InTx(t.Context(), acme.And(tenant.NewScope("app.project_id", "1")), never(t))
	})
	if !errors.Is(err, tenant.ErrTenantMismatch) {
		t.Errorf("got %v", err)
	}
}

// A scope that cannot be used is refused for what it is, before it is compared: the
// caller would otherwise look for two tenants where there is none.
func TestNoSavepointForAnUnusableScope(t *testing.T) {
	db, pool := newDB(t)
	err := db.InTx(t.Context(), acme, func(ctx context.Context, tx *tenant.Tx) error {
		if err := tx.InTx(t.Context(), tenant.Scope{}, never(t)); !errors.Is(err, tenant.ErrNoTenant) {
			t.Errorf("no tenant: got %v", err)
		}
		if err := tx.InTx(t.Context(), tenant.NewScope("search_path", "x"), never(t)); err == nil || errors.Is(err, tenant.ErrTenantMismatch) {
			t.Errorf("no custom setting: got %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	expectNothingLeft(t, pool)
}

func TestGlobalInTx(t *testing.T) {
	eachMode(t, func(t *testing.T, db *tenant.DB, _ *pgxpool.Pool) {
		err := db.InTx(t.Context(), acme, func(ctx context.Context, tx *tenant.Tx) error {
			for range 2 {
				if got := titles(t, tx.Global(read), "select title from notes union select name from plans order by 1"); !slices.Equal(got, []string{"free", "pro"}) {
					t.Errorf("a global query sees %v", got)
				}
				var n int
				if err := tx.Global(read).QueryRow(t.Context(), "select count(*) from notes").Scan(&n); err != nil || n != 0 {
					t.Errorf("a global query counts %d, %v", n, err)
				}
				exec(t, tx.Global(read), "select 1")
				if got := titles(t, tx.Scoped(acme, read), "select title from notes"); len(got) != 2 {
					t.Errorf("then Acme sees %v", got)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// A global statement that fails takes the transaction with it, unless there is a savepoint: then the tenant must be back.
func TestGlobalThatFailsInASavepoint(t *testing.T) {
	eachMode(t, func(t *testing.T, db *tenant.DB, _ *pgxpool.Pool) {
		err := db.InTx(t.Context(), acme, func(ctx context.Context, tx *tenant.Tx) error {
			err := tx.InTx(t.Context(), acme, func(ctx context.Context, inner *tenant.Tx) error {
				_, err := inner.Global(read).Exec(t.Context(), "select 1/0")
				return err
			})
			if !hasCode(err, "22012") {
				return fmt.Errorf("got %w", err)
			}
			if got := titles(t, tx.Scoped(acme, read), "select title from notes"); len(got) != 2 {
				t.Errorf("afterwards Acme sees %v", got)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestLevelsInTx(t *testing.T) {
	eachMode(t, func(t *testing.T, db *tenant.DB, _ *pgxpool.Pool) {
		one, two := acme.And(tenant.NewScope("app.project_id", "1")), acme.And(tenant.NewScope("app.project_id", "2"))
		err := db.InTx(t.Context(), acme, func(ctx context.Context, tx *tenant.Tx) error {
			for scope, want := range map[tenant.Scope][]string{one: {"paint"}, two: {"glue"}, acme: {}} {
				if got := titles(t, tx.Scoped(scope, read), "select title from tasks"); !slices.Equal(got, want) {
					t.Errorf("%s sees %v", scope, got)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		err = db.InTx(t.Context(), one, func(ctx context.Context, tx *tenant.Tx) error {
			if got := titles(t, tx.Scoped(acme, read), "select title from notes"); len(got) != 2 {
				t.Errorf("the organization sees %v", got)
			}
			expectRefused(t, func() *tenant.Call { return tx.Scoped(two, read) }, tenant.ErrTenantMismatch)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// A call for a part of the transaction's tenant may leave the tenant itself out, where the settings' order tells what is a part.
func TestPartInTx(t *testing.T) {
	eachMode(t, func(t *testing.T, db *tenant.DB, _ *pgxpool.Pool) {
		project := func(id string) tenant.Scope { return tenant.NewScope("app.project_id", id) }
		ordered := db.With(tenant.WithSetting(setting, "app.project_id"))
		err := ordered.InTx(t.Context(), acme, func(ctx context.Context, tx *tenant.Tx) error {
			for id, want := range map[string]string{"1": "paint", "2": "glue"} {
				if got := titles(t, tx.Scoped(project(id), read), "select title from tasks"); !slices.Equal(got, []string{want}) {
					t.Errorf("project %s sees %v", id, got)
				}
				if got := titles(t, tx.Scoped(acme, read), "select title from tasks"); len(got) != 0 {
					t.Errorf("project %s stays in force: %v", id, got)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		err = ordered.InTx(t.Context(), project("1"), func(ctx context.Context, tx *tenant.Tx) error {
			expectRefused(t, func() *tenant.Call { return tx.Scoped(acme, read) }, tenant.ErrTenantMismatch)
			expectRefused(t, func() *tenant.Call { return tx.Scoped(project("2"), read) }, tenant.ErrTenantMismatch)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		turned := db.With(tenant.WithSetting("app.project_id", setting))
		err = turned.InTx(t.Context(), acme, func(ctx context.Context, tx *tenant.Tx) error {
			expectRefused(t, func() *tenant.Call { return tx.Scoped(project("1"), read) }, tenant.ErrTenantMismatch)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
