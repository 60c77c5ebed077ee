package checker

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/query"
)

// relations is a set of relation occurrences, in a bit for each.
type relations []uint64

func (r relations) has(id query.RelID) bool {
	word := int(id) / 64
	return id >= 0 && word < len(r) && r[word]&(1<<(id%64)) != 0
}

// add makes r the union of both and reports whether that is more than before.
func (r *relations) add(other relations) bool {
	more := false
	if len(other) > len(*r) {
		*r = append(*r, make(relations, len(other)-len(*r))...)
	}
	for i, word := range other {
		more = more || word&^(*r)[i] != 0
		(*r)[i] |= word
	}
	return more
}

// meets reports whether both have one in common.
func (r relations) meets(other relations) bool {
	for i := range min(len(r), len(other)) {
		if r[i]&other[i] != 0 {
			return true
		}
	}
	return false
}

// idOf is the number of a relation that is no join.
func idOf(r query.Rel) query.RelID {
	switch r := r.(type) {
	case *query.Base:
		return r.ID
	case *query.Derived:
		return r.ID
	case *query.CTERef:
		return r.ID
	case *query.Rows:
		return r.ID
	}
	panic(unknown(r))
}

// keep leaves what both have.
func (r *relations) keep(other relations) {
	*r = (*r)[:min(len(*r), len(other))]
	for i := range *r {
		(*r)[i] &= other[i]
	}
}

func (r relations) empty() bool {
	return !slices.ContainsFunc(r, func(word uint64) bool { return word != 0 })
}

// rejected is the set of relations whose null-extended row e is not true of.
func rejected(e query.Expr) relations {
	var out relations
	switch e := e.(type) {
	case *query.IsNotNull:
		out.null(e.Arg)
	case *query.Not:
		out.null(e.Arg)
	case *query.And:
		for _, a := range e.Args {
			out.add(rejected(a))
		}
	case *query.Or:
		for i, a := range e.Args {
			if i == 0 {
				out.add(rejected(a))
			} else if !out.empty() {
				out.keep(rejected(a))
			}
		}
	case *query.Op:
		out.null(e)
		if e.Rejects {
			out.null(e.Args...)
		}
	case *query.Sub:
		// Without a row that satisfies its WHERE, EXISTS is false and IN is not true.
		if sel, ok := e.Query.(*query.Select); ok && perRow(sel) && sel.Where != nil && (e.Kind == query.In || e.Kind == query.Exists) {
			out.add(rejected(sel.Where))
		}
		if e.Kind == query.In {
			out.null(e.Args...)
		}
	default:
		out.null(e)
	}
	return out
}

// null adds the relations on whose null-extended row one of the expressions is null.
func (r *relations) null(exprs ...query.Expr) {
	for _, e := range exprs {
		switch e := e.(type) {
		case *query.Col:
			if e.Rel >= 0 {
				one := make(relations, e.Rel/64+1)
				one[e.Rel/64] = 1 << (e.Rel % 64)
				r.add(one)
			}
		case *query.Eq:
			r.null(e.L, e.R)
		case *query.Op:
			if e.Strict {
				r.null(e.Args...)
			}
		case nil, *query.Param, *query.Const, *query.And, *query.Or, *query.Not, *query.Sub, *query.IsNotNull:
		default:
			panic(unknown(e))
		}
	}
}
