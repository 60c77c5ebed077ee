package pgsql

import (
	"fmt"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// createIndex executes CREATE INDEX on a table or a materialized view.
func (l *ddlLoader) createIndex(s *pg.IndexStmt) error {
	rel := l.find(ddlRangeName(s.GetRelation()))
	if rel == nil {
		return ddlNoRelation(s.GetRelation())
	}
	x := l.indexOf(s)
	switch {
	case rel.table != nil:
		x.table = rel.table
	case rel.view != nil && rel.view.Materialized:
		x.view = rel.view
	default:
		return ddlErrorf(s.GetRelation().GetLocation(), "cannot create an index on %q", rel.name)
	}
	if x.Name != "" && !l.fresh(catalog.Name{Schema: x.schema(), Name: x.Name}) {
		if s.GetIfNotExists() {
			return nil
		}
		return ddlErrorf(-1, "relation %q already exists", x.Name)
	}
	return l.addIndex(x, !s.GetRelation().GetInh())
}

// indexOf reads what CREATE INDEX says, without the table.
func (l *ddlLoader) indexOf(s *pg.IndexStmt) *ddlIndex {
	x := &ddlIndex{
		Index: catalog.Index{
			Name: s.GetIdxname(), Unique: s.GetUnique(), Partial: s.GetWhereClause() != nil,
			Method: s.GetAccessMethod(), Pos: l.at(-1),
		},
		nullsNotDistinct: s.GetNullsNotDistinct(),
	}
	exprs := []*pg.Node{s.GetWhereClause()}
	shape := []string{ddlText(s.GetWhereClause())}
	for _, n := range s.GetIndexParams() {
		e := n.GetIndexElem()
		x.addElement(e)
		x.coarse = x.coarse || l.collations.loose(strings_(e.GetCollation()))
		exprs = append(exprs, e.GetExpr())
		shape = append(shape, ddlText(e.GetExpr()), fmt.Sprint(strings_(e.GetOpclass()), strings_(e.GetCollation())))
	}
	for _, n := range s.GetIndexIncludingParams() {
		x.include = append(x.include, n.GetIndexElem().GetName())
	}
	x.expr = l.expr(ddlNotNil(exprs)...)
	x.tests = l.tests(s.GetWhereClause())
	x.complete(shape)
	return x
}

// addElement adds a key column or expression.
func (x *ddlIndex) addElement(e *pg.IndexElem) {
	x.Columns = append(x.Columns, e.GetName())
	x.special = x.special || len(e.GetOpclass())+len(e.GetCollation()) > 0 || e.GetOrdering() > pg.SortByDir_SORTBY_ASC ||
		e.GetNullsOrdering() > pg.SortByNulls_SORTBY_NULLS_DEFAULT
	x.class = x.class || !ddlPlainClass(strings_(e.GetOpclass())) || len(e.GetOpclassopts()) > 0
	label := ""
	if e.GetExpr() != nil {
		x.expression = true
		label, _ = (&labeler{}).label(e.GetExpr())
		if label == "" {
			label = "expr"
		}
	}
	x.labels = append(x.labels, label)
}

func (x *ddlIndex) complete(shape []string) {
	if x.Method == "" {
		x.Method = "btree"
	}
	x.shape = fmt.Sprint(x.Method, x.Unique, x.nullsNotDistinct, x.exclusion, strings.Join(shape, "\x00"))
}

func ddlNotNil(nodes []*pg.Node) []*pg.Node {
	return slices.DeleteFunc(nodes, func(n *pg.Node) bool { return n == nil })
}

// keyIndexes makes the indexes of PRIMARY KEY, UNIQUE and EXCLUDE constraints:
// the primary key first, then in order; two that say the same become one
// (src/backend/parser/parse_utilcmd.c, transformIndexConstraints).
func (l *ddlLoader) keyIndexes(t *ddlTable, cons []*pg.Constraint) ([]*ddlIndex, error) {
	var all, kept []*ddlIndex
	for _, c := range cons {
		x, err := l.keyIndex(t, c)
		if err != nil {
			return nil, err
		}
		if x.primary {
			if len(all) > 0 && all[0].primary {
				return nil, ddlManyPrimary(t, c)
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

func (x *ddlIndex) mergeDuplicate(y *ddlIndex) bool {
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
func (l *ddlLoader) keyIndex(t *ddlTable, c *pg.Constraint) (*ddlIndex, error) {
	x := &ddlIndex{
		Index: catalog.Index{
			Name: c.GetConname(), Unique: true, Partial: c.GetWhereClause() != nil, Columns: strings_(c.GetKeys()),
			Method: c.GetAccessMethod(), Pos: l.at(c.GetLocation()),
		},
		table: t, key: true, primary: c.GetContype() == pg.ConstrType_CONSTR_PRIMARY,
		deferrable: c.GetDeferrable(), initDeferred: c.GetInitdeferred(),
		nullsNotDistinct: c.GetNullsNotDistinct(), include: strings_(c.GetIncluding()),
	}
	x.labels = make([]string, len(x.Columns))
	exprs, shape := []*pg.Node{c.GetWhereClause()}, []string{ddlText(c.GetWhereClause())}
	for range x.Columns {
		shape = append(shape, "", fmt.Sprint([]string{}, []string{}))
	}
	if c.GetContype() == pg.ConstrType_CONSTR_EXCLUSION {
		x.Unique, x.key, x.exclusion = false, false, true
		for _, n := range c.GetExclusions() {
			pair := n.GetList().GetItems()
			x.addElement(pair[0].GetIndexElem())
			exprs = append(exprs, pair[0].GetIndexElem().GetExpr())
			shape = append(shape, ddlText(n))
		}
		x.exclude(c.GetExclusions())
	}
	x.expr = l.expr(ddlNotNil(exprs)...)
	x.complete(shape)
	if x.primary && t.primaryKey() != nil {
		return nil, ddlManyPrimary(t, c)
	}
	return x, nil
}

func ddlManyPrimary(t *ddlTable, c *pg.Constraint) error {
	return ddlErrorf(c.GetLocation(), "multiple primary keys for table %q are not allowed", t.Name)
}

func (x *ddlIndex) schema() string {
	if x.view != nil {
		return x.view.Name.Schema
	}
	return x.table.Name.Schema
}

// addIndex adds an index to its table or view, and to the partitions of the table.
func (l *ddlLoader) addIndex(x *ddlIndex, only bool) error {
	if x.Name == "" {
		x.Name = l.indexName(x)
	} else if !l.fresh(catalog.Name{Schema: x.schema(), Name: x.Name}) {
		return ddlErrorf(-1, "relation %q already exists", x.Name)
	} else if x.isConstraint() && x.table.hasConstraint(x.Name) {
		return ddlErrorf(-1, "constraint %q for relation %q already exists", x.Name, x.table.Name)
	}
	if x.view != nil {
		x.view.indexes = append(x.view.indexes, x)
		return nil
	}
	for _, c := range slices.Concat(x.Columns, x.include, x.expr.columns) {
		if c != "" && x.table.col(c) == nil && !ddlSystemColumn(c) && c != x.table.Name.Name {
			return ddlErrorf(-1, "column %q of table %q does not exist", c, x.table.Name)
		}
	}
	x.table.indexes = append(x.table.indexes, x)
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
func (t *ddlTable) setNotNull(cols []string, only bool) {
	for _, d := range t.descendants(only) {
		for _, name := range cols {
			if c := d.col(name); c != nil {
				c.NotNull = true
			}
		}
	}
}

// propagateIndex gives every partition its part of a partitioned index.
func (l *ddlLoader) propagateIndex(x *ddlIndex) error {
	for _, p := range x.table.partitions() {
		if err := l.inheritIndex(p, x); err != nil {
			return err
		}
	}
	return nil
}

// inheritIndex attaches an index of the partition that matches x, or makes one
// (PostgreSQL manual, 5.12.2.1 and ALTER TABLE … ATTACH PARTITION).
func (l *ddlLoader) inheritIndex(p *ddlTable, x *ddlIndex) error {
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
func (x *ddlIndex) clone() *ddlIndex {
	dup := *x
	dup.Name, dup.table, dup.view, dup.parent, dup.only = "", nil, nil, nil, false
	dup.Columns, dup.include, dup.labels = slices.Clone(x.Columns), slices.Clone(x.include), slices.Clone(x.labels)
	dup.expr, dup.tests = x.expr.clone(), slices.Clone(x.tests)
	return &dup
}

// matches reports whether the partition's index y can serve as a part of x.
func (x *ddlIndex) matches(y *ddlIndex) bool {
	if x.exclusion || x.shape != y.shape || !slices.Equal(x.Columns, y.Columns) || !slices.Equal(x.include, y.include) {
		return false
	}
	return !x.key || y.key && x.primary == y.primary
}

// indexName chooses a name as ChooseIndexName does (src/backend/commands/indexcmds.c).
func (l *ddlLoader) indexName(x *ddlIndex) string {
	table := ""
	if x.view != nil {
		table = x.view.Name.Name
	} else {
		table = x.table.Name.Name
	}
	taken := l.relationNameTaken(x.schema(), x.isConstraint())
	switch {
	case x.primary:
		return ddlChooseName(table, "", "pkey", taken)
	case x.exclusion:
		return ddlChooseName(table, x.elementNames(), "excl", taken)
	case x.key:
		return ddlChooseName(table, x.elementNames(), "key", taken)
	}
	return ddlChooseName(table, x.elementNames(), "idx", taken)
}

// elementNames joins the names of the index's own columns, made distinct.
func (x *ddlIndex) elementNames() string {
	var names []string
	for i, c := range x.Columns {
		if c == "" {
			c = x.labels[i]
		}
		names = append(names, ddlDistinct(names, c))
	}
	for _, c := range x.include {
		names = append(names, ddlDistinct(names, c))
	}
	joined := strings.Join(names, "_")
	return joined[:min(len(joined), ddlNameLimit+1)]
}

func ddlDistinct(names []string, name string) string {
	for i, try := 1, name; ; i++ {
		if !slices.Contains(names, try) {
			return try
		}
		n := fmt.Sprint(i)
		try = ddlClip(name, min(len(name), ddlNameLimit-len(n))) + n
	}
}
