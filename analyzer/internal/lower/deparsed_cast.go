package lower

import (
	"slices"
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
)

// added reports whether a cast that PostgreSQL shows is one that it put around w
// itself, and loses nothing: the type of a constant, or a step from a type to a wider
// one, without a type modifier.
func (d *deparsed) added(w *pg.Node, cast *pg.TypeCast) bool {
	if len(cast.TypeName.GetTypmods()) > 0 {
		return false
	}
	to := typeText(cast.TypeName)
	if c, shown := w.GetAConst(), cast.Arg.GetAConst(); c != nil && shown.GetSval() != nil {
		return sameConstant(c, shown.GetSval().Sval, to)
	}
	if a := w.GetAArrayExpr(); a != nil {
		return to == "text[]" && !slices.ContainsFunc(a.Elements, func(n *pg.Node) bool { return n.GetAConst() == nil }) && d.same(w, cast.Arg)
	}
	from := d.typeOf(w)
	return (from == to && from != "" || slices.Contains(pgtype.Wider[from], to)) && d.same(w, cast.Arg)
}

// sameConstant compares a constant with the string that PostgreSQL shows for it.
func sameConstant(w *pg.A_Const, shown, to string) bool {
	number := slices.Contains([]string{"int2", "int4", "int8", "numeric", "float4", "float8"}, to)
	switch {
	case w.GetSval() != nil:
		return w.GetSval().Sval == shown
	case w.GetIval() != nil:
		return number && strconv.Itoa(int(w.GetIval().Ival)) == shown
	case w.GetFval() != nil:
		return number && w.GetFval().Fval == shown
	}
	return false
}

// typeOf returns the type of an expression, "" when that takes more than a look. A
// domain counts as the type that it is based on.
func (d *deparsed) typeOf(n *pg.Node) string {
	switch {
	case n.GetTypeCast() != nil:
		return d.base(n.GetTypeCast().TypeName)
	case n.GetAConst().GetIval() != nil:
		return "int4"
	case n.GetColumnRef() != nil:
		return d.columnType(parsetree.Strings(n.GetColumnRef().Fields))
	case n.GetSubLink().GetSubLinkType() == pg.SubLinkType_EXPR_SUBLINK:
		if s := n.GetSubLink().GetSubselect().GetSelectStmt(); s != nil && len(s.TargetList) == 1 {
			d.scopes = append(d.scopes, d.fromItems(s.FromClause))
			defer func() { d.scopes = d.scopes[:len(d.scopes)-1] }()
			return d.typeOf(s.TargetList[0].GetResTarget().GetVal())
		}
	case n.GetFuncCall() != nil:
		switch name := withoutCatalog(parsetree.Strings(n.GetFuncCall().Funcname)); strings.Join(name, ".") {
		case "current_setting", "lower", "upper":
			return "text"
		}
	case n.GetAExpr().GetKind() == pg.A_Expr_Kind_AEXPR_NULLIF:
		return d.typeOf(n.GetAExpr().Lexpr)
	case n.GetAExpr().GetKind() == pg.A_Expr_Kind_AEXPR_OP && slices.Equal(parsetree.Strings(n.GetAExpr().Name), []string{"->>"}):
		return "text"
	}
	return ""
}

// columnType returns the type of a column as the wanted text names it.
func (d *deparsed) columnType(name []string) string {
	t := d.tableOf(name)
	if t == nil {
		return ""
	}
	c := t.Column(name[len(name)-1])
	if c == nil || c.Type.Array {
		return ""
	}
	typ := d.domain(c.Type.Name.Schema, c.Type.Name.Name)
	if c.Type.Modified && typ != "varchar" {
		return ""
	}
	return typ
}

// tableOf finds the table of a column reference, nil when it cannot be told.
func (d *deparsed) tableOf(name []string) *catalog.Table {
	ref := d.table.Name.Name
	switch {
	case len(name) == 2:
		ref = name[0]
	case len(name) == 1 && len(d.scopes) > 0:
		ref = d.owner(name[0])
	case len(name) != 1:
		return nil
	}
	for _, scope := range slices.Backward(d.scopes) {
		for _, item := range scope {
			if item.ref == ref {
				return item.table
			}
		}
	}
	if ref != d.table.Name.Name {
		return nil
	}
	return d.table
}

