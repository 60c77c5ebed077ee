package lower

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
)

// tellers are functions of PostgreSQL's own without arguments that always yield a value
// (manual, 9.9.5 and 9.14).
var tellers = []string{"now", "transaction_timestamp", "statement_timestamp", "clock_timestamp", "gen_random_uuid"}

// filled reports whether a call of a function by that name is never null.
func (l *lowerer) filled(name []string) bool {
	last := name[len(name)-1]
	return slices.Contains(tellers, last) && !pgtype.HasFunction(l.db.Functions, catalog.Name{Name: last})
}

// tellsTime reports whether an SQL value function is one of those that tell the time, which
// are never null.
func tellsTime(f *pg.SQLValueFunction) bool {
	return f.GetOp() >= pg.SQLValueFunctionOp_SVFOP_CURRENT_DATE && f.GetOp() <= pg.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP_N
}
