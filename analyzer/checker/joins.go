package checker

import (
	"math/bits"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/query"
)

// settle turns outer joins into inner ones when both sides turn out to have a row.
func (s *scope) settle() {
	for i := 0; i < len(s.outer); i++ {
		if o := s.outer[i]; s.kind(o.join) != o.kind {
			s.outer = slices.Delete(s.outer, i, i+1)
			s.joined(o)
			i = -1
		}
	}
}

// settleAbove does so with the joins of the scopes above: of a row here that matters, a row on the nullable side of
// one of theirs may be there, which is not so of every row there. Without subqueries that hold here, only the relations
// that were found to have a row make a difference.
func (s *scope) settleAbove(found relations) {
	for again := s.up != nil; again; {
		again = false
		if s.joins != nil && len(s.members) == 0 {
			for i, word := range found {
				for ; word != 0; word &= word - 1 {
					for _, j := range s.joins.awaiting[query.RelID(64*i+bits.TrailingZeros64(word))] {
						again = s.reconsider(j) || again
					}
				}
			}
			continue
		}
		for at := s.up; at != nil; at = at.up {
			for _, o := range at.outer {
				again = s.reconsider(o.join) || again
			}
		}
	}
}

// reconsider adds what a join of a scope above is here beyond how it was last seen, and reports whether more may follow than
// what joined has followed itself.
func (s *scope) reconsider(j *query.Join) bool {
	known, at := s.last(j)
	if at == nil || known == query.Inner {
		return false
	}
	kind := s.kind(j)
	if kind == known {
		return false
	}
	if kind == query.Inner {
		s.inner = append(s.inner, j)
	}
	s.joined(outer{j, known})
	return len(s.members) > 0
}

// reach reports whether one of the relations stands in r.
func (s *scope) reach(some relations, r query.Rel) bool {
	if j, ok := r.(*query.Join); ok {
		return some.meets(s.below(j))
	}
	return some.has(idOf(r))
}

// around is what is known of the joins of a statement wherever they are looked at.
type around struct {
	below    map[*query.Join]relations
	awaiting map[query.RelID][]*query.Join // those of which a relation stands on a side that need not have a row
}

// below are the relations that stand in a join.
func (s *scope) below(j *query.Join) relations {
	if s.joins != nil {
		if all, ok := s.joins.below[j]; ok {
			return all
		}
	}
	var all relations
	for _, side := range []struct {
		of   query.Rel
		sure bool
	}{{j.Left, j.Kind == query.Inner || j.Kind == query.Left}, {j.Right, j.Kind == query.Inner || j.Kind == query.Right}} {
		var these relations
		if in, ok := side.of.(*query.Join); ok {
			these = s.below(in)
		} else {
			these.below(side.of)
		}
		all.add(these)
		if s.joins != nil && !side.sure {
			if s.joins.awaiting == nil {
				s.joins.awaiting = map[query.RelID][]*query.Join{}
			}
			for i, word := range these {
				for ; word != 0; word &= word - 1 {
					id := query.RelID(64*i + bits.TrailingZeros64(word))
					s.joins.awaiting[id] = append(s.joins.awaiting[id], j)
				}
			}
		}
	}
	if s.joins != nil {
		if s.joins.below == nil {
			s.joins.below = map[*query.Join]relations{}
		}
		s.joins.below[j] = all
	}
	return all
}

// last is the kind of a join as it was last seen from here, and by which scope: nil is none.
func (s *scope) last(j *query.Join) (query.JoinKind, *scope) {
	for at := s; at != nil; at = at.up {
		if slices.Contains(at.inner, j) {
			return query.Inner, at
		}
		for _, o := range slices.Backward(at.outer) {
			if o.join == j {
				return o.kind, at
			}
		}
	}
	return query.Full, nil
}

// kind is the kind of join that j amounts to here.
func (s *scope) kind(j *query.Join) query.JoinKind {
	left, right := j.Kind == query.Inner || j.Kind == query.Left, j.Kind == query.Inner || j.Kind == query.Right
	left, right = left || s.isReal(j.Left), right || s.isReal(j.Right)
	switch {
	case left && right:
		return query.Inner
	case left:
		return query.Left
	case right:
		return query.Right
	}
	return query.Full
}

func (s *scope) isReal(r query.Rel) bool {
	is := func(at *scope) bool { return s.reach(at.real, r) }
	for at := s; at != nil; at = at.outside {
		if at.any(s.inside, is) {
			return true
		}
	}
	return false
}
