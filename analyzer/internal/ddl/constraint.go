package ddl

import (
	"fmt"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
)

// addCheck adds a CHECK constraint to a table and to what inherits from it.
func (l *loader) addCheck(t *table, c *pg.Constraint, only bool) error {
	check := &check{name: c.GetConname(), expr: l.expr(c.GetRawExpr()), noInherit: c.GetIsNoInherit(),
		oneOf: l.oneOf(c.GetRawExpr()), notValid: c.GetSkipValidation() && !c.GetInitiallyValid()}
	for _, col := range check.expr.columns {
		if t.col(col) == nil && !systemColumn(col) && col != t.Name.Name {
			return errorf(c.GetLocation(), "column %q does not exist", col)
		}
	}
	if check.name == "" {
		col := ""
		if len(check.expr.columns) == 1 {
			col = check.expr.columns[0]
		}
		check.name = chooseName(t.Name.Name, col, "check", l.constraintNameTaken(t.Name.Schema))
	}
	if t.hasOwnConstraint(check.name) {
		return errorf(c.GetLocation(), "constraint %q for relation %q already exists", check.name, t.Name)
	}
	l.constrained(check.name)
	for _, d := range t.descendants(only || check.noInherit) {
		d.inheritCheck(check, d != t)
	}
	return nil
}

// hasOwnConstraint is hasConstraint without the checks that a child may merge with its parent's.
func (t *table) hasOwnConstraint(name string) bool {
	return t.hasConstraint(name) && !slices.ContainsFunc(t.checks, func(c *check) bool { return c.name == name && c.inherited })
}

func (t *table) inheritCheck(c *check, inherited bool) {
	for _, have := range t.checks {
		if have.name == c.name {
			have.inherited = have.inherited || inherited
			have.local = (have.local || !inherited) && !t.IsPartition
			return
		}
	}
	dup := *c
	dup.expr = c.expr.clone()
	dup.inherited, dup.local = inherited, !inherited
	t.checks = append(t.checks, &dup)
}

// systemColumn reports the columns that every table has (PostgreSQL manual, 5.5).
func systemColumn(name string) bool {
	switch name {
	case "tableoid", "xmin", "cmin", "xmax", "cmax", "ctid":
		return true
	}
	return false
}

// addForeign adds a FOREIGN KEY to a table and its partitions, checking the rows that
// the table has.
func (l *loader) addForeign(t *table, c *pg.Constraint, rows bool) error {
	f := &foreign{ForeignKey: catalog.ForeignKey{
		Name: c.GetConname(), Columns: parsetree.Strings(c.GetFkAttrs()), RefColumns: parsetree.Strings(c.GetPkAttrs()),
		OnDelete: referentialAction(c.GetFkDelAction()), OnUpdate: referentialAction(c.GetFkUpdAction()),
		NotValid: c.GetSkipValidation() && !c.GetInitiallyValid(), Deferrable: c.GetDeferrable(), Pos: l.at(c.GetLocation()),
		SetColumns: parsetree.Strings(c.GetFkDelSetCols()),
		Special:    c.GetFkMatchtype() == "f" || c.GetInitdeferred() || len(c.GetFkDelSetCols()) > 0,
	}}
	if err := t.mustHave(f.Columns, c.GetLocation()); err != nil {
		return err
	}
	for _, col := range f.SetColumns {
		if !slices.Contains(f.Columns, col) {
			return errorf(c.GetLocation(), "column %q referenced in ON DELETE SET action must be part of foreign key", col)
		}
	}
	f.shape = fmt.Sprint(c.GetFkMatchtype(), c.GetFkDelAction(), c.GetFkUpdAction(), c.GetDeferrable(), c.GetInitdeferred(), parsetree.Strings(c.GetFkDelSetCols()))
	if f.Name == "" {
		f.Name = chooseName(t.Name.Name, strings.Join(f.Columns, "_"), "fkey", l.constraintNameTaken(t.Name.Schema))
	} else if t.hasConstraint(f.Name) {
		return errorf(c.GetLocation(), "constraint %q for relation %q already exists", f.Name, t.Name)
	}
	if err := l.referTo(f, c.GetPktable()); err != nil {
		return err
	}
	f.Unseen = rows && !f.NotValid && l.hides(t)
	l.attachForeign(t, f)
	return nil
}

// referTo resolves the referenced table. One that is created later, as in a
// schema kept in one file per table, is resolved when everything is loaded.
func (l *loader) referTo(f *foreign, r *pg.RangeVar) error {
	f.RefTable = parsetree.RangeName(r)
	if rel := l.find(f.RefTable); rel != nil {
		if rel.table == nil {
			return errorf(r.GetLocation(), "%q is not a table", f.RefTable)
		}
		f.ref = rel.table
	} else if f.RefTable.Schema == "" {
		schema, err := l.creationSchema("", r.GetLocation())
		if err != nil {
			return err
		}
		f.RefTable.Schema = schema
	}
	l.awaited = l.awaited || f.ref == nil
	f.resolve()
	return nil
}

// adopt points the foreign keys that waited for a table of this name to it.
func (l *loader) adopt(t *table) {
	if !l.awaited {
		return
	}
	for _, u := range l.tables {
		for _, f := range u.foreign {
			if f.ref == nil && f.RefTable == t.Name {
				f.ref = t
			}
		}
	}
}

