package lower

import (
	"cmp"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// bodyPath is the search path for the names in a function's body: its own, and otherwise
// that in force when it runs, which a view that calls it does not change (PostgreSQL
// manual, CREATE FUNCTION, SET). What the application sets is not known: a name that
// means one thing by the path that the schema files leave, another by the default, and
// another where the call stands is refused.
func (l *lowerer) bodyPath(fn *catalog.Function, n *pg.Node, at int32) ([]string, *query.Opaque) {
	var unclear string
	if fn.SearchPath != nil {
		path := searchPath(fn.SearchPath)
		if !fn.Atomic {
			unclear = l.forUser(fn, n, path)
		}
		if unclear == "" {
			return path, nil
		}
		return nil, l.refuse(at, "undeclared-function", "a name in the body of function "+fn.Name.String()+" means "+unclear+`, as "$user" of its search_path says when it runs`,
			"write its schema there, or ALTER FUNCTION … SET search_path")
	}
	parsetree.Walk(n, func(m parsetree.Message) {
		if other := l.unclear(m, l.running); other != "" {
			unclear = other
		}
		means, here := l.meansBy(m, l.running), l.meansBy(m, l.path)
		if means != "" && here != "" && means != here {
			unclear = means + " or " + here
		}
	})
	if unclear == "" {
		return l.running, nil
	}
	return nil, l.refuse(at, "undeclared-function", "a name in the body of function "+fn.Name.String()+" means "+unclear+", as the session's search_path says when it runs",
		"write its schema there, or ALTER FUNCTION … SET search_path")
}

// forUser says what else a name in a body means for a user with a schema of its own, "" when
// all names mean the same.
func (l *lowerer) forUser(fn *catalog.Function, n *pg.Node, path []string) (unclear string) {
	for _, other := range fn.OtherPaths {
		parsetree.Walk(n, func(m parsetree.Message) {
			if means, his := l.meansBy(m, path), l.meansBy(m, searchPath(other)); means != his {
				unclear = cmp.Or(means, "nothing") + " or " + cmp.Or(his, "nothing")
			}
		})
	}
	return unclear
}

// meansBy is what a name without a schema means by a search path, "" for nothing. Where a
// path does not say when pg_catalog is searched, that is first.
func (l *lowerer) meansBy(m parsetree.Message, path []string) string {
	if !slices.Contains(path, pgtype.SystemSchema) {
		path = append([]string{pgtype.SystemSchema}, path...)
	}
	switch m := m.(type) {
	case *pg.RangeVar:
		if m.GetSchemaname() == "" {
			return l.relationBy(m.GetRelname(), path)
		}
	case *pg.TypeName:
		if names := parsetree.Strings(m.GetNames()); len(names) == 1 {
			return l.typeBy(names[0], path)
		}
	case *pg.FuncCall:
		if names := parsetree.Strings(m.GetFuncname()); len(names) == 1 {
			return l.functionBy(names[0], path)
		}
	}
	return ""
}

func (l *lowerer) relationBy(name string, path []string) string {
	for _, s := range path {
		n := catalog.Name{Schema: s, Name: name}
		if s == pgtype.SystemSchema && pgtype.IsCatalogName(name) || l.db.Table(n) != nil || l.db.View(n) != nil {
			return s + "." + name
		}
	}
	return ""
}

func (l *lowerer) typeBy(name string, path []string) string {
	of, array := strings.CutPrefix(name, "_")
	for _, s := range path {
		if l.hasType(catalog.Name{Schema: s, Name: name}) || array && l.hasType(catalog.Name{Schema: s, Name: of}) {
			return s + "." + name
		}
	}
	return ""
}

// functionBy lists the functions of a name in the order of the path, which decides between
// those that take the same types.
func (l *lowerer) functionBy(name string, path []string) string {
	var found []string
	for _, s := range path {
		if s == pgtype.SystemSchema && pgtype.IsSystemFunction(name) {
			found = append(found, s+"."+name)
		}
		for _, f := range l.db.Functions {
			if f.Name == (catalog.Name{Schema: s, Name: name}) {
				found = append(found, pgtype.Signature(f))
			}
		}
	}
	return strings.Join(found, " and ")
}
