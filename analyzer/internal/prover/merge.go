package prover

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// merge proves MERGE. It joins its source to its target (PostgreSQL manual, MERGE,
// Description): with an action that inserts, a source row without a match matters
// too, so ON filters the target and never the source, as in source LEFT JOIN target.
// What the actions ask in WHEN … AND comes after the match and cannot undo it.
func (p *prover) merge(w *query.Write, given env) {
	both := append([]query.Rel{w.Target}, w.From...)
	here := p.surviving(both, w.Where)
	matched := given.and(here)
	source := given.and(p.surviving(w.From, nil))
	p.occurrence(pin{base: w.Target, row: w.Target.ID, target: true, write: query.Merge}, matched)
	filter := matched
	if w.Inserts() {
		filter = source
	}
	for _, r := range w.From {
		p.demandRel(r, filter)
	}
	if w.Where != nil && query.HasSub(w.Where) {
		// A pair that does not satisfy ON decides whether the source row has a match.
		p.demandCondition(w.Where, given.and(p.fromOnly(both, relSet{})))
	}
	for i := range w.Actions {
		a := &w.Actions[i]
		row := source
		if a.Matched {
			row = matched
		}
		if a.When != nil {
			p.demandCondition(a.When, row)
			row = row.and(p.holds(a.When, row))
		}
		if a.Kind != query.Insert && !a.Nothing {
			p.reach(w, a.Kind, a.Sets)
		}
		p.sets(a.Sets, w.Target, row)
		if a.Kind == query.Insert && !a.Nothing {
			p.mergeInsert(w, i, row)
		}
	}
}

// mergeInsert proves that the row which an action inserts carries the tenant.
func (p *prover) mergeInsert(w *query.Write, action int, row env) {
	a, owner, id := &w.Actions[action], p.own.Of(w.Target.Table), p.fresh()
	p.demandExprs(a.Values, row)
	p.adopts(w.Target.Table, nil)
	if owner.Kind != tenancy.Column && owner.Kind != tenancy.Child {
		return // the target itself is judged as an occurrence
	}
	proposed := &witness{rel: id, table: w.Target.Table, cols: map[int]term{}, written: true}
	copied := p.copied(w.Target.Table)
	for i, c := range a.Columns {
		t, ok := valueOf(a.Values[i])
		if !ok {
			continue
		}
		for _, c := range append([]int{c}, copied[c]...) {
			row.facts = append(row.facts[:len(row.facts):len(row.facts)], &fact{a: columnTerm(id, c), b: t, kind: certificate.Given, node: a})
			proposed.cols[c] = columnTerm(id, c)
		}
	}
	made := row.and(env{witnesses: []*witness{proposed}})
	p.inserted(pin{base: w.Target, row: id, action: action, env: made}, owner, func(c int) supplied {
		i := slices.Index(a.Columns, c)
		if i < 0 {
			return absent
		}
		return givenAs(a.Values[i])
	})
	p.outer(w.Target, id, action, a.Columns, made)
}