func (d *deparsed) base(t *pg.TypeName) string {
	name := withoutCatalog(parsetree.Strings(t.GetNames()))
	if len(t.GetArrayBounds()) > 0 || len(t.GetTypmods()) > 0 || len(name) == 0 {
		return ""
	}
	schema := "pg_catalog"
	if len(name) == 2 {
		schema = name[0]
	}
	return d.domain(schema, name[len(name)-1])
}

// domain follows a domain to its base type.
func (d *deparsed) domain(schema, name string) string {
	for range d.db.Types {
		i := slices.IndexFunc(d.db.Types, func(u *catalog.Type) bool {
			return u.Kind == "domain" && u.Name.Name == name && u.Name.Schema == schema
		})
		if i < 0 {
			break
		}
		base := d.db.Types[i].Base
		if base.Array || base.Modified && base.Name.Name != "varchar" {
			return ""
		}
		schema, name = base.Name.Schema, base.Name.Name
	}
	if schema != "pg_catalog" {
		return schema + "." + name
	}
	return name
}

// typeText prints the name of a type, with [] for an array.
func typeText(t *pg.TypeName) string {
	text := strings.Join(withoutCatalog(parsetree.Strings(t.GetNames())), ".")
	if len(t.GetArrayBounds()) > 0 {
		text += "[]"
	}
	return text
}

// rewritten returns a node as PostgreSQL stores it: sugar spelled out, nested AND and
// OR flat.
func rewritten(n *pg.Node) *pg.Node {
	if e := n.GetAExpr(); e != nil {
		return rewrittenOperator(n, e)
	}
	b := n.GetBoolExpr()
	if b == nil || b.Boolop == pg.BoolExprType_NOT_EXPR {
		return n
	}
	var args []*pg.Node
	for _, a := range b.Args {
		a = rewritten(a)
		if inner := a.GetBoolExpr(); inner != nil && inner.Boolop == b.Boolop {
			args = append(args, inner.Args...)
		} else {
			args = append(args, a)
		}
	}
	return pg.MakeBoolExprNode(b.Boolop, args, 0)
}

func rewrittenOperator(n *pg.Node, e *pg.A_Expr) *pg.Node {
	op := func(name string, l, r *pg.Node) *pg.Node {
		return pg.MakeAExprNode(pg.A_Expr_Kind_AEXPR_OP, []*pg.Node{pg.MakeStrNode(name)}, l, r, 0)
	}
	of := func(kind pg.A_Expr_Kind, r *pg.Node) *pg.Node { return pg.MakeAExprNode(kind, e.Name, e.Lexpr, r, 0) }
	items := e.Rexpr.GetList().GetItems()
	switch e.Kind {
	case pg.A_Expr_Kind_AEXPR_LIKE, pg.A_Expr_Kind_AEXPR_ILIKE:
		return of(pg.A_Expr_Kind_AEXPR_OP, e.Rexpr)
	case pg.A_Expr_Kind_AEXPR_NOT_DISTINCT:
		return pg.MakeBoolExprNode(pg.BoolExprType_NOT_EXPR, []*pg.Node{of(pg.A_Expr_Kind_AEXPR_DISTINCT, e.Rexpr)}, 0)
	case pg.A_Expr_Kind_AEXPR_BETWEEN:
		if len(items) == 2 {
			return pg.MakeBoolExprNode(pg.BoolExprType_AND_EXPR, []*pg.Node{op(">=", e.Lexpr, items[0]), op("<=", e.Lexpr, items[1])}, 0)
		}
	case pg.A_Expr_Kind_AEXPR_NOT_BETWEEN:
		if len(items) == 2 {
			return pg.MakeBoolExprNode(pg.BoolExprType_OR_EXPR, []*pg.Node{op("<", e.Lexpr, items[0]), op(">", e.Lexpr, items[1])}, 0)
		}
	case pg.A_Expr_Kind_AEXPR_IN:
		switch {
		case len(items) == 1:
			return of(pg.A_Expr_Kind_AEXPR_OP, items[0])
		case slices.Equal(parsetree.Strings(e.Name), []string{"="}):
			return of(pg.A_Expr_Kind_AEXPR_OP_ANY, array(items))
		case slices.Equal(parsetree.Strings(e.Name), []string{"<>"}):
			return of(pg.A_Expr_Kind_AEXPR_OP_ALL, array(items))
		}
	}
	return n
}

func array(items []*pg.Node) *pg.Node {
	return &pg.Node{Node: &pg.Node_AArrayExpr{AArrayExpr: &pg.A_ArrayExpr{Elements: items}}}
}
