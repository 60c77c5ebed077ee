package parsetree

import (
	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/treejson"
)

// DrawnName returns the name that a call of nextval gives, as in nextval('s') or
// nextval('s'::regclass), read as SQL (PostgreSQL manual, 8.19); of no name when it gives none.
func DrawnName(args []*pg.Node) catalog.Name {
	if len(args) != 1 {
		return catalog.Name{}
	}
	n := args[0]
	for n.GetTypeCast() != nil {
		n = n.GetTypeCast().GetArg()
	}
	tree, err := treejson.Parse("COMMENT ON SEQUENCE " + n.GetAConst().GetSval().GetSval() + " IS NULL")
	if err != nil || len(tree.Stmts) != 1 {
		return catalog.Name{}
	}
	return Qualified(tree.Stmts[0].Stmt.GetCommentStmt().GetObject().GetList().GetItems())
}

// IsNextval reports whether a name is that of the built-in function.
func IsNextval(full []string) bool {
	return len(full) > 0 && full[len(full)-1] == "nextval" && (len(full) == 1 || full[0] == "pg_catalog")
}
