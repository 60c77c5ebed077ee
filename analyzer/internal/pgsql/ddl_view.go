package pgsql

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"google.golang.org/protobuf/proto"
)

// PostgreSQL stores a view with its names resolved; the catalog keeps text that
// is resolved again at each use. So that the text cannot come to mean something
// else, its relations are qualified and its * written out when it is created;
// what later DDL could still change makes the view's text stale.

// createView executes CREATE VIEW.
func (l *ddlLoader) createView(s *pg.ViewStmt) error {
	v := &ddlView{View: &catalog.View{Columns: strings_(s.GetAliases())}, query: s.GetQuery()}
	for _, n := range s.GetOptions() {
		if d := n.GetDefElem(); d.GetDefname() == "security_invoker" {
			v.SecurityInvoker = ddlTrue(d)
		}
	}
	return l.addView(v, s.GetView(), s.GetReplace())
}

// createTableAs executes CREATE TABLE AS and CREATE MATERIALIZED VIEW.
func (l *ddlLoader) createTableAs(s *pg.CreateTableAsStmt) error {
	into := s.GetInto()
	name, err := l.newRelationName(into.GetRel())
	if err != nil {
		return err
	}
	if s.GetIfNotExists() && !l.fresh(name) {
		return nil
	}
	l.hidden(s)
	if s.GetObjtype() == pg.ObjectType_OBJECT_MATVIEW {
		v := &ddlView{View: &catalog.View{Columns: strings_(into.GetColNames()), Materialized: true}, query: s.GetQuery()}
		return l.addView(v, into.GetRel(), false)
	}
	return l.tableFromQuery(into, s.GetQuery().GetSelectStmt())
}

// tableFromQuery creates a table with the columns of a query. When they cannot
// all be told the table has none, so that no query on it can be proved.
func (l *ddlLoader) tableFromQuery(into *pg.IntoClause, query *pg.SelectStmt) error {
	name, err := l.newRelationName(into.GetRel())
	if err != nil {
		return err
	}
	if err := l.mustBeFresh(name, into.GetRel().GetLocation()); err != nil {
		return err
	}
	pos := l.at(into.GetRel().GetLocation())
	t := &ddlTable{Table: &catalog.Table{Name: name, Pos: pos, Temporary: name.Schema == ddlTempSchema}}
	outs, ok := l.outputs(query)
	if !ok {
		outs = nil // some of them would be misleading
		l.unknown("CREATE TABLE AS with columns that cannot be told", name)
	}
	for _, o := range ddlNamed(outs, strings_(into.GetColNames())) {
		if t.col(o.name) != nil {
			return ddlErrorf(into.GetRel().GetLocation(), "column %q specified more than once", o.name)
		}
		t.cols = append(t.cols, &ddlColumn{Column: &catalog.Column{Name: o.name, Type: o.typ, Pos: pos}, local: true})
	}
	l.tables = append(l.tables, t)
	return nil
}

// addView adds a view, or puts it in the place of the one that it replaces.
func (l *ddlLoader) addView(v *ddlView, r *pg.RangeVar, replace bool) error {
	name, err := l.newRelationName(r)
	if err != nil {
		return err
	}
	v.Name, v.Pos, v.SearchPath = name, l.at(r.GetLocation()), slices.Clone(l.path)
	have := l.relation(name)
	if have != nil && (!replace || have.view == nil || have.view.Materialized) {
		return ddlErrorf(r.GetLocation(), "relation %q already exists", name)
	}
	l.fixView(v)
	if have == nil {
		l.views = append(l.views, v)
		return nil
	}
	v.triggers, v.rules, v.defaults = have.view.triggers, have.view.rules, have.view.defaults
	had := have.view.SecurityInvoker
	*have.view = *v
	l.invoker(have.view, had, "CREATE OR REPLACE VIEW without it")
	return nil
}

// fixView settles what the view's names mean and records what it depends on.
func (l *ddlLoader) fixView(v *ddlView) {
	source := v.query
	v.query = proto.Clone(source).(*pg.Node)
	x := ddlExpander{ddlLoader: l}
	outs, ok := x.query(v.query.GetSelectStmt(), nil)
	if ok {
		v.outputs = ddlNamed(outs, v.Columns)
	}
	l.qualify(v)
	v.expr = l.expr(v.query)
	v.star = ddlHasStar(v.query)
	ddlWalk(v.query, func(m ddlMessage) {
		if c, ok := m.(*pg.ColumnRef); ok && len(c.GetFields()) == 1 {
			v.bare = append(v.bare, ddlLastString(c.GetFields()))
		}
	})
	l.renderView(v)
}

