package tenant_test

import (
	"slices"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
)

// What policies are estimated to cost must not have the plans of a tenant compiled; the
// connection is as it was for whoever uses it next.
func TestPlansOfTenantsAreNotCompiled(t *testing.T) {
	eachMode(t, func(t *testing.T, db *tenant.DB, pool *pgxpool.Pool) {
		const setting = "select pg_catalog.current_setting('jit')"
		if _, err := pool.Exec(t.Context(), "set jit = on"); err != nil { // the tests' server has it off
			t.Fatal(err)
		}
		for range 2 {
			if got := titles(t, gen.Scoped(db, acme, read), setting); !slices.Equal(got, []string{"off"}) {
				t.Errorf("a tenant has jit %q", got)
			}
			after := ""
			if err := pool.QueryRow(t.Context(), setting).Scan(&after); err != nil || after != "on" {
				t.Errorf("the next one has jit %q, %v", after, err)
			}
		}
	})
}
