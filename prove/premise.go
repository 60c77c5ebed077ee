package prove

import (
	"context"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// Premise is what the proof of a query rests on though nothing guarantees it: that a
// foreign key without the tenant refers to rows of the same tenant only, that no row of
// a child table has outlived its parent, or that the parents of a row are one tenant's.
type Premise struct {
	Kind       analyzer.PremiseKind
	Table      catalog.Name // of the foreign key, or the child
	Constraint string
	Columns    []string
	Text       string // in words
}

// consistent leaves out of a pair the rows that break a premise of the query, and those
// that cannot do without them. It tells which premises were broken.
func (p *prover) consistent(q *query, s *pair) (*pair, []*Premise) {
	var broken []*Premise
	keep := func(state, part []*row) []*row {
		return slices.DeleteFunc(slices.Clone(part), func(r *row) bool {
			found := p.breaks(q, state, r)
			for _, b := range found {
				if !slices.Contains(broken, b) {
					broken = append(broken, b)
				}
			}
			return len(found) > 0
		})
	}
	c := &pair{first: s.first, irregular: s.irregular}
	c.shared = resting(keep(s.shared, s.shared), nil, s.shared)
	for side := range 2 {
		c.others[side] = resting(keep(s.rows(side), s.others[side]), c.shared, s.rows(side))
	}
	return c, broken
}

// breaks lists the premises of the query that a row of a state breaks.
func (p *prover) breaks(q *query, state []*row, r *row) []*Premise {
	var broken []*Premise
	for _, premise := range q.Assumes {
		if of := p.byName[premise.Table]; of != nil && p.leaves[of.oid] == r.table && premise.brokenBy(r, state) {
			broken = append(broken, premise)
		}
	}
	return broken
}

// brokenBy reports whether a row of the premise's table is not as the premise says.
func (p *Premise) brokenBy(r *row, state []*row) bool {
	switch p.Kind {
	case analyzer.ForeignKeyPremise:
		return slices.ContainsFunc(r.table.refs, func(ref *ref) bool {
			return p.concerns(r.table, ref) && slices.ContainsFunc(r.referred(ref, state), func(o *row) bool { return !sameOwner(r, o) })
		})
	case analyzer.LinkPremise:
		return slices.ContainsFunc(r.table.refs, func(ref *ref) bool {
			return ref.kind == parentRow && p.concerns(r.table, ref) && len(r.referred(ref, state)) == 0 &&
				!slices.ContainsFunc(ref.columns, func(c int) bool { return r.values[c] == nil })
		})
	case analyzer.LevelsPremise:
		return r.astray
	case analyzer.AgreementPremise:
		var parents []*row
		for _, ref := range r.table.refs {
			if ref.kind == parentRow {
				parents = append(parents, r.referred(ref, state)...)
			}
		}
		return slices.ContainsFunc(parents, func(o *row) bool { return !sameOwner(o, parents[0]) || !sameOwner(parents[0], o) })
	}
	return false
}

// concerns reports whether a premise about a key or link is about a ref of t.
func (p *Premise) concerns(t *table, r *ref) bool {
	return p.Constraint != "" && r.name == p.Constraint || len(p.Columns) > 0 && slices.Equal(t.indexes(p.Columns), r.columns)
}

// referred are the rows of a state that a row refers to.
func (r *row) referred(ref *ref, state []*row) []*row {
	return slices.DeleteFunc(slices.Clone(state), func(o *row) bool { return o.table != ref.table || !refersTo(r, ref, o) })
}

// sameOwner reports whether two rows are of one tenant of each level that both have.
func sameOwner(a, b *row) bool {
	if a.who == nil || b.who == nil {
		return b.who == nil // what all share may be referred to by everybody
	}
	n := 1 + min(a.table.owner.Level, b.table.owner.Level)
	return slices.Equal(a.who[:n], b.who[:n])
}

// resting are the rows of a part that still find what they refer to: whatever was there
// is in the part or in the base.
func resting(part, base, was []*row) []*row {
	for {
		n := len(part)
		all := slices.Concat(base, part)
		part = slices.DeleteFunc(part, func(r *row) bool {
			return slices.ContainsFunc(r.table.refs, func(ref *ref) bool {
				to := func(o *row) bool { return o.table == ref.table && refersTo(r, ref, o) }
				return ref.kind != likely && slices.ContainsFunc(was, to) && !slices.ContainsFunc(all, to)
			})
		})
		if len(part) == n {
			return part
		}
	}
}

// covered reports whether only a premise of the query stands between two states and
// another outcome, and notes which. Otherwise the pair is reduced to what keeps them.
func (c *confirmer) covered(ctx context.Context, s *pair) (*pair, bool, error) {
	kept, broken := c.consistent(c.q, s)
	if len(broken) == 0 {
		return s, false, nil
	}
	attempts, err := c.both(kept.rows(0), kept.rows(1))
	if err != nil {
		if ctx.Err() != nil || c.conn.IsClosed() {
			return nil, false, err
		}
		return s, false, nil // no such rows can be: the difference stays
	}
	if c.judge(attempts) != "" {
		return kept, false, nil
	}
	for _, b := range broken {
		if !slices.Contains(c.q.Covered, b) {
			c.q.Covered = append(c.q.Covered, b)
		}
	}
	return nil, true, nil
}
