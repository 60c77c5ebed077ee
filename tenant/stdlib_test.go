package tenant_test

import (
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
)

// database/sql is not supported, but may share the pool: what it runs has no tenant.
func TestDatabaseSQLHasNoTenant(t *testing.T) {
	eachMode(t, func(t *testing.T, db *tenant.DB, pool *pgxpool.Pool) {
		exec(t, gen.Scoped(db, acme, read), "select 1")
		plain := stdlib.OpenDBFromPool(pool)
		defer plain.Close()
		var n int
		if err := plain.QueryRowContext(t.Context(), "select count(*) from notes").Scan(&n); err != nil || n != 0 {
			t.Errorf("database/sql sees %d rows, %v", n, err)
		}
	})
}
