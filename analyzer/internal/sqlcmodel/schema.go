package sqlcmodel

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
)

// Apply adds a schema file to the catalog and returns what sqlc refuses of it. Of what does
// not parse nothing is said.
func (m *Model) Apply(text string) []*Error {
	tree, err := sqltext.Parser(applied(text))
	if err != nil {
		return nil
	}
	var errs []*Error
	for _, raw := range tree.Stmts {
		var e *Error
		if errors.As(m.apply(raw.Stmt), &e) && e != errUnfit {
			if e.Offset < 0 {
				e.Offset = sqltext.SkipBlank(text, int(raw.StmtLocation), len(text))
			}
			errs = append(errs, e)
		}
	}
	return errs
}

// apply updates the catalog; a fault of this package leaves a statement out.
func (m *Model) apply(stmt *pg.Node) (err error) {
	defer func() {
		if p := recover(); p != nil {
			m.faults = append(m.faults, p)
			err = nil
		}
	}()
	return m.update(stmt)
}

var metaCommand = regexp.MustCompile(`(?m)^\\[A-Za-z!?;].*$`)

// applied is what sqlc reads of a schema file: what is before a rollback part, without
// psql's commands (internal/migrations), in which other text stays where it is.
func applied(text string) string {
	at := 0
	for line := range strings.Lines(text) {
		l := strings.ToLower(line)
		for _, mark := range []string{"-- +goose down", "-- +migrate down", "---- create above / drop below ----", "-- migrate:down"} {
			if strings.HasPrefix(l, mark) {
				return blankCommands(text[:at])
			}
		}
		at += len(line)
	}
	return blankCommands(text)
}

func blankCommands(text string) string {
	return metaCommand.ReplaceAllStringFunc(text, func(line string) string { return strings.Repeat(" ", len(line)) })
}

// update follows catalog.Update.
func (m *Model) update(stmt *pg.Node) error {
	switch n := stmt.GetNode().(type) {
	case *pg.Node_CreateStmt:
		return m.createTable(n.CreateStmt)
	case *pg.Node_AlterTableStmt:
		return m.alterTable(n.AlterTableStmt)
	case *pg.Node_ViewStmt:
		return m.createView(n.ViewStmt.View, n.ViewStmt.Query, n.ViewStmt.Replace)
	case *pg.Node_CreateTableAsStmt:
		return m.createView(n.CreateTableAsStmt.Into.GetRel(), n.CreateTableAsStmt.Query, false)
	case *pg.Node_DropStmt:
		return m.drop(n.DropStmt)
	case *pg.Node_RenameStmt:
		return m.rename(n.RenameStmt)
	case *pg.Node_AlterObjectSchemaStmt:
		return m.move(n.AlterObjectSchemaStmt)
	case *pg.Node_CreateSchemaStmt:
		return m.createSchema(n.CreateSchemaStmt)
	case *pg.Node_CreateEnumStmt:
		schema, name := lastTwo(n.CreateEnumStmt.TypeName)
		return m.createType(schema, name, true)
	case *pg.Node_CompositeTypeStmt:
		v := n.CompositeTypeStmt.Typevar
		return m.createType(v.GetSchemaname(), v.GetRelname(), false)
	case *pg.Node_CreateFunctionStmt:
		return m.createFunction(n.CreateFunctionStmt)
	case *pg.Node_CreateExtensionStmt:
		m.createExtension(n.CreateExtensionStmt.Extname)
	case *pg.Node_CommentStmt:
		return m.comment(n.CommentStmt)
	}
	return nil
}

func rangeName(v *pg.RangeVar) relation { return relation{v.GetSchemaname(), v.GetRelname()} }

func (m *Model) schemaNamed(name string) (*schemaOf, error) {
	if s := m.schema(orPublic(name)); s != nil {
		return s, nil
	}
	return nil, &Error{Kind: NoRelation, Message: fmt.Sprintf("schema %q does not exist", orPublic(name)), Name: name, Offset: -1}
}

