package ddl

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
)

// DROP … CASCADE takes away whatever depends on an object, and that PostgreSQL knows by identity (manual, 5.14): a unique
// index goes with a collation, a text search configuration, a cast that one of its expressions needs, or with the type of a
// column that it merely includes. The catalog has names, and not of all objects. What is followed is removed;
// where more may have gone, nothing rests on the table's keys and constraints any longer.

// lost is what a CASCADE takes away.
type lost struct {
	// names are of objects that are dropped with all that is known to depend on them.
	names []catalog.Name
	// functions and types may be lost or not.
	functions, types []catalog.Name
}

// lose doubts the tables of which a CASCADE may take away more than is followed: what depends on one of several functions
// of a name, or on a function whose body, or the default of a parameter, depends on the object.
func (l *loader) lose(x lost) {
	var doubted []*table
	for grown := true; grown; {
		grown = false
		for _, f := range l.db.Functions {
			if !slices.Contains(x.functions, f.Name) && l.leans(f, x) {
				x.functions, grown = append(x.functions, f.Name), true
			}
		}
		for _, t := range l.tables {
			if !slices.Contains(doubted, t) && l.mayLose(t, x) { // its columns, and so what depends on them by its row
				doubted, x.types, grown = append(doubted, t), append(x.types, t.Name), true
			}
		}
	}
	if slices.ContainsFunc(l.support, func(s *support) bool { return slices.ContainsFunc(s.expr.calls, x.has) }) {
		doubted = l.tables // a cast or an operator class went with its function, and it may be anywhere
	}
	l.cascadedTo(doubted)
	l.mayDropViews(func(v *view) bool {
		return slices.ContainsFunc(v.expr.calls, func(n catalog.Name) bool { return slices.Contains(x.functions, n) }) ||
			slices.ContainsFunc(v.expr.types, func(t catalog.TypeRef) bool { return slices.Contains(x.types, t.Name) })
	})
}

// has reports whether a function is lost, or may be.
func (x lost) has(n catalog.Name) bool {
	return slices.Contains(x.names, n) || slices.Contains(x.functions, n)
}

// leans reports whether a function may depend on what is lost: by the defaults of its parameters, or a body with
// resolved names.
func (l *loader) leans(f *catalog.Function, x lost) bool {
	e := l.arguments[f]
	mentions := func(n catalog.Name) bool { return wordIn(f.Body, n.Name) }
	return e != nil && (slices.ContainsFunc(e.calls, x.has) || slices.ContainsFunc(e.types, x.hasType)) ||
		f.Atomic && (f.Body == "" || slices.ContainsFunc(slices.Concat(x.names, x.functions, x.types), mentions))
}

func (x lost) hasType(t catalog.TypeRef) bool {
	return slices.Contains(x.types, t.Name) || slices.Contains(x.names, t.Name)
}

// mayLose reports whether an index, a key or a check of t may depend on what may be lost, be it by way of a column.
func (l *loader) mayLose(t *table, x lost) bool {
	may := func(e expr) bool {
		return slices.ContainsFunc(e.types, func(r catalog.TypeRef) bool { return slices.Contains(x.types, r.Name) }) ||
			slices.ContainsFunc(e.calls, func(n catalog.Name) bool { return slices.Contains(x.functions, n) })
	}
	return slices.ContainsFunc(t.cols, func(c *column) bool { return c.Generated && may(c.value) }) ||
		slices.ContainsFunc(t.indexes, func(i *index) bool { return may(i.expr) }) ||
		slices.ContainsFunc(t.checks, func(c *check) bool { return may(c.expr) })
}

// loseUnheld doubts all tables: the catalog does not say which depend on such an object.
func (l *loader) loseUnheld() {
	l.cascadedTo(l.tables)
	l.mayDropViews(func(*view) bool { return true })
}

// loseSchema doubts the tables that may depend on what the catalog does not hold of a schema.
func (l *loader) loseSchema(name string) {
	if l.unheld[name] || slices.ContainsFunc(l.db.Operators, func(o *catalog.Operator) bool { return o.Name.Schema == name }) {
		l.loseUnheld()
		return
	}
	for _, e := range l.db.Extensions {
		if e == name || l.extensions[e] == name {
			l.loseExtension(e, true)
		}
	}
}

// holdsNot notes that a schema has objects which the catalog does not hold.
func (l *loader) holdsNot(schema string) {
	if l.unheld == nil {
		l.unheld = map[string]bool{}
	}
	l.unheld[schema] = true
}

