package ddl

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
)

// rename executes ALTER … RENAME.
func (l *loader) rename(s *pg.RenameStmt) error {
	kind := s.GetRenameType()
	if _, ok := ignoredRenames[kind]; ok {
		return nil
	}
	if h, ok := renames[kind]; ok {
		return h(l, s)
	}
	return withHint(errorf(-1, "RENAME of %s is not supported in a schema file", objectTitle(kind)), "create it under the name that it is to have")
}

var renames = map[pg.ObjectType]func(*loader, *pg.RenameStmt) error{
	pg.ObjectType_OBJECT_TABLE:         (*loader).renameRelation,
	pg.ObjectType_OBJECT_FOREIGN_TABLE: (*loader).renameRelation,
	pg.ObjectType_OBJECT_VIEW:          (*loader).renameRelation,
	pg.ObjectType_OBJECT_MATVIEW:       (*loader).renameRelation,
	pg.ObjectType_OBJECT_INDEX:         (*loader).renameRelation,
	pg.ObjectType_OBJECT_SEQUENCE:      (*loader).renameRelation,
	pg.ObjectType_OBJECT_COLUMN:        (*loader).renameColumn,
	pg.ObjectType_OBJECT_ATTRIBUTE:     (*loader).renameColumn,
	pg.ObjectType_OBJECT_TABCONSTRAINT: (*loader).renameConstraint,
	pg.ObjectType_OBJECT_DOMCONSTRAINT: (*loader).renameDomainConstraint,
	pg.ObjectType_OBJECT_POLICY:        (*loader).renameOnTable,
	pg.ObjectType_OBJECT_TRIGGER:       (*loader).renameOnTable,
	pg.ObjectType_OBJECT_RULE:          (*loader).renameOnTable,
	pg.ObjectType_OBJECT_SCHEMA:        (*loader).renameSchema,
	pg.ObjectType_OBJECT_TYPE:          (*loader).renameType,
	pg.ObjectType_OBJECT_DOMAIN:        (*loader).renameType,
	pg.ObjectType_OBJECT_FUNCTION:      (*loader).renameFunction,
	pg.ObjectType_OBJECT_PROCEDURE:     (*loader).renameFunction,
	pg.ObjectType_OBJECT_ROUTINE:       (*loader).renameFunction,
	pg.ObjectType_OBJECT_AGGREGATE:     (*loader).renameFunction,
	pg.ObjectType_OBJECT_ROLE:          (*loader).renameRole,
	pg.ObjectType_OBJECT_COLLATION:     (*loader).renameCollation,
}

// ignoredRenames lists what the catalog does not hold.
var ignoredRenames = map[pg.ObjectType]string{
	pg.ObjectType_OBJECT_CONVERSION:      "character sets",
	pg.ObjectType_OBJECT_DATABASE:        "another database: PostgreSQL does not rename the one that it works in",
	pg.ObjectType_OBJECT_EVENT_TRIGGER:   "reported as unknown when created",
	pg.ObjectType_OBJECT_FDW:             "the catalog has no data wrappers",
	pg.ObjectType_OBJECT_FOREIGN_SERVER:  "the catalog has no servers",
	pg.ObjectType_OBJECT_LANGUAGE:        "the catalog has no languages",
	pg.ObjectType_OBJECT_OPCLASS:         "indexing",
	pg.ObjectType_OBJECT_OPFAMILY:        "indexing",
	pg.ObjectType_OBJECT_PUBLICATION:     "logical replication",
	pg.ObjectType_OBJECT_SUBSCRIPTION:    "logical replication",
	pg.ObjectType_OBJECT_STATISTIC_EXT:   "planner statistics",
	pg.ObjectType_OBJECT_TABLESPACE:      "storage",
	pg.ObjectType_OBJECT_TSCONFIGURATION: "text search",
	pg.ObjectType_OBJECT_TSDICTIONARY:    "text search",
	pg.ObjectType_OBJECT_TSPARSER:        "text search",
	pg.ObjectType_OBJECT_TSTEMPLATE:      "text search",
}

