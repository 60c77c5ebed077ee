package ddl

import (
	"fmt"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
)

// createIndex executes CREATE INDEX on a table or a materialized view.
func (l *loader) createIndex(s *pg.IndexStmt) error {
	rel := l.find(parsetree.RangeName(s.GetRelation()))
	if rel == nil {
		return noRelation(s.GetRelation())
	}
	x := l.indexOf(s)
	switch {
	case rel.table != nil:
		x.table = rel.table
	case rel.view != nil && rel.view.Materialized:
		x.view = rel.view
	default:
		return errorf(s.GetRelation().GetLocation(), "cannot create an index on %q", rel.name)
	}
	if x.Name != "" && s.GetIfNotExists() && !l.fresh(catalog.Name{Schema: x.schema(), Name: x.Name}) {
		return nil
	}
	return l.addIndex(x, !s.GetRelation().GetInh())
}

// indexOf reads what CREATE INDEX says, without the table.
func (l *loader) indexOf(s *pg.IndexStmt) *index {
	x := &index{
		Index: catalog.Index{
			Name: s.GetIdxname(), Unique: s.GetUnique(), Partial: s.GetWhereClause() != nil,
			Method: s.GetAccessMethod(), Pos: l.at(-1),
		},
		nullsNotDistinct: s.GetNullsNotDistinct(),
	}
	exprs := []*pg.Node{s.GetWhereClause()}
	shape := []string{parsetree.Text(s.GetWhereClause())}
	for _, n := range s.GetIndexParams() {
		e := n.GetIndexElem()
		x.addElement(e)
		x.coarse = x.coarse || l.collations.loose(parsetree.Strings(e.GetCollation()))
		exprs = append(exprs, e.GetExpr())
		shape = append(shape, parsetree.Text(e.GetExpr()), fmt.Sprint(parsetree.Strings(e.GetOpclass()), parsetree.Strings(e.GetCollation())))
	}
	for _, n := range s.GetIndexIncludingParams() {
		x.include = append(x.include, n.GetIndexElem().GetName())
	}
	x.expr = l.expr(notNil(exprs)...)
	x.tests = l.tests(s.GetWhereClause())
	x.complete(shape)
	return x
}

// addElement adds a key column or expression.
func (x *index) addElement(e *pg.IndexElem) {
	x.Columns = append(x.Columns, e.GetName())
	x.special = x.special || len(e.GetOpclass())+len(e.GetCollation()) > 0 || e.GetOrdering() > pg.SortByDir_SORTBY_ASC ||
		e.GetNullsOrdering() > pg.SortByNulls_SORTBY_NULLS_DEFAULT
	x.class = x.class || !plainClass(parsetree.Strings(e.GetOpclass())) || len(e.GetOpclassopts()) > 0
	label := ""
	if e.GetExpr() != nil {
		x.expression = true
		label, _ = (&parsetree.Labeler{}).Label(e.GetExpr())
		if label == "" {
			label = "expr"
		}
	}
	x.labels = append(x.labels, label)
}

func (x *index) complete(shape []string) {
	if x.Method == "" {
		x.Method = "btree"
	}
	x.shape = fmt.Sprint(x.Method, x.Unique, x.nullsNotDistinct, x.exclusion, strings.Join(shape, "\x00"))
}

func notNil(nodes []*pg.Node) []*pg.Node {
	return slices.DeleteFunc(nodes, func(n *pg.Node) bool { return n == nil })
}

// keyIndexes makes the indexes of PRIMARY KEY, UNIQUE and EXCLUDE constraints:
// the primary key first, then in order; two that say the same become one
// (src/backend/parser/parse_utilcmd.c, transformIndexConstraints).
func (l *loader) keyIndexes(t *table, cons []*pg.Constraint) ([]*index, error) {
	var all, kept []*index
	for _, c := range cons {
		x, err := l.keyIndex(t, c)
		if err != nil {
			return nil, err
		}
		if x.primary {
			if len(all) > 0 && all[0].primary {
				return nil, manyPrimary(t, c)
			}
			all = slices.Insert(all, 0, x)
		} else {
			all = append(all, x)
		}
	}
next:
	for _, x := range all {
		for _, k := range kept {
			if k.mergeDuplicate(x) {
				continue next
			}
		}
		kept = append(kept, x)
	}
	return kept, nil
}

func (x *index) mergeDuplicate(y *index) bool {
	if y.primary || x.shape != y.shape || x.deferrable != y.deferrable || x.initDeferred != y.initDeferred ||
		!slices.Equal(x.Columns, y.Columns) || !slices.Equal(x.include, y.include) {
		return false
	}
	if x.Name == "" {
		x.Name = y.Name
	}
	return true
}

// keyIndex makes the index behind one constraint.
func (l *loader) keyIndex(t *table, c *pg.Constraint) (*index, error) {
	x := &index{
		Index: catalog.Index{
			Name: c.GetConname(), Unique: true, Partial: c.GetWhereClause() != nil, Columns: parsetree.Strings(c.GetKeys()),
			Method: c.GetAccessMethod(), Pos: l.at(c.GetLocation()),
		},
		table: t, key: true, primary: c.GetContype() == pg.ConstrType_CONSTR_PRIMARY,
		deferrable: c.GetDeferrable(), initDeferred: c.GetInitdeferred(),
		nullsNotDistinct: c.GetNullsNotDistinct(), include: parsetree.Strings(c.GetIncluding()),
	}
	x.labels = make([]string, len(x.Columns))
	exprs, shape := []*pg.Node{c.GetWhereClause()}, []string{parsetree.Text(c.GetWhereClause())}
	for range x.Columns {
		shape = append(shape, "", fmt.Sprint([]string{}, []string{}))
	}
	if c.GetContype() == pg.ConstrType_CONSTR_EXCLUSION {
		x.Unique, x.key, x.exclusion = false, false, true
		for _, n := range c.GetExclusions() {
			pair := n.GetList().GetItems()
			x.addElement(pair[0].GetIndexElem())
			exprs = append(exprs, pair[0].GetIndexElem().GetExpr())
			shape = append(shape, parsetree.Text(n))
		}
		x.exclude(c.GetExclusions())
	}
	x.expr = l.expr(notNil(exprs)...)
	x.complete(shape)
	if x.primary && t.primaryKey() != nil {
		return nil, manyPrimary(t, c)
	}
	return x, nil
}

