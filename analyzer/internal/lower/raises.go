package lower

import (
	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// raising notes on a lowered expression what of it raises an error for some values of
// the columns in it, and where that stands. The proof does not ask for it.
func (l *lowerer) raising(n *pg.Node, e query.Expr) query.Expr {
	op, ok := e.(*query.Op)
	if !ok || op.Raises != "" {
		return e
	}
	if op.Raises = pgtype.Raises(n); op.Raises != "" {
		at := parsetree.LocationOf(n)
		if f := n.GetFuncCall(); f != nil {
			at = f.GetLocation()
		}
		op.RaisesAt = l.token(at)
		if l.via != nil {
			op.RaisesAt = l.via.at
		}
	}
	return e
}
