package lower

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/treejson"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

func (l *lowerer) lookupView(schema, name string) *catalog.View {
	path := l.path
	if schema != "" {
		path = []string{schema}
	}
	for _, s := range path {
		n := catalog.Name{Schema: s, Name: name}
		if v := l.db.View(n); v != nil {
			return v
		}
		if l.db.Table(n) != nil {
			return nil
		}
	}
	return nil
}

// view expands a view where it is used. Its names resolve as when it was created
// and never see the statement's WITH queries.
func (l *lowerer) view(v *catalog.View, alias string, aliasCols []string, pos query.Span) (query.Rel, []*item) {
	for outer := l.via; outer != nil; outer = outer.parent {
		if outer.view == v {
			return l.refuse(-1, "unsupported-syntax", "view "+v.Name.String()+" refers to itself", ""), []*item{{open: true, colsVisible: true}}
		}
	}
	raw := l.definition(v)
	if raw == nil {
		return l.refuse(-1, "unsupported-syntax", "DDL after view "+v.Name.String()+" was created may have changed what its text means",
			"create the view anew behind that DDL: DROP VIEW "+v.Name.String()+"; CREATE VIEW "+v.Name.String()+" AS …"), []*item{{open: true, colsVisible: true}}
	}
	if !l.asOwner() && !slices.Contains(l.viewed, v) {
		l.viewed = append(l.viewed, v)
	}
	l.runsPlanning(v.PlanCalls, v.Name, -1)
	savedVia, savedPath := l.via, l.path
	if l.via != nil {
		pos = l.via.at
	}
	l.via, l.path = &via{view: v, what: "view " + v.Name.String(), at: pos, parent: savedVia}, searchPath(v.SearchPath)
	var q query.Query
	l.apart(func() { q = l.subquery(raw, nil, nil) })
	l.via, l.path = savedVia, savedPath
	outs := renamed(renamed(query.Outputs(q), v.Columns), aliasCols)
	d := &query.Derived{ID: l.newRel(), Alias: alias, Query: q, Out: outs, Pos: pos}
	return d, []*item{relItem(d.ID, alias, outs)}
}

// refreshOf numbers the use of a materialized view that v stands within, 0 for none: its rows are those of its last
// REFRESH, and of another one's, which holds it as it was at its own (PostgreSQL manual, REFRESH MATERIALIZED VIEW). The
// query of a VOLATILE function has a time of its own, too (38.7).
func (l *lowerer) refreshOf(v *via) int {
	for ; v != nil; v = v.parent {
		if !v.live && (v.view == nil || !v.view.Materialized) {
			continue
		}
		if l.refreshes[v] == 0 {
			put(&l.refreshes, v, len(l.refreshes)+1)
		}
		return l.refreshes[v]
	}
	return 0
}

// asOwner reports whether a view is being expanded that uses what it names with the rights
// of its owner: one without security_invoker does, and a materialized view, whose rows were
// read before (PostgreSQL manual, CREATE VIEW). The functions that it calls run with the rights
// of who runs the statement all the same.
func (l *lowerer) asOwner() bool {
	for outer := l.via; outer != nil; outer = outer.parent {
		switch v := outer.view; {
		case strings.HasPrefix(outer.what, "function "):
			return false
		case v != nil && (v.Materialized || !v.SecurityInvoker):
			return true
		}
	}
	return false
}

// definition parses a view's query, nil when that fails.
func (l *lowerer) definition(v *catalog.View) *pg.Node {
	raw, ok := l.views[v]
	if !ok {
		if tree, err := treejson.Parse(v.Query); err == nil && len(tree.Stmts) == 1 {
			raw = tree.Stmts[0].Stmt
		}
		l.views[v] = raw
	}
	return raw
}
