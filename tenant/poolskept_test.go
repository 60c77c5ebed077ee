package tenant_test

import (
	"context"
	"runtime"
	"testing"
	"time"
	"weak"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
)

// latest has one pool for everybody, until it has another.
type latest struct{ pool *pgxpool.Pool }

func (l *latest) Pool(context.Context, tenant.Scope) (*pgxpool.Pool, error) { return l.pool, nil }

func (l *latest) All(context.Context) ([]*pgxpool.Pool, error) { return []*pgxpool.Pool{l.pool}, nil }

// Pools come and go where each tenant has its own. What is known of one does not keep it in memory.
func TestClosedPoolsAreForgotten(t *testing.T) {
	config := newPool(t, newDatabase(t), "tenant_test_app").Config()
	pools := &latest{}
	db := tenant.New(nil, tenant.WithPools(pools), gen.WithSetting(setting))
	use := func() weak.Pointer[pgxpool.Pool] {
		pool, err := pgxpool.NewWithConfig(t.Context(), config.Copy())
		if err != nil {
			t.Fatal(err)
		}
		defer pool.Close()
		pools.pool = pool
		exec(t, gen.Scoped(db, acme, read), "select 1")
		exec(t, gen.Scoped(db, acme, read), "select 1")
		l := listen(t, db, acme, "notes")
		l.cancel()
		l.end(t)
		return weak.Make(pool)
	}
	first := use()
	use()
	for range 100 {
		if runtime.GC(); first.Value() == nil && tenant.Known(db) == 1 {
			return
		}
		time.Sleep(10 * time.Millisecond) // cleanups run in a goroutine
	}
	t.Errorf("the first pool is still there (%v), or what is known of it (%d pools)", first.Value() != nil, tenant.Known(db))
}