func exists(what, name string) error {
	return &Error{Kind: Other, Message: fmt.Sprintf("%s %q already exists", what, name), Name: name, Offset: -1}
}

func (m *Model) createTable(n *pg.CreateStmt) error {
	rel := rangeName(n.Relation)
	for _, e := range n.TableElts {
		if d := e.GetColumnDef(); d != nil && d.TypeName == nil { // of a typed table, or a partition
			return &Error{Kind: Panics, Message: "panic: a nil pointer: column " + d.Colname + " of " + rel.name + " is given constraints without its type", Name: d.Colname, Offset: int(d.Location)}
		}
	}
	s, err := m.schemaNamed(rel.schema)
	if err != nil {
		return err
	}
	if s.table(rel.name) != nil {
		if n.IfNotExists {
			return nil
		}
		return exists("relation", rel.name)
	}
	t := &table{rel: rel}
	if err := m.inherit(s, t, n); err != nil {
		return err
	}
	keys := primaryKey(n.TableElts)
	for _, e := range n.TableElts {
		d := e.GetColumnDef()
		if d == nil {
			continue
		}
		if old := t.column(d.Colname); old != nil && len(n.InhRelations) > 0 {
			old.NotNull = old.NotNull || notNull(d) || keys[d.Colname]
			continue
		}
		c := column(rel, d)
		c.NotNull = c.NotNull || keys[d.Colname]
		t.columns = append(t.columns, c)
	}
	s.tables = append(s.tables, t)
	return nil
}

// inherit adds the columns of parents, of a partitioned table, and of LIKE.
func (m *Model) inherit(s *schemaOf, t *table, n *pg.CreateStmt) error {
	for _, p := range n.InhRelations {
		v := p.GetRangeVar()
		if !v.GetInh() {
			continue
		}
		parent := s.table(v.Relname)
		if parent == nil {
			return noRelation(v.Relname)
		}
		t.copy(parent)
	}
	var like *pg.RangeVar
	for _, e := range n.TableElts {
		if l := e.GetTableLikeClause(); l != nil {
			like = l.Relation
		}
	}
	if like == nil {
		return nil
	}
	original, err := m.lookup(rangeName(like))
	if err != nil {
		return err
	}
	t.copy(original)
	return nil
}

func (t *table) copy(from *table) {
	for _, c := range from.columns {
		if old := t.column(c.Name); old != nil {
			old.NotNull = old.NotNull || c.NotNull
			continue
		}
		copied := *c
		t.columns = append(t.columns, &copied)
	}
}

func primaryKey(elements []*pg.Node) map[string]bool {
	keys := map[string]bool{}
	for _, e := range elements {
		if c := e.GetConstraint(); c.GetContype() == pg.ConstrType_CONSTR_PRIMARY {
			for _, k := range texts(c.Keys) {
				keys[k] = true
			}
		}
	}
	return keys
}

func column(rel relation, d *pg.ColumnDef) *Column {
	schema, name := lastTwo(d.TypeName.GetNames())
	return &Column{Name: d.Colname, Type: typeName{schema, name}.String(), NotNull: notNull(d), Array: len(d.TypeName.GetArrayBounds()) > 0,
		Table: relationName{orPublic(rel.schema), rel.name}}
}

func notNull(d *pg.ColumnDef) bool {
	return d.IsNotNull || slices.ContainsFunc(d.Constraints, func(c *pg.Node) bool {
		t := c.GetConstraint().GetContype()
		return t == pg.ConstrType_CONSTR_NOTNULL || t == pg.ConstrType_CONSTR_PRIMARY
	})
}