// installed notes the schema that an extension is in. Some choose it themselves, and have its name, as a rule.
func (l *loader) installed(extension, schema string) {
	if l.extensions == nil {
		l.extensions = map[string]string{}
	}
	l.extensions[extension] = schema
}

// extensionContents executes ALTER EXTENSION … ADD and DROP: what an extension has goes with it.
func (l *loader) extensionContents(s *pg.AlterExtensionContentsStmt) error {
	l.goesWith(s.GetExtname())
	return nil
}

// dependsOn executes ALTER … DEPENDS ON EXTENSION: an index may go with an extension without CASCADE (PostgreSQL manual,
// ALTER INDEX).
func (l *loader) dependsOn(s *pg.AlterObjectDependsStmt) error {
	l.goesWith(s.GetExtname().GetSval())
	return nil
}

func (l *loader) goesWith(extension string) {
	if l.given == nil {
		l.given = map[string]bool{}
	}
	l.given[extension] = true
}

// loseExtension doubts the tables that an extension may have a part in, and all where it was given objects to go with it.
func (l *loader) loseExtension(name string, cascade bool) {
	switch {
	case l.given[name]:
		l.loseUnheld()
		return
	case !cascade:
		return
	}
	var doubted []*table
	var names []catalog.Name
	for _, t := range l.tables {
		if l.extended(t) {
			doubted, names = append(doubted, t), append(names, t.Name)
		}
	}
	l.cascadedTo(doubted)
	l.lose(lost{types: names})
	l.mayDropViews(func(*view) bool { return true })
}

// extended reports whether t has what may be of an extension: a type that no file declares, a computed column or index
// element, a predicate that is not a comparison of built-in values, an operator class.
func (l *loader) extended(t *table) bool {
	return slices.ContainsFunc(t.cols, func(c *column) bool { return c.Generated || l.undeclared(c.Type, nil) }) ||
		slices.ContainsFunc(t.indexes, func(x *index) bool {
			return x.expression || x.class || x.exclusion || x.Partial && x.tests == nil
		})
}

// undeclared reports whether a type, or a part of it, is one that no file declares.
func (l *loader) undeclared(ref catalog.TypeRef, seen []catalog.Name) bool {
	if ref.Name.Schema == pgtype.SystemSchema || ref.Name.Name == "" || slices.Contains(seen, ref.Name) {
		return false
	}
	t := l.db.Type(ref.Name)
	if t == nil {
		r := l.relation(ref.Name)
		return r == nil || slices.ContainsFunc(r.columnTypes(), func(c catalog.TypeRef) bool { return l.undeclared(c, append(seen, ref.Name)) })
	}
	return l.undeclared(t.Base, append(seen, ref.Name)) ||
		slices.ContainsFunc(t.Fields, func(f *catalog.Column) bool { return l.undeclared(f.Type, append(seen, ref.Name)) })
}

// cascadedTo notes that tables, and what inherits from them, may lack keys and constraints, unless somebody vouches for it.
func (l *loader) cascadedTo(tables []*table) {
	if len(tables) == 0 || l.live {
		return
	}
	l.stmt.doubted = true
	u := l.unknown("DROP … CASCADE", catalog.Name{})
	if u.Reason = l.stmt.vouch; u.Reason != "" {
		return
	}
	for _, t := range tables {
		u.Tables = addName(u.Tables, t.Name)
		for _, d := range t.descendants(false) {
			if d.Unsure == "" {
				d.Unsure = u.What + " at " + u.Pos.String()
			}
		}
	}
}

// cascadesTo are the objects that the catalog does not hold and on which a table, an index or a constraint may depend.
var cascadesTo = map[pg.ObjectType]bool{
	pg.ObjectType_OBJECT_ACCESS_METHOD: true, pg.ObjectType_OBJECT_CAST: true, pg.ObjectType_OBJECT_COLLATION: true,
	pg.ObjectType_OBJECT_FDW: true, pg.ObjectType_OBJECT_FOREIGN_SERVER: true, pg.ObjectType_OBJECT_LANGUAGE: true,
	pg.ObjectType_OBJECT_OPCLASS: true, pg.ObjectType_OBJECT_OPFAMILY: true, pg.ObjectType_OBJECT_TRANSFORM: true,
	pg.ObjectType_OBJECT_TSCONFIGURATION: true, pg.ObjectType_OBJECT_TSDICTIONARY: true, pg.ObjectType_OBJECT_TSPARSER: true,
	pg.ObjectType_OBJECT_TSTEMPLATE: true,
}
