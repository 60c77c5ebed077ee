package prover

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/query"
)

// relSet is a set of relation occurrences.
type relSet struct {
	bits uint64        // those below 64, which is all of them in most statements
	more []query.RelID // never changed in place
}

func (s relSet) has(id query.RelID) bool {
	if id < 0 {
		return false
	}
	if id < 64 {
		return s.bits&(1<<id) != 0
	}
	return slices.Contains(s.more, id)
}

func (s relSet) and(o relSet) relSet {
	s.bits |= o.bits
	for _, id := range o.more {
		if !slices.Contains(s.more, id) {
			s.more = append(slices.Clip(s.more), id)
		}
	}
	return s
}

func (s relSet) common(o relSet) relSet {
	s.bits &= o.bits
	s.more = slices.DeleteFunc(slices.Clone(s.more), func(id query.RelID) bool { return !slices.Contains(o.more, id) })
	return s
}

func (s relSet) equal(o relSet) bool { return s.bits == o.bits && len(s.more) == len(o.more) }

// rejects is the set of relations whose null-extended row makes e not true.
func rejects(e query.Expr) relSet {
	switch e := e.(type) {
	case *query.And:
		return union(e.Args, rejects)
	case *query.Or:
		var every relSet
		for i, a := range e.Args {
			if i == 0 {
				every = rejects(a)
				continue
			}
			every = every.common(rejects(a))
		}
		return every
	case *query.IsNotNull:
		return nulls(e.Arg)
	case *query.Not:
		return nulls(e.Arg)
	case *query.Op:
		all := nulls(e)
		if e.Rejects {
			all = all.and(union(e.Args, nulls))
		}
		if e.Implies != nil {
			all = all.and(rejects(e.Implies))
		}
		return all
	case *query.Sub:
		if e.Kind == query.In {
			return union(e.Args, nulls)
		}
	case nil, *query.Col, *query.Param, *query.Const, *query.Eq:
	default:
		panic(query.Unexpected(e))
	}
	return nulls(e)
}

// nulls is the set of relations whose null-extended row makes e null. That is more
// than not being true: x IS NOT NULL is false then, so its comparison with false is
// true, and x BETWEEN null AND 3 can be false too.
func nulls(e query.Expr) relSet {
	switch e := e.(type) {
	case *query.Col:
		if e.Rel >= 0 && e.Rel < 64 {
			return relSet{bits: 1 << e.Rel}
		}
		return relSet{more: []query.RelID{e.Rel}}
	case *query.Eq:
		return nulls(e.L).and(nulls(e.R))
	case *query.Op:
		if e.Strict {
			return union(e.Args, nulls)
		}
	case nil, *query.Param, *query.Const, *query.And, *query.Or, *query.Not, *query.Sub, *query.IsNotNull:
	default:
		panic(query.Unexpected(e))
	}
	return relSet{}
}

func union(es []query.Expr, of func(query.Expr) relSet) relSet {
	var all relSet
	for _, e := range es {
		all = all.and(of(e))
	}
	return all
}