func manyPrimary(t *table, c *pg.Constraint) error {
	return errorf(c.GetLocation(), "multiple primary keys for table %q are not allowed", t.Name)
}

func (x *index) schema() string {
	if x.view != nil {
		return x.view.Name.Schema
	}
	return x.table.Name.Schema
}

// addIndex adds an index to its table or view, and to the partitions of the table.
func (l *loader) addIndex(x *index, only bool) error {
	if x.Name == "" {
		x.Name = l.indexName(x)
	} else if l.mustBeFresh(catalog.Name{Schema: x.schema(), Name: x.Name}, -1) != nil {
		return errorf(-1, "relation %q already exists", x.Name)
	} else if x.isConstraint() && x.table.hasConstraint(x.Name) {
		return errorf(-1, "constraint %q for relation %q already exists", x.Name, x.table.Name)
	}
	if x.view != nil {
		x.view.indexes = append(x.view.indexes, x)
		l.created(relation{name: catalog.Name{Schema: x.schema(), Name: x.Name}, index: x})
		return nil
	}
	for _, c := range slices.Concat(x.Columns, x.include, x.expr.columns) {
		if c != "" && x.table.col(c) == nil && !systemColumn(c) && c != x.table.Name.Name {
			return errorf(-1, "column %q of table %q does not exist", c, x.table.Name)
		}
	}
	x.table.indexes = append(x.table.indexes, x)
	l.created(relation{name: catalog.Name{Schema: x.schema(), Name: x.Name}, index: x})
	if x.isConstraint() {
		l.constrained(x.Name)
	}
	if x.primary {
		x.table.setNotNull(x.Columns, only)
	}
	x.only = only && len(x.table.partitions()) > 0
	if x.only {
		return nil
	}
	return l.propagateIndex(x)
}

// setNotNull marks columns NOT NULL in the table and all that inherits from it.
func (t *table) setNotNull(cols []string, only bool) {
	for _, d := range t.descendants(only) {
		for _, name := range cols {
			if c := d.col(name); c != nil {
				c.NotNull = true
			}
		}
	}
}

// propagateIndex gives every partition its part of a partitioned index.
func (l *loader) propagateIndex(x *index) error {
	for _, p := range x.table.partitions() {
		if err := l.inheritIndex(p, x); err != nil {
			return err
		}
	}
	return nil
}

// inheritIndex attaches an index of the partition that matches x, or makes one
// (PostgreSQL manual, 5.12.2.1 and ALTER TABLE … ATTACH PARTITION).
func (l *loader) inheritIndex(p *table, x *index) error {
	if p.External { // it cannot have indexes
		return nil
	}
	for _, have := range p.indexes {
		if have.parent == nil && x.matches(have) {
			have.parent = x
			return nil
		}
	}
	dup := x.clone()
	dup.table, dup.parent = p, x
	return l.addIndex(dup, false)
}

// clone copies an index without its name and place.
func (x *index) clone() *index {
	dup := *x
	dup.Name, dup.table, dup.view, dup.parent, dup.only = "", nil, nil, nil, false
	dup.Columns, dup.include, dup.labels = slices.Clone(x.Columns), slices.Clone(x.include), slices.Clone(x.labels)
	dup.expr, dup.tests = x.expr.clone(), slices.Clone(x.tests)
	return &dup
}

// matches reports whether the partition's index y can serve as a part of x.
func (x *index) matches(y *index) bool {
	if x.exclusion || x.shape != y.shape || !slices.Equal(x.Columns, y.Columns) || !slices.Equal(x.include, y.include) {
		return false
	}
	return !x.key || y.key && x.primary == y.primary
}

// indexName chooses a name as ChooseIndexName does (src/backend/commands/indexcmds.c).
func (l *loader) indexName(x *index) string {
	table := ""
	if x.view != nil {
		table = x.view.Name.Name
	} else {
		table = x.table.Name.Name
	}
	taken := l.relationNameTaken(x.schema(), x.isConstraint())
	switch {
	case x.primary:
		return chooseName(table, "", "pkey", taken)
	case x.exclusion:
		return chooseName(table, x.elementNames(), "excl", taken)
	case x.key:
		return chooseName(table, x.elementNames(), "key", taken)
	}
	return chooseName(table, x.elementNames(), "idx", taken)
}

// elementNames joins the names of the index's own columns, made distinct.
func (x *index) elementNames() string {
	var names []string
	for i, c := range x.Columns {
		if c == "" {
			c = x.labels[i]
		}
		names = append(names, distinct(names, c))
	}
	for _, c := range x.include {
		names = append(names, distinct(names, c))
	}
	joined := strings.Join(names, "_")
	return joined[:min(len(joined), nameLimit+1)]
}

func distinct(names []string, name string) string {
	for i, try := 1, name; ; i++ {
		if !slices.Contains(names, try) {
			return try
		}
		n := fmt.Sprint(i)
		try = clip(name, min(len(name), nameLimit-len(n))) + n
	}
}
