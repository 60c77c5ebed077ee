package prover

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// term is a value that an equality can be about: a column of a relation
// occurrence, a parameter, or the owner of a row.
type term = certificate.Term

func paramTerm(n int) term                   { return certificate.Param(n) }
func ownerTerm(r query.RelID) term           { return certificate.Owner(r) }
func columnTerm(r query.RelID, col int) term { return certificate.Column(r, col) }

// fact is an equality that holds, with the text and place it comes from. kind and
// node tell why, for the certificate: see package certificate. Facts do not change.
type fact struct {
	a, b  term
	text  string
	pos   query.Span
	kind  certificate.Kind
	node  any
	index int
}

// witness is a row of a table that is known to exist: the row of a FROM item, or
// the one that makes EXISTS true or that an output row of a subquery comes from.
type witness struct {
	rel   query.RelID
	table *catalog.Table
	// cols maps the table's columns to terms, nil for a table occurrence itself.
	cols map[int]term
	// written marks a row that the statement itself makes: it is in no snapshot, so
	// no other row can be shown to be the same one.
	written bool
	// passes are tests that are true of the row, besides those that facts tell of its columns.
	passes []tenancy.Test
	// refreshed is the materialized view within which it was read, 0 for none: rows of two times are
	// kept together by nothing.
	refreshed int
	// version is that of Statement.Latest, 0 for what was there when the statement began, as which a row that is
	// matched with those beside it may be taken, too. They are all of one FROM list.
	version int
	matched bool
	// found is the row that ON CONFLICT finds in its newest version, which nothing was matched with before.
	found bool
	// kept are columns that are parameters by conditions beside a row that is matched no longer.
	kept []int
	// only is the one parent that counts of a row that is to be proved the tenant's by
	// each of its parents, nil when any does.
	only *tenancy.Parent
	// byColumn has no parent count of a row that is to be proved the tenant's by its own column.
	byColumn bool
}

func (w *witness) col(i int) (term, bool) {
	if w.cols == nil {
		return columnTerm(w.rel, i), true
	}
	t, ok := w.cols[i]
	return t, ok
}

// env is what holds for the rows that matter at some place in a statement. Its
// slices are shared: they are appended to, never changed.
type env struct {
	facts     []*fact
	witnesses []*witness
	// real holds relations of which a row must exist, because a condition rejects
	// the null-extended row.
	real relSet
	// ors are the disjunctions that are true: they may say what read_also allows.
	ors []*query.Or
	// outers are the outer joins of rows that are here: where a side that may be missing is known to be
	// there, their ON is true.
	outers []*query.Join
	// either are the disjunctions that are true of the rows of whole joins: of a FULL JOIN they may say
	// something of each side.
	either []*query.Or
}

func (e env) and(others ...env) env {
	facts, witnesses := len(e.facts), len(e.witnesses)
	for _, o := range others {
		facts += len(o.facts)
		witnesses += len(o.witnesses)
	}
	out := env{slices.Clip(e.facts), slices.Clip(e.witnesses), e.real, slices.Clip(e.ors), slices.Clip(e.outers), slices.Clip(e.either)}
	if facts > len(e.facts) {
		out.facts = slices.Grow(out.facts, facts-len(e.facts))
	}
	if witnesses > len(e.witnesses) {
		out.witnesses = slices.Grow(out.witnesses, witnesses-len(e.witnesses))
	}
	for _, o := range others {
		out.facts = append(out.facts, o.facts...)
		out.witnesses = append(out.witnesses, o.witnesses...)
		out.real = out.real.and(o.real)
		out.ors = append(out.ors, o.ors...)
		out.outers = append(out.outers, o.outers...)
		out.either = append(out.either, o.either...)
	}
	return out
}

// implied tells which constraint or declaration makes the owners of two rows equal.
type implied struct {
	from, to *witness
	on       []tenancy.Pair
	key      *catalog.Key
	foreign  *catalog.ForeignKey
	parent   *tenancy.Parent
	graph    *graph // in which the pairs are equal by facts added before this one
}

// imply adds what constraints and parent declarations make equal until nothing
// new follows.
func (g *graph) imply(ws []*witness) {
	if len(ws) < 2 {
		return
	}
	pairs := g.agreeing(ws)
	for again := true; again; {
		again = false
		for i, a := range ws {
			for j, b := range ws {
				if i == j || !pairs.may(i, j) {
					continue
				}
				if f := g.sameOwner(a, b); f != nil {
					g.implied++
					f.index = g.implied
					pairs.same(f)
					again = true
				}
			}
		}
	}
}

// sameOwner tells why a and b must have one owner, nil when that does not follow.
func (g *graph) sameOwner(a, b *witness) *fact {
	if a.refreshed != b.refreshed {
		return nil
	}
	because := func(kind certificate.Kind, why *implied, text string) *fact {
		why.from, why.to, why.graph = a, b, g
		return &fact{a: ownerTerm(a.rel), b: ownerTerm(b.rel), text: text, kind: kind, node: why}
	}
	if a.table == b.table && !a.written && !b.written {
		for _, k := range a.table.Keys {
			on := tenancy.Pairs(a.table, k.Columns, b.table, k.Columns)
			if tenancy.Identifies(a.table, k) && g.joined(a, b, on) {
				return because(certificate.SameRow, &implied{on: on, key: k}, certificate.SaysSameRow(a.table, k))
			}
		}
	}
	for _, p := range g.own.Of(a.table).Parents {
		if a.byColumn || a.only != nil && !a.only.Same(p) {
			continue
		}
		// A row that is only proposed is nobody's parent yet: another may have its key.
		if p.Table == b.table && b.table.Unsure == "" && (a.written || !b.written) && g.joined(a, b, p.On) && g.told(a, p) && g.live(b, p) {
			return because(certificate.ParentRow, &implied{on: p.On, parent: &p}, certificate.SaysParentRow(a.table, b.table))
		}
	}
	if a.written || b.written {
		return nil
	}
	for _, fk := range a.table.Foreign {
		if fk.RefTable != b.table.Name {
			continue
		}
		if on, ok := g.own.Carries(fk, a.table, b.table); ok && g.joined(a, b, on) {
			return because(certificate.ForeignKey, &implied{on: on, foreign: fk}, certificate.SaysForeignKey(a.table, fk))
		}
	}
	return nil
}

// joined reports whether the rows agree in all pairs as a key has it.
func (g *graph) joined(a, b *witness, on []tenancy.Pair) bool {
	return oneTime(a, b, on) && !slices.ContainsFunc(on, func(p tenancy.Pair) bool {
		x, okx := a.col(p.Child)
		y, oky := b.col(p.Parent)
		return !okx || !oky || !g.same(x, y) || !g.valued(a, b, p)
	})
}