// refusedRenames are the object types that a rename never carries.
var refusedRenames = map[pg.ObjectType]string{
	pg.ObjectType_OBJECT_TYPE_UNDEFINED:        "protobuf's zero value",
	pg.ObjectType_OBJECT_ACCESS_METHOD:         "cannot be renamed",
	pg.ObjectType_OBJECT_AMOP:                  "cannot be renamed",
	pg.ObjectType_OBJECT_AMPROC:                "cannot be renamed",
	pg.ObjectType_OBJECT_CAST:                  "cannot be renamed",
	pg.ObjectType_OBJECT_DEFAULT:               "cannot be renamed",
	pg.ObjectType_OBJECT_DEFACL:                "cannot be renamed",
	pg.ObjectType_OBJECT_EXTENSION:             "cannot be renamed",
	pg.ObjectType_OBJECT_LARGEOBJECT:           "cannot be renamed",
	pg.ObjectType_OBJECT_OPERATOR:              "cannot be renamed",
	pg.ObjectType_OBJECT_PARAMETER_ACL:         "cannot be renamed",
	pg.ObjectType_OBJECT_PUBLICATION_NAMESPACE: "cannot be renamed",
	pg.ObjectType_OBJECT_PUBLICATION_REL:       "cannot be renamed",
	pg.ObjectType_OBJECT_TRANSFORM:             "cannot be renamed",
	pg.ObjectType_OBJECT_USER_MAPPING:          "cannot be renamed",
}

// target returns what a rename names, or nil when IF EXISTS allows that.
func (l *loader) target(r *pg.RangeVar, missingOk bool) (*relation, error) {
	rel := l.find(parsetree.RangeName(r))
	if rel == nil && !missingOk {
		return nil, noRelation(r)
	}
	if rel != nil && missingOk {
		l.restsOn(rel.name)
	}
	return rel, nil
}

func (l *loader) renameRelation(s *pg.RenameStmt) error {
	rel, err := l.target(s.GetRelation(), s.GetMissingOk())
	if rel == nil {
		return err
	}
	return l.moveRelation(rel, catalog.Name{Schema: rel.name.Schema, Name: s.GetNewname()})
}

// moveRelation gives a relation a new name or schema.
func (l *loader) moveRelation(rel *relation, to catalog.Name) error {
	if err := l.mustBeFresh(to, -1); err != nil {
		return err
	}
	delete(l.gone, rel.name)
	switch {
	case rel.table != nil:
		rel.table.Name = to
		for _, s := range l.sequences {
			if old := s.name; s.owner == rel.table && old.Schema != to.Schema {
				s.name.Schema = to.Schema
				l.renamed(old, s.name)
			}
		}
	case rel.view != nil:
		rel.view.Name = to
	case rel.index != nil:
		rel.index.Name = to.Name
		l.constrained(to.Name)
	case rel.sequence != nil:
		rel.sequence.name = to
	case rel.composite != nil:
		rel.composite.Name = to
	}
	l.renamed(rel.name, to)
	return nil
}

// renamed updates what refers to a relation or type by name: types of columns
// and arguments, grants, and the text of views and functions.
func (l *loader) renamed(from, to catalog.Name) {
	l.renamedOrDropped()
	l.eachTypeRef(func(r *catalog.TypeRef) {
		if r.Name == from {
			r.Name = to
		}
	})
	l.granted = nil
	for _, g := range l.db.Grants {
		if g.On == from {
			g.On = to
		}
	}
	for _, v := range l.views {
		l.renameInView(v, from, to)
	}
	l.staleBodies(from.Name)
}

// eachTypeRef visits every use of a type.
func (l *loader) eachTypeRef(f func(*catalog.TypeRef)) {
	for _, t := range l.tables {
		for _, c := range t.cols {
			f(&c.Type)
		}
	}
	l.eachExpr(func(e *expr) {
		for i := range e.types {
			f(&e.types[i])
		}
	})
	for _, s := range l.support {
		for i := range s.Types {
			f(&s.Types[i])
		}
	}
	for _, t := range l.db.Types {
		f(&t.Base)
		for _, c := range t.Fields {
			f(&c.Type)
		}
	}
	for _, fn := range l.db.Functions {
		f(&fn.Returns)
		for i := range fn.Args {
			f(&fn.Args[i].Type)
		}
	}
	for _, v := range l.views {
		for i := range v.outputs {
			f(&v.outputs[i].typ)
		}
	}
}

// renameColumn executes RENAME COLUMN and RENAME ATTRIBUTE.
func (l *loader) renameColumn(s *pg.RenameStmt) error {
	rel, err := l.target(s.GetRelation(), s.GetMissingOk())
	if rel == nil {
		return err
	}
	from, to := s.GetSubname(), s.GetNewname()
	switch {
	case rel.table != nil:
		return l.renameTableColumn(rel.table, from, to, !s.GetRelation().GetInh())
	case rel.view != nil:
		return l.renameOutput(rel.view, from, to)
	case rel.composite != nil:
		return l.renameAttribute(rel.composite, from, to)
	}
	return errorf(-1, "column %q of %q does not exist", from, rel.name)
}

