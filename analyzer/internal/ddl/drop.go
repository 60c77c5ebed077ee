package ddl

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
)

// drop executes DROP of anything but roles.
func (l *loader) drop(s *pg.DropStmt) error {
	kind := s.GetRemoveType()
	if _, ok := ignoredDrops[kind]; ok {
		if cascadesTo[kind] && s.GetBehavior() == pg.DropBehavior_DROP_CASCADE {
			l.loseUnheld()
		}
		return nil
	}
	h, ok := drops[kind]
	if !ok {
		return errorf(-1, "DROP of %s is not supported in a schema file", objectTitle(kind))
	}
	if s.GetBehavior() == pg.DropBehavior_DROP_CASCADE {
		l.mayDropViews((*view).names)
	}
	l.dropping = l.named(s)
	defer func() { l.dropping = nil }()
	for _, n := range s.GetObjects() {
		d := &drop{loader: l, object: n, kind: kind, cascade: s.GetBehavior() == pg.DropBehavior_DROP_CASCADE}
		found, err := h(d)
		if err != nil {
			return err
		}
		if !found && !s.GetMissingOk() {
			return withHint(errorf(-1, "%q does not exist", d.name()), "no schema file creates it before this statement")
		}
	}
	return nil
}

// named returns the tables that a DROP names: one may depend on another then,
// without CASCADE and in any order.
func (l *loader) named(s *pg.DropStmt) map[*table]bool {
	tables := map[*table]bool{}
	if s.GetRemoveType() != pg.ObjectType_OBJECT_TABLE {
		return tables
	}
	for _, n := range s.GetObjects() {
		d := &drop{object: n}
		if rel := l.find(d.name()); rel != nil && rel.table != nil {
			for _, t := range rel.table.descendants(false) {
				tables[t] = true
			}
		}
	}
	return tables
}

// drop is one object of a DROP.
type drop struct {
	*loader
	object  *pg.Node
	kind    pg.ObjectType
	cascade bool
}

// drops reports whether the object was found.
var drops = map[pg.ObjectType]func(*drop) (bool, error){
	pg.ObjectType_OBJECT_TABLE:         (*drop).relationDrop,
	pg.ObjectType_OBJECT_FOREIGN_TABLE: (*drop).relationDrop,
	pg.ObjectType_OBJECT_VIEW:          (*drop).relationDrop,
	pg.ObjectType_OBJECT_MATVIEW:       (*drop).relationDrop,
	pg.ObjectType_OBJECT_INDEX:         (*drop).relationDrop,
	pg.ObjectType_OBJECT_SEQUENCE:      (*drop).relationDrop,
	pg.ObjectType_OBJECT_TYPE:          (*drop).typeDrop,
	pg.ObjectType_OBJECT_DOMAIN:        (*drop).typeDrop,
	pg.ObjectType_OBJECT_FUNCTION:      (*drop).functionDrop,
	pg.ObjectType_OBJECT_PROCEDURE:     (*drop).functionDrop,
	pg.ObjectType_OBJECT_ROUTINE:       (*drop).functionDrop,
	pg.ObjectType_OBJECT_AGGREGATE:     (*drop).functionDrop,
	pg.ObjectType_OBJECT_OPERATOR:      (*drop).operatorDrop,
	pg.ObjectType_OBJECT_SCHEMA:        (*drop).schemaDrop,
	pg.ObjectType_OBJECT_EXTENSION:     (*drop).extensionDrop,
	pg.ObjectType_OBJECT_POLICY:        (*drop).onTableDrop,
	pg.ObjectType_OBJECT_TRIGGER:       (*drop).onTableDrop,
	pg.ObjectType_OBJECT_RULE:          (*drop).onTableDrop,
}

// ignoredDrops lists what the catalog does not hold, with the reason.
var ignoredDrops = map[pg.ObjectType]string{
	pg.ObjectType_OBJECT_ACCESS_METHOD:   "storage",
	pg.ObjectType_OBJECT_CAST:            "what it runs stays known",
	pg.ObjectType_OBJECT_COLLATION:       "what is equal by it stays known",
	pg.ObjectType_OBJECT_CONVERSION:      "character sets",
	pg.ObjectType_OBJECT_EVENT_TRIGGER:   "CREATE EVENT TRIGGER is reported as unknown, and stays so",
	pg.ObjectType_OBJECT_FDW:             "needs no table to be dropped, or CASCADE, which drops foreign tables that stay known",
	pg.ObjectType_OBJECT_FOREIGN_SERVER:  "as for foreign data wrappers",
	pg.ObjectType_OBJECT_LANGUAGE:        "functions stay known",
	pg.ObjectType_OBJECT_OPCLASS:         "what it runs stays known",
	pg.ObjectType_OBJECT_OPFAMILY:        "what it runs stays known",
	pg.ObjectType_OBJECT_PUBLICATION:     "logical replication",
	pg.ObjectType_OBJECT_STATISTIC_EXT:   "what it runs stays known",
	pg.ObjectType_OBJECT_TRANSFORM:       "procedural languages",
	pg.ObjectType_OBJECT_TSCONFIGURATION: "text search",
	pg.ObjectType_OBJECT_TSDICTIONARY:    "text search",
	pg.ObjectType_OBJECT_TSPARSER:        "text search",
	pg.ObjectType_OBJECT_TSTEMPLATE:      "text search",
}

