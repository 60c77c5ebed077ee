package pgsql

import (
	"fmt"
	"slices"
	"unicode/utf8"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// ddlTempSchema is the schema of temporary tables; it is searched first for
// relations and types (PostgreSQL manual, 20.11.1 "search_path").
const ddlTempSchema = "pg_temp"

const ddlSystemSchema = "pg_catalog"

// lookupPath returns the schemas in which a relation or type name is looked up.
func (l *ddlLoader) lookupPath(schema string) []string {
	if schema != "" {
		return []string{schema}
	}
	path := []string{}
	if !slices.Contains(l.path, ddlTempSchema) {
		path = append(path, ddlTempSchema)
	}
	if !slices.Contains(l.path, ddlSystemSchema) {
		path = append(path, ddlSystemSchema)
	}
	return append(path, l.path...)
}

// creationSchema returns where a new object goes: the schema that it names, or
// the first of the search path that exists (PostgreSQL manual, 5.9.3).
func (l *ddlLoader) creationSchema(schema string, loc int32) (string, error) {
	if schema != "" {
		if schema != ddlTempSchema && schema != ddlSystemSchema && !slices.Contains(l.db.Schemas, schema) {
			return "", ddlHint(ddlErrorf(loc, "schema %q does not exist", schema), "create it in a schema file before this statement")
		}
		return schema, nil
	}
	for _, s := range l.path {
		if s == ddlTempSchema || slices.Contains(l.db.Schemas, s) {
			if l.session.inherited && s != "public" {
				l.depends("")
			}
			return s, nil
		}
	}
	return "", ddlHint(ddlErrorf(loc, "no schema to create in: none of search_path exists"), "create the schema in a schema file, or qualify the name")
}

// newRelationName returns the name of a relation that is about to be created.
func (l *ddlLoader) newRelationName(r *pg.RangeVar) (catalog.Name, error) {
	schema := r.GetSchemaname()
	if r.GetRelpersistence() == "t" {
		schema = ddlTempSchema
	}
	schema, err := l.creationSchema(schema, r.GetLocation())
	return catalog.Name{Schema: schema, Name: r.GetRelname()}, err
}

// newName is newRelationName for objects that are named by a list of strings.
func (l *ddlLoader) newName(names []*pg.Node) (catalog.Name, error) {
	n := ddlQualified(names)
	schema, err := l.creationSchema(n.Schema, -1)
	return catalog.Name{Schema: schema, Name: n.Name}, err
}

// ddlQualified reads a dotted name; a database name before the schema is dropped.
func ddlQualified(names []*pg.Node) catalog.Name {
	s := strings_(names)
	switch len(s) {
	case 0:
		return catalog.Name{}
	case 1:
		return catalog.Name{Name: s[0]}
	}
	return catalog.Name{Schema: s[len(s)-2], Name: s[len(s)-1]}
}

// find returns the relation that a possibly unqualified name means, or nil.
func (l *ddlLoader) find(n catalog.Name) *ddlRelation {
	r := l.findIn(l.lookupPath(n.Schema), n.Name)
	if n.Schema == "" && l.session.inherited {
		if anew := l.findIn([]string{ddlTempSchema, ddlSystemSchema, "public"}, n.Name); (r == nil) != (anew == nil) || r != nil && r.name != anew.name {
			l.depends(n.Name)
		}
	}
	return r
}

func (l *ddlLoader) findIn(path []string, name string) *ddlRelation {
	for _, s := range path {
		if r := l.relation(catalog.Name{Schema: s, Name: name}); r != nil {
			return r
		}
	}
	return nil
}

func ddlRangeName(r *pg.RangeVar) catalog.Name {
	return catalog.Name{Schema: r.GetSchemaname(), Name: r.GetRelname()}
}

// table returns the table that r names; anything else is an error.
func (l *ddlLoader) table(r *pg.RangeVar) (*ddlTable, error) {
	rel := l.find(ddlRangeName(r))
	if rel == nil {
		return nil, ddlNoRelation(r)
	}
	if rel.table == nil {
		return nil, ddlErrorf(r.GetLocation(), "%q is not a table", r.GetRelname())
	}
	return rel.table, nil
}

func ddlNoRelation(r *pg.RangeVar) error {
	err := ddlErrorf(r.GetLocation(), "relation %q does not exist", ddlRangeName(r))
	return ddlHint(err, "no schema file creates it before this statement")
}

// fresh reports whether no relation has the name yet.
func (l *ddlLoader) fresh(n catalog.Name) bool {
	return l.relation(n) == nil
}

// mustBeFresh returns an error when the name is taken.
func (l *ddlLoader) mustBeFresh(n catalog.Name, loc int32) error {
	if l.fresh(n) {
		return nil
	}
	return ddlErrorf(loc, "relation %q already exists", n)
}

// ddlNameLimit is the longest identifier in bytes (NAMEDATALEN - 1).
const ddlNameLimit = 63

// ddlObjectName composes the name of an index, constraint or sequence that was
// given none, shortening its parts as makeObjectName does (src/backend/commands/indexcmds.c).
func ddlObjectName(name1, name2, label string) string {
	overhead := 0
	if label != "" {
		overhead += len(label) + 1
	}
	n1, n2 := len(name1), len(name2)
	if name2 != "" {
		overhead++
	}
	for n1+n2 > ddlNameLimit-overhead {
		if n1 > n2 {
			n1--
		} else {
			n2--
		}
	}
	s := ddlClip(name1, n1)
	if name2 != "" {
		s += "_" + ddlClip(name2, n2)
	}
	if label != "" {
		s += "_" + label
	}
	return s
}

// ddlClip cuts s to at most n bytes without splitting a character.
func ddlClip(s string, n int) string {
	if n >= len(s) {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// chooseName numbers a composed name until it is free.
func ddlChooseName(name1, name2, label string, taken func(string) bool) string {
	name := ddlObjectName(name1, name2, label)
	for i := 1; taken(name); i++ {
		name = ddlObjectName(name1, name2, fmt.Sprintf("%s%d", label, i))
	}
	return name
}

// relationNameTaken is the test for names of indexes and sequences; an index of
// a constraint must not collide with another constraint of the schema either.
func (l *ddlLoader) relationNameTaken(schema string, constraint bool) func(string) bool {
	return func(name string) bool {
		return !l.fresh(catalog.Name{Schema: schema, Name: name}) || constraint && l.constraintNameTaken(schema)(name)
	}
}

// constraintNameTaken is the test for names of check and foreign key constraints,
// which PostgreSQL chooses unique within the schema (ChooseConstraintName).
func (l *ddlLoader) constraintNameTaken(schema string) func(string) bool {
	return func(name string) bool {
		for _, t := range l.tables {
			if t.Name.Schema == schema && t.hasConstraint(name) {
				return true
			}
		}
		return false
	}
}

func (t *ddlTable) hasConstraint(name string) bool {
	return slices.ContainsFunc(t.checks, func(c *ddlCheck) bool { return c.name == name }) ||
		slices.ContainsFunc(t.foreign, func(f *ddlForeign) bool { return f.Name == name }) ||
		slices.ContainsFunc(t.indexes, func(x *ddlIndex) bool { return x.isConstraint() && x.Name == name })
}
