package ddl

import (
	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
)

// drawn returns the sequence of a call of nextval in an expression that is stored: what the
// name stands for then is what it is (PostgreSQL manual, 9.17).
func (l *loader) drawn(f *pg.FuncCall) *sequence {
	if !parsetree.IsNextval(parsetree.Strings(f.GetFuncname())) {
		return nil
	}
	if name := parsetree.DrawnName(f.GetArgs()); name.Name != "" {
		if rel := l.find(name); rel != nil {
			return rel.sequence
		}
	}
	return nil
}
