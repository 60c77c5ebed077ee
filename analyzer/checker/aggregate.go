package checker

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/query"
)

// level is a SELECT with the relations of its FROM, as aggregates see it.
type level struct {
	sel  *query.Select
	rels []query.RelID
}

// folded makes sure that every SELECT of which an aggregate makes one row of many says
// so, wherever the aggregate stands: it belongs to the innermost level that has a column
// of its arguments, and without one to its own (PostgreSQL manual, 4.2.7). Taken for a
// SELECT that yields a row for a row, the EXISTS above it would always be true.
func (k *checker) folded(q query.Query, up []level) {
	switch q := q.(type) {
	case *query.Select:
		in := append(slices.Clip(up), level{q, relIDs(q.From)})
		for _, e := range slices.Concat([]query.Expr{q.Having}, q.DistinctOn, q.Rest) {
			k.foldedBy(e, in)
		}
		for _, o := range q.Out {
			k.foldedBy(o.Expr, in)
		}
		if q.Group != nil {
			for _, e := range q.Group.By {
				k.foldedBy(e, in)
			}
		}
		k.foldedBy(q.Where, in)
		k.foldedFrom(q.From, in)
		k.foldedWith(q.With, up)
	case *query.SetOp:
		k.folded(q.Left, up)
		k.folded(q.Right, up)
		k.foldedRest(q.Rest, up)
		k.foldedWith(q.With, up)
	case *query.Values:
		for _, row := range q.Rows {
			for _, e := range row {
				k.foldedBy(e, append(slices.Clip(up), level{}))
			}
		}
		k.foldedRest(q.Rest, up)
		k.foldedWith(q.With, up)
	case *query.Write:
		k.foldedWrite(q, up)
	case nil:
	default:
		panic(unknown(q))
	}
}

// foldedRest is about ORDER BY and LIMIT of a query that is no SELECT.
func (k *checker) foldedRest(rest []query.Expr, up []level) {
	for _, e := range rest {
		k.foldedBy(e, append(slices.Clip(up), level{}))
	}
}

func (k *checker) foldedWith(ctes []*query.CTE, up []level) {
	for _, c := range ctes {
		k.folded(c.Query, up)
	}
}

func (k *checker) foldedFrom(from []query.Rel, in []level) {
	for _, r := range from {
		switch r := r.(type) {
		case *query.Derived:
			k.folded(r.Query, in)
		case *query.Rows:
			for _, e := range r.Args {
				k.foldedBy(e, in)
			}
		case *query.Join:
			k.foldedFrom([]query.Rel{r.Left, r.Right}, in)
			k.foldedBy(r.On, in)
		case *query.Base, *query.CTERef:
		default:
			panic(unknown(r))
		}
	}
}

func (k *checker) foldedWrite(w *query.Write, up []level) {
	in := append(slices.Clip(up), level{})
	k.folded(w.Source, up)
	k.foldedFrom(w.From, in)
	k.foldedBy(w.Where, in)
	sets := slices.Clone(w.Sets)
	if w.Conflict != nil {
		k.foldedBy(w.Conflict.Where, in)
		sets = append(sets, w.Conflict.Sets...)
	}
	for _, a := range w.Actions {
		k.foldedBy(a.When, in)
		sets = append(sets, a.Sets...)
		for _, e := range a.Values {
			k.foldedBy(e, in)
		}
	}
	for _, s := range sets {
		k.foldedBy(s.Value, in)
	}
	for _, o := range w.Returning {
		k.foldedBy(o.Expr, in)
	}
	k.foldedWith(w.With, up)
}

// foldedBy looks for aggregates in an expression of the innermost of levels in.
func (k *checker) foldedBy(e query.Expr, in []level) {
	switch e := e.(type) {
	case nil:
		return
	case *query.Sub:
		for _, a := range e.Args {
			k.foldedBy(a, in)
		}
		k.folded(e.Query, in)
		return
	case *query.Op:
		if e.Folds || e.Aggregate {
			k.belongs(e, in)
		}
	case *query.Col, *query.Param, *query.Const, *query.Eq, *query.And, *query.Or, *query.Not, *query.IsNotNull:
	default:
		panic(unknown(e))
	}
	for _, part := range k.parts(e) {
		k.foldedBy(part, in)
	}
}

