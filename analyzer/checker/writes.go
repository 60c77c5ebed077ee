package checker

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

func (k *checker) write(w *query.Write, s *scope) {
	k.target[w.Target], k.writes[w.Target] = true, w
	switch w.Kind {
	case query.Insert:
		k.insert(w, s)
	case query.Update, query.Delete:
		from := append([]query.Rel{w.Target}, w.From...)
		rows := s.child()
		rows.from(from, w.Where)
		for _, r := range from {
			k.rel(r, rows)
		}
		k.filter(from, w.Where, s)
		k.sets(w.Sets, w.Target, rows)
		k.actions(w.Target.Table, w.Kind == query.Delete, w.Sets)
	case query.Merge:
		k.merge(w, s)
		return // RETURNING came with PostgreSQL 17
	default:
		k.fail("the checker does not know %s", w.Kind)
	}
	returned := k.returned(w, s.child())
	for _, o := range w.Returning {
		k.expr(o.Expr, returned)
	}
}

// sets makes sure that assignments leave a row with its tenant.
func (k *checker) sets(sets []query.Set, b *query.Base, s *scope) {
	owner := k.own.Of(b.Table)
	if len(sets) > 0 {
		k.computed(b.Table)
		if k.anew(b.Table, namesOf(b.Table, saying(owner))) {
			k.fail("the owner of %s may be computed anew", b.Table.Name)
		}
	}
	for i := range sets {
		set := &sets[i]
		k.expr(set.Value, s)
		if !k.movable(b.Table, owner, set.Column) && !k.own.Decides(b.Table, set.Column) {
			continue
		}
		value, ok := certificate.ValueOf(set.Value)
		if !ok {
			k.fail("SET computes the owner of %s", b.Table.Name)
		}
		chain := k.cert.Sets[set]
		to := certificate.Column(b.ID, set.Column)
		if value != to && !stores(b.Table.Columns[set.Column]) {
			k.fail("SET may change the value that it gives to %s", b.Table.Columns[set.Column].Name)
		}
		if n := len(chain); owner.Kind == tenancy.Column && set.Column == owner.Column && (n > 0 && chain[n-1].B.IsParam() || n == 0 && value.IsParam()) {
			to = certificate.Param(k.cert.Tenants[owner.Level])
		}
		k.follows(chain, value, to, s)
	}
}

// computed makes sure that no column of another level follows from others, which SET may change.
func (k *checker) computed(t *catalog.Table) {
	m := k.own.Native()
	of := m.Of(t)
	for level := range of.Level + 1 {
		i := m.Holder(t, level)
		if level == of.Level && m == k.own {
			continue // whether SET may change the tenant column sets has seen
		}
		if i >= 0 && t.Columns[i].Generated {
			k.fail("column %s of table %s is computed", t.Columns[i].Name, t.Name)
		}
	}
}

func (k *checker) insert(w *query.Write, s *scope) {
	if w.Source != nil {
		k.query(w.Source, s, link{rel: certificate.NoRel})
	}
	k.adopted(w.Target.Table, true, nil)
	k.fires(w.Target.Table, query.Insert, nil)
	id := k.insertedRow(w, 0)
	row := k.inserted(w, id)
	k.pinned(w.Target, certificate.Inserted, row)
	k.outer(w.Target, 0, id, w.Columns, row)
	if w.Conflict != nil {
		k.conflict(w)
	}
}

// insertedRow is the id that the certificate gives to an inserted row.
func (k *checker) insertedRow(w *query.Write, action int) query.RelID {
	p := k.cert.Pinned(w.Target, certificate.Inserted, action)
	if p == nil {
		return certificate.NoRel
	}
	k.claimID(p.Row)
	return p.Row
}

// proposed is the row that INSERT proposes, standing at id: its columns have the
// source's values where an assignment cast keeps them.
func (k *checker) proposed(w *query.Write, id query.RelID) *scope {
	s := k.root()
	if w.Source != nil {
		s.rows = append(s.rows, row{id: w.SourceID, of: w.Source})
	}
	var kept []int
	for i, col := range w.Columns {
		if i < len(w.Keeps) && w.Keeps[i] {
			if replaced(w, col) {
				continue
			}
			for _, c := range append(k.twins(w.Target.Table, w.Target.Table.Columns[col].Name), col) {
				if !stores(w.Target.Table.Columns[c]) && (c != col || !k.arrivesAsText(w, i)) {
					continue
				}
				kept = append(kept, c)
				s.made = append(s.made, construction{kind: certificate.Given, by: w, a: certificate.Column(id, c), b: certificate.Column(w.SourceID, i)})
			}
		}
	}
	s.rows = append(s.rows, row{id: id, table: w.Target.Table, written: true, has: func(c int) bool { return slices.Contains(kept, c) }})
	return s
}

