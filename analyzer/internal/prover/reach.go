package prover

import (
	"fmt"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// reach follows what a write starts by foreign keys with actions (PostgreSQL manual,
// 5.4.5) through all tables, and asks whose the rows are that it reaches. Rows that can
// be another tenant's although no row refers across tenants are refused; where only such
// a reference could do harm, the foreign key becomes a premise.
type reach struct {
	p     *prover
	write *query.Write
	start int // the level of the tenant whose rows are written, anybody for global ones
	seen  map[string]bool
	told  bool
}

// anybody is the level of rows that belong to no tenant or to any.
const anybody = -1

// change is what happens to rows of a table.
type change struct {
	table   *catalog.Table
	deleted bool
	columns []string    // that an update changes
	level   int         // down to which the rows are the tenant's, or anybody
	keys    []Reference // that led there
}

// reach judges what an UPDATE or DELETE of rows of w's target starts. A column that
// decides the owner keeps its value, or the statement is refused for that.
func (p *prover) reach(w *query.Write, kind query.WriteKind, sets []query.Set) {
	r := &reach{p: p, write: w, start: anybody, seen: map[string]bool{}}
	t := w.Target.Table
	if o := p.own.Of(t); o.Kind == tenancy.Column || o.Kind == tenancy.Child {
		r.start = o.Level
	}
	c := change{table: t, deleted: kind == query.Delete, level: r.start}
	for _, s := range sets {
		if !p.own.Decides(t, s.Column) {
			c.columns = append(c.columns, t.Columns[s.Column].Name)
		}
	}
	if kind == query.Update && len(sets) > 0 {
		c.columns = append(c.columns, generated(t)...)
	}
	r.follow(c)
}

// generated lists the columns that any change of a row may change too.
func generated(t *catalog.Table) []string {
	var names []string
	for _, c := range t.Columns {
		if c.Generated {
			names = append(names, c.Name)
		}
	}
	return names
}

// follow takes each foreign key that acts on a change.
func (r *reach) follow(c change) {
	slices.Sort(c.columns)
	key := fmt.Sprintf("%p %v %d %q", c.table, c.deleted, c.level, c.columns)
	if r.seen[key] {
		return
	}
	r.seen[key] = true
	if c.deleted {
		r.p.adopts(c.table, nil)
	} else {
		r.p.adopts(c.table, append([]string{}, c.columns...))
	}
	kin := r.kin(c.table)
	for _, from := range r.p.db.Tables {
		for _, fk := range from.Foreign {
			i := slices.IndexFunc(kin, func(t *catalog.Table) bool { return t.Name == fk.RefTable })
			if i >= 0 && fk.Acts(c.deleted, c.columns) && !r.copied(from, fk) {
				r.act(c, kin[i], from, fk)
			}
		}
	}
	if !c.deleted && r.moves(kin, c.columns) {
		c.deleted, c.columns = true, nil
		r.follow(c)
	}
}

// kin lists the tables that rows of t are in: t, what inherits from it, and what it is
// a partition of. A key to an inheritance parent says nothing of its children's rows.
func (r *reach) kin(t *catalog.Table) []*catalog.Table {
	all := r.p.heirs(t)
	for up := t; up != nil && up.IsPartition && len(up.Parents) > 0; {
		if up = r.p.db.Table(up.Parents[0]); up != nil {
			all = append(all, up)
		}
	}
	return all
}

// moves reports whether an update can move a row to another partition: PostgreSQL 14
// deletes it from the first, which starts what a DELETE does (manual, UPDATE, Notes).
func (r *reach) moves(kin []*catalog.Table, changed []string) bool {
	return len(changed) > 0 && slices.ContainsFunc(kin, func(t *catalog.Table) bool {
		return slices.ContainsFunc(t.PartitionKey, func(c string) bool { return c == "" || slices.Contains(changed, c) })
	})
}

// copied reports whether fk is a partition's copy of a key that is met at its table.
func (r *reach) copied(t *catalog.Table, fk *catalog.ForeignKey) bool {
	if !fk.Inherited || len(t.Parents) == 0 {
		return false
	}
	up := r.p.db.Table(t.Parents[0])
	return up != nil && r.p.own.Of(up).Kind == r.p.own.Of(t).Kind
}

// act takes a change of rows of to over fk to the rows of from that refer to them.
func (r *reach) act(c change, to, from *catalog.Table, fk *catalog.ForeignKey) {
	next := change{table: from, level: anybody, keys: append(slices.Clip(c.keys), Reference{fk, from})}
	action := fk.OnUpdate
	if c.deleted {
		action = fk.OnDelete
	}
	switch {
	case c.deleted && action == "cascade":
		next.deleted = true
	case action == "cascade":
		for i, col := range fk.RefColumns {
			if i < len(fk.Columns) && slices.Contains(c.columns, col) {
				next.columns = append(next.columns, fk.Columns[i])
			}
		}
	case c.deleted && len(fk.SetColumns) > 0:
		next.columns = slices.Clone(fk.SetColumns)
	default:
		next.columns = slices.Clone(fk.Columns)
	}
	owner := r.p.own.Of(from)
	if owner.Kind != tenancy.Global {
		if pair, yes := strays(from, to, fk); yes {
			r.stray(next, c.deleted, pair)
			return
		}
		if c.level == anybody || owner.Kind == tenancy.Undeclared || !r.mine(c, to, from, fk) {
			r.refuse(ReachesOthers, KeyAction{Table: from, Path: next.keys, Deleted: c.deleted})
			return
		}
		r.p.agree(from)
		next.level = min(c.level, owner.Level)
	}
	if !next.deleted {
		r.assigns(&next, to, fk, action)
	}
	r.follow(next)
}

// mine reports whether the rows of from that refer to the tenant's rows of to are the
// tenant's, if need be by a premise.
func (r *reach) mine(c change, to, from *catalog.Table, fk *catalog.ForeignKey) bool {
	m, level := r.p.own, r.p.own.Of(from).Level
	if m.Of(to).Kind != tenancy.Column && m.Of(to).Kind != tenancy.Child || level > c.level && c.level < r.start {
		return false // of the organization, but maybe of another project
	}
	least, crossing := min(level, c.level), false
	for i, name := range fk.Columns {
		if i >= len(fk.RefColumns) {
			return false
		}
		for l := range m.Levels {
			x, y := m.Holder(from, l) == from.ColumnIndex(name), m.Holder(to, l) == to.ColumnIndex(fk.RefColumns[i])
			switch {
			case x && y && l >= least:
				return true
			case x && !slices.Contains(m.Levels[l].Columns, fk.RefColumns[i]) && !y, y && !slices.Contains(m.Levels[l].Columns, name) && !x:
				crossing = true
			}
		}
	}
	if linkedBy(m, from, to, fk) {
		return true
	}
	if !crossing {
		r.p.assumed = append(r.p.assumed, certificate.Refers(from, to, fk))
	}
	return !crossing
}

// linkedBy reports whether fk is the one way in which rows of from belong to rows of to.
func linkedBy(m *tenancy.Map, from, to *catalog.Table, fk *catalog.ForeignKey) bool {
	parents := m.Of(from).Parents
	return m.Of(from).Kind == tenancy.Child && len(parents) == 1 && parents[0].Table == to && len(parents[0].When)+len(parents[0].Where) == 0 && !slices.ContainsFunc(parents[0].On, func(on tenancy.Pair) bool {
		i := slices.Index(fk.Columns, from.Columns[on.Child].Name)
		return i < 0 || i >= len(fk.RefColumns) || fk.RefColumns[i] != to.Columns[on.Parent].Name
	})
}

// assigns judges the columns that an action sets: those that decide the owner may only
// get the new key of the same parent row.
func (r *reach) assigns(next *change, to *catalog.Table, fk *catalog.ForeignKey, action string) {
	t, m := next.table, r.p.own
	next.columns = append(next.columns, generated(t)...)
	for _, name := range next.columns {
		col := t.ColumnIndex(name)
		follows := action == "cascade" && m.Of(t).Kind == tenancy.Child && m.Of(t).DecidedBy(col) && linkedBy(m, t, to, fk) && holdsAll(t.Columns[col])
		if !m.Decides(t, col) || follows {
			continue
		}
		free := slices.DeleteFunc(slices.Clone(fk.Columns), func(c string) bool { return m.Decides(t, t.ColumnIndex(c)) })
		r.refuse(MovedByKey, KeyAction{Table: t, Path: next.keys, Column: name, Free: free})
	}
}

// holdsAll reports whether a column stores every value of its family as it is: a key that
// ON UPDATE CASCADE assigns to varchar(n) or numeric(p, s) may become somebody else's.
func holdsAll(c *catalog.Column) bool { return tenancy.Family(c) != "" && !c.Value.Modified }

// refuse reports one failure for a write: the others mostly have the same cause.
func (r *reach) refuse(kind FailureKind, action KeyAction) {
	if !r.told {
		target := r.write.Target
		r.p.fails = append(r.p.fails, Failure{Kind: kind, At: Occurrence{Base: target, Target: true, Write: r.write.Kind}, Pos: target.Pos, Owner: r.p.own.Of(target.Table), Action: &action})
	}
	r.told = true
}