// belongs makes sure of the level of one aggregate. Where no level has a column of its
// arguments it belongs to its own.
func (k *checker) belongs(o *query.Op, in []level) {
	rels := k.columnsOf(o.Args, nil)
	at := len(in) - 1
	for i := at; i >= 0; i-- {
		if slices.ContainsFunc(rels, func(id query.RelID) bool { return slices.Contains(in[i].rels, id) }) {
			at = i
			break
		}
	}
	if sel := in[at].sel; sel != nil && !sel.Aggregate && (sel.Group == nil || sel.Group.Sets || len(sel.Group.By) == 0) {
		k.fail("%s makes one row of many, and its SELECT does not say so", o.Text)
	}
	if o.Aggregate && at != len(in)-1 {
		k.fail("%s is an aggregate of an outer level, and counts as one of its own", o.Text)
	}
}

// columnsOf lists the relations of which a column stands in one of es, subqueries included.
func (k *checker) columnsOf(es []query.Expr, rels []query.RelID) []query.RelID {
	for _, e := range es {
		switch e := e.(type) {
		case *query.Col:
			rels = append(rels, e.Rel)
		case *query.Sub:
			rels = k.columnsIn(e.Query, k.columnsOf(e.Args, rels))
		default:
			rels = k.columnsOf(k.parts(e), rels)
		}
	}
	return rels
}

// columnsIn is columnsOf for all expressions of a query.
func (k *checker) columnsIn(q query.Query, rels []query.RelID) []query.RelID {
	switch q := q.(type) {
	case *query.Select:
		for _, o := range q.Out {
			rels = k.columnsOf([]query.Expr{o.Expr}, rels)
		}
		rels = k.columnsFrom(q.From, k.columnsOf(slices.Concat([]query.Expr{q.Where, q.Having}, q.DistinctOn, q.Rest), rels))
		if q.Group != nil {
			rels = k.columnsOf(q.Group.By, rels)
		}
		for _, c := range q.With {
			rels = k.columnsIn(c.Query, rels)
		}
	case *query.SetOp:
		rels = k.columnsOf(q.Rest, k.columnsIn(q.Right, k.columnsIn(q.Left, rels)))
		for _, c := range q.With {
			rels = k.columnsIn(c.Query, rels)
		}
	case *query.Values:
		for _, row := range q.Rows {
			rels = k.columnsOf(row, rels)
		}
		rels = k.columnsOf(q.Rest, rels)
		for _, c := range q.With {
			rels = k.columnsIn(c.Query, rels)
		}
	case nil, *query.Write:
	default:
		panic(unknown(q))
	}
	return rels
}

func (k *checker) columnsFrom(from []query.Rel, rels []query.RelID) []query.RelID {
	for _, r := range from {
		switch r := r.(type) {
		case *query.Derived:
			rels = k.columnsIn(r.Query, rels)
		case *query.Rows:
			rels = k.columnsOf(r.Args, rels)
		case *query.Join:
			rels = k.columnsFrom([]query.Rel{r.Left, r.Right}, k.columnsOf([]query.Expr{r.On}, rels))
		case *query.Base, *query.CTERef:
		default:
			panic(unknown(r))
		}
	}
	return rels
}

// relIDs lists the relations of a FROM list.
func relIDs(from []query.Rel) []query.RelID {
	var ids []query.RelID
	for _, r := range from {
		switch r := r.(type) {
		case *query.Base:
			ids = append(ids, r.ID)
		case *query.Derived:
			ids = append(ids, r.ID)
		case *query.CTERef:
			ids = append(ids, r.ID)
		case *query.Rows:
			ids = append(ids, r.ID)
		case *query.Join:
			ids = append(ids, relIDs([]query.Rel{r.Left, r.Right})...)
		default:
			panic(unknown(r))
		}
	}
	return ids
}
