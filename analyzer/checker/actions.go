package checker

import (
	"fmt"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// effect is a change of rows by a write or by a foreign key's action: a deletion, or new
// values in the columns that changed has. depth is the innermost level of tenancy in
// which all those rows are known to be the tenant's, -1 when in none.
type effect struct {
	table   *catalog.Table
	deleted bool
	changed map[string]bool
	depth   int
}

// actions makes sure that no foreign key carries a write on to rows that may be another
// tenant's, and that the certificate names the keys by which no row may refer across
// tenants (PostgreSQL manual, 5.4.5).
func (k *checker) actions(t *catalog.Table, deleted bool, sets []query.Set) {
	first := effect{t, deleted, map[string]bool{}, k.own.Of(t).Level}
	if kind := k.own.Of(t).Kind; kind != tenancy.Column && kind != tenancy.Child {
		first.depth = -1
	}
	for _, set := range sets {
		// Of the columns that decide the owner sets has shown that they keep their value.
		first.changed[t.Columns[set.Column].Name] = !k.own.Decides(t, set.Column)
	}
	if len(sets) > 0 {
		first.recompute()
	}
	done := map[string]bool{}
	for todo := []effect{first}; len(todo) > 0; todo = todo[1:] {
		e := todo[0]
		if done[e.String()] {
			continue
		}
		done[e.String()] = true
		k.adopted(e.table, e.deleted, e.changed)
		if e.deleted {
			k.fires(e.table, query.Delete, nil)
		} else {
			k.fires(e.table, query.Update, e.changed)
		}
		todo = append(todo, k.started(e, first.depth)...)
	}
}

// recompute marks generated columns: they follow what they are computed from.
func (e *effect) recompute() {
	for _, c := range e.table.Columns {
		if c.Generated {
			e.changed[c.Name] = true
		}
	}
}

func (e effect) String() string {
	return fmt.Sprintln(e.table.Name, e.deleted, e.changed, e.depth) // maps are printed in the order of their keys
}

// started lists what a change starts. The rows of a table are also rows of the tables
// that it inherits from as a partition, and a statement on it reaches its children's.
func (k *checker) started(e effect, start int) []effect {
	var out []effect
	of := map[catalog.Name]*catalog.Table{}
	k.family(e.table, of)
	moved := !e.deleted && crosses(of, e)
	for up := e.table; up != nil && up.IsPartition && len(up.Parents) == 1; {
		if up = k.db.Table(up.Parents[0]); up != nil {
			of[up.Name] = up
		}
	}
	if moved { // up to PostgreSQL 14 moving a row is deleting it
		out = append(out, effect{e.table, true, nil, e.depth})
	}
	for _, t := range k.db.Tables {
		for _, fk := range t.Foreign {
			if to := of[fk.RefTable]; to != nil && !k.repeats(t, fk) {
				out = append(out, k.started1(e, to, t, fk, start)...)
			}
		}
	}
	return out
}

// family adds t and all that inherits from it.
func (k *checker) family(t *catalog.Table, to map[catalog.Name]*catalog.Table) {
	if t == nil || to[t.Name] != nil {
		return
	}
	to[t.Name] = t
	for _, n := range t.Children {
		k.family(k.db.Table(n), to)
	}
}

// crosses reports whether an update may move rows between partitions, which are those of the tables
// that it is of: out of a partition that it names no row goes (src/backend/executor/nodeModifyTable.c, ExecCrossPartitionUpdate).
func crosses(of map[catalog.Name]*catalog.Table, e effect) bool {
	for _, t := range of {
		for _, c := range t.PartitionKey {
			if e.changed[c] || c == "" && len(e.changed) > 0 {
				return true
			}
		}
	}
	return false
}

// repeats reports whether a partition's key is the one of its partitioned table, which
// is owned in the same way.
func (k *checker) repeats(t *catalog.Table, fk *catalog.ForeignKey) bool {
	return fk.Inherited && len(t.Parents) == 1 && k.db.Table(t.Parents[0]) != nil &&
		k.own.Of(k.db.Table(t.Parents[0])).Kind == k.own.Of(t).Kind
}

// started1 is what a change of rows of to does to the rows of from that refer to them
// by fk: nothing, or one effect.
func (k *checker) started1(e effect, to, from *catalog.Table, fk *catalog.ForeignKey, start int) []effect {
	if len(fk.Columns) != len(fk.RefColumns) {
		k.fail("foreign key %s of %s is not understood", fk.Name, from.Name)
	}
	action := fk.OnDelete
	if !e.deleted {
		if action = fk.OnUpdate; !slices.ContainsFunc(fk.RefColumns, func(c string) bool { return e.changed[c] }) {
			return nil
		}
	}
	if action == "" || action == "restrict" {
		return nil
	}
	next := effect{table: from, deleted: e.deleted && action == "cascade", changed: map[string]bool{}, depth: k.depth(e.depth, start, to, from, fk)}
	if next.deleted {
		return []effect{next}
	}
	for i, c := range fk.Columns {
		kept := action == "cascade" && !e.changed[fk.RefColumns[i]] || e.deleted && len(fk.SetColumns) > 0 && !slices.Contains(fk.SetColumns, c)
		if !kept {
			next.changed[c] = true
		}
	}
	next.recompute()
	for c := range next.changed {
		col := from.ColumnIndex(c)
		// PostgreSQL allows no ON UPDATE action on a key with a generated column.
		sameParent := action == "cascade" && k.own.Of(from).DecidedBy(col) && k.isLink(to, from, fk) && stores(from.Columns[col])
		if k.own.Decides(from, col) && !sameParent {
			k.fail("foreign key %s changes %s of %s, which decides the owner", fk.Name, c, from.Name)
		}
	}
	return []effect{next}
}

// depth tells how far the rows of from are known to be the tenant's that refer to rows
// of to which are its down to level have. It fails where they may be another tenant's
// though no row refers across tenants.
func (k *checker) depth(have, start int, to, from *catalog.Table, fk *catalog.ForeignKey) int {
	a, b := k.own.Of(from), k.own.Of(to)
	owned := func(o tenancy.Owner) bool { return o.Kind == tenancy.Column || o.Kind == tenancy.Child }
	switch {
	case a.Kind == tenancy.Global:
		return -1
	case reachesOthers(to, from, fk):
		k.fail("foreign key %s reaches rows of %s that need not refer to the changed ones", fk.Name, from.Name)
	case have < 0 || !owned(a) || !owned(b):
		k.fail("foreign key %s reaches rows of every tenant in %s", fk.Name, from.Name)
	case have < start && a.Level > have:
		// From a project up to its organization and down to another of its projects.
		k.fail("foreign key %s reaches rows of every %s in %s", fk.Name, k.own.Levels[a.Level].Name, from.Name)
	}
	k.levelsAgree(from)
	at := min(have, a.Level)
	for level := at; level <= a.Level; level++ {
		if i := from.ColumnIndex(k.columnOf(from, level)); i >= 0 && k.refersBy(fk, from.Columns[i].Name, k.columnOf(to, level)) {
			return at
		}
	}
	if k.isLink(to, from, fk) {
		return at
	}
	for level, l := range k.own.Levels {
		if x := k.columnOf(from, level); k.foreignTo(fk.Columns, fk.RefColumns, x, l.Columns, k.columnOf(to, level)) {
			k.fail("foreign key %s refers by the tenant of %s to what is no tenant", fk.Name, from.Name)
		}
		if y := k.columnOf(to, level); k.foreignTo(fk.RefColumns, fk.Columns, y, l.Columns, k.columnOf(from, level)) {
			k.fail("foreign key %s of %s refers to any tenant", fk.Name, from.Name)
		}
	}
	k.needs(certificate.Premise{Kind: certificate.ForeignKeyPremise, Table: from.Name, Constraint: fk.Name, Columns: fk.Columns})
	return at
}

// columnOf is the name of the column of t that holds the tenant of a level, "" without one.
func (k *checker) columnOf(t *catalog.Table, level int) string {
	if i := k.own.Holder(t, level); i >= 0 {
		return t.Columns[i].Name
	}
	return ""
}

// refersBy reports whether fk pairs two columns.
func (k *checker) refersBy(fk *catalog.ForeignKey, column, to string) bool {
	for i, c := range fk.Columns {
		if c == column && fk.RefColumns[i] == to {
			return true
		}
	}
	return false
}

// foreignTo reports whether x stands in one side of a key opposite to a column that
// neither holds nor is named like the tenant of its level.
func (k *checker) foreignTo(side, opposite []string, x string, spellings []string, holder string) bool {
	for i, c := range side {
		if c == x && opposite[i] != holder && !slices.Contains(spellings, opposite[i]) {
			return true
		}
	}
	return false
}

// isLink reports whether rows of from belong to rows of to, and to nothing else, by the
// columns of fk.
func (k *checker) isLink(to, from *catalog.Table, fk *catalog.ForeignKey) bool {
	o := k.own.Of(from)
	if o.Kind != tenancy.Child || len(o.Parents) != 1 || o.Parents[0].Table != to || len(o.Parents[0].On) == 0 || len(o.Parents[0].When) > 0 || len(o.Parents[0].Where) > 0 {
		return false
	}
	for _, on := range o.Parents[0].On {
		if !k.refersBy(fk, from.Columns[on.Child].Name, to.Columns[on.Parent].Name) {
			return false
		}
	}
	return true
}
