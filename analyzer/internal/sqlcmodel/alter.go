package sqlcmodel

import (
	"fmt"
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// alterTable follows catalog.alterTable, which knows five subcommands.
func (m *Model) alterTable(n *pg.AlterTableStmt) error {
	var cmds []*pg.AlterTableCmd
	for _, c := range n.Cmds {
		switch cmd := c.GetAlterTableCmd(); cmd.GetSubtype() {
		case pg.AlterTableType_AT_AddColumn, pg.AlterTableType_AT_AlterColumnType, pg.AlterTableType_AT_DropColumn,
			pg.AlterTableType_AT_DropNotNull, pg.AlterTableType_AT_SetNotNull:
			cmds = append(cmds, cmd)
		}
	}
	if len(cmds) == 0 {
		return nil
	}
	t, err := m.lookup(rangeName(n.Relation))
	if err != nil {
		return missing(err, n.MissingOk)
	}
	for _, cmd := range cmds {
		if err := t.alter(cmd); err != nil {
			return err
		}
	}
	return nil
}

func missing(err error, ok bool) error {
	if ok {
		return nil
	}
	return err
}

func (t *table) alter(cmd *pg.AlterTableCmd) error {
	if cmd.Subtype == pg.AlterTableType_AT_AddColumn {
		d := cmd.Def.GetColumnDef()
		if t.column(d.GetColname()) == nil {
			t.columns = append(t.columns, column(t.rel, d))
			return nil
		}
		return missing(&Error{Kind: Other, Message: fmt.Sprintf("column %q of relation %q already exists", d.Colname, t.rel.name), Name: d.Colname, Offset: -1}, cmd.MissingOk)
	}
	at := slices.IndexFunc(t.columns, func(c *Column) bool { return c.Name == cmd.Name })
	if at < 0 {
		return missing(&Error{Kind: NoColumn, Message: fmt.Sprintf("column %q of relation %q does not exist", cmd.Name, t.rel.name), Name: cmd.Name, Offset: -1}, cmd.MissingOk)
	}
	switch cmd.Subtype {
	case pg.AlterTableType_AT_AlterColumnType:
		d := column(t.rel, cmd.Def.GetColumnDef())
		t.columns[at].Type, t.columns[at].Array = d.Type, d.Array
	case pg.AlterTableType_AT_DropColumn:
		t.columns = slices.Delete(t.columns, at, at+1)
	case pg.AlterTableType_AT_DropNotNull:
		t.columns[at].NotNull = false
	case pg.AlterTableType_AT_SetNotNull:
		t.columns[at].NotNull = true
	}
	return nil
}

func (m *Model) drop(n *pg.DropStmt) error {
	for _, o := range n.Objects {
		if err := m.dropOne(n, o); err != nil {
			return err
		}
	}
	return nil
}

func (m *Model) dropOne(n *pg.DropStmt, o *pg.Node) error {
	switch n.RemoveType {
	case pg.ObjectType_OBJECT_SCHEMA:
		name := o.GetString_().GetSval()
		at := slices.IndexFunc(m.schemas, func(s *schemaOf) bool { return s.name == name })
		if at < 0 {
			return missing(&Error{Kind: NoRelation, Message: fmt.Sprintf("schema %q does not exist", name), Name: name, Offset: -1}, n.MissingOk)
		}
		m.schemas = slices.Delete(m.schemas, at, at+1)
	case pg.ObjectType_OBJECT_TABLE, pg.ObjectType_OBJECT_VIEW, pg.ObjectType_OBJECT_MATVIEW:
		schema, name := lastTwo(o.GetList().GetItems())
		s, err := m.schemaNamed(schema)
		if err != nil {
			return missing(err, n.MissingOk)
		}
		at := slices.IndexFunc(s.tables, func(t *table) bool { return t.rel.name == name })
		if at < 0 {
			return missing(noRelation(name), n.MissingOk)
		}
		s.tables = slices.Delete(s.tables, at, at+1)
	case pg.ObjectType_OBJECT_TYPE:
		schema, name := lastTwo(o.GetTypeName().GetNames())
		s, err := m.schemaNamed(schema)
		if err != nil {
			return missing(err, n.MissingOk)
		}
		at := s.typeIndex(name)
		if at < 0 {
			return missing(noType(name), n.MissingOk)
		}
		s.types = slices.Delete(s.types, at, at+1)
	case pg.ObjectType_OBJECT_FUNCTION:
		return m.dropFunction(o.GetObjectWithArgs(), n.MissingOk)
	}
	return nil
}

func noType(name string) error {
	return &Error{Kind: NoRelation, Message: fmt.Sprintf("type %q does not exist", name), Name: name, Offset: -1}
}

func (m *Model) dropFunction(o *pg.ObjectWithArgs, ok bool) error {
	schema, name := lastTwo(o.Objname)
	s, err := m.schemaNamed(schema)
	if err != nil {
		return missing(err, ok)
	}
	at := -1
	if o.ArgsUnspecified {
		at = slices.IndexFunc(s.functions, func(f *function) bool { return f.name == name })
	} else {
		var types []typeName
		for _, a := range o.Objargs {
			schema, name := lastTwo(a.GetTypeName().GetNames())
			types = append(types, typeName{schema, name})
		}
		at = s.function(name, types)
	}
	if at < 0 {
		return missing(noRelation(name), ok)
	}
	s.functions = slices.Delete(s.functions, at, at+1)
	return nil
}

func (m *Model) rename(n *pg.RenameStmt) error {
	switch n.RenameType {
	case pg.ObjectType_OBJECT_COLUMN:
		t, err := m.lookup(rangeName(n.Relation))
		if err != nil {
			return missing(err, n.MissingOk)
		}
		c := t.column(n.Subname)
		if t.column(n.Newname) != nil {
			return &Error{Kind: Other, Message: fmt.Sprintf("column %q of relation %q already exists", n.Newname, t.rel.name), Name: n.Newname, Offset: -1}
		}
		if c == nil {
			return &Error{Kind: NoColumn, Message: fmt.Sprintf("column %q of relation %q does not exist", n.Subname, t.rel.name), Name: n.Subname, Offset: -1}
		}
		c.Name = n.Newname
	case pg.ObjectType_OBJECT_TABLE, pg.ObjectType_OBJECT_VIEW, pg.ObjectType_OBJECT_MATVIEW:
		t, err := m.lookup(rangeName(n.Relation))
		if err != nil {
			return missing(err, n.MissingOk)
		}
		if m.schema(orPublic(n.Relation.Schemaname)).table(n.Newname) != nil {
			return exists("relation", n.Newname)
		}
		t.rel.name = n.Newname
		for _, c := range t.columns {
			c.Table.Name = n.Newname
		}
	case pg.ObjectType_OBJECT_TYPE:
		return m.renameType(n)
	}
	return nil
}

func (m *Model) renameType(n *pg.RenameStmt) error {
	schema, name := lastTwo(n.Object.GetList().GetItems())
	s, err := m.schemaNamed(schema)
	if err != nil {
		return err
	}
	at := s.typeIndex(name)
	switch {
	case at < 0:
		return noType(name)
	case s.table(n.Newname) != nil:
		return exists("relation", n.Newname)
	case s.typeIndex(n.Newname) >= 0:
		return exists("type", n.Newname)
	}
	s.types[at].name = n.Newname
	m.retype(typeName{schema, name}, typeName{schema, n.Newname})
	return nil
}

// retype gives columns of a type another, as catalog.renameType does: those whose type is
// written as in the statement.
func (m *Model) retype(from, to typeName) {
	for _, s := range m.schemas {
		for _, t := range s.tables {
			for _, c := range t.columns {
				if c.Type == from.String() {
					c.Type = to.String()
				}
			}
		}
	}
}

// move follows ALTER … SET SCHEMA.
func (m *Model) move(n *pg.AlterObjectSchemaStmt) error {
	switch n.ObjectType {
	case pg.ObjectType_OBJECT_TABLE, pg.ObjectType_OBJECT_VIEW, pg.ObjectType_OBJECT_MATVIEW:
	default:
		return nil
	}
	t, err := m.lookup(rangeName(n.Relation))
	if err != nil {
		return missing(err, n.MissingOk)
	}
	to, err := m.schemaNamed(n.Newschema)
	if err != nil {
		return err
	}
	if to.table(t.rel.name) != nil {
		return exists("relation", t.rel.name)
	}
	from := m.schema(orPublic(n.Relation.Schemaname))
	from.tables = slices.DeleteFunc(from.tables, func(o *table) bool { return o == t })
	t.rel.schema = n.Newschema
	to.tables = append(to.tables, t)
	for _, c := range t.columns {
		c.Table.Schema = n.Newschema
	}
	return nil
}

// comment looks up what COMMENT ON names.
func (m *Model) comment(n *pg.CommentStmt) error {
	switch n.Objtype {
	case pg.ObjectType_OBJECT_TABLE, pg.ObjectType_OBJECT_VIEW:
		schema, name := lastTwo(n.Object.GetList().GetItems())
		_, err := m.lookup(relation{schema, name})
		return err
	case pg.ObjectType_OBJECT_SCHEMA:
		name := n.Object.GetString_().GetSval()
		_, err := m.schemaNamed(name)
		return err
	case pg.ObjectType_OBJECT_TYPE:
		schema, name := lastTwo(n.Object.GetTypeName().GetNames())
		s, err := m.schemaNamed(schema)
		if err == nil && s.typeIndex(name) < 0 {
			err = noType(name)
		}
		return err
	case pg.ObjectType_OBJECT_COLUMN:
		items := n.Object.GetList().GetItems()
		if len(items) < 2 {
			return nil
		}
		schema, name := lastTwo(items[:len(items)-1])
		t, err := m.lookup(relation{schema, name})
		if err != nil {
			return err
		}
		column := items[len(items)-1].GetString_().GetSval()
		if t.column(column) == nil {
			return &Error{Kind: NoColumn, Message: fmt.Sprintf("column %q of relation %q does not exist", column, name), Name: column, Offset: -1}
		}
	}
	return nil
}