// resolve finds the key that a foreign key depends on and fills in the columns.
func (f *foreign) resolve() {
	if f.ref == nil || f.resolved {
		return
	}
	if len(f.RefColumns) == 0 {
		if pk := f.ref.primaryKey(); pk != nil && len(pk.Columns) == len(f.Columns) {
			f.key, f.RefColumns = pk, slices.Clone(pk.Columns)
		}
	} else {
		f.key = f.ref.keyOn(f.RefColumns)
	}
	f.resolved = f.key != nil
}

// keyOn returns a unique index that a foreign key to these columns can use: not
// partial, no expressions, in any order.
func (t *table) keyOn(cols []string) *index {
	for _, x := range t.indexes {
		if x.serves(cols) {
			return x
		}
	}
	return nil
}

func (x *index) serves(cols []string) bool {
	return x.Unique && !x.Partial && !x.deferrable &&
		slices.Equal(slices.Sorted(slices.Values(x.Columns)), slices.Sorted(slices.Values(cols)))
}

// dropReferred drops the foreign keys that depend on a key. Where others have the same columns it may be on one of them instead:
// PostgreSQL takes the oldest, by object ids that ALTER COLUMN TYPE and REINDEX CONCURRENTLY make anew.
func (l *loader) dropReferred(x *index, cascade bool) error {
	if !cascade {
		return l.dropReferences(func(f *foreign) bool { return f.key == x }, nil, false)
	}
	var doubted []*table
	err := l.dropReferences(func(f *foreign) bool {
		if f.ref != x.table || f.key != x && !x.serves(f.RefColumns) {
			return false
		}
		for _, y := range x.table.indexes {
			if y != x && y.serves(f.RefColumns) {
				f.key = y
				doubted = append(doubted, l.having(f)...)
				return false
			}
		}
		return true
	}, nil, true)
	l.cascadedTo(doubted)
	return err
}

// having lists the tables that have a foreign key, as their own or by way of a partition.
func (l *loader) having(f *foreign) []*table {
	var all []*table
	for _, t := range l.tables {
		for g := f; g != nil; g = g.parent {
			if slices.Contains(t.foreign, g) {
				all = append(all, t)
			}
		}
	}
	return all
}

// byClass reports whether a key that it may depend on has an operator class of its own: a
// foreign key compares by the equality of that class (src/backend/commands/tablecmds.c,
// ATAddForeignKeyConstraint).
func (f *foreign) byClass() bool {
	if f.ref == nil {
		return false
	}
	want := slices.Sorted(slices.Values(f.RefColumns))
	return slices.ContainsFunc(f.ref.indexes, func(x *index) bool {
		return x.Unique && x.class && slices.Equal(slices.Sorted(slices.Values(x.Columns)), want)
	})
}

// attachForeign adds f to the table, and a copy to each of its partitions unless
// one is there that says the same.
func (l *loader) attachForeign(t *table, f *foreign) {
	t.foreign = append(t.foreign, f)
	l.constrained(f.Name)
	for _, p := range t.partitions() {
		l.inheritForeign(p, f)
	}
}

func (l *loader) inheritForeign(p *table, f *foreign) {
	for _, have := range p.foreign {
		if have.parent == nil && have.same(f) {
			have.parent = f
			f.weaken(have)
			return
		}
	}
	dup := *f
	dup.Columns, dup.RefColumns, dup.SetColumns, dup.parent = slices.Clone(f.Columns), slices.Clone(f.RefColumns), slices.Clone(f.SetColumns), f
	dup.Unseen = dup.Unseen || l.hides(p)
	f.weaken(&dup)
	if p.hasConstraint(dup.Name) {
		dup.Name = chooseName(p.Name.Name, strings.Join(dup.Columns, "_"), "fkey", l.constraintNameTaken(p.Name.Schema))
	}
	l.attachForeign(p, &dup)
}

// weaken takes from a key what its copy in a partition lacks, whose rows are rows of the whole table: it was not checked, or
// its triggers were off.
func (f *foreign) weaken(part *foreign) {
	for up := f; up != nil; up = up.parent {
		up.Unseen = up.Unseen || part.Unseen
		if part.SwitchedOff {
			up.switchOff()
		}
	}
}

// same reports whether PostgreSQL takes a key of a partition for the part of another, and does not check its rows again.
// One whose triggers were off counts as valid there.
func (f *foreign) same(g *foreign) bool {
	valid := func(f *foreign) bool { return !f.NotValid || f.SwitchedOff }
	return f.shape == g.shape && f.ref == g.ref && f.RefTable == g.RefTable && valid(f) == valid(g) &&
		slices.Equal(f.Columns, g.Columns) && slices.Equal(f.RefColumns, g.RefColumns)
}

func (t *table) mustHave(cols []string, loc int32) error {
	for _, c := range cols {
		if t.col(c) == nil && !systemColumn(c) {
			return errorf(loc, "column %q of table %q does not exist", c, t.Name)
		}
	}
	return nil
}

func referentialAction(code string) string {
	switch code {
	case "r":
		return "restrict"
	case "c":
		return "cascade"
	case "n":
		return "set null"
	case "d":
		return "set default"
	}
	return ""
}
