package ddl

import (
	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// createTable executes CREATE TABLE (PostgreSQL manual, CREATE TABLE). The order
// of the steps is PostgreSQL's, because generated names depend on it: columns
// and checks, keys, LIKE's indexes, foreign keys.
func (l *loader) createTable(s *pg.CreateStmt) error {
	_, err := l.newTable(s)
	return err
}

func (l *loader) createForeignTable(s *pg.CreateForeignTableStmt) error {
	t, err := l.newTable(s.GetBaseStmt())
	if t != nil {
		t.External = true
	}
	return err
}

// newTable returns nil without an error when IF NOT EXISTS finds the table.
func (l *loader) newTable(s *pg.CreateStmt) (*table, error) {
	name, err := l.newRelationName(s.GetRelation())
	if err != nil {
		return nil, err
	}
	if s.GetIfNotExists() && !l.fresh(name) {
		return nil, nil
	}
	if err := l.mustBeFresh(name, s.GetRelation().GetLocation()); err != nil {
		return nil, err
	}
	t := &table{Table: &catalog.Table{
		Name: name, Pos: l.at(s.GetRelation().GetLocation()), Temporary: name.Schema == tempSchema,
	}, unlogged: s.GetRelation().GetRelpersistence() == "u"}
	l.tables = append(l.tables, t)
	l.created(relation{name: name, table: t})
	l.adopt(t)
	return t, l.fillTable(t, s)
}

func (l *loader) fillTable(t *table, s *pg.CreateStmt) error {
	if err := l.setPartitionKey(t, s.GetPartspec()); err != nil {
		return err
	}
	if err := l.columnsOfType(t, s.GetOfTypename()); err != nil {
		return err
	}
	if err := l.inheritFrom(t, s.GetInhRelations(), s.GetPartbound() != nil); err != nil {
		return err
	}
	d := definition{loader: l, table: t}
	for _, n := range append(s.GetTableElts(), s.GetConstraints()...) {
		if err := d.element(n); err != nil {
			return err
		}
	}
	if err := t.partitionKeyExists(); err != nil {
		return err
	}
	if t.IsPartition {
		if err := l.cloneFromParent(t); err != nil {
			return err
		}
	}
	return d.finish()
}

func (l *loader) setPartitionKey(t *table, s *pg.PartitionSpec) error {
	if s == nil {
		return nil
	}
	switch s.GetStrategy() {
	case pg.PartitionStrategy_PARTITION_STRATEGY_LIST:
		t.PartitionBy = "list"
	case pg.PartitionStrategy_PARTITION_STRATEGY_RANGE:
		t.PartitionBy = "range"
	case pg.PartitionStrategy_PARTITION_STRATEGY_HASH:
		t.PartitionBy = "hash"
	default:
		return errorf(s.GetLocation(), "unknown partitioning strategy")
	}
	for _, n := range s.GetPartParams() {
		e := n.GetPartitionElem()
		t.PartitionKey = append(t.PartitionKey, e.GetName())
		if e.GetExpr() != nil {
			t.partExpr = append(t.partExpr, l.expr(e.GetExpr()))
		}
	}
	return nil
}

func (t *table) partitionKeyExists() error {
	for _, c := range t.PartitionKey {
		if c != "" && t.col(c) == nil {
			return errorf(-1, "column %q named in partition key does not exist", c)
		}
	}
	return nil
}

// columnsOfType gives a typed table (CREATE TABLE … OF) its composite type's attributes.
func (l *loader) columnsOfType(t *table, n *pg.TypeName) error {
	if n == nil {
		return nil
	}
	typ, err := l.declaredType(n.GetNames())
	if err != nil {
		return err
	}
	t.of = typ
	for _, f := range typ.Fields {
		c := *f
		t.cols = append(t.cols, &column{Column: &c, local: true})
	}
	return nil
}

// definition collects the constraints of a CREATE TABLE or ADD COLUMN until
// all columns are known.
type definition struct {
	loader *loader
	table  *table
	only   bool // do not add to descendants
	rows   bool // the table may have rows with values in the columns
	// unchecked is true where those of a new column are not looked at for its foreign key.
	unchecked bool
	checks    []*pg.Constraint
	keys      []*pg.Constraint
	foreign   []*pg.Constraint
	likes     []*pg.TableLikeClause
}

func (d *definition) element(n *pg.Node) error {
	switch e := n.GetNode().(type) {
	case *pg.Node_ColumnDef:
		return d.column(e.ColumnDef)
	case *pg.Node_Constraint:
		return d.constraint(e.Constraint)
	case *pg.Node_TableLikeClause:
		d.likes = append(d.likes, e.TableLikeClause)
		return d.loader.likeColumns(d.table, e.TableLikeClause)
	}
	return errorf(-1, "unknown element in CREATE TABLE")
}

// constraint files a table constraint under its kind.
func (d *definition) constraint(c *pg.Constraint) error {
	switch c.GetContype() {
	case pg.ConstrType_CONSTR_CHECK:
		d.checks = append(d.checks, c)
	case pg.ConstrType_CONSTR_PRIMARY, pg.ConstrType_CONSTR_UNIQUE, pg.ConstrType_CONSTR_EXCLUSION:
		d.keys = append(d.keys, c)
	case pg.ConstrType_CONSTR_FOREIGN:
		d.foreign = append(d.foreign, c)
	default:
		return errorf(c.GetLocation(), "unknown constraint")
	}
	return nil
}

// finish adds the constraints that were collected.
func (d *definition) finish() error {
	for _, c := range d.checks {
		if err := d.loader.addCheck(d.table, c, d.only); err != nil {
			return err
		}
	}
	keys, err := d.loader.keyIndexes(d.table, d.keys)
	if err != nil {
		return err
	}
	for _, x := range keys {
		if err := d.loader.addIndex(x, d.only); err != nil {
			return err
		}
	}
	for _, s := range d.likes {
		if err := d.loader.likeConstraints(d.table, s); err != nil {
			return err
		}
	}
	for _, c := range d.foreign {
		if err := d.loader.addForeign(d.table, c, d.rows); err != nil {
			return err
		}
		if d.unchecked {
			d.loader.violable(d.table.foreign[len(d.table.foreign)-1], "PostgreSQL did not check the values that the new column has by its type's default or as an identity")
		}
	}
	return nil
}