// refusedDrops are the object types that DROP's syntax tree never carries.
var refusedDrops = map[pg.ObjectType]string{
	pg.ObjectType_OBJECT_TYPE_UNDEFINED:        "protobuf's zero value",
	pg.ObjectType_OBJECT_AMOP:                  "part of ALTER OPERATOR FAMILY",
	pg.ObjectType_OBJECT_AMPROC:                "part of ALTER OPERATOR FAMILY",
	pg.ObjectType_OBJECT_ATTRIBUTE:             "part of ALTER TYPE",
	pg.ObjectType_OBJECT_COLUMN:                "part of ALTER TABLE",
	pg.ObjectType_OBJECT_DATABASE:              "a statement of its own",
	pg.ObjectType_OBJECT_DEFAULT:               "part of ALTER TABLE",
	pg.ObjectType_OBJECT_DEFACL:                "part of ALTER DEFAULT PRIVILEGES",
	pg.ObjectType_OBJECT_DOMCONSTRAINT:         "part of ALTER DOMAIN",
	pg.ObjectType_OBJECT_LARGEOBJECT:           "not dropped by DROP",
	pg.ObjectType_OBJECT_PARAMETER_ACL:         "part of GRANT",
	pg.ObjectType_OBJECT_PUBLICATION_NAMESPACE: "part of ALTER PUBLICATION",
	pg.ObjectType_OBJECT_PUBLICATION_REL:       "part of ALTER PUBLICATION",
	pg.ObjectType_OBJECT_ROLE:                  "a statement of its own",
	pg.ObjectType_OBJECT_SUBSCRIPTION:          "a statement of its own",
	pg.ObjectType_OBJECT_TABCONSTRAINT:         "part of ALTER TABLE",
	pg.ObjectType_OBJECT_TABLESPACE:            "a statement of its own",
	pg.ObjectType_OBJECT_USER_MAPPING:          "a statement of its own",
}

// name returns the object's name, however this kind of object is named.
func (d *drop) name() catalog.Name {
	switch o := d.object.GetNode().(type) {
	case *pg.Node_List:
		return parsetree.Qualified(o.List.GetItems())
	case *pg.Node_TypeName:
		return parsetree.Qualified(o.TypeName.GetNames())
	case *pg.Node_ObjectWithArgs:
		return parsetree.Qualified(o.ObjectWithArgs.GetObjname())
	}
	return catalog.Name{Name: d.object.GetString_().GetSval()}
}

func (d *drop) relationDrop() (bool, error) {
	if gone, err := d.dropsGone(d.name()); gone || err != nil {
		return gone, err
	}
	rel := d.find(d.name())
	if rel == nil {
		return false, nil
	}
	switch {
	case rel.table != nil && (d.kind == pg.ObjectType_OBJECT_TABLE || d.kind == pg.ObjectType_OBJECT_FOREIGN_TABLE):
		return true, d.dropTable(rel.table, d.cascade)
	case rel.view != nil && rel.view.Materialized == (d.kind == pg.ObjectType_OBJECT_MATVIEW):
		return true, d.dropView(rel.view, d.cascade)
	case rel.index != nil && d.kind == pg.ObjectType_OBJECT_INDEX:
		if rel.index.isConstraint() || rel.index.parent != nil {
			return true, errorf(-1, "cannot drop index %q because a constraint or a parent index requires it", rel.name)
		}
		return true, d.dropIndex(rel.index, d.cascade)
	case rel.sequence != nil && d.kind == pg.ObjectType_OBJECT_SEQUENCE:
		return true, d.dropSequence(rel.sequence, d.cascade)
	}
	return true, errorf(-1, "%q is not of the kind that DROP names", rel.name)
}