// inserted is the row that INSERT proposes, whose tenant may come from a default.
func (k *checker) inserted(w *query.Write, id query.RelID) *scope {
	s := k.proposed(w, id)
	if col, ok := k.fromSetting(w); ok {
		before := s.rows[len(s.rows)-1].has
		s.rows[len(s.rows)-1].has = func(c int) bool { return c == col || before(c) }
		s.made = append(s.made, construction{kind: certificate.ByDefault, by: w, a: certificate.Column(id, col), b: certificate.Param(query.BySetting)})
	}
	return s
}

// conflict: the row that is there must be the tenant's too (PostgreSQL manual,
// INSERT, ON CONFLICT).
func (k *checker) conflict(w *query.Write) {
	c, owner := w.Conflict, k.own.Of(w.Target.Table)
	there := k.inserted(w, c.Excluded)
	same := arbiter(w)
	for _, col := range same {
		there.made = append(there.made, met(w, col))
	}
	there.present(w.Target)
	if c.Where != nil {
		k.condition(c.Where, there)
		there.assume(c.Where)
	}
	k.exprs(c.Rest, k.root())
	if owner.Kind != tenancy.Global {
		if c.Update {
			k.pinned(w.Target, certificate.Existing, there)
		} else {
			k.levelsAgree(w.Target.Table)
			if owner.Kind == tenancy.Child && !k.meetsSiblings(w, owner) {
				k.agreed(w.Target.Table)
			}
		}
		if !k.quiet(w, owner) {
			k.fail("ON CONFLICT depends on a key of %s that omits the owner", w.Target.Table.Name)
		}
	}
	k.sets(c.Sets, w.Target, there)
	if c.Update {
		k.actions(w.Target.Table, false, c.Sets)
	}
}

// met says that the row which is there has the proposed one's value in a column of the arbiter.
func met(w *query.Write, col int) construction {
	return construction{kind: certificate.Arbiter, by: w.Conflict, a: certificate.Column(w.Target.ID, col), b: certificate.Column(w.Conflict.Excluded, col)}
}

// returned is what is true on the rows that RETURNING yields.
func (k *checker) returned(w *query.Write, s *scope) *scope {
	from := append([]query.Rel{w.Target}, w.From...)
	switch {
	case w.Kind == query.Delete:
		s.from(from, w.Where)
		return s
	case w.Kind == query.Insert && (w.Conflict == nil || !w.Conflict.Update):
		in := k.proposed(w, w.Target.ID)
		in.up = s
		return in
	case w.Kind == query.Insert:
		return k.upserted(w, s)
	}
	changed := map[int]bool{}
	for i, c := range w.Target.Table.Columns {
		changed[i] = c.Generated || replaced(w, i)
	}
	for _, set := range w.Sets {
		changed[set.Column] = true
	}
	s.changed, s.stale = w.Target.ID, func(col int) bool { return changed[col] }
	s.from(from, w.Where)
	for i := range s.rows {
		if s.rows[i].id == w.Target.ID {
			s.rows[i].written = retied(w.Target.Table, changed)
		}
	}
	for i := range w.Sets {
		set := &w.Sets[i]
		if t, ok := certificate.ValueOf(set.Value); ok && stores(w.Target.Table.Columns[set.Column]) && !replaced(w, set.Column) && (!t.Of(w.Target.ID) || !changed[t.Number()]) {
			s.made = append(s.made, construction{kind: certificate.Assigned, by: set, a: certificate.Column(w.Target.ID, set.Column), b: t})
		}
	}
	return s
}

// retied reports whether an update of the changed columns may make a row another one for a
// key, or refer to another row: the foreign key is checked later, if at all.
func retied(t *catalog.Table, changed map[int]bool) bool {
	ties := make([]string, 0, len(changed))
	for _, key := range t.Keys {
		ties = append(ties, key.Columns...)
	}
	for _, fk := range t.Foreign {
		ties = append(ties, fk.Columns...)
	}
	return slices.ContainsFunc(t.ColumnIndexes(ties), func(c int) bool { return changed[c] })
}

// upserted: the row may be the one that was there, which equals the proposed one in
// the arbiter's columns only.
func (k *checker) upserted(w *query.Write, s *scope) *scope {
	in := k.proposed(w, w.Conflict.Excluded)
	in.up = s
	var same []int
	for _, col := range arbiter(w) {
		if !replaced(w, col) && !slices.ContainsFunc(w.Conflict.Sets, func(set query.Set) bool { return set.Column == col }) {
			same = append(same, col)
			in.made = append(in.made, met(w, col))
		}
	}
	in.rows = append(in.rows, row{id: w.Target.ID, table: w.Target.Table, written: true, has: func(c int) bool { return slices.Contains(same, c) }})
	return in
}
