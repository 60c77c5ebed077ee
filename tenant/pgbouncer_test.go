package tenant_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/internal/pgtest"
)

// bouncedModes are the modes that work behind a pooler in transaction mode. The others prepare statements by name, which
// pgbouncer knows how to do since 1.21 only.
var bouncedModes = []pgx.QueryExecMode{
	pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol, pgx.QueryExecModeDescribeExec,
}

// Many clients of two tenants share two connections to the server, so that whatever one leaves meets the other.
func TestPgBouncer(t *testing.T) {
	databaseURL := newDatabase(t)
	bounced := pgtest.PgBouncerForTest(t, databaseURL, 2, map[string]string{"tenant_test_app": "tenant_test"})
	for _, mode := range bouncedModes {
		t.Run(mode.String(), func(t *testing.T) {
			pool := newPool(t, bounced, "tenant_test_app", func(c *pgxpool.Config) {
				c.MaxConns = 16
				c.ConnConfig.DefaultQueryExecMode = mode
			})
			db := tenant.New(pool, gen.WithSetting(setting))
			var backends sync.Map
			var wrong atomic.Int64
			var wg sync.WaitGroup
			for i := range 16 {
				wg.Go(func() {
					me, want := acme, 2
					if i%2 == 0 {
						me, want = globex, 1
					}
					for range 12 {
						if err := bouncedCalls(t.Context(), db, me, want, &backends); err != nil {
							wrong.Add(1)
							t.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			servers := 0
			backends.Range(func(any, any) bool { servers++; return true })
			if servers > 2 || servers == 0 {
				t.Errorf("%d connections to the server: they are not shared, which is what this test is about", servers)
			}
			for range 10 {
				expectNothingLeft(t, pool)
			}
		})
	}
}

// bouncedCalls makes every kind of call and checks that it sees the rows of its tenant.
func bouncedCalls(ctx context.Context, db *tenant.DB, me tenant.Scope, want int, backends *sync.Map) error {
	var pid, n int
	row := gen.Scoped(db, me, read).QueryRow(ctx, "select pg_backend_pid(), count(*)::int from notes where title <> 'copied'")
	if err := row.Scan(&pid, &n); err != nil || n != want {
		return fmt.Errorf("%s: QueryRow sees %d, %w", me, n, err)
	}
	backends.Store(pid, true)
	tag, err := gen.Scoped(db, me, write).Exec(ctx, "update notes set size = size where org_id = $1", me.ID())
	if err != nil || int(tag.RowsAffected()) < want {
		return fmt.Errorf("%s: Exec changes %s, %w", me, tag, err)
	}
	if _, err := gen.Scoped(db, me, write).Exec(ctx, "select 1/0"); !hasCode(err, "22012") {
		return fmt.Errorf("%s: got %w", me, err)
	}
	if tag, err := gen.Global(db, read).Exec(ctx, "select from notes"); err != nil || tag.RowsAffected() != 0 {
		return fmt.Errorf("a global query sees %s, %w", tag, err)
	}
	err = gen.InTx(ctx, db, me, func(ctx context.Context, tx *tenant.Tx) error {
		copied, err := gen.Scoped(tx, me, write).CopyFrom(ctx, pgx.Identifier{"notes"}, []string{"org_id", "title"}, pgx.CopyFromRows([][]any{{me.ID(), "copied"}}))
		if err != nil || copied != 1 {
			return fmt.Errorf("copied %d, %w", copied, err)
		}
		var all int
		if err := gen.Scoped(tx, me, read).QueryRow(ctx, "select count(*)::int from notes").Scan(&all); err != nil || all != want+1 {
			return fmt.Errorf("inside: %d, %w", all, err)
		}
		return errDenied
	})
	if !errors.Is(err, errDenied) {
		return fmt.Errorf("%s: InTx: %w", me, err)
	}
	batch := &pgx.Batch{}
	batch.Queue("select count(*)::int from notes where org_id <> $1", me.ID()).QueryRow(func(row pgx.Row) error { return row.Scan(&n) })
	if err := gen.Scoped(db, me, read).SendBatch(ctx, batch).Close(); err != nil || n != 0 {
		return fmt.Errorf("%s: a batch sees %d rows of others, %w", me, n, err)
	}
	return nil
}
