package ddl

import (
	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// defaultArguments keeps what the defaults of a function's parameters run. PostgreSQL
// resolves their names when the function is created and evaluates them wherever a call
// leaves the argument out (PostgreSQL manual, CREATE FUNCTION, default_expr).
func (l *loader) defaultArguments(f *catalog.Function, defaults []*pg.Node) {
	if len(defaults) > 0 {
		e := l.expr(defaults...)
		l.arguments[f] = &e
	}
}
