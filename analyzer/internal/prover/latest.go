package prover

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// A row that the statement changes or locks is of its newest version, others are as they were when the statement began: a key
// or foreign key says nothing of two that are not of one time. Where the row was found it was matched with those beside it as
// it was then; subqueries are evaluated again for its newest version (PostgreSQL manual, 13.2.1; src/backend/executor/README).

// oneTime reports whether two rows are of one time, or were when they were matched, or agreed in the pairs of columns then.
func oneTime(a, b *witness, on []tenancy.Pair) bool {
	switch {
	case a.version == b.version, a.matched && b.matched, a.matched && b.version == 0, b.matched && a.version == 0:
		return true
	case a.written && a.version == 0: // one that is just made refers to what is there by then
		return true
	case a.matched || b.matched:
		return false
	}
	kept := func(w *witness, column func(tenancy.Pair) int) bool {
		return !slices.ContainsFunc(on, func(p tenancy.Pair) bool { return !slices.Contains(w.kept, column(p)) })
	}
	return a.version == 0 && kept(b, func(p tenancy.Pair) int { return p.Parent }) || b.version == 0 && kept(a, func(p tenancy.Pair) int { return p.Child })
}

// unmatched is what holds where something is evaluated again for the newest version of rows.
func (e env) unmatched() env {
	if !slices.ContainsFunc(e.witnesses, func(w *witness) bool { return w.matched }) {
		return e
	}
	e.witnesses = slices.Clone(e.witnesses)
	for i, w := range e.witnesses {
		if !w.matched {
			continue
		}
		again := *w
		again.matched, again.kept = false, nil
		for _, f := range e.facts {
			if w.found {
				break
			}
			if f.kind == certificate.Condition && f.a.Of(w.rel) && f.a.IsColumn() && f.b.IsParam() {
				again.kept = append(again.kept, f.a.Number())
			} else if f.kind == certificate.Condition && f.b.Of(w.rel) && f.b.IsColumn() && f.a.IsParam() {
				again.kept = append(again.kept, f.b.Number())
			}
		}
		e.witnesses[i] = &again
	}
	return e
}

// besides leaves out rows that are known elsewhere, as matched no longer.
func (e env) besides(known env) env {
	is := func(w *witness) bool {
		return w.matched && slices.ContainsFunc(known.witnesses, func(k *witness) bool { return k.rel == w.rel && !k.matched })
	}
	if slices.ContainsFunc(e.witnesses, is) {
		e.witnesses = slices.DeleteFunc(slices.Clone(e.witnesses), is)
	}
	return e
}
