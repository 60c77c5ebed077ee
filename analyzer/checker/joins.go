package checker

import (
	"iter"
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
		for j := range s.awaiting(found) {
			known, at := s.last(j)
			if at == nil || known == query.Inner {
				continue
			}
			if kind := s.kind(j); kind != known {
				if kind == query.Inner {
					s.inner = append(s.inner, j)
				}
				s.joined(outer{j, known})
				again = len(s.members) > 0 // what else was found to have a row, joined has followed itself
			}
		}
	}
}

// awaiting are the joins that may be of another kind once one of the relations has a row.
func (s *scope) awaiting(found relations) iter.Seq[*query.Join] {
	return func(yield func(*query.Join) bool) {
		if s.joins != nil && len(s.members) == 0 {
			for id := range found.each {
				for _, j := range s.joins.awaiting[id] {
					if !yield(j) {
						return
					}
				}
			}
			return
		}
		for at := s.up; at != nil; at = at.up {
			for _, o := range at.outer {
				if !yield(o.join) {
					return
				}
			}
		}
	}
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
			for id := range these.each {
				s.joins.awaiting[id] = append(s.joins.awaiting[id], j)
			}
		}
	}
	if s.joins != nil {
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
