package checker

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// scope is what is true at a place in a statement, for the rows that matter there.
// A scope adds to the one above it.
type scope struct {
	up     *scope
	truths []query.Expr // conditions that hold
	rows   []row        // relations of which there is a row
	// real holds the relations of which truths, and the conditions whose other rows do not
	// matter here, reject the null-extended row. seen remembers what each condition rejects.
	real  relations
	seen  map[query.Expr]relations
	joins *around        // of the statement; nil looks each time
	outer []outer        // joins of which a side is not known to have a row
	inner []*query.Join  // joins of a scope above that turn out to be inner ones here
	made  []construction // what is equal by construction
	// members holds what a true EXISTS or IN says of a row of its own. It does not count
	// within that subquery, where other rows matter too: inside lists those subqueries.
	members []member
	inside  []*query.Sub
	outside *scope // of a member: what is real there is real here
	subs    map[query.RelID]*query.Sub
	// stale columns of relation changed are those that a write has changed since the
	// conditions were true.
	changed query.RelID
	stale   func(col int) bool
	// padded marks a side of an outer join whose rows may be left out for a row of nulls,
	// of which the conditions above may be true.
	padded bool
	// pads are the relations below the sides of an outer join of which a row may be left
	// out for a row of nulls: what tests above say of their columns may be said of that.
	pads relations
	// home is where the OR holds of which this scope is one arm, nil for a scope of its own: that
	// a row is there says something of the arm only where it is there already.
	home *scope
	// level is the SELECT of which this is about the rows that satisfy WHERE, side the side of a FULL JOIN of
	// which it is about the rows.
	level *query.Select
	side  sideOf
}

// sideOf is one of a join.
type sideOf struct {
	join *query.Join
	of   query.Rel
}

// outer is a join as it was last seen.
type outer struct {
	join *query.Join
	kind query.JoinKind
}

// member is a subquery with what is true of a row of it.
type member struct {
	sub *query.Sub
	of  *scope
}

// row is a relation of which there is a row at this place.
type row struct {
	id      query.RelID
	table   *catalog.Table // of a table
	of      any            // query.Query or *query.CTE, of another relation
	written bool           // made by the statement itself, so no other row is the same
	// has restricts the columns that are known; nil means all.
	has   func(col int) bool
	tests []tenancy.Test // that are true of it
}

func (s *scope) child() *scope {
	return &scope{up: s, subs: s.subs, seen: s.seen, joins: s.joins, changed: s.changed, stale: s.stale, inside: s.inside}
}

// within is the scope inside a subquery, which may not prove itself.
func (s *scope) within(sub *query.Sub) *scope {
	in := s.child()
	in.inside = append(slices.Clip(s.inside), sub)
	return in
}

// any reports whether f is true of a scope that counts inside the given subqueries.
func (s *scope) any(inside []*query.Sub, f func(*scope) bool) bool {
	for ; s != nil; s = s.up {
		if f(s) {
			return true
		}
		for _, m := range s.members {
			if !slices.Contains(inside, m.sub) && m.of.any(inside, f) {
				return true
			}
		}
	}
	return false
}

func (s *scope) holds(e query.Expr) bool {
	sub, _ := e.(*query.Sub)
	return !slices.Contains(s.inside, sub) && s.any(s.inside, func(s *scope) bool { return slices.Contains(s.truths, e) })
}

// where is the innermost scope of which e is one of the truths.
func (s *scope) where(e query.Expr) *scope {
	var at *scope
	s.any(s.inside, func(x *scope) bool {
		if slices.Contains(x.truths, e) {
			at = x
		}
		return at != nil
	})
	if at != nil && at.home != nil {
		return at.home
	}
	return at
}

func (s *scope) row(id query.RelID) *row {
	var found *row
	s.any(s.inside, func(s *scope) bool {
		i := slices.IndexFunc(s.rows, func(r row) bool { return r.id == id })
		if i >= 0 {
			found = &s.rows[i]
		}
		return i >= 0
	})
	return found
}

