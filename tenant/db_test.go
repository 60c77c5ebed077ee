package tenant_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
)

// The statements carry no condition on the tenant: what they see is the policies' doing.
func TestEachTenantSeesItsOwn(t *testing.T) {
	eachMode(t, func(t *testing.T, db *tenant.DB, _ *pgxpool.Pool) {
		for range 2 { // the second time from the statement cache
			if got := titles(t, gen.Scoped(db, acme, read), "select title from notes order by title"); !slices.Equal(got, []string{"anvil", "rocket"}) {
				t.Errorf("Acme sees %v", got)
			}
			if got := titles(t, gen.Scoped(db, globex, read), "select title from notes order by title"); !slices.Equal(got, []string{"hammock"}) {
				t.Errorf("Globex sees %v", got)
			}
		}
		var n int
		if err := gen.Scoped(db, globex, read).QueryRow(t.Context(), "select count(*) from notes").Scan(&n); err != nil || n != 1 {
			t.Errorf("Globex counts %d, %v", n, err)
		}
		if n := exec(t, gen.Scoped(db, globex, write), "update notes set size = size + 1 where title <> $1", "x"); n != 1 {
			t.Errorf("Globex updates %d rows", n)
		}
	})
}

func TestInsertForAnotherTenantIsRejected(t *testing.T) {
	eachMode(t, func(t *testing.T, db *tenant.DB, pool *pgxpool.Pool) {
		const insert = "insert into notes (org_id, title) values ($1, 'smuggled') returning title"
		_, err := gen.Scoped(db, acme, write).Exec(t.Context(), insert, globexID)
		if !hasCode(err, insufficient) {
			t.Errorf("Exec: got %v", err)
		}
		expectNothingLeft(t, pool)
		var title string
		if err := gen.Scoped(db, acme, write).QueryRow(t.Context(), insert, globexID).Scan(&title); !hasCode(err, insufficient) {
			t.Errorf("QueryRow: got %v", err)
		}
		if got := titles(t, gen.Scoped(db, acme, read), "select title from notes order by title"); !slices.Equal(got, []string{"anvil", "rocket"}) {
			t.Errorf("after the error Acme sees %v", got)
		}
	})
}

func TestNoRows(t *testing.T) {
	eachMode(t, func(t *testing.T, db *tenant.DB, _ *pgxpool.Pool) {
		var title string
		err := gen.Scoped(db, acme, read).QueryRow(t.Context(), "select title from notes where title = 'hammock'").Scan(&title)
		if !errors.Is(err, pgx.ErrNoRows) {
			t.Errorf("another tenant's row: got %v and %q", err, title)
		}
	})
}

