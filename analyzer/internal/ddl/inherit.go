package ddl

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
)

// partitions returns the children that are partitions; other children inherit
// columns and checks but neither keys nor foreign keys (PostgreSQL manual, 5.11.1).
func (t *table) partitions() []*table {
	var out []*table
	for _, c := range t.children {
		if c.IsPartition {
			out = append(out, c)
		}
	}
	return out
}

// doubtAs doubts t where it gets what another table may have no longer.
func (t *table) doubtAs(of *table) {
	if t.Unsure == "" {
		t.Unsure = of.Unsure
	}
}

// inheritFrom makes t a child of the named tables.
func (l *loader) inheritFrom(t *table, parents []*pg.Node, partition bool) error {
	for _, n := range parents {
		p, err := l.table(n.GetRangeVar())
		if err != nil {
			return err
		}
		if p == t {
			return noRelation(n.GetRangeVar())
		}
		if partition && p.PartitionBy == "" {
			return errorf(n.GetRangeVar().GetLocation(), "%q is not partitioned", p.Name)
		}
		t.doubtAs(p)
		for _, c := range p.cols {
			t.inheritColumn(c)
		}
		for _, c := range p.checks {
			if !c.noInherit {
				t.inheritCheck(c, true)
			}
		}
		t.IsPartition = partition
		t.parents = append(t.parents, p)
		p.children = append(p.children, t)
	}
	return nil
}

// inheritColumn adds a parent's column, or merges it with the column of that
// name. Identity is not inherited, but the NOT NULL it implies is.
func (t *table) inheritColumn(c *column) {
	if have := t.col(c.Name); have != nil {
		have.inherited++
		have.NotNull = have.NotNull || c.NotNull
		return
	}
	dup := *c.Column
	dup.Identity = false
	t.cols = append(t.cols, &column{Column: &dup, value: c.value.clone(), inherited: 1})
}

// cloneFromParent gives a new partition what its parent has: indexes, row
// triggers and foreign keys, in PostgreSQL's order.
func (l *loader) cloneFromParent(t *table) error {
	for _, p := range t.parents {
		for _, x := range p.indexes {
			if err := l.inheritIndex(t, x); err != nil {
				return err
			}
		}
		for _, g := range p.triggers {
			t.inheritTrigger(g)
		}
		for _, f := range p.foreign {
			l.inheritForeign(t, f)
		}
	}
	return nil
}

// Options of LIKE (src/include/nodes/parsenodes.h, TableLikeOption).
const (
	likeConstraints = 1 << 2
	likeDefaults    = 1 << 3
	likeGenerated   = 1 << 4
	likeIdentity    = 1 << 5
	likeIndexes     = 1 << 6
	likeStatistics  = 1 << 7
)

// likeColumns copies the columns of LIKE's source. NOT NULL always comes along,
// the rest as INCLUDING says (PostgreSQL manual, CREATE TABLE, LIKE).
func (l *loader) likeColumns(t *table, s *pg.TableLikeClause) error {
	cols, err := l.likeSource(t, s.GetRelation())
	if err != nil {
		return err
	}
	for _, c := range cols {
		if t.col(c.Name) != nil {
			return errorf(s.GetRelation().GetLocation(), "column %q specified more than once", c.Name)
		}
		dup := *c.Column
		n := &column{Column: &dup, local: true, value: c.value.clone()}
		keep := s.GetOptions()&likeDefaults != 0 && !c.Generated || s.GetOptions()&likeGenerated != 0 && c.Generated
		if !keep {
			n.HasDefault, n.Generated, n.value = false, false, expr{}
		}
		n.Identity = c.Identity && s.GetOptions()&likeIdentity != 0
		t.cols = append(t.cols, n)
		if n.Identity {
			l.ownSequence(t, n.Name)
		}
	}
	return nil
}

// likeSource returns the columns of a table, view or composite type.
func (l *loader) likeSource(t *table, r *pg.RangeVar) ([]*column, error) {
	rel := l.find(parsetree.RangeName(r))
	switch {
	case rel == nil:
		return nil, noRelation(r)
	case rel.table != nil:
		t.doubtAs(rel.table)
		return rel.table.cols, nil
	case rel.composite != nil:
		var cols []*column
		for _, f := range rel.composite.Fields {
			cols = append(cols, &column{Column: f})
		}
		return cols, nil
	case rel.view != nil && rel.view.outputs != nil:
		return rel.view.columns(), nil
	}
	return nil, errorf(r.GetLocation(), "cannot tell the columns of %q", rel.name)
}

