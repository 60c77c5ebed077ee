package ddl

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// addColumn executes ADD COLUMN on the table and on what inherits from it.
func (a *alter) addColumn() error {
	def := a.cmd.GetDef().GetColumnDef()
	if a.t.col(def.GetColname()) != nil {
		if a.cmd.GetMissingOk() {
			return nil
		}
		return errorf(def.GetLocation(), "column %q of relation %q already exists", def.GetColname(), a.t.Name)
	}
	d := definition{loader: a.loader, table: a.t, only: a.only, rows: filled(def), unchecked: a.unchecked(def)}
	if err := d.column(def); err != nil {
		return err
	}
	c := a.t.col(def.GetColname())
	var nullable []*column // of heirs that have the column: before PostgreSQL 18 it stays as it is, nulls and all
	for _, child := range a.t.descendants(a.only)[1:] {
		if have := child.col(c.Name); have != nil && !have.NotNull {
			nullable = append(nullable, have)
		}
		child.inheritColumn(c)
	}
	for _, t := range a.t.descendants(a.only) {
		a.columnAppeared(t, c.Name)
	}
	err := d.finish()
	for _, have := range nullable {
		have.NotNull, have.MaybeNull = false, have.NotNull
	}
	return err
}

// filled reports whether existing rows get values in a new column.
func filled(def *pg.ColumnDef) bool {
	_, counts := serial(def.GetTypeName())
	return counts || slices.ContainsFunc(def.GetConstraints(), func(n *pg.Node) bool {
		switch n.GetConstraint().GetContype() {
		case pg.ConstrType_CONSTR_DEFAULT, pg.ConstrType_CONSTR_GENERATED, pg.ConstrType_CONSTR_IDENTITY:
			return true
		}
		return false
	})
}

// column returns the column that the action names.
func (a *alter) column() (*column, error) {
	if c := a.t.col(a.cmd.GetName()); c != nil {
		return c, nil
	}
	return nil, errorf(a.loc, "column %q of relation %q does not exist", a.cmd.GetName(), a.t.Name)
}

// eachColumn applies f to the named column of the table and its descendants.
func (a *alter) eachColumn(f func(*column)) error {
	c, err := a.column()
	if err != nil {
		return err
	}
	for _, t := range a.t.descendants(a.only) {
		if d := t.col(c.Name); d != nil {
			f(d)
		}
	}
	return nil
}

func (a *alter) columnType() error {
	def := a.cmd.GetDef().GetColumnDef()
	typ := a.collated(a.typeRef(def.GetTypeName()), def.GetCollClause())
	if c, err := a.column(); err == nil {
		a.retyped(a.t, c, typ, def.GetRawDefault() != nil)
	}
	return a.eachColumn(func(c *column) { c.Type = typ })
}

func (a *alter) columnDefault() error {
	return a.eachColumn(func(c *column) { a.setDefault(c, a.cmd.GetDef()) })
}

func (a *alter) setNotNull() error {
	return a.eachColumn(func(c *column) { c.NotNull = true })
}

// dropNotNull recurses as SET NOT NULL does; a key's columns refuse it.
func (a *alter) dropNotNull() error {
	c, err := a.column()
	if err != nil {
		return err
	}
	if pk := a.t.primaryKey(); pk != nil && slices.Contains(pk.Columns, c.Name) {
		return errorf(a.loc, "column %q is in a primary key", c.Name)
	}
	if c.Identity {
		return errorf(a.loc, "column %q of relation %q is an identity column", c.Name, a.t.Name)
	}
	return a.eachColumn(func(c *column) { c.NotNull = false })
}

func (a *alter) dropExpression() error {
	return a.eachColumn(func(c *column) { c.Generated, c.value = false, expr{} })
}

func (a *alter) addIdentity() error {
	c, err := a.column()
	if err != nil {
		return err
	}
	c.Identity = true
	a.ownSequence(a.t, c.Name)
	return nil
}

func (a *alter) dropIdentity() error {
	c, err := a.column()
	if err != nil {
		return err
	}
	if c.Identity {
		c.Identity = false
		a.dropOwnedSequences(a.t, c.Name)
	}
	return nil
}

// dropColumn executes DROP COLUMN. A child keeps the column when it declares it
// itself or has it from another parent (PostgreSQL manual, 5.10 and ALTER TABLE).
func (a *alter) dropColumn() error {
	c := a.t.col(a.cmd.GetName())
	if c == nil {
		if a.cmd.GetMissingOk() {
			return nil
		}
		_, err := a.column()
		return err
	}
	if c.inherited > 0 {
		return errorf(a.loc, "cannot drop inherited column %q", c.Name)
	}
	return a.removeColumn(a.t, c, a.cascade(), a.only)
}

func (l *loader) removeColumn(t *table, c *column, cascade, only bool) error {
	if slices.Contains(t.PartitionKey, c.Name) || slices.ContainsFunc(t.partExpr, func(e expr) bool { return slices.Contains(e.columns, c.Name) }) {
		return errorf(-1, "cannot drop column %q because it is part of the partition key of relation %q", c.Name, t.Name)
	}
	for _, child := range t.children {
		d := child.col(c.Name)
		if d == nil {
			continue
		}
		d.inherited--
		if only || d.inherited > 0 || d.local {
			d.local = d.local || d.inherited <= 0
			continue
		}
		if err := l.removeColumn(child, d, cascade, false); err != nil {
			return err
		}
	}
	if err := l.dropColumnUses(t, c, cascade); err != nil {
		return err
	}
	t.cols = remove(t.cols, c)
	l.dropOwnedSequences(t, c.Name)
	return nil
}

