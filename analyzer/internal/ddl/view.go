package ddl

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/treejson"
	"google.golang.org/protobuf/proto"
)

// PostgreSQL stores a view with its names resolved; the catalog keeps text that
// is resolved again at each use. So that the text cannot come to mean something
// else, its relations are qualified and its * written out when it is created;
// what later DDL could still change makes the view's text stale.

// createView executes CREATE VIEW.
func (l *loader) createView(s *pg.ViewStmt) error {
	v := &view{View: &catalog.View{Columns: parsetree.Strings(s.GetAliases())}, query: s.GetQuery()}
	for _, n := range s.GetOptions() {
		if d := n.GetDefElem(); d.GetDefname() == "security_invoker" {
			v.SecurityInvoker = isTrue(d)
		}
	}
	return l.addView(v, s.GetView(), s.GetReplace())
}

// createTableAs executes CREATE TABLE AS and CREATE MATERIALIZED VIEW.
func (l *loader) createTableAs(s *pg.CreateTableAsStmt) error {
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
		v := &view{View: &catalog.View{Columns: parsetree.Strings(into.GetColNames()), Materialized: true}, query: s.GetQuery()}
		return l.addView(v, into.GetRel(), false)
	}
	return l.tableFromQuery(into, s.GetQuery().GetSelectStmt())
}

// tableFromQuery creates a table with the columns of a query. When they cannot
// all be told the table has none, so that no query on it can be proved.
func (l *loader) tableFromQuery(into *pg.IntoClause, query *pg.SelectStmt) error {
	name, err := l.newRelationName(into.GetRel())
	if err != nil {
		return err
	}
	if err := l.mustBeFresh(name, into.GetRel().GetLocation()); err != nil {
		return err
	}
	pos := l.at(into.GetRel().GetLocation())
	t := &table{Table: &catalog.Table{Name: name, Pos: pos, Temporary: name.Schema == tempSchema}, unlogged: into.GetRel().GetRelpersistence() == "u"}
	outs, ok := l.outputs(query)
	if !ok {
		outs = nil // some of them would be misleading
		l.unknown("CREATE TABLE AS with columns that cannot be told", name)
	}
	for _, o := range named(outs, parsetree.Strings(into.GetColNames())) {
		if t.col(o.name) != nil {
			return errorf(into.GetRel().GetLocation(), "column %q specified more than once", o.name)
		}
		t.cols = append(t.cols, &column{Column: &catalog.Column{Name: o.name, Type: o.typ, Pos: pos}, local: true})
	}
	l.tables = append(l.tables, t)
	l.created(relation{name: name, table: t})
	return nil
}

// addView adds a view, or puts it in the place of the one that it replaces.
func (l *loader) addView(v *view, r *pg.RangeVar, replace bool) error {
	name, err := l.newRelationName(r)
	if err != nil {
		return err
	}
	v.Name, v.Pos, v.SearchPath = name, l.at(r.GetLocation()), slices.Clone(l.path)
	if l.relation(name) == nil || !replace {
		if err := l.mustBeFresh(name, r.GetLocation()); err != nil {
			return err
		}
	}
	delete(l.gone, name)
	have := l.relation(name)
	if have != nil && (!replace || have.view == nil || have.view.Materialized) {
		return errorf(r.GetLocation(), "relation %q already exists", name)
	}
	l.fixView(v)
	if have == nil {
		l.views = append(l.views, v)
		l.created(relation{name: name, view: v})
		return nil
	}
	v.triggers, v.rules, v.defaults = have.view.triggers, have.view.rules, have.view.defaults
	had, outputs := have.view.SecurityInvoker, have.view.outputs
	*have.view = *v
	l.outputsAppeared(have.view, outputs)
	l.invoker(have.view, had, "CREATE OR REPLACE VIEW without it")
	return nil
}

// fixView settles what the view's names mean and records what it depends on.
func (l *loader) fixView(v *view) {
	source := v.query
	v.query = proto.Clone(source).(*pg.Node)
	x := expander{loader: l}
	outs, ok := x.query(v.query.GetSelectStmt(), nil)
	if ok {
		v.outputs = named(outs, v.Columns)
	}
	l.qualify(v)
	l.qualifyTypes(v)
	v.expr = l.expr(v.query)
	v.star = hasStar(v.query)
	parsetree.Walk(v.query, func(m parsetree.Message) {
		if c, ok := m.(*pg.ColumnRef); ok && len(c.GetFields()) == 1 {
			v.bare = append(v.bare, parsetree.LastString(c.GetFields()))
		}
	})
	l.renderView(v)
}