// createView follows catalog.createView and createTableAs.
func (m *Model) createView(v *pg.RangeVar, query *pg.Node, replace bool) error {
	rel := rangeName(v)
	s, err := m.schemaNamed(rel.schema)
	columns, outErr := m.outputColumns(query)
	t := &table{rel: rel, unfit: outErr != nil}
	for _, c := range columns {
		t.columns = append(t.columns, &Column{Name: c.Name, Type: c.Type, NotNull: c.NotNull, Array: c.Array, Null: c.Null,
			Table: relationName{orPublic(rel.schema), rel.name}})
	}
	if err != nil {
		return err
	}
	old := slices.IndexFunc(s.tables, func(o *table) bool { return o.rel.name == rel.name })
	switch {
	case old < 0:
		s.tables = append(s.tables, t)
	case replace || s.tables[old].unfit:
		s.tables[old] = t
	case outErr == nil:
		return exists("relation", rel.name)
	}
	return outErr
}

func (m *Model) createSchema(n *pg.CreateSchemaStmt) error {
	name := n.Schemaname
	if name == "" {
		return &Error{Kind: Other, Message: "create schema: empty name", Offset: -1}
	}
	if m.schema(name) != nil {
		if name == "public" || n.IfNotExists {
			return nil // sqlc appends a second one, which it never finds
		}
		return exists("schema", name)
	}
	m.schemas = append(m.schemas, &schemaOf{name: name})
	return nil
}

func (m *Model) createType(schema, name string, enum bool) error {
	s, err := m.schemaNamed(schema)
	if err != nil {
		return err
	}
	if s.table(name) != nil {
		return exists("relation", name)
	}
	if s.typeIndex(name) >= 0 {
		return exists("type", name)
	}
	s.types = append(s.types, &typeOf{name, enum})
	return nil
}

func (s *schemaOf) typeIndex(name string) int {
	return slices.IndexFunc(s.types, func(t *typeOf) bool { return t.name == name })
}

func (m *Model) createFunction(n *pg.CreateFunctionStmt) error {
	schema, name := lastTwo(n.Funcname)
	s, err := m.schemaNamed(schema)
	if err != nil {
		return err
	}
	f := &function{name: name}
	if n.ReturnType != nil {
		schema, name := lastTwo(n.ReturnType.Names)
		f.returns = &typeName{schema, name}
	}
	var types []typeName
	for _, p := range n.Parameters {
		fp := p.GetFunctionParameter()
		schema, name := lastTwo(fp.ArgType.GetNames())
		mode := fp.Mode
		f.params = append(f.params, parameter{name: fp.Name, typ: typeName{schema, name}, hasDefault: fp.Defexpr != nil,
			out:      mode == pg.FunctionParameterMode_FUNC_PARAM_OUT,
			in:       mode != pg.FunctionParameterMode_FUNC_PARAM_OUT && mode != pg.FunctionParameterMode_FUNC_PARAM_TABLE,
			variadic: mode == pg.FunctionParameterMode_FUNC_PARAM_VARIADIC})
		types = append(types, typeName{schema, name})
	}
	f.settle()
	old := s.function(name, types)
	switch {
	case old >= 0 && !n.Replace:
		return exists("relation", name)
	case old >= 0:
		s.functions[old] = f
	default:
		s.functions = append(s.functions, f)
	}
	return nil
}

// function finds one by its signature (catalog.Schema.getFunc).
func (s *schemaOf) function(name string, types []typeName) int {
	return slices.IndexFunc(s.functions, func(f *function) bool {
		if !strings.EqualFold(f.name, name) || f.in != len(types) {
			return false
		}
		for i := range types {
			if !sameType(f.params[i].typ, types[i]) {
				return false
			}
		}
		return true
	})
}

func sameType(a, b typeName) bool {
	return strings.TrimPrefix(a.String(), "pg_catalog.") == strings.TrimPrefix(b.String(), "pg_catalog.")
}

func (m *Model) createExtension(name string) {
	public := m.schema("public")
	for _, list := range knownFunctions()[strings.ReplaceAll(name, "-", "_")] {
		public.functions = append(public.functions, list...)
	}
}
