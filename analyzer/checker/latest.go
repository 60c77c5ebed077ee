package checker

import (
	"maps"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// A statement reads what was there when it began, but a row that it changes or locks it waits for, and goes on with its newest
// version (PostgreSQL manual, 13.2.1). Of two rows of two times a key, a foreign key or a parent says nothing: the tag refers to
// a note by now whose id another tenant's note had then.
//
// Where the row was found, it was of the time of the others: the rows of its own FROM list satisfied the conditions with the
// version that was there, and only then are all conditions looked at again with the newest one (src/backend/executor/README,
// EvalPlanQual Processing). Nor does it change its owner. What is evaluated anew for the newest version, a subquery, reads other
// rows as they were: to those it was never matched.

// oneTime reports whether two rows are of one time here, or were when they were matched, or agreed in the pairs of columns then.
func (k *checker) oneTime(from, to *row, pairs []tenancy.Pair, s *scope) bool {
	if len(k.st.Latest) == 0 {
		return true
	}
	a, b := k.versions(from.id), k.versions(to.id)
	then := func(versions map[int]bool) bool { return len(versions) == 1 && versions[0] }
	one := func(versions map[int]bool) bool { return len(versions) == 1 }
	switch {
	case k.matched[from.id] && k.matched[to.id]:
		return true
	case k.matched[from.id] || k.matched[to.id]: // it was there then, too
		return within(b, a, k.matched[from.id]) || within(a, b, k.matched[to.id])
	case from.written && then(a): // a row that is just made refers to what is there by then
		return true
	case then(a) && one(b) && !b[0]:
		return k.keeps(to, pairs, func(p tenancy.Pair) int { return p.Parent }, s)
	case then(b) && one(a) && !a[0]:
		return k.keeps(from, pairs, func(p tenancy.Pair) int { return p.Child }, s)
	}
	return one(a) && maps.Equal(a, b)
}

// within reports whether a row is of the time when the statement began or of that of another, which is matched.
func within(of, other map[int]bool, matched bool) bool {
	for version := range of {
		if version != 0 && !other[version] {
			return false
		}
	}
	return matched
}

// keeps reports whether a row that is waited for was found by the values that it has in columns: conditions beside it say that each
// is that of a parameter, as they did of the version that was there.
func (k *checker) keeps(r *row, pairs []tenancy.Pair, column func(tenancy.Pair) int, s *scope) bool {
	for b, w := range k.writes {
		if b.ID == r.id && w.Kind == query.Insert {
			return false // ON CONFLICT finds the newest version only
		}
	}
	var at *scope
	s.any(s.inside, func(x *scope) bool {
		if slices.ContainsFunc(x.rows, func(y row) bool { return y.id == r.id }) {
			at = x
		}
		return at != nil
	})
	if at == nil || k.st.Latest[r.id] == 0 {
		return false
	}
	return !slices.ContainsFunc(pairs, func(p tenancy.Pair) bool {
		return !at.any(s.inside, func(x *scope) bool {
			return slices.ContainsFunc(x.truths, func(e query.Expr) bool { return given(e, certificate.Column(r.id, column(p))) })
		})
	})
}

// given reports whether a condition says that a column is a parameter.
func given(e query.Expr, column certificate.Term) bool {
	eq, ok := e.(*query.Eq)
	if !ok {
		return false
	}
	a, oka := certificate.ValueOf(eq.L)
	b, okb := certificate.ValueOf(eq.R)
	return oka && okb && (a == column && b.IsParam() || b == column && a.IsParam())
}

// versions is what the row at id may be: 0 of the time when the statement began, else a number of Statement.Latest.
func (k *checker) versions(id query.RelID) map[int]bool {
	all, seen := map[int]bool{}, map[*certificate.RowClaim]bool{}
	var of func(c *certificate.RowClaim)
	at := func(id query.RelID) {
		if placed, ok := k.cert.Rows[id]; ok {
			of(placed.Claim)
		} else {
			all[k.st.Latest[id]] = true
		}
	}
	of = func(c *certificate.RowClaim) {
		if seen[c] { // of a recursive query
			return
		}
		seen[c] = true
		for _, a := range c.Arms {
			of(a)
		}
		if len(c.Arms) == 0 {
			at(c.Row)
		}
	}
	at(id)
	return all
}

// matching runs f for what is evaluated where the rows of a FROM list are found, and returns to what was around.
func (k *checker) matching(from []query.Rel, f func()) {
	saved := k.matched
	k.matched = maps.Clone(saved)
	for _, id := range relIDs(from) {
		if k.st.Latest[id] != 0 {
			if k.matched == nil {
				k.matched = map[query.RelID]bool{}
			}
			k.matched[id] = true
		}
	}
	f()
	k.matched = saved
}

// matchedBy is the FROM list whose rows are behind those of a query.
func matchedBy(of any) []query.Rel {
	if q, ok := of.(*query.Select); ok {
		return q.From
	}
	if w, ok := of.(*query.Write); ok {
		return []query.Rel{w.Target} // of INSERT the row that ON CONFLICT finds, which refers to what the new one does
	}
	return nil
}