func (l *loader) renameTableColumn(t *table, from, to string, only bool) error {
	if t.col(from) == nil {
		return errorf(-1, "column %q of relation %q does not exist", from, t.Name)
	}
	if only && len(t.children) > 0 {
		return errorf(-1, "inherited column %q must be renamed in child tables too", from)
	}
	for _, d := range t.descendants(false) {
		c := d.col(from)
		if c == nil {
			continue
		}
		if d.col(to) != nil {
			return errorf(-1, "column %q of relation %q already exists", to, d.Name)
		}
		c.Name = to
		d.renameUses(from, to)
		l.columnRenamed(d, from, to)
	}
	return nil
}

// renameUses follows a renamed column through all that the table declares.
func (t *table) renameUses(from, to string) {
	replace(t.PartitionKey, from, to)
	if t.DistributedBy == from {
		t.DistributedBy = to
	}
	for _, e := range t.partExpr {
		replace(e.columns, from, to)
	}
	for _, c := range t.cols {
		replace(c.value.columns, from, to)
	}
	for _, c := range t.checks {
		replace(c.expr.columns, from, to)
	}
	for _, x := range t.indexes {
		replace(x.Columns, from, to)
		replace(x.include, from, to)
		replace(x.expr.columns, from, to)
		for i := range x.tests {
			if x.tests[i].Column == from {
				x.tests[i].Column = to
			}
		}
	}
	for _, f := range t.foreign {
		replace(f.Columns, from, to)
		replace(f.SetColumns, from, to)
	}
	for _, g := range t.triggers {
		replace(g.columns, from, to)
		replace(g.Columns, from, to)
	}
}

// columnRenamed follows a renamed column outside of its table.
func (l *loader) columnRenamed(t *table, from, to string) {
	for _, s := range l.sequences {
		if s.owner == t && s.column == from {
			s.column = to
		}
	}
	for _, u := range l.tables {
		for _, f := range u.foreign {
			if f.ref == t {
				replace(f.RefColumns, from, to)
			}
		}
	}
	l.columnAppeared(t, to)
	for _, v := range l.views {
		switch {
		case !slices.Contains(v.tables, t) || v.query == nil:
		case v.renameInText(t, from, to):
			l.renderView(v)
		default:
			l.stale(v)
		}
	}
	l.staleBodies(from)
}

func replace(list []string, from, to string) {
	for i, s := range list {
		if s == from {
			list[i] = to
		}
	}
}

func (l *loader) renameConstraint(s *pg.RenameStmt) error {
	rel, err := l.target(s.GetRelation(), s.GetMissingOk())
	if rel == nil {
		return err
	}
	if rel.table == nil || !rel.table.renameConstraint(s.GetSubname(), s.GetNewname()) {
		return errorf(-1, "constraint %q of %q does not exist", s.GetSubname(), rel.name)
	}
	l.renamedOrDropped() // a key's index has its name
	l.constrained(s.GetNewname())
	return nil
}

// renameConstraint renames one constraint; a check also in the children that inherit it.
func (t *table) renameConstraint(from, to string) bool {
	found := false
	for _, x := range t.indexes {
		if x.isConstraint() && x.Name == from {
			x.Name, found = to, true
		}
	}
	for _, f := range t.foreign {
		if f.Name == from {
			f.Name, found = to, true
		}
	}
	for _, c := range t.checks {
		if c.name == from {
			c.name, found = to, true
			for _, child := range t.children {
				child.renameConstraint(from, to)
			}
		}
	}
	return found
}

// renameOnTable renames a policy, trigger or rule.
func (l *loader) renameOnTable(s *pg.RenameStmt) error {
	rel, err := l.target(s.GetRelation(), s.GetMissingOk())
	if rel == nil {
		return err
	}
	from, to := s.GetSubname(), s.GetNewname()
	switch s.GetRenameType() {
	case pg.ObjectType_OBJECT_POLICY:
		if rel.table != nil && rel.table.policy(from) != nil {
			rel.table.policy(from).Name = to
			l.takeAway(rel.table, "policy "+from, "ALTER POLICY … RENAME")
			return nil
		}
	case pg.ObjectType_OBJECT_TRIGGER:
		if g := rel.trigger(from); g != nil {
			g.Name = to
			return nil
		}
	default:
		rules := rel.rules()
		if u, ok := rules[from]; ok {
			delete(rules, from)
			rules[to] = u
			return nil
		}
	}
	return errorf(-1, "%q of %q does not exist", from, rel.name)
}