// qualify gives the relations of the view's query their schemas. A name that a
// WITH query of the view has too is left alone, whichever of the two it means.
func (l *loader) qualify(v *view) {
	ctes := cteNames(v.query)
	parsetree.Walk(v.query, func(m parsetree.Message) {
		r, ok := m.(*pg.RangeVar)
		if !ok {
			return
		}
		rel := l.find(parsetree.RangeName(r))
		if rel == nil {
			return
		}
		if rel.table != nil && !slices.Contains(v.tables, rel.table) {
			v.tables = append(v.tables, rel.table)
		}
		if rel.view != nil && !slices.Contains(v.views, rel.view) {
			v.views = append(v.views, rel.view)
		}
		if rel.name.Schema != tempSchema && (r.GetSchemaname() != "" || !ctes[r.GetRelname()]) {
			r.Schemaname = rel.name.Schema
		}
	})
}

func cteNames(n *pg.Node) map[string]bool {
	names := map[string]bool{}
	parsetree.Walk(n, func(m parsetree.Message) {
		if c, ok := m.(*pg.CommonTableExpr); ok {
			names[c.GetCtename()] = true
		}
	})
	return names
}

// renderView writes the view's query as text, which must parse to the same tree.
func (l *loader) renderView(v *view) {
	tree := &pg.ParseResult{Stmts: []*pg.RawStmt{{Stmt: v.query}}}
	text, err := pg.Deparse(tree)
	if err == nil {
		var again *pg.ParseResult
		again, err = treejson.Parse(text)
		if err == nil && len(again.GetStmts()) == 1 && parsetree.Text(again.GetStmts()[0].GetStmt()) == parsetree.Text(v.query) {
			v.Query = text
			return
		}
	}
	l.stale(v)
}

// stale gives up a view's text; without it every use of the view is refused.
func (l *loader) stale(v *view) {
	if v.Query != "" || v.query != nil {
		l.unknown("DDL after which the text of view "+v.Name.String()+" cannot be trusted", v.Name)
	}
	v.Query, v.query = "", nil
}

// renameInView follows a renamed relation in the text of a view.
func (l *loader) renameInView(v *view, from, to catalog.Name) {
	changed, unqualified := false, false
	parsetree.Walk(v.query, func(m parsetree.Message) {
		r, ok := m.(*pg.RangeVar)
		unqualified = unqualified || ok && parsetree.RangeName(r) == catalog.Name{Name: from.Name}
		if !ok || parsetree.RangeName(r) != from {
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
	parsetree.Walk(v.query, func(m parsetree.Message) {
		if t, ok := m.(*pg.TypeName); ok && v.query != nil && parsetree.LastString(t.GetNames()) == from.Name {
			l.stale(v)
		}
	})
}

// renameOutput executes ALTER VIEW … RENAME COLUMN.
func (l *loader) renameOutput(v *view, from, to string) error {
	if v.outputs == nil {
		l.stale(v)
		return nil
	}
	for i := range v.outputs {
		if v.outputs[i].name == from {
			v.outputs[i].name = to
			v.Columns = outputNames(v.outputs)
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
	return errorf(-1, "column %q of %q does not exist", from, v.Name)
}

func (v *view) columns() []*column {
	var cols []*column
	for _, o := range v.outputs {
		cols = append(cols, &column{Column: &catalog.Column{Name: o.name, Type: o.typ, Pos: v.Pos}})
	}
	return cols
}

// viewOptions executes ALTER VIEW … SET (…).
func (a *alter) viewOptions() error {
	defer a.invoker(a.rel.view, a.rel.view.SecurityInvoker, "ALTER VIEW … SET")
	for _, n := range a.cmd.GetDef().GetList().GetItems() {
		if d := n.GetDefElem(); strings.EqualFold(d.GetDefname(), "security_invoker") {
			a.rel.view.SecurityInvoker = isTrue(d)
		}
	}
	return nil
}

func (a *alter) resetViewOptions() error {
	defer a.invoker(a.rel.view, a.rel.view.SecurityInvoker, "ALTER VIEW … RESET")
	for _, n := range a.cmd.GetDef().GetList().GetItems() {
		if strings.EqualFold(n.GetDefElem().GetDefname(), "security_invoker") {
			a.rel.view.SecurityInvoker = false
		}
	}
	return nil
}
