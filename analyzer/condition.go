package analyzer

import (
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgsql"
)

// SameCondition reports whether have is what PostgreSQL shows of the condition want
// in a policy on a table: have comes from pg_get_expr while search_path is pg_catalog.
// It says no when it cannot tell.
func SameCondition(db *catalog.Database, table *catalog.Table, want, have string) bool {
	return pgsql.SameCondition(db, table, want, have)
}
