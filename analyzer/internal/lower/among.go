package lower

import (
	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// among notes that x = ANY (@p::T[]), where x is of type t, is true of elements of the array only. The
// cast has to stand there and at every other place of the parameter: then that is its type (src/backend/parser/
// parse_param.c), and nothing makes another array of the one that is passed. T is no domain and has no modifier,
// which would check or change the elements, and values of t that equal one of T's are the same.
func (x *exprs) among(a *pg.A_Expr, o *query.Op, t query.Type) {
	if parsetree.OperatorName(a) != "=" || !x.l.ours() || len(o.Args) != 2 {
		return
	}
	use := x.l.useOf(under(o.Args[1]))
	cast := parsetree.CastOf(a.GetRexpr())
	if use == nil || cast == nil || cast.GetArg().GetTypeCast() != nil || len(cast.GetTypeName().GetArrayBounds()) == 0 {
		return
	}
	element := x.l.typeRef(cast.GetTypeName())
	if element.Modified || !x.elementary(element.Name) {
		return
	}
	element.Array = false
	if t == query.Unknown || pgtype.Family(x.l.db, element) != t {
		return
	}
	use.element, o.Among = element.Name, use.node
}

// under is what stands below one cast.
func under(e query.Expr) query.Expr {
	if o, ok := e.(*query.Op); ok && len(o.Args) == 1 {
		return o.Args[0]
	}
	return e
}

// elementary reports whether a type is built in or an enumeration.
func (x *exprs) elementary(n catalog.Name) bool {
	u := x.l.db.Type(n)
	return n.Schema == pgtype.SystemSchema || u != nil && u.Kind == "enum"
}