// A deferred constraint is checked after the statement has succeeded and its rows have been read. Reporting success then
// would report a row that does not exist.
func TestDeferredConstraint(t *testing.T) {
	const insert = "insert into notes (org_id, title) values ($1, 'anvil') returning title"
	ways := map[string]func(context.Context, gen.DBTX) error{
		"Exec": func(ctx context.Context, c gen.DBTX) error {
			_, err := c.Exec(ctx, insert, acmeID)
			return err
		},
		"QueryRow": func(ctx context.Context, c gen.DBTX) error {
			var title string
			return c.QueryRow(ctx, insert, acmeID).Scan(&title)
		},
		"Query, read to the end": func(ctx context.Context, c gen.DBTX) error {
			rows, err := c.Query(ctx, insert, acmeID)
			if err != nil {
				return err
			}
			for rows.Next() {
			}
			return rows.Err()
		},
		"Query, closed": func(ctx context.Context, c gen.DBTX) error {
			rows, err := c.Query(ctx, insert, acmeID)
			if err != nil {
				return err
			}
			rows.Next()
			rows.Close()
			return rows.Err()
		},
		// sqlc's batch methods look at each result's error, and never at that of Close.
		"SendBatch, Exec": func(ctx context.Context, c gen.DBTX) error {
			_, err := sendOne(ctx, c, insert).Exec()
			return err
		},
		"SendBatch, QueryRow": func(ctx context.Context, c gen.DBTX) error {
			var title string
			return sendOne(ctx, c, insert).QueryRow().Scan(&title)
		},
		"SendBatch, Query": func(ctx context.Context, c gen.DBTX) error {
			rows, err := sendOne(ctx, c, insert).Query()
			if err != nil {
				return err
			}
			_, err = pgx.CollectRows(rows, pgx.RowTo[string])
			return err
		},
		"CopyFrom": func(ctx context.Context, c gen.DBTX) error {
			_, err := c.CopyFrom(ctx, pgx.Identifier{"notes"}, []string{"org_id", "title"}, pgx.CopyFromRows([][]any{{acmeID, "anvil"}}))
			return err
		},
	}
	eachMode(t, func(t *testing.T, db *tenant.DB, pool *pgxpool.Pool) {
		for name, way := range ways {
			if err := way(t.Context(), gen.Scoped(db, acme, write)); !hasCode(err, uniqueViolation) {
				t.Errorf("%s: got %v", name, err)
			}
			expectNothingLeft(t, pool)
		}
		if got := titles(t, gen.Scoped(db, acme, read), "select title from notes"); len(got) != 2 {
			t.Errorf("Acme has %v", got)
		}
	})
}

func sendOne(ctx context.Context, c gen.DBTX, sql string) pgx.BatchResults {
	batch := &pgx.Batch{}
	batch.Queue(sql, acmeID)
	return c.SendBatch(ctx, batch)
}

func TestNothingIsLeftAfterErrors(t *testing.T) {
	eachMode(t, func(t *testing.T, db *tenant.DB, pool *pgxpool.Pool) {
		for name, sql := range map[string]string{
			"does not parse":      "select from where",
			"no such column":      "select nothing from notes",
			"fails while running": "select 1 / (size - size) from notes",
		} {
			if _, err := gen.Scoped(db, acme, read).Exec(t.Context(), sql); err == nil {
				t.Errorf("%s: no error", name)
			}
			expectNothingLeft(t, pool)
			rows, err := gen.Scoped(db, acme, read).Query(t.Context(), sql)
			rows.Close()
			if err == nil && rows.Err() == nil {
				t.Errorf("%s: no error from Query", name)
			}
			expectNothingLeft(t, pool)
		}
		var n time.Time
		if err := gen.Scoped(db, acme, read).QueryRow(t.Context(), "select size from notes").Scan(&n); err == nil {
			t.Error("an integer was scanned into a time")
		}
		expectNothingLeft(t, pool)
		if _, err := gen.Scoped(db, acme, read).Exec(t.Context(), "select $1::int", struct{}{}); err == nil {
			t.Error("a struct was sent as an integer")
		}
	})
}

func TestCancellation(t *testing.T) {
	eachMode(t, func(t *testing.T, db *tenant.DB, pool *pgxpool.Pool) {
		for name, call := range map[string]func(context.Context) error{
			"Exec": func(ctx context.Context) error {
				_, err := gen.Scoped(db, acme, read).Exec(ctx, "select pg_sleep(60)")
				return err
			},
			"QueryRow": func(ctx context.Context) error {
				var s string
				return gen.Scoped(db, acme, read).QueryRow(ctx, "select pg_sleep(60)::text").Scan(&s)
			},
			"InTx": func(ctx context.Context) error {
				return gen.InTx(ctx, db, acme, func(ctx context.Context, tx *tenant.Tx) error {
					_, err := gen.Scoped(tx, acme, read).Exec(ctx, "select pg_sleep(60)")
					return err
				})
			},
		} {
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			if err := call(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: got %v", name, err)
			}
			cancel()
			expectNothingLeft(t, pool)
		}
	})
}