// likeConstraints copies checks and indexes, once the columns are there.
func (l *loader) likeConstraints(t *table, s *pg.TableLikeClause) error {
	rel := l.find(parsetree.RangeName(s.GetRelation()))
	t.likePlanned(rel, s.GetOptions())
	if rel == nil || rel.table == nil {
		return nil
	}
	if s.GetOptions()&likeConstraints != 0 {
		for _, c := range rel.table.checks {
			t.inheritCheck(c, false)
		}
	}
	if s.GetOptions()&likeIndexes == 0 {
		return nil
	}
	for _, x := range rel.table.indexes {
		dup := x.clone()
		dup.table = t
		if err := l.addIndex(dup, false); err != nil {
			return err
		}
	}
	return nil
}

// attachPartition executes ALTER TABLE … ATTACH PARTITION.
func (l *loader) attachPartition(t *table, cmd *pg.AlterTableCmd) error {
	r := cmd.GetDef().GetPartitionCmd().GetName()
	p, err := l.table(r)
	if err != nil {
		return err
	}
	if t.PartitionBy == "" || len(p.parents) > 0 || slices.Contains(p.descendants(false), t) {
		return errorf(r.GetLocation(), "%q cannot become a partition of %q", p.Name, t.Name)
	}
	p.IsPartition = true
	if err := p.addParent(t, r.GetLocation()); err != nil {
		return err
	}
	return l.cloneFromParent(p)
}

// addParent links a child that exists to a parent: it must have all its columns,
// and must not be its ancestor.
func (t *table) addParent(p *table, loc int32) error {
	if slices.Contains(t.descendants(false), p) || slices.Contains(t.parents, p) {
		return errorf(loc, "table %q cannot inherit from %q again, or in a circle", t.Name, p.Name)
	}
	t.doubtAs(p)
	for _, c := range p.cols {
		if t.col(c.Name) == nil {
			return errorf(loc, "child table %q is missing column %q", t.Name, c.Name)
		}
		t.col(c.Name).inherited++
		t.col(c.Name).local = t.col(c.Name).local && !t.IsPartition
	}
	for _, c := range p.checks {
		if !c.noInherit {
			t.inheritCheck(c, true)
		}
	}
	t.parents = append(t.parents, p)
	p.children = append(p.children, t)
	return nil
}

// removeParent unlinks a child. Its indexes and foreign keys stay, as its own;
// triggers that were cloned for the parent go.
func (t *table) removeParent(p *table) {
	t.parents = remove(t.parents, p)
	p.children = remove(p.children, t)
	t.IsPartition = false
	for _, c := range t.cols {
		if p.col(c.Name) != nil && c.inherited > 0 {
			c.inherited--
			c.local = c.local || c.inherited == 0
		}
	}
	for _, x := range t.indexes {
		if x.parent != nil && x.parent.table == p {
			x.parent = nil
		}
	}
	for _, f := range t.foreign {
		if f.parent != nil && slices.Contains(p.foreign, f.parent) {
			f.parent = nil
		}
	}
	t.dropInheritedTriggers(p)
}

// inheritTrigger clones a row trigger of a partitioned table to a partition and
// to the partitions of that.
func (t *table) inheritTrigger(g *trigger) {
	if !g.row || slices.ContainsFunc(t.triggers, func(h *trigger) bool { return h.parent == g }) {
		return
	}
	dup := *g
	dup.columns, dup.parent = slices.Clone(g.columns), g
	dup.Columns, dup.when = slices.Clone(g.Columns), g.when.clone()
	t.triggers = append(t.triggers, &dup)
	for _, p := range t.partitions() {
		p.inheritTrigger(&dup)
	}
}

func (t *table) dropInheritedTriggers(p *table) {
	for _, g := range slices.Clone(t.triggers) {
		if g.parent != nil && slices.Contains(p.triggers, g.parent) {
			t.dropTrigger(g)
		}
	}
}

// dropTrigger removes a trigger and its clones in the partitions.
func (t *table) dropTrigger(g *trigger) {
	t.triggers = remove(t.triggers, g)
	for _, p := range t.partitions() {
		for _, h := range slices.Clone(p.triggers) {
			if h.parent == g {
				p.dropTrigger(h)
			}
		}
	}
}
