package ddl

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
)

// Which views go with a DROP … CASCADE PostgreSQL knows by identity (manual, 5.14), and the loader by names. Where that may
// differ, nothing may depend on whether the view is there: neither IF EXISTS, IF NOT EXISTS, nor a relation of the same name in
// another schema. A CREATE that finds the name free, and a DROP, say what has become of it.

// mayBeGone notes that v, and the views that read it, may have gone with what the statement drops.
func (l *loader) mayBeGone(v *view) {
	if l.live || l.gone[v.Name] != nil {
		return
	}
	if l.stmt.doubted = true; l.stmt.vouch != "" {
		return
	}
	if l.gone == nil {
		l.gone = map[catalog.Name]*catalog.Unknown{}
	}
	l.gone[v.Name] = &catalog.Unknown{What: "DROP … CASCADE", On: v.Name, Pos: l.at(-1)}
	for _, w := range l.views {
		if slices.Contains(w.views, v) {
			l.mayBeGone(w)
		}
	}
}

// mayDropViews notes that views for which match holds may have gone.
func (l *loader) mayDropViews(match func(*view) bool) {
	for _, v := range l.views {
		if match(v) {
			l.mayBeGone(v)
		}
	}
}

// restsOn notes that what a statement does depends on whether a relation is still there.
func (l *loader) restsOn(n catalog.Name) {
	if u := l.gone[n]; u != nil {
		delete(l.gone, n)
		l.db.Unknown = append(l.db.Unknown, u)
		l.unsure(reach{all: true}, u)
	}
}

// looked is called for each name that is looked up: the first of the path decides what it means.
func (l *loader) looked(path []string, name string) {
	for i, s := range path {
		n := catalog.Name{Schema: s, Name: name}
		found := l.relation(n) != nil
		if l.gone[n] != nil && (!found || l.findIn(path[i+1:], name) != nil) {
			l.restsOn(n)
		}
		if found {
			return
		}
	}
}

// dropsGone drops what may be gone, and reports whether a name is of such: it no longer matters, unless the name means
// something else then.
func (l *loader) dropsGone(n catalog.Name) (bool, error) {
	path := l.lookupPath(n.Schema)
	for i, s := range path {
		at := catalog.Name{Schema: s, Name: n.Name}
		if l.gone[at] != nil {
			if l.findIn(path[i+1:], n.Name) != nil {
				l.restsOn(at)
			}
			delete(l.gone, at)
			if r := l.relation(at); r != nil {
				return true, l.removeView(r.view)
			}
			return true, nil
		}
		if l.relation(at) != nil {
			return false, nil
		}
	}
	return false, nil
}

// settleGone is for what sessions find by a name that another schema has, too.
func (l *loader) settleGone() {
	for n := range l.gone {
		if slices.ContainsFunc(l.db.Schemas, func(s string) bool {
			return s != n.Schema && l.relation(catalog.Name{Schema: s, Name: n.Name}) != nil
		}) {
			l.restsOn(n)
		}
	}
}

// moveGone follows ALTER SCHEMA … RENAME.
func (l *loader) moveGone(from, to string) {
	for n, u := range l.gone {
		if n.Schema == from {
			delete(l.gone, n)
			l.gone[catalog.Name{Schema: to, Name: n.Name}] = u
		}
	}
}

// dropPrimary notes the views that may have gone with a primary key: those that are grouped by it and show other columns of its
// table (PostgreSQL manual, 7.2.3), and functions with resolved names that do.
func (l *loader) dropPrimary(x *index) {
	grouped := func(v *view) bool {
		may := false
		parsetree.Walk(v.query, func(m parsetree.Message) {
			if s, ok := m.(*pg.SelectStmt); ok {
				may = may || groupsBy(s, x.Columns)
			}
		})
		return may && slices.Contains(v.tables, x.table)
	}
	l.mayDropViews(grouped)
	for _, f := range l.atomic {
		if f.Body == "" || wordIn(f.Body, x.table.Name.Name) && wordIn(strings.ToLower(f.Body), "group") {
			l.gone = nil
			l.unsure(reach{all: true}, l.unknown("DROP … CASCADE", f.Name))
		}
	}
}

// groupsBy reports whether a level may be grouped by all these columns: an ordinal, an expression and a name of the select
// list may be one of them.
func groupsBy(s *pg.SelectStmt, columns []string) bool {
	if len(s.GetGroupClause()) == 0 {
		return false
	}
	var names []string
	for _, g := range s.GetGroupClause() {
		c, ok := g.GetNode().(*pg.Node_ColumnRef)
		if !ok {
			return true
		}
		names = append(names, parsetree.LastString(c.ColumnRef.GetFields()))
	}
	named := slices.ContainsFunc(s.GetTargetList(), func(n *pg.Node) bool { return slices.Contains(names, n.GetResTarget().GetName()) })
	return named || !slices.ContainsFunc(columns, func(c string) bool { return !slices.Contains(names, c) })
}

// names reports whether a view has constants that PostgreSQL takes for a reference to an object ('notes'::regclass).
func (v *view) names() bool {
	return slices.ContainsFunc(v.expr.types, func(t catalog.TypeRef) bool {
		return t.Name.Schema == pgtype.SystemSchema && strings.HasPrefix(t.Name.Name, "reg")
	})
}
