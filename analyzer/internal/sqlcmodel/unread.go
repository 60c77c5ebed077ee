package sqlcmodel

import (
	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
)

// namesParameters reports whether a statement has a parameter anywhere, also where sqlc does
// not look.
func namesParameters(stmt *pg.Node) bool {
	found := false
	parsetree.Walk(stmt, func(m parsetree.Message) { found = found || isParameter(any(m)) })
	return found
}
