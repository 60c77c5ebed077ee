package ddl

import (
	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
)

// setting recognises current_setting('name'), with or without the argument that has it yield
// NULL, where it is not set, or NULLIF around it, under a cast at most, and returns the name
// and the type of the result.
func (l *loader) setting(e *pg.Node) (string, catalog.TypeRef) {
	as := pgtype.BuiltinType("text")
	if c := e.GetTypeCast(); c != nil {
		e, as = c.GetArg(), l.typeRef(c.GetTypeName())
	}
	// What the names mean is settled now: a function or an operator of theirs may be renamed later.
	if l.userOperator("=") || pgtype.HasFunction(l.db.Functions, catalog.Name{Name: "current_setting"}) {
		return "", as
	}
	if n := e.GetAExpr(); n.GetKind() == pg.A_Expr_Kind_AEXPR_NULLIF {
		if text, ok := plainText(n.GetRexpr()); !ok || text != "" {
			return "", as
		}
		e = n.GetLexpr()
	}
	f := e.GetFuncCall()
	name := parsetree.Strings(f.GetFuncname())
	args := f.GetArgs()
	system := len(name) == 1 || len(name) == 2 && name[0] == pgtype.SystemSchema
	if !system || name[len(name)-1] != "current_setting" || len(args) < 1 || len(args) > 2 {
		return "", as
	}
	if _, missing := args[len(args)-1].GetAConst().GetVal().(*pg.A_Const_Boolval); len(args) == 2 && !missing {
		return "", as
	}
	text, _ := plainText(args[0])
	return text, as
}

// plainText is the value of a literal, as such or as PostgreSQL shows it, with its type.
func plainText(n *pg.Node) (string, bool) {
	if c := n.GetTypeCast(); c != nil && parsetree.LastString(c.GetTypeName().GetNames()) == "text" && len(c.GetTypeName().GetArrayBounds()) == 0 {
		n = c.GetArg()
	}
	s := n.GetAConst().GetSval()
	return s.GetSval(), s != nil
}

// defaultSetting is the setting that a column's default is in the end. The type that it is
// cast to has to be the column's, and what it says PostgreSQL's own.
func (l *loader) defaultSetting(c *column) string {
	shadowed := pgtype.HasFunction(l.db.Functions, catalog.Name{Name: "current_setting"}) || l.db.OwnCasts()
	if c.value.as != c.Type || shadowed {
		return ""
	}
	return c.value.setting
}
