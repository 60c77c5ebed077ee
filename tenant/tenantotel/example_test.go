package tenantotel_test

import (
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/tenantotel"
)

// Every call becomes a span of the global tracer provider, named for its repository and query.
func ExampleNew() {
	var pool *pgxpool.Pool
	_ = tenant.New(pool, tenant.WithTracer(tenantotel.New()))
}
