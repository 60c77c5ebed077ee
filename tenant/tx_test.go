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
	"github.com/tenantgen/tenantgen/tenant/gen"
)

const addNote = "insert into notes (org_id, title) values ($1, $2)"

func TestInTx(t *testing.T) {
	eachMode(t, func(t *testing.T, db *tenant.DB, pool *pgxpool.Pool) {
		err := gen.InTx(t.Context(), db, acme, func(ctx context.Context, tx *tenant.Tx) error {
			exec(t, gen.Scoped(tx, acme, write), addNote, acmeID, "committed")
			exec(t, gen.Scoped(tx, acme, write), "update notes set title = 'kept' where title = $1", "committed")
			if got := titles(t, gen.Scoped(tx, acme, read), "select title from notes order by title"); !slices.Equal(got, []string{"anvil", "kept", "rocket"}) {
				t.Errorf("inside: %v", got)
			}
			rows, err := gen.Scoped(tx, acme, read).Query(t.Context(), "select title from notes")
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
		if n := exec(t, gen.Scoped(db, acme, write), "delete from notes where title = 'kept'"); n != 1 {
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
				err = gen.InTx(ctx, db, acme, func(ctx context.Context, tx *tenant.Tx) error {
					if _, err := gen.Scoped(tx, acme, write).Exec(ctx, addNote, acmeID, "undone"); err != nil {
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
			if got := titles(t, gen.Scoped(db, acme, read), "select title from notes where title = 'undone'"); len(got) != 0 {
				t.Errorf("%s: committed", name)
			}
		}
	})
}

// A function that swallows a statement's error must not be told that its other statements were committed.
func TestInTxReportsThatNothingWasCommitted(t *testing.T) {
	db, _ := newDB(t)
	err := gen.InTx(t.Context(), db, acme, func(ctx context.Context, tx *tenant.Tx) error {
		exec(t, gen.Scoped(tx, acme, write), addNote, acmeID, "lost")
		_, _ = gen.Scoped(tx, acme, write).Exec(t.Context(), "select 1/0")
		return nil
	})
	if !errors.Is(err, pgx.ErrTxCommitRollback) {
		t.Errorf("got %v", err)
	}
	err = gen.InTx(t.Context(), db, acme, func(ctx context.Context, tx *tenant.Tx) error {
		exec(t, gen.Scoped(tx, acme, write), addNote, acmeID, "anvil")
		return nil
	})
	if !hasCode(err, uniqueViolation) {
		t.Errorf("a deferred constraint: got %v", err)
	}
}

func TestInTxWithOptions(t *testing.T) {
	db, pool := newDB(t)
	opts := pgx.TxOptions{AccessMode: pgx.ReadOnly, IsoLevel: pgx.Serializable}
	err := gen.InTxWith(t.Context(), db, acme, opts, func(ctx context.Context, tx *tenant.Tx) error {
		if got := titles(t, gen.Scoped(tx, acme, read), "select current_setting('transaction_isolation')"); got[0] != "serializable" {
			t.Errorf("isolation %v", got)
		}
		_, err := gen.Scoped(tx, acme, write).Exec(t.Context(), addNote, acmeID, "x")
		return err
	})
	if !hasCode(err, "25006") {
		t.Errorf("a write in a read-only transaction: got %v", err)
	}
	expectNothingLeft(t, pool)
	err = gen.InTxWith(t.Context(), db, acme, pgx.TxOptions{BeginQuery: "begin nonsense"}, func(context.Context, *tenant.Tx) error {
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
	err := gen.InTxWith(t.Context(), db, acme, pgx.TxOptions{BeginQuery: "select 1"}, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := gen.Scoped(tx, acme, write).Exec(t.Context(), addNote, acmeID, "x")
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
	err := gen.InTx(t.Context(), db, acme, func(ctx context.Context, tx *tenant.Tx) error {
		before := traffic.count()
		for name, scope := range map[string]tenant.Scope{
			"another id":       globex,
			"another setting":  gen.NewScope("app.account_id", acmeID),
			"as a claim":       gen.Claim("org_id", acmeID),
			"with its project": globex.And(gen.NewScope("app.project_id", "1")),
			"turned around":    gen.NewScope("app.project_id", "1").And(gen.NewScope(setting, acmeID)),
		} {
			expectRefused(t, func() gen.DBTX { return gen.Scoped(tx, scope, read) }, tenant.ErrTenantMismatch)
			if err := gen.Savepoint(t.Context(), tx, scope, never(t)); !errors.Is(err, tenant.ErrTenantMismatch) {
				t.Errorf("nested, %s: got %v", name, err)
			}
			_, err := gen.Scoped(tx, scope, read).Exec(t.Context(), "select 1")
			var mismatch *tenant.MismatchError
			if !errors.As(err, &mismatch) || mismatch.Tx != acme || mismatch.Call != scope {
				t.Errorf("%s: got %#v", name, err)
			}
		}
		expectRefused(t, func() gen.DBTX { return gen.Scoped(tx, tenant.Scope{}, read) }, tenant.ErrNoTenant)
		if n := traffic.count() - before; n != 0 {
			t.Errorf("refused calls sent %d messages", n)
		}
		// The transaction is unharmed.
		if got := titles(t, gen.Scoped(tx, acme, read), "select title from notes"); len(got) != 2 {
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
	err := gen.InTx(t.Context(), db, gen.Claim("org_id", acmeID), func(ctx context.Context, tx *tenant.Tx) error {
		expectRefused(t, func() gen.DBTX { return gen.Scoped(tx, gen.Claim("team_id", acmeID), read) }, tenant.ErrTenantMismatch)
		expectRefused(t, func() gen.DBTX { return gen.Scoped(tx, gen.Claim("org_id", globexID), read) }, tenant.ErrTenantMismatch)
		expectRefused(t, func() gen.DBTX { return gen.Scoped(tx, gen.ClaimWithin(acmeID, "app_metadata", "org_id"), read) }, tenant.ErrTenantMismatch)
		_, err := gen.Scoped(tx, gen.Claim("org_id", acmeID), read).Exec(t.Context(), "select 1")
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
		var conn gen.DBTX
		_ = gen.InTx(t.Context(), db, acme, func(ctx context.Context, tx *tenant.Tx) error {
			kept, conn = tx, gen.Scoped(tx, acme, read)
			return end
		})
		expectRefused(t, func() gen.DBTX { return conn }, tenant.ErrClosed)
		expectRefused(t, func() gen.DBTX { return gen.Scoped(kept, acme, read) }, tenant.ErrClosed)
		expectRefused(t, func() gen.DBTX { return gen.Global(kept, read) }, tenant.ErrClosed)
		if err := gen.Savepoint(t.Context(), kept, acme, never(t)); !errors.Is(err, tenant.ErrClosed) {
			t.Errorf("got %v", err)
		}
	}
}

func TestSavepoint(t *testing.T) {
	db, pool := newDB(t)
	mine := errors.New("mine")
	err := gen.InTx(t.Context(), db, acme, func(ctx context.Context, tx *tenant.Tx) error {
		err := gen.Savepoint(t.Context(), tx, acme, func(ctx context.Context, inner *tenant.Tx) error {
			exec(t, gen.Scoped(inner, acme, write), addNote, acmeID, "undone")
			expectRefused(t, func() gen.DBTX { return gen.Scoped(inner, globex, read) }, tenant.ErrTenantMismatch)
			return mine
		})
		if err != mine {
			t.Errorf("got %v", err)
		}
		return gen.Savepoint(t.Context(), tx, acme, func(ctx context.Context, inner *tenant.Tx) error {
			exec(t, gen.Scoped(inner, acme, write), addNote, acmeID, "kept")
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := titles(t, gen.Scoped(db, acme, read), "select title from notes order by title"); !slices.Equal(got, []string{"anvil", "kept", "rocket"}) {
		t.Errorf("got %v", got)
	}
	expectNothingLeft(t, pool)
}

// A savepoint for a part of the tenant would leave that part set when it is released.
func TestNoSavepointForAPart(t *testing.T) {
	db, _ := newDB(t)
	err := gen.InTx(t.Context(), db, acme, func(ctx context.Context, tx *tenant.Tx) error {
		return gen.Savepoint(t.Context(), tx, acme.And(gen.NewScope("app.project_id", "1")), never(t))
	})
	if !errors.Is(err, tenant.ErrTenantMismatch) {
		t.Errorf("got %v", err)
	}
}

// A scope that cannot be used is refused for what it is, before it is compared: the
// caller would otherwise look for two tenants where there is none.
func TestNoSavepointForAnUnusableScope(t *testing.T) {
	db, pool := newDB(t)
	err := gen.InTx(t.Context(), db, acme, func(ctx context.Context, tx *tenant.Tx) error {
		if err := gen.Savepoint(t.Context(), tx, tenant.Scope{}, never(t)); !errors.Is(err, tenant.ErrNoTenant) {
			t.Errorf("no tenant: got %v", err)
		}
		if err := gen.Savepoint(t.Context(), tx, gen.NewScope("search_path", "x"), never(t)); err == nil || errors.Is(err, tenant.ErrTenantMismatch) {
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
		err := gen.InTx(t.Context(), db, acme, func(ctx context.Context, tx *tenant.Tx) error {
			for range 2 {
				if got := titles(t, gen.Global(tx, read), "select title from notes union select name from plans order by 1"); !slices.Equal(got, []string{"free", "pro"}) {
					t.Errorf("a global query sees %v", got)
				}
				var n int
				if err := gen.Global(tx, read).QueryRow(t.Context(), "select count(*) from notes").Scan(&n); err != nil || n != 0 {
					t.Errorf("a global query counts %d, %v", n, err)
				}
				exec(t, gen.Global(tx, read), "select 1")
				if got := titles(t, gen.Scoped(tx, acme, read), "select title from notes"); len(got) != 2 {
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
		err := gen.InTx(t.Context(), db, acme, func(ctx context.Context, tx *tenant.Tx) error {
			err := gen.Savepoint(t.Context(), tx, acme, func(ctx context.Context, inner *tenant.Tx) error {
				_, err := gen.Global(inner, read).Exec(t.Context(), "select 1/0")
				return err
			})
			if !hasCode(err, "22012") {
				return fmt.Errorf("got %w", err)
			}
			if got := titles(t, gen.Scoped(tx, acme, read), "select title from notes"); len(got) != 2 {
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
		one, two := acme.And(gen.NewScope("app.project_id", "1")), acme.And(gen.NewScope("app.project_id", "2"))
		err := gen.InTx(t.Context(), db, acme, func(ctx context.Context, tx *tenant.Tx) error {
			for scope, want := range map[tenant.Scope][]string{one: {"paint"}, two: {"glue"}, acme: {}} {
				if got := titles(t, gen.Scoped(tx, scope, read), "select title from tasks"); !slices.Equal(got, want) {
					t.Errorf("%s sees %v", scope, got)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		err = gen.InTx(t.Context(), db, one, func(ctx context.Context, tx *tenant.Tx) error {
			if got := titles(t, gen.Scoped(tx, acme, read), "select title from notes"); len(got) != 2 {
				t.Errorf("the organization sees %v", got)
			}
			expectRefused(t, func() gen.DBTX { return gen.Scoped(tx, two, read) }, tenant.ErrTenantMismatch)
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
		project := func(id string) tenant.Scope { return gen.NewScope("app.project_id", id) }
		ordered := db.With(gen.WithSetting(setting, "app.project_id"))
		err := gen.InTx(t.Context(), ordered, acme, func(ctx context.Context, tx *tenant.Tx) error {
			for id, want := range map[string]string{"1": "paint", "2": "glue"} {
				if got := titles(t, gen.Scoped(tx, project(id), read), "select title from tasks"); !slices.Equal(got, []string{want}) {
					t.Errorf("project %s sees %v", id, got)
				}
				if got := titles(t, gen.Scoped(tx, acme, read), "select title from tasks"); len(got) != 0 {
					t.Errorf("project %s stays in force: %v", id, got)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		err = gen.InTx(t.Context(), ordered, project("1"), func(ctx context.Context, tx *tenant.Tx) error {
			expectRefused(t, func() gen.DBTX { return gen.Scoped(tx, acme, read) }, tenant.ErrTenantMismatch)
			expectRefused(t, func() gen.DBTX { return gen.Scoped(tx, project("2"), read) }, tenant.ErrTenantMismatch)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		turned := db.With(gen.WithSetting("app.project_id", setting))
		err = gen.InTx(t.Context(), turned, acme, func(ctx context.Context, tx *tenant.Tx) error {
			expectRefused(t, func() gen.DBTX { return gen.Scoped(tx, project("1"), read) }, tenant.ErrTenantMismatch)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
