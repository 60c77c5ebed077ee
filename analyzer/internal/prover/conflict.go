package prover

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// conflict proves ON CONFLICT: the row that is there already must be the tenant's, by
// the arbiter. A WHERE of DO UPDATE that pins it is not enough: where another tenant has
// the key, the proposed row vanishes without an error (PostgreSQL manual, INSERT, ON
// CONFLICT).
func (p *prover) conflict(w *query.Write, owner tenancy.Owner) {
	c, arb := w.Conflict, arbiter(w)
	existing := p.defaulting(w, c.Excluded, p.proposed(w, c.Excluded))
	for _, col := range arb {
		if col >= 0 {
			existing.facts = append(existing.facts, &fact{a: columnTerm(w.Target.ID, col), b: columnTerm(c.Excluded, col), text: certificate.SaysArbiter, pos: c.Pos, kind: certificate.Arbiter, node: c})
		}
	}
	there := *p.witness(w.Target)[0]
	there.found = true
	existing.witnesses = append(existing.witnesses, &there)
	if c.Where != nil {
		p.demandCondition(c.Where, existing)
		existing = existing.and(p.holds(c.Where, existing))
	}
	p.demandExprs(c.Rest, env{})
	if owner.Kind == tenancy.Column || owner.Kind == tenancy.Child {
		p.agree(w.Target.Table) // or a row of two tenants may be in the way, DO NOTHING or not
		pinned := true          // what is not pinned is reported as that
		if c.Update {
			at := pin{base: w.Target, row: w.Target.ID, role: certificate.Existing, level: owner.Level, target: true, write: query.Update, env: existing}
			at.close(p, ownerTerm(w.Target.ID))
			p.pins = append(p.pins, at)
			pinned = len(at.params) > 0
		} else if !p.allNamed(w, owner, arb) && !tenancy.Agree(p.db, w.Target.Table, owner.Parents) {
			p.assumed = append(p.assumed, certificate.Agreement(w.Target.Table, owner.Parents))
		}
		if against := p.foreignConflict(w, owner, arb); pinned && against != nil {
			at := Occurrence{Base: w.Target, Level: owner.Level, Role: certificate.Inserted, Target: true, Write: query.Insert}
			if c.Update {
				at.Role, at.Write = certificate.Existing, query.Update
			}
			p.fails = append(p.fails, Failure{Kind: ForeignConflict, At: at, Pos: c.Pos, Owner: owner, Against: *against})
		}
	}
	p.sets(c.Sets, w.Target, existing)
	if c.Update {
		p.reach(w, query.Update, c.Sets)
	}
}

// allNamed reports whether a row that is in the way of a new one has all the parents that the
// new one has, so that it is of the same tenant by each: the conflict is over what says so.
func (p *prover) allNamed(w *query.Write, owner tenancy.Owner, arb []int) bool {
	if owner.Kind != tenancy.Child {
		return true
	}
	names := func(columns []int) bool {
		return !slices.ContainsFunc(owner.Deciding(), func(c int) bool { return !slices.Contains(columns, c) })
	}
	if !w.Conflict.Any {
		return names(arb)
	}
	return !slices.ContainsFunc(p.parts(w.Target.Table), func(part *catalog.Table) bool {
		return len(part.Exclusions) > 0 || slices.ContainsFunc(part.Keys, func(k *catalog.Key) bool { return !names(w.Target.Table.ColumnIndexes(k.Columns)) })
	})
}

// foreignConflict tells what lets a row of another tenant conflict with the proposed
// one, nil when nothing does.
func (p *prover) foreignConflict(w *query.Write, owner tenancy.Owner, arb []int) *Against {
	t := w.Target.Table
	unsure := func(part *catalog.Table) bool { return part.Unsure != "" }
	if (w.Conflict.Any || w.Conflict.Constraint != "") && slices.ContainsFunc(p.parts(t), unsure) {
		return &Against{Unseen: true}
	}
	for _, x := range t.Exclusions {
		if w.Conflict.Constraint != "" && x.Name == w.Conflict.Constraint {
			arb = t.ColumnIndexes(compared(x))
		}
	}
	if !w.Conflict.Any {
		if !p.keepsApart(t, owner, arb, p.nullsMeet(t)) {
			return &Against{}
		}
		return nil
	}
	for _, part := range p.parts(t) {
		for _, k := range part.Keys {
			if !tenancy.Exact(k) || !p.keepsApart(t, owner, t.ColumnIndexes(k.Columns), k.NullsNotDistinct) {
				return &Against{}
			}
		}
		for _, x := range part.Exclusions {
			if !p.keepsApart(t, owner, t.ColumnIndexes(compared(x)), false) {
				return &Against{Exclusion: x.Name}
			}
		}
	}
	return nil
}

// compared lists the columns in which rows that an exclusion constraint keeps from
// standing together are equal.
func compared(x *catalog.Exclusion) []string {
	var cols []string
	for _, e := range x.Elements {
		if e.Column != "" && e.Operator == "=" && !e.Special {
			cols = append(cols, e.Column)
		}
	}
	return cols
}

// parts lists the tables into which an INSERT into t may put its row: t and the
// partitions below it, which have indexes of their own (PostgreSQL manual, 5.11.2).
func (p *prover) parts(t *catalog.Table) []*catalog.Table {
	all := []*catalog.Table{t}
	for i := 0; i < len(all); i++ {
		for _, n := range all[i].Children {
			if part := p.db.Table(n); part != nil && part.IsPartition {
				all = append(all, part)
			}
		}
	}
	return all
}

// nullsMeet reports whether a unique key of t takes nulls for equal.
func (p *prover) nullsMeet(t *catalog.Table) bool {
	return slices.ContainsFunc(p.parts(t), func(part *catalog.Table) bool {
		return slices.ContainsFunc(part.Keys, func(k *catalog.Key) bool { return k.NullsNotDistinct })
	})
}

// keepsApart reports whether rows that agree in columns of t have one owner. Rows that
// agree in NULL for one of several parents may have different others.
func (p *prover) keepsApart(t *catalog.Table, owner tenancy.Owner, columns []int, nulls bool) bool {
	if owner.Kind == tenancy.Child && len(owner.Parents) > 1 && nulls {
		columns = slices.DeleteFunc(slices.Clone(columns), func(c int) bool { return c >= 0 && !t.Columns[c].NotNull })
	}
	return owner.CoveredBy(columns)
}