func TestNoTenant(t *testing.T) {
	db := tenant.New(unreachable(t), tenant.WithGuard(func(context.Context, tenant.Scope, tenant.Operation) error {
		t.Error("the guard was asked about nobody")
		return nil
	}))
	for name, scope := range map[string]tenant.Scope{
		"zero":             {},
		"empty id":         gen.NewScope(setting, ""),
		"nil UUID":         gen.NewScope(setting, "00000000-0000-0000-0000-000000000000"),
		"no setting":       gen.NewScope("", acmeID),
		"empty inner id":   acme.And(gen.NewScope("app.project_id", "")),
		"no part":          acme.And(tenant.Scope{}),
		"only an inner id": tenant.Scope{}.And(gen.NewScope("app.project_id", "1")),
		"empty claim":      gen.Claim("org_id", ""),
	} {
		t.Run(name, func(t *testing.T) {
			expectRefused(t, func() gen.DBTX { return gen.Scoped(db, scope, read) }, tenant.ErrNoTenant)
			err := gen.InTx(t.Context(), db, scope, func(context.Context, *tenant.Tx) error {
				t.Error("the transaction began")
				return nil
			})
			if !errors.Is(err, tenant.ErrNoTenant) {
				t.Errorf("InTx: got %v", err)
			}
		})
	}
}

func TestConcurrentTenants(t *testing.T) {
	pool := newPool(t, newDatabase(t), "tenant_test_app", func(c *pgxpool.Config) { c.MaxConns = 3 })
	db := tenant.New(pool)
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			for n := range 25 {
				scope, want := acme, 2
				if (i+n)%2 == 0 {
					scope, want = globex, 1
				}
				var got int
				err := gen.Scoped(db, scope, read).QueryRow(t.Context(), "select count(*) from notes").Scan(&got)
				if err != nil || got != want {
					t.Errorf("%s counts %d, %v", scope, got, err)
				}
			}
		})
	}
	wg.Wait()
}

// Global queries must not see a tenant even where a role or a connection comes with one.
func TestGlobal(t *testing.T) {
	pool := newPool(t, newDatabase(t), "tenant_test_app", one, func(c *pgxpool.Config) {
		c.ConnConfig.RuntimeParams[setting] = acmeID
	})
	var n int
	if err := pool.QueryRow(t.Context(), "select count(*) from notes").Scan(&n); n != 2 || err != nil {
		t.Fatalf("the connection comes with Acme, which this test is about, and sees %d, %v", n, err)
	}
	plain := tenant.New(pool)
	expectRefused(t, func() gen.DBTX { return gen.Global(plain, read) }, tenant.ErrNoSetting)
	db := plain.With(gen.WithSetting("app.project_id", setting), gen.WithSetting(setting))
	expectRefused(t, func() gen.DBTX { return gen.Global(plain, read) }, tenant.ErrNoSetting)
	if got := titles(t, gen.Global(db, read), "select title from notes"); len(got) != 0 {
		t.Errorf("a global query sees %v", got)
	}
	if got := titles(t, gen.Global(db, read), "select name from plans order by name"); !slices.Equal(got, []string{"free", "pro"}) {
		t.Errorf("a global query sees the plans %v", got)
	}
	if got := titles(t, gen.Scoped(db, globex, read), "select title from notes"); !slices.Equal(got, []string{"hammock"}) {
		t.Errorf("Globex sees %v", got)
	}
	expectRefused(t, func() gen.DBTX { return gen.Global(refusing(t), read) }, errDenied)
}

func TestLevels(t *testing.T) {
	eachMode(t, func(t *testing.T, db *tenant.DB, _ *pgxpool.Pool) {
		for project, want := range map[string]string{"1": "paint", "2": "glue"} {
			got := titles(t, gen.Scoped(db, acme.And(gen.NewScope("app.project_id", project)), read), "select title from tasks")
			if !slices.Equal(got, []string{want}) {
				t.Errorf("project %s sees %v", project, got)
			}
		}
		if got := titles(t, gen.Scoped(db, acme, read), "select title from tasks"); len(got) != 0 {
			t.Errorf("without a project: %v", got)
		}
	})
}