// construction is an equality that holds since the statement makes it so: by what part of it, as
// the steps of its kind name them.
type construction struct {
	kind  certificate.Kind
	by    any
	index int // of an output column
	a, b  certificate.Term
}

func (m construction) says(st *certificate.Step) bool {
	return m.kind == st.Kind && m.by == st.Node && m.index == st.Index && (m.a == st.A && m.b == st.B || m.a == st.B && m.b == st.A)
}

// makes reports whether what a step names makes its terms equal here.
func (s *scope) makes(st *certificate.Step) bool {
	for ; s != nil; s = s.up {
		if slices.ContainsFunc(s.made, func(m construction) bool { return m.says(st) }) {
			return true
		}
	}
	return false
}

// assume adds a condition that is true here and what follows from it. A true EXISTS
// or IN has a row that satisfies its own conditions.
func (s *scope) assume(e query.Expr) {
	switch e := e.(type) {
	case nil:
		return
	case *query.And:
		for _, a := range e.Args {
			s.assume(a)
		}
		return
	case *query.Op:
		s.assume(e.Implies)
	case *query.Sub:
		s.member(e)
		defer s.settle()
	case *query.Col, *query.Param, *query.Const, *query.Eq, *query.Or, *query.Not, *query.IsNotNull:
	default:
		panic(unknown(e))
	}
	s.truths = append(s.truths, e)
	s.onlyWhere(e)
}

// onlyWhere adds that rows for which e is not true do not matter, though nothing else
// may rest on that.
func (s *scope) onlyWhere(e query.Expr) {
	found, ok := s.seen[e]
	if !ok {
		found = rejected(e)
		s.seen[e] = found
	}
	if s.real.add(found) {
		s.settle()
		s.settleAbove(found)
	}
}

func (s *scope) member(e *query.Sub) {
	sel, plain := e.Query.(*query.Select)
	switch {
	case e.Kind != query.Exists && e.Kind != query.In:
	case plain && perRow(sel):
		in := &scope{subs: s.subs, seen: s.seen, joins: s.joins, outside: s}
		in.fromLevel(sel)
		s.members = append(s.members, member{e, in})
	case !plain:
		for id, sub := range s.subs {
			if sub == e {
				s.rows = append(s.rows, row{id: id, of: e.Query})
			}
		}
	}
}

// present adds that there is a row of r. Of an outer join only the preserved side is
// sure to have one (PostgreSQL manual, 7.2.1.1).
func (s *scope) present(r query.Rel) {
	switch r := r.(type) {
	case *query.Base:
		s.rows = append(s.rows, row{id: r.ID, table: r.Table})
	case *query.Derived:
		s.rows = append(s.rows, row{id: r.ID, of: r.Query})
	case *query.CTERef:
		s.rows = append(s.rows, row{id: r.ID, of: r.CTE})
	case *query.Join:
		s.joined(outer{r, query.Full})
	case *query.Rows:
	default:
		panic(unknown(r))
	}
}

// joined adds what is known of a join beyond how it was last seen: of query.Full,
// nothing was.
func (s *scope) joined(o outer) {
	kind := s.kind(o.join)
	if kind != query.Inner {
		s.outer = append(s.outer, outer{o.join, kind})
		s.below(o.join)
	}
	if (kind == query.Inner || kind == query.Left) && o.kind != query.Left {
		s.present(o.join.Left)
	}
	if (kind == query.Inner || kind == query.Right) && o.kind != query.Right {
		s.present(o.join.Right)
	}
	if kind == query.Inner {
		s.assume(o.join.On)
	}
}

// perRow reports whether every row of sel comes from a row of its FROM: an aggregate
// without GROUP BY yields a row from none.
func perRow(sel *query.Select) bool {
	return !sel.Aggregate && (sel.Group == nil || !sel.Group.Sets && len(sel.Group.By) > 0)
}
