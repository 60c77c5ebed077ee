package ddl

import (
	"fmt"
	"slices"
	"unicode/utf8"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
)

// tempSchema is the schema of temporary tables; it is searched first for
// relations and types (PostgreSQL manual, 20.11.1 "search_path").
const tempSchema = "pg_temp"

// lookupPath returns the schemas in which a relation or type name is looked up.
func (l *loader) lookupPath(schema string) []string {
	if schema != "" {
		return []string{schema}
	}
	path := []string{}
	if !slices.Contains(l.path, tempSchema) {
		path = append(path, tempSchema)
	}
	if !slices.Contains(l.path, pgtype.SystemSchema) {
		path = append(path, pgtype.SystemSchema)
	}
	return append(path, l.path...)
}

// creationSchema returns where a new object goes: the schema that it names, or
// the first of the search path that exists (PostgreSQL manual, 5.9.3).
func (l *loader) creationSchema(schema string, loc int32) (string, error) {
	if schema != "" {
		if schema != tempSchema && schema != pgtype.SystemSchema && !slices.Contains(l.db.Schemas, schema) {
			return "", withHint(errorf(loc, "schema %q does not exist", schema), "create it in a schema file before this statement")
		}
		return schema, nil
	}
	if s := l.firstOf(l.path); s != "" {
		l.apart("", s, l.firstOf)
		return s, nil
	}
	return "", withHint(errorf(loc, "no schema to create in: none of search_path exists"), "create the schema in a schema file, or qualify the name")
}

// firstOf is the first schema of a path that exists, "" when there is none.
func (l *loader) firstOf(path []string) string {
	for _, s := range path {
		if s == tempSchema || slices.Contains(l.db.Schemas, s) {
			return s
		}
	}
	return ""
}

// newRelationName returns the name of a relation that is about to be created.
func (l *loader) newRelationName(r *pg.RangeVar) (catalog.Name, error) {
	schema := r.GetSchemaname()
	if r.GetRelpersistence() == "t" {
		schema = tempSchema
	}
	schema, err := l.creationSchema(schema, r.GetLocation())
	return catalog.Name{Schema: schema, Name: r.GetRelname()}, err
}

// newName is newRelationName for objects that are named by a list of strings.
func (l *loader) newName(names []*pg.Node) (catalog.Name, error) {
	n := parsetree.Qualified(names)
	schema, err := l.creationSchema(n.Schema, -1)
	return catalog.Name{Schema: schema, Name: n.Name}, err
}

// find returns the relation that a possibly unqualified name means, or nil.
func (l *loader) find(n catalog.Name) *relation {
	path := l.lookupPath(n.Schema)
	r := l.findIn(path, n.Name)
	l.looked(path, n.Name)
	if n.Schema == "" {
		l.apart(n.Name, r.String(), func(path []string) string {
			return l.findIn(append([]string{tempSchema, pgtype.SystemSchema}, path...), n.Name).String()
		})
	}
	return r
}

// String is the name of a relation, "" of none.
func (r *relation) String() string {
	if r == nil {
		return ""
	}
	return r.name.String()
}

func (l *loader) findIn(path []string, name string) *relation {
	for _, s := range path {
		if r := l.relation(catalog.Name{Schema: s, Name: name}); r != nil {
			return r
		}
	}
	return nil
}

// table returns the table that r names; anything else is an error.
func (l *loader) table(r *pg.RangeVar) (*table, error) {
	rel := l.find(parsetree.RangeName(r))
	if rel == nil {
		return nil, noRelation(r)
	}
	if rel.table == nil {
		return nil, errorf(r.GetLocation(), "%q is not a table", r.GetRelname())
	}
	return rel.table, nil
}

func noRelation(r *pg.RangeVar) error {
	err := errorf(r.GetLocation(), "relation %q does not exist", parsetree.RangeName(r))
	return withHint(err, "no schema file creates it before this statement")
}

// fresh reports whether no relation has the name yet.
func (l *loader) fresh(n catalog.Name) bool {
	l.restsOn(n)
	return l.relation(n) == nil
}

// mustBeFresh returns an error when the name is taken.
func (l *loader) mustBeFresh(n catalog.Name, loc int32) error {
	if r := l.relation(n); r == nil || l.gone[n] != nil {
		delete(l.gone, n)
		if r != nil {
			return l.removeView(r.view)
		}
		return nil
	}
	return errorf(loc, "relation %q already exists", n)
}

// nameLimit is the longest identifier in bytes (NAMEDATALEN - 1).
const nameLimit = 63

// objectName composes the name of an index, constraint or sequence that was
// given none, shortening its parts as makeObjectName does (src/backend/commands/indexcmds.c).
func objectName(name1, name2, label string) string {
	overhead := 0
	if label != "" {
		overhead += len(label) + 1
	}
	n1, n2 := len(name1), len(name2)
	if name2 != "" {
		overhead++
	}
	for n1+n2 > nameLimit-overhead {
		if n1 > n2 {
			n1--
		} else {
			n2--
		}
	}
	s := clip(name1, n1)
	if name2 != "" {
		s += "_" + clip(name2, n2)
	}
	if label != "" {
		s += "_" + label
	}
	return s
}

// clip cuts s to at most n bytes without splitting a character.
func clip(s string, n int) string {
	if n >= len(s) {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// chooseName numbers a composed name until it is free.
func chooseName(name1, name2, label string, taken func(string) bool) string {
	name := objectName(name1, name2, label)
	for i := 1; taken(name); i++ {
		name = objectName(name1, name2, fmt.Sprintf("%s%d", label, i))
	}
	return name
}

// relationNameTaken is the test for names of indexes and sequences; an index of
// a constraint must not collide with another constraint of the schema either.
func (l *loader) relationNameTaken(schema string, constraint bool) func(string) bool {
	return func(name string) bool {
		return !l.fresh(catalog.Name{Schema: schema, Name: name}) || constraint && l.constraintNameTaken(schema)(name)
	}
}

func (t *table) hasConstraint(name string) bool {
	return slices.ContainsFunc(t.checks, func(c *check) bool { return c.name == name }) ||
		slices.ContainsFunc(t.foreign, func(f *foreign) bool { return f.Name == name }) ||
		slices.ContainsFunc(t.indexes, func(x *index) bool { return x.isConstraint() && x.Name == name })
}