// dropColumnUses drops what involves a column: indexes, keys and constraints
// always, what else depends on it with CASCADE only.
func (l *loader) dropColumnUses(t *table, c *column, cascade bool) error {
	refers := func(f *foreign) bool { return f.ref == t && slices.Contains(f.RefColumns, c.Name) }
	if err := l.dropReferences(refers, nil, cascade); err != nil {
		return err
	}
	for _, x := range slices.Clone(t.indexes) {
		if x.uses(c.Name) {
			if err := l.dropIndex(x, cascade); err != nil {
				return err
			}
		}
	}
	for _, g := range slices.Clone(t.cols) {
		if g == c || !g.Generated || !slices.Contains(g.value.columns, c.Name) {
			continue
		}
		if !cascade {
			return errorf(-1, "cannot drop column %q because column %q is generated from it", c.Name, g.Name)
		}
		if err := l.removeColumn(t, g, cascade, false); err != nil {
			return err
		}
	}
	for _, g := range slices.Clone(t.triggers) {
		if slices.Contains(g.columns, c.Name) {
			if !cascade {
				return errorf(-1, "cannot drop column %q because trigger %q depends on it", c.Name, g.Name)
			}
			t.dropTrigger(g)
		}
	}
	t.checks = slices.DeleteFunc(t.checks, func(k *check) bool { return slices.Contains(k.expr.columns, c.Name) })
	t.foreign = slices.DeleteFunc(t.foreign, func(f *foreign) bool { return slices.Contains(f.Columns, c.Name) })
	if err := l.dropPolicyUses(t, c, cascade); err != nil {
		return err
	}
	if cascade {
		l.lose(lost{names: []catalog.Name{{Name: c.Name}}, types: []catalog.Name{t.Name}})
		return l.cascadeColumn(t, c.Name)
	}
	return nil
}

// cascadeColumn drops the views that mention a dropped column. The name may be
// another table's; to lose a view too many is safe.
func (l *loader) cascadeColumn(t *table, name string) error {
	for _, v := range slices.Clone(l.views) {
		if slices.Contains(v.tables, t) && (v.star || slices.Contains(v.expr.columns, name)) {
			l.mayBeGone(v)
			if err := l.removeView(v); err != nil {
				return err
			}
		}
	}
	return nil
}

// dropOwnedSequences drops the sequences that belong to a column.
func (l *loader) dropOwnedSequences(t *table, col string) {
	l.forgetSequences(func(s *sequence) bool { return s.owner == t && s.column == col })
}

// forgetSequences drops sequences with the grants on them.
func (l *loader) forgetSequences(match func(*sequence) bool) {
	for _, s := range slices.Clone(l.sequences) {
		if match(s) {
			l.sequences = slices.DeleteFunc(l.sequences, func(have *sequence) bool { return have == s })
			l.renamedOrDropped()
			l.dropGrants(s.name, "sequence")
		}
	}
}

// addConstraint executes ADD CONSTRAINT.
func (a *alter) addConstraint() error {
	c := a.cmd.GetDef().GetConstraint()
	if c.GetIndexname() != "" {
		return a.useIndex(c)
	}
	d := definition{loader: a.loader, table: a.t, only: a.only, rows: true}
	if err := d.constraint(c); err != nil {
		return err
	}
	return d.finish()
}

// useIndex executes ADD CONSTRAINT … USING INDEX: the index takes the
// constraint's name (PostgreSQL manual, ALTER TABLE).
func (a *alter) useIndex(c *pg.Constraint) error {
	x := indexNamed(a.t.indexes, a.t.Name.Schema, catalog.Name{Schema: a.t.Name.Schema, Name: c.GetIndexname()})
	if x == nil || !x.Unique || x.Partial || x.expression || x.isConstraint() {
		return errorf(c.GetLocation(), "index %q of table %q cannot serve a constraint", c.GetIndexname(), a.t.Name)
	}
	primary := c.GetContype() == pg.ConstrType_CONSTR_PRIMARY
	if primary && a.t.primaryKey() != nil {
		return manyPrimary(a.t, c)
	}
	if c.GetConname() != "" {
		x.Name = c.GetConname()
		a.renamedOrDropped()
	}
	a.constrained(x.Name)
	x.key, x.primary = true, primary
	x.deferrable, x.initDeferred = c.GetDeferrable(), c.GetInitdeferred()
	if primary {
		a.t.setNotNull(x.Columns, a.only)
	}
	return nil
}

// validateConstraint executes VALIDATE CONSTRAINT, which matters for foreign keys and checks.
func (a *alter) validateConstraint() error {
	name := a.cmd.GetName()
	if !a.t.hasConstraint(name) {
		return errorf(a.loc, "constraint %q of relation %q does not exist", name, a.t.Name)
	}
	for _, f := range a.t.foreign {
		if f.Name == name && f.NotValid && !f.SwitchedOff {
			a.validated(a.t, f)
		}
	}
	for _, c := range a.t.checks {
		c.notValid = c.notValid && c.name != name
	}
	return nil
}

// deferForeign makes a foreign key, and its copies in the partitions, deferrable or not.
func (t *table) deferForeign(f *foreign, deferrable bool) {
	f.Deferrable = deferrable
	for _, p := range t.partitions() {
		for _, g := range p.foreign {
			if g.parent == f {
				p.deferForeign(g, deferrable)
			}
		}
	}
}

// alterConstraint executes ALTER CONSTRAINT, which changes when a foreign key is checked.
func (a *alter) alterConstraint() error {
	c := a.cmd.GetDef().GetConstraint()
	if !a.t.hasConstraint(c.GetConname()) {
		return errorf(a.loc, "constraint %q of relation %q does not exist", c.GetConname(), a.t.Name)
	}
	for _, f := range a.t.foreign {
		if f.Name == c.GetConname() {
			a.t.deferForeign(f, c.GetDeferrable())
		}
	}
	return nil
}
