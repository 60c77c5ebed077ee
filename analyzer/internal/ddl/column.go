package ddl

import (
	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
)

// column adds a column definition to the table, or refines the column when it is
// inherited or comes from a type, and files the constraints written with it.
func (d *definition) column(def *pg.ColumnDef) error {
	l, t := d.loader, d.table
	c := t.col(def.GetColname())
	switch {
	case c == nil && def.GetTypeName() == nil:
		return errorf(def.GetLocation(), "column %q does not exist", def.GetColname())
	case c == nil:
		c = &column{Column: l.newColumn(def)}
		t.cols = append(t.cols, c)
	case c.local && def.GetTypeName() != nil:
		return errorf(def.GetLocation(), "column %q specified more than once", def.GetColname())
	}
	c.local = c.local || def.GetTypeName() != nil
	if err := l.serial(t, c, def.GetTypeName()); err != nil {
		return err
	}
	cons, err := columnConstraints(def)
	if err != nil {
		return err
	}
	for _, con := range cons {
		if err := d.columnConstraint(c, con); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) newColumn(def *pg.ColumnDef) *catalog.Column {
	return &catalog.Column{
		Name: def.GetColname(), Type: l.collated(l.typeRef(def.GetTypeName()), def.GetCollClause()),
		NotNull: def.GetIsNotNull(), Pos: l.at(def.GetLocation()),
	}
}

// serial expands the serial types: an integer, a sequence, a default and NOT
// NULL (PostgreSQL manual, 8.1.4).
func (l *loader) serial(t *table, c *column, typ *pg.TypeName) error {
	base, ok := serial(typ)
	if !ok {
		return nil
	}
	if len(typ.GetArrayBounds()) > 0 {
		return errorf(typ.GetLocation(), "array of serial is not implemented")
	}
	c.Type, c.NotNull, c.HasDefault = pgtype.BuiltinType(base), true, true
	c.value.draws = []*sequence{l.ownSequence(t, c.Name)}
	return nil
}

// ownSequence creates the sequence behind a serial or identity column.
func (l *loader) ownSequence(t *table, col string) *sequence {
	name := chooseName(t.Name.Name, col, "seq", l.relationNameTaken(t.Name.Schema, false))
	s := &sequence{name: catalog.Name{Schema: t.Name.Schema, Name: name}, owner: t, column: col}
	l.sequences = append(l.sequences, s)
	l.created(relation{name: s.name, sequence: s})
	return s
}

// columnConstraints returns a column's constraints with DEFERRABLE, which the
// grammar leaves as an element of its own, moved into the one that it follows.
func columnConstraints(def *pg.ColumnDef) ([]*pg.Constraint, error) {
	var cons []*pg.Constraint
	for _, n := range def.GetConstraints() {
		c := n.GetConstraint()
		deferrable, deferred := true, false
		switch c.GetContype() {
		case pg.ConstrType_CONSTR_ATTR_NOT_DEFERRABLE:
			deferrable = false
		case pg.ConstrType_CONSTR_ATTR_DEFERRED:
			deferred = true
		case pg.ConstrType_CONSTR_ATTR_DEFERRABLE:
		case pg.ConstrType_CONSTR_ATTR_IMMEDIATE:
			continue
		default:
			cons = append(cons, c)
			continue
		}
		if len(cons) == 0 {
			return nil, errorf(c.GetLocation(), "misplaced DEFERRABLE clause")
		}
		last := cons[len(cons)-1]
		last.Deferrable, last.Initdeferred = deferrable, deferred
	}
	return cons, nil
}

func (d *definition) columnConstraint(c *column, con *pg.Constraint) error {
	name := []*pg.Node{pg.MakeStrNode(c.Name)}
	switch con.GetContype() {
	case pg.ConstrType_CONSTR_NULL:
	case pg.ConstrType_CONSTR_NOTNULL:
		c.NotNull = true
		if con.GetConname() != "" {
			d.loader.notNulls[con.GetConname()] = true
		}
	case pg.ConstrType_CONSTR_DEFAULT:
		d.loader.setDefault(c, con.GetRawExpr())
	case pg.ConstrType_CONSTR_GENERATED:
		c.Generated, c.HasDefault = true, false
		c.value = d.loader.expr(con.GetRawExpr())
	case pg.ConstrType_CONSTR_IDENTITY:
		c.Identity, c.NotNull = true, true
		d.loader.ownSequence(d.table, c.Name)
	case pg.ConstrType_CONSTR_PRIMARY, pg.ConstrType_CONSTR_UNIQUE:
		if len(con.GetKeys()) == 0 && con.GetIndexname() == "" {
			con.Keys = name
		}
		return d.constraint(con)
	case pg.ConstrType_CONSTR_FOREIGN:
		con.FkAttrs = name
		return d.constraint(con)
	default:
		return d.constraint(con)
	}
	return nil
}

// setDefault sets or, with nil, drops a default. DEFAULT NULL is no default,
// unless the type has a modifier or is a domain, so that NULL has to be coerced
// (src/backend/catalog/heap.c, AddRelationNewConstraints).
func (l *loader) setDefault(c *column, e *pg.Node) {
	c.HasDefault = e != nil && (!isNull(e) || c.Type.Modified || l.isDomain(c.Type))
	c.value, c.Default = expr{}, ""
	if c.HasDefault {
		c.Default = exprText(e)
	}
	if e != nil {
		c.value = l.expr(e)
		c.value.setting, c.value.as = l.setting(e)
	}
}

func (l *loader) isDomain(r catalog.TypeRef) bool {
	t := l.db.Type(r.Name)
	return t != nil && t.Kind == "domain" && !r.Array
}

func isNull(e *pg.Node) bool {
	for e.GetTypeCast() != nil {
		e = e.GetTypeCast().GetArg()
	}
	return e.GetAConst().GetIsnull()
}
