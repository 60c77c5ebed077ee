package ddl

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// relations finds relations by name. What is created is noted; whatever renames or drops one lets go of
// all of it, and the next look-up makes it anew from the lists that the loader has.
type relations struct {
	byName map[catalog.Name]relation // nil to have it made anew
	// constraints are names that a constraint has or has had, in any schema.
	constraints map[string]bool
}

// relation returns what has exactly that name: tables, views, sequences, indexes
// and composite types share one name space per schema (catalog pg_class).
func (l *loader) relation(n catalog.Name) *relation {
	if l.relations.byName == nil {
		l.relations.byName = map[catalog.Name]relation{}
		l.eachRelation(l.created)
	}
	if r, ok := l.relations.byName[n]; ok {
		return &r
	}
	if t := l.db.Type(n); t != nil && t.Kind == "composite" {
		return &relation{name: n, composite: t}
	}
	return nil
}

// eachRelation visits what the loader has, but for types.
func (l *loader) eachRelation(f func(relation)) {
	for _, t := range l.tables {
		f(relation{name: t.Name, table: t})
		for _, x := range t.indexes {
			f(relation{name: catalog.Name{Schema: t.Name.Schema, Name: x.Name}, index: x})
		}
	}
	for _, v := range l.views {
		f(relation{name: v.Name, view: v})
		for _, x := range v.indexes {
			f(relation{name: catalog.Name{Schema: v.Name.Schema, Name: x.Name}, index: x})
		}
	}
	for _, s := range l.sequences {
		f(relation{name: s.name, sequence: s})
	}
}

// created notes a relation that is new. Of two with one name the first of the lists counts.
func (l *loader) created(r relation) {
	if _, ok := l.relations.byName[r.name]; !ok && l.relations.byName != nil {
		l.relations.byName[r.name] = r
	}
}

// renamedOrDropped lets go of the names: one has another meaning, or none, from now on.
func (l *loader) renamedOrDropped() { l.relations.byName = nil }

// constrained notes the name of a constraint, for constraintNameTaken.
func (l *loader) constrained(name string) {
	if l.relations.constraints == nil {
		l.relations.constraints = map[string]bool{}
	}
	l.relations.constraints[name] = true
}

// constraintNameTaken is the test for names of check and foreign key constraints,
// which PostgreSQL chooses unique within the schema (ChooseConstraintName).
func (l *loader) constraintNameTaken(schema string) func(string) bool {
	return func(name string) bool {
		return l.relations.constraints[name] && slices.ContainsFunc(l.tables, func(t *table) bool { return t.Name.Schema == schema && t.hasConstraint(name) })
	}
}