// dropTable removes a table, its partitions, and with CASCADE what depends on it.
func (l *loader) dropTable(t *table, cascade bool) error {
	for up := t; up.IsPartition; { // a foreign key to a partitioned table depends on each of its partitions
		up = up.parents[0]
		if l.dropping[up] {
			break
		}
		if err := l.dropReferences(func(f *foreign) bool { return f.ref == up }, nil, cascade); err != nil {
			return err
		}
	}
	return l.dropTree(t, cascade)
}

// dropTree removes a table and what inherits from it.
func (l *loader) dropTree(t *table, cascade bool) error {
	for _, c := range slices.Clone(t.children) {
		if !c.IsPartition && !cascade {
			return errorf(-1, "cannot drop table %q because table %q depends on it", t.Name, c.Name)
		}
		if err := l.dropTree(c, cascade); err != nil {
			return err
		}
	}
	if err := l.dropReferences(func(f *foreign) bool { return f.ref == t }, t, cascade); err != nil {
		return err
	}
	if err := l.dropReaders(func(v *view) bool { return slices.Contains(v.tables, t) }, t.Name, cascade); err != nil {
		return err
	}
	for _, p := range slices.Clone(t.parents) {
		t.removeParent(p)
	}
	if err := l.dropPolicyUses(t, nil, cascade); err != nil {
		return err
	}
	l.tables = remove(l.tables, t)
	l.renamedOrDropped()
	l.forgetSequences(func(s *sequence) bool { return s.owner == t })
	l.dropRules(t.rules)
	l.dropGrants(t.Name, "table")
	return l.dropTypeUses(t.Name, cascade)
}

// dropReferences drops the foreign keys for which match holds; those of from
// itself and of tables inheriting with it do not need CASCADE.
func (l *loader) dropReferences(match func(*foreign) bool, from *table, cascade bool) error {
	for _, t := range l.tables {
		for _, f := range slices.Clone(t.foreign) {
			if !match(f) {
				continue
			}
			if t != from && !cascade && !l.dropping[t] {
				return errorf(-1, "cannot drop it because foreign key %q on table %q depends on it", f.Name, t.Name)
			}
			t.foreign = remove(t.foreign, f)
		}
	}
	return nil
}

// dropReaders drops the views for which match holds.
func (l *loader) dropReaders(match func(*view) bool, what catalog.Name, cascade bool) error {
	for _, v := range slices.Clone(l.views) {
		if !match(v) || !slices.Contains(l.views, v) {
			continue
		}
		if !cascade {
			return errorf(-1, "cannot drop %q because view %q depends on it", what, v.Name)
		}
		if err := l.removeView(v); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) dropView(v *view, cascade bool) error {
	reads := func(w *view) bool { return slices.Contains(w.views, v) }
	if err := l.dropReaders(reads, v.Name, cascade); err != nil {
		return err
	}
	return l.removeView(v)
}

// removeView removes a view, the views that read it, and what has its rows for a type.
func (l *loader) removeView(v *view) error {
	l.views = remove(l.views, v)
	l.renamedOrDropped()
	for _, w := range slices.Clone(l.views) {
		if slices.Contains(w.views, v) && slices.Contains(l.views, w) {
			if err := l.removeView(w); err != nil {
				return err
			}
		}
	}
	l.dropRules(v.rules)
	l.dropGrants(v.Name, "table")
	return l.dropTypeUses(v.Name, true)
}

// dropIndex removes an index, the partitions' parts of it, and the foreign keys
// that depend on its key.
func (l *loader) dropIndex(x *index, cascade bool) error {
	if x.view != nil {
		x.view.indexes = remove(x.view.indexes, x)
		l.renamedOrDropped()
		return nil
	}
	if err := l.dropReferred(x, cascade); err != nil {
		return err
	}
	x.table.indexes = remove(x.table.indexes, x)
	l.renamedOrDropped()
	for _, p := range x.table.partitions() {
		for _, y := range slices.Clone(p.indexes) {
			if y.parent == x {
				if err := l.dropIndex(y, cascade); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// dropSequence removes a sequence; with CASCADE the default that uses it goes.
func (l *loader) dropSequence(s *sequence, cascade bool) error {
	if s.owner != nil {
		if c := s.owner.col(s.column); c != nil && c.HasDefault {
			if !cascade {
				return errorf(-1, "cannot drop sequence %q because the default of column %q depends on it", s.name, c.Name)
			}
			c.HasDefault, c.value = false, expr{}
		}
	}
	l.sequences = remove(l.sequences, s)
	l.renamedOrDropped()
	l.dropGrants(s.name, "sequence")
	return nil
}