func TestClaim(t *testing.T) {
	eachMode(t, func(t *testing.T, db *tenant.DB, _ *pgxpool.Pool) {
		for _, id := range []string{acmeID, `quote " and \ and 'apostrophe' <tag> ü`} {
			var got string
			row := gen.Scoped(db, gen.Claim("org_id", id), read).
				QueryRow(t.Context(), `select current_setting('request.jwt.claims')::json ->> 'org_id'`)
			if err := row.Scan(&got); err != nil || got != id {
				t.Errorf("got %q, %v", got, err)
			}
		}
	})
}

// A claim within others is the only one that the policies see, and names with dots and quotes are names.
func TestClaimWithin(t *testing.T) {
	eachMode(t, func(t *testing.T, db *tenant.DB, _ *pgxpool.Pool) {
		for want, way := range map[string][]string{
			`{"app_metadata":{"org_id":"` + acmeID + `"}}`: {"app_metadata", "org_id"},
			`{"a.b":{"c \"d\"":{"0":"` + acmeID + `"}}}`:   {"a.b", `c "d"`, "0"},
			`{"org_id":"` + acmeID + `"}`:                  {"org_id"},
		} {
			var got string
			row := gen.Scoped(db, gen.ClaimWithin(acmeID, way...), read).QueryRow(t.Context(), `select current_setting('request.jwt.claims')`)
			if err := row.Scan(&got); err != nil || got != want {
				t.Errorf("got %s, %v, want %s", got, err, want)
			}
		}
	})
	if gen.ClaimWithin(acmeID, "org_id") != gen.Claim("org_id", acmeID) || gen.ClaimWithin(acmeID, "a", "b") == gen.ClaimWithin(acmeID, "a.b") {
		t.Error("scopes are not told apart by their claims")
	}
}

func TestUnusableScopes(t *testing.T) {
	db := tenant.New(unreachable(t))
	deep := acme.And(gen.NewScope("app.b", "1")).And(gen.NewScope("app.c", "1")).And(gen.NewScope("app.d", "1"))
	for want, scope := range map[string]tenant.Scope{
		"custom setting":    gen.NewScope("search_path", "x"),
		"outermost level":   acme.And(gen.Claim("project_id", "1")),
		"more than 4":       deep.And(gen.NewScope("app.e", "1")),
		"two ids":           acme.And(gen.NewScope(setting, globexID)),
		"no text for":       gen.NewScope(setting, "a\x00b"),
		"has no text":       gen.NewScope(setting, "\xff"),
		"no way":            gen.ClaimWithin(acmeID),
		"a name of nothing": gen.ClaimWithin(acmeID, "a", ""),
		"no name":           gen.ClaimWithin(acmeID, "a\x00b"),
		"two ids for app.b": deep.And(gen.NewScope("app.b", "2")),
	} {
		_, err := gen.Scoped(db, scope, read).Exec(t.Context(), "select 1")
		if err == nil || errors.Is(err, tenant.ErrNoTenant) {
			t.Errorf("%s: got %v", want, err)
		}
	}
	if _, err := gen.Scoped(tenant.New(newPool(t, newDatabase(t), "tenant_test_app")), deep, read).Exec(t.Context(), "select 1"); err != nil {
		t.Errorf("four levels: %v", err)
	}
}

func TestScopesCompareAndPrint(t *testing.T) {
	if acme != (gen.NewScope(setting, acmeID)) || acme == globex || acme.And(gen.NewScope("app.p", "1")) != acme.And(gen.NewScope("app.p", "1")) {
		t.Error("scopes do not compare as the tenants they name")
	}
	if got := fmt.Sprint(acme.And(gen.NewScope("app.project_id", "7"))); got != "app.org_id="+acmeID+" app.project_id=7" {
		t.Errorf("got %q", got)
	}
	if !(tenant.Scope{}).IsZero() || acme.IsZero() {
		t.Error("IsZero")
	}
}
