package ddl

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// setSchema executes ALTER … SET SCHEMA.
func (l *loader) setSchema(s *pg.AlterObjectSchemaStmt) error {
	schema, err := l.creationSchema(s.GetNewschema(), -1)
	if err != nil {
		return err
	}
	switch kind := s.GetObjectType(); kind {
	case pg.ObjectType_OBJECT_TABLE, pg.ObjectType_OBJECT_VIEW, pg.ObjectType_OBJECT_MATVIEW,
		pg.ObjectType_OBJECT_SEQUENCE, pg.ObjectType_OBJECT_FOREIGN_TABLE:
		rel, err := l.target(s.GetRelation(), s.GetMissingOk())
		if rel == nil {
			return err
		}
		return l.moveRelation(rel, catalog.Name{Schema: schema, Name: rel.name.Name})
	case pg.ObjectType_OBJECT_TYPE, pg.ObjectType_OBJECT_DOMAIN:
		t, err := l.declaredType(s.GetObject().GetList().GetItems())
		if err != nil {
			return err
		}
		l.moveType(t, catalog.Name{Schema: schema, Name: t.Name.Name})
	case pg.ObjectType_OBJECT_FUNCTION, pg.ObjectType_OBJECT_PROCEDURE, pg.ObjectType_OBJECT_ROUTINE, pg.ObjectType_OBJECT_AGGREGATE:
		f, err := l.functionWithArgs(s.GetObject().GetObjectWithArgs())
		if err != nil {
			return err
		}
		l.moveFunction(f, catalog.Name{Schema: schema, Name: f.Name.Name})
	case pg.ObjectType_OBJECT_OPERATOR:
		l.moveOperator(s.GetObject().GetObjectWithArgs(), schema)
	default:
		if kind == pg.ObjectType_OBJECT_EXTENSION {
			l.installed(s.GetObject().GetString_().GetSval(), schema)
			return nil
		}
		if _, ok := ignoredRenames[kind]; ok || kind == pg.ObjectType_OBJECT_COLLATION {
			l.holdsNot(schema)
			return nil
		}
		return withHint(errorf(-1, "SET SCHEMA of %s is not supported in a schema file", objectTitle(kind)), "create it in the schema that it is to be in")
	}
	return nil
}

func (l *loader) moveType(t *catalog.Type, to catalog.Name) {
	from := t.Name
	t.Name = to
	l.renamed(from, to)
}

func (l *loader) renameType(s *pg.RenameStmt) error {
	t, err := l.declaredType(s.GetObject().GetList().GetItems())
	if err != nil {
		return err
	}
	l.moveType(t, catalog.Name{Schema: t.Name.Schema, Name: s.GetNewname()})
	return nil
}

func (l *loader) renameFunction(s *pg.RenameStmt) error {
	f, err := l.functionWithArgs(s.GetObject().GetObjectWithArgs())
	if err != nil {
		return err
	}
	l.moveFunction(f, catalog.Name{Schema: f.Name.Schema, Name: s.GetNewname()})
	return nil
}

// moveFunction renames a function and its calls. While another overload keeps
// the old name, a call may mean either and counts as both.
func (l *loader) moveFunction(f *catalog.Function, to catalog.Name) {
	from := f.Name
	f.Name = to
	overloaded := len(l.functions(from)) > 0
	l.eachExpr(func(e *expr) {
		if !slices.Contains(e.calls, from) {
			return
		}
		if !overloaded {
			e.calls = remove(slices.Clone(e.calls), from)
		}
		e.calls = addName(e.calls, to)
	})
	for _, v := range l.views {
		if slices.Contains(v.expr.calls, to) {
			l.stale(v)
		}
	}
	for _, o := range l.db.Operators {
		if o.Function == from {
			o.Function = to
		}
	}
	l.staleBodies(from.Name)
}

// eachExpr visits every expression that the loader knows.
func (l *loader) eachExpr(f func(*expr)) {
	for _, t := range l.tables {
		for _, c := range t.cols {
			f(&c.value)
		}
		for _, c := range t.checks {
			f(&c.expr)
		}
		for _, x := range t.indexes {
			f(&x.expr)
		}
		for _, p := range t.policies {
			f(&p.expr)
		}
		for i := range t.partExpr {
			f(&t.partExpr[i])
		}
		for i := range t.stats {
			f(&t.stats[i])
		}
		for _, g := range t.triggers {
			f(&g.when)
		}
	}
	for _, v := range l.views {
		f(&v.expr)
		for name, e := range v.defaults {
			f(&e)
			v.defaults[name] = e
		}
		for _, x := range v.indexes {
			f(&x.expr)
		}
		for i := range v.stats {
			f(&v.stats[i])
		}
		for _, g := range v.triggers {
			f(&g.when)
		}
	}
	for _, s := range l.support {
		f(&s.expr)
	}
	for _, e := range l.arguments {
		f(e)
	}
	for _, d := range l.domains {
		f(&d.value)
		for name, e := range d.checks {
			f(&e)
			d.checks[name] = e
		}
	}
}

// renameSchema renames a schema with all that is in it.
func (l *loader) renameSchema(s *pg.RenameStmt) error {
	from, to := s.GetSubname(), s.GetNewname()
	i := slices.Index(l.db.Schemas, from)
	if i < 0 {
		return errorf(-1, "schema %q does not exist", from)
	}
	if slices.Contains(l.db.Schemas, to) {
		return errorf(-1, "schema %q already exists", to)
	}
	l.db.Schemas[i] = to
	l.moveGone(from, to)
	moved := func(n catalog.Name) catalog.Name { return catalog.Name{Schema: to, Name: n.Name} }
	for _, t := range l.tables {
		if t.Name.Schema == from {
			old := t.Name
			t.Name = moved(old)
			l.renamed(old, t.Name)
		}
	}
	for _, v := range l.views {
		if v.Name.Schema == from {
			old := v.Name
			v.Name = moved(old)
			l.renamed(old, v.Name)
		}
	}
	for _, q := range l.sequences {
		if q.name.Schema == from {
			q.name.Schema = to
		}
	}
	l.renamedOrDropped()
	for _, t := range l.db.Types {
		if t.Name.Schema == from {
			l.moveType(t, moved(t.Name))
		}
	}
	for _, f := range l.db.Functions {
		if f.Name.Schema == from {
			l.moveFunction(f, moved(f.Name))
		}
	}
	l.renameSchemaUses(from, to)
	return nil
}

// renameSchemaUses follows a schema's name where it stands by itself.
func (l *loader) renameSchemaUses(from, to string) {
	for _, o := range l.db.Operators {
		if o.Name.Schema == from {
			o.Name.Schema = to
		}
	}
	if l.unheld[from] {
		l.holdsNot(to)
	}
	for e, schema := range l.extensions {
		if schema == from {
			l.extensions[e] = to
		}
	}
	l.granted = nil
	for _, g := range l.db.Grants {
		if g.On.Schema == from {
			g.On.Schema = to
		}
		if g.Kind == "schema" && g.On.Name == from {
			g.On.Name = to
		}
	}
}