// qualify gives the relations of the view's query their schemas. A name that a
// WITH query of the view has too is left alone, whichever of the two it means.
func (l *ddlLoader) qualify(v *ddlView) {
	ctes := ddlCTENames(v.query)
	ddlWalk(v.query, func(m ddlMessage) {
		r, ok := m.(*pg.RangeVar)
		if !ok {
			return
		}
		rel := l.find(ddlRangeName(r))
		if rel == nil {
			return
		}
		if rel.table != nil && !slices.Contains(v.tables, rel.table) {
			v.tables = append(v.tables, rel.table)
		}
		if rel.view != nil && !slices.Contains(v.views, rel.view) {
			v.views = append(v.views, rel.view)
		}
		if rel.name.Schema != ddlTempSchema && (r.GetSchemaname() != "" || !ctes[r.GetRelname()]) {
			r.Schemaname = rel.name.Schema
		}
	})
}

func ddlCTENames(n *pg.Node) map[string]bool {
	names := map[string]bool{}
	ddlWalk(n, func(m ddlMessage) {
		if c, ok := m.(*pg.CommonTableExpr); ok {
			names[c.GetCtename()] = true
		}
	})
	return names
}

// renderView writes the view's query as text, which must parse to the same tree.
func (l *ddlLoader) renderView(v *ddlView) {
	tree := &pg.ParseResult{Stmts: []*pg.RawStmt{{Stmt: v.query}}}
	text, err := pg.Deparse(tree)
	if err == nil {
		var again *pg.ParseResult
		again, err = pg.Parse(text)
		if err == nil && len(again.GetStmts()) == 1 && ddlText(again.GetStmts()[0].GetStmt()) == ddlText(v.query) {
			v.Query = text
			return
		}
	}
	l.stale(v)
}

// stale gives up a view's text; without it every use of the view is refused.
func (l *ddlLoader) stale(v *ddlView) {
	if v.Query != "" || v.query != nil {
		l.unknown("DDL after which the text of view "+v.Name.String()+" cannot be trusted", v.Name)
	}
	v.Query, v.query = "", nil
}

// renameInView follows a renamed relation in the text of a view.
func (l *ddlLoader) renameInView(v *ddlView, from, to catalog.Name) {
	changed, unqualified := false, false
	ddlWalk(v.query, func(m ddlMessage) {
		r, ok := m.(*pg.RangeVar)
		unqualified = unqualified || ok && ddlRangeName(r) == catalog.Name{Name: from.Name}
		if !ok || ddlRangeName(r) != from {
			return
		}
		if r.GetAlias() == nil {
			r.Alias = &pg.Alias{Aliasname: r.GetRelname()}
		}
		r.Schemaname, r.Relname, changed = to.Schema, to.Name, true
	})
	if unqualified {
		l.stale(v)
	}
	if changed && !unqualified {
		l.renderView(v)
	}
	ddlWalk(v.query, func(m ddlMessage) {
		if t, ok := m.(*pg.TypeName); ok && v.query != nil && ddlLastString(t.GetNames()) == from.Name {
			l.stale(v)
		}
	})
}

// columnAppeared marks views stale that a new column could change the meaning
// of: a name without a table may now be the new column.
func (l *ddlLoader) columnAppeared(t *ddlTable, name string) {
	for _, v := range l.views {
		if slices.Contains(v.tables, t) && (v.star || slices.Contains(v.bare, name)) {
			l.stale(v)
		}
	}
}

// renameOutput executes ALTER VIEW … RENAME COLUMN.
func (l *ddlLoader) renameOutput(v *ddlView, from, to string) error {
	if v.outputs == nil {
		l.stale(v)
		return nil
	}
	for i := range v.outputs {
		if v.outputs[i].name == from {
			v.outputs[i].name = to
			v.Columns = ddlOutputNames(v.outputs)
			if e, ok := v.defaults[from]; ok {
				delete(v.defaults, from)
				v.defaults[to] = e
			}
			for _, w := range l.views {
				if slices.Contains(w.views, v) {
					l.stale(w)
				}
			}
			return nil
		}
	}
	return ddlErrorf(-1, "column %q of %q does not exist", from, v.Name)
}

func (v *ddlView) columns() []*ddlColumn {
	var cols []*ddlColumn
	for _, o := range v.outputs {
		cols = append(cols, &ddlColumn{Column: &catalog.Column{Name: o.name, Type: o.typ, Pos: v.Pos}})
	}
	return cols
}

// viewOptions executes ALTER VIEW … SET (…).
func (a *ddlAlter) viewOptions() error {
	defer a.invoker(a.rel.view, a.rel.view.SecurityInvoker, "ALTER VIEW … SET")
	for _, n := range a.cmd.GetDef().GetList().GetItems() {
		if d := n.GetDefElem(); strings.EqualFold(d.GetDefname(), "security_invoker") {
			a.rel.view.SecurityInvoker = ddlTrue(d)
		}
	}
	return nil
}

func (a *ddlAlter) resetViewOptions() error {
	defer a.invoker(a.rel.view, a.rel.view.SecurityInvoker, "ALTER VIEW … RESET")
	for _, n := range a.cmd.GetDef().GetList().GetItems() {
		if strings.EqualFold(n.GetDefElem().GetDefname(), "security_invoker") {
			a.rel.view.SecurityInvoker = false
		}
	}
	return nil
}
