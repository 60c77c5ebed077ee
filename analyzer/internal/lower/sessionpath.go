package lower

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
)

// ambiguous refuses a statement with names that mean one thing by one search path that its
// session may have, and another by another. What a schema file SETs is forgotten when its
// session ends, and roles and databases have paths of their own (PostgreSQL manual, 5.9.3).
func (l *lowerer) ambiguous(n *pg.Node) {
	if len(l.db.SessionPaths) < 2 {
		return
	}
	unqualified(n, nil, func(m parsetree.Message) {
		unclear := l.unclear(m, l.path)
		if unclear == "" {
			return
		}
		rule, name, at := "unsupported-syntax", "", int32(-1)
		switch m := m.(type) {
		case *pg.RangeVar:
			rule, name, at = "unknown-table", m.GetRelname(), m.GetLocation()
		case *pg.FuncCall:
			rule, name, at = "undeclared-function", parsetree.LastString(m.GetFuncname()), m.GetLocation()
		case *pg.TypeName:
			name, at = parsetree.LastString(m.GetNames()), m.GetLocation()
		}
		l.refuse(at, rule, "name "+name+" means "+unclear+", as the session's search_path says", "write its schema")
	})
}

// unclear says what else a name means than by a path, "" when every path that finds
// something finds the same.
func (l *lowerer) unclear(m parsetree.Message, path []string) string {
	means := l.meansBy(m, path)
	if means == "" {
		return ""
	}
	for _, other := range l.db.SessionPaths {
		if o := l.meansBy(m, other); o != "" && o != means {
			return means + " or " + o
		}
	}
	return ""
}

// unqualified visits the messages of a tree but for the names of WITH queries where these
// are visible: those of WITH RECURSIVE everywhere in the statement, others behind them
// (PostgreSQL manual, SELECT). What FOR UPDATE OF names are no tables.
func unqualified(m parsetree.Message, ctes []string, visit func(parsetree.Message)) {
	if m == nil || !m.ProtoReflect().IsValid() {
		return
	}
	switch m := m.(type) {
	case *pg.RangeVar:
		if m.GetSchemaname() == "" && slices.Contains(ctes, m.GetRelname()) {
			return
		}
	case *pg.LockingClause:
		return
	}
	visit(m)
	if w, ok := m.(interface{ GetWithClause() *pg.WithClause }); ok {
		ctes = unqualifiedWith(w.GetWithClause(), ctes, visit)
	}
	parsetree.Children(m, func(child parsetree.Message) {
		if _, ok := child.(*pg.WithClause); !ok {
			unqualified(child, ctes, visit)
		}
	})
}

func unqualifiedWith(w *pg.WithClause, ctes []string, visit func(parsetree.Message)) []string {
	ctes = slices.Clone(ctes)
	if w.GetRecursive() {
		for _, c := range w.GetCtes() {
			ctes = append(ctes, c.GetCommonTableExpr().GetCtename())
		}
	}
	for _, c := range w.GetCtes() {
		unqualified(c, ctes, visit)
		ctes = append(ctes, c.GetCommonTableExpr().GetCtename())
	}
	return ctes
}
