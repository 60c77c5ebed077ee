package pgsql

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// bodyPath is the search path for the names in a function's body: its own, and otherwise
// that in force when it runs, which a view that calls it does not change (PostgreSQL
// manual, CREATE FUNCTION, SET). What the application sets is not known: a name that
// means one thing by the path that the schema files leave, another by the default, and
// another where the call stands is refused.
func (l *lowerer) bodyPath(fn *catalog.Function, n *pg.Node, at int32) ([]string, *query.Opaque) {
	if fn.SearchPath != nil {
		return searchPath(fn.SearchPath), nil
	}
	var unclear string
	ddlWalk(n, func(m ddlMessage) {
		means := l.meansBy(m, l.running)
		for _, path := range [][]string{l.path, {"public"}} {
			if other := l.meansBy(m, path); means != "" && other != "" && means != other {
				unclear = means + " or " + other
			}
		}
	})
	if unclear == "" {
		return l.running, nil
	}
	return nil, l.refuse(at, "undeclared-function", "a name in the body of function "+fn.Name.String()+" means "+unclear+", as the session's search_path says when it runs",
		"write its schema there, or ALTER FUNCTION … SET search_path")
}

// meansBy is what a name without a schema means by a search path, "" for nothing.
func (l *lowerer) meansBy(m ddlMessage, path []string) string {
	switch m := m.(type) {
	case *pg.RangeVar:
		for _, s := range path {
			if n := (catalog.Name{Schema: s, Name: m.GetRelname()}); m.GetSchemaname() == "" && (l.db.Table(n) != nil || l.db.View(n) != nil) {
				return s + "." + n.Name
			}
		}
	case *pg.TypeName:
		for _, s := range path {
			if names := strings_(m.GetNames()); len(names) == 1 && l.db.Type(catalog.Name{Schema: s, Name: names[0]}) != nil {
				return s + "." + names[0]
			}
		}
	case *pg.FuncCall:
		return l.functionBy(strings_(m.GetFuncname()), path)
	}
	return ""
}

func (l *lowerer) functionBy(full, path []string) string {
	var found []string
	for _, f := range l.db.Functions {
		if len(full) == 1 && f.Name.Name == full[0] && slices.Contains(path, f.Name.Schema) {
			found = append(found, signature(f))
		}
	}
	return strings.Join(found, " and ")
}
