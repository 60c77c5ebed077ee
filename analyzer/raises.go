package analyzer

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/internal/finding"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// errors reports what may fail for a row of another tenant in a scoped query. PostgreSQL
// evaluates the parts of a condition in any order (manual, 4.2.14), and what a subquery
// outputs before a condition outside of it.
func (a *Analyzer) errors(st *query.Statement, r *Result, at func(finding.Finding) Diagnostic) {
	if !a.Errors || r.Verdict != Scoped && r.Verdict != OfTenants {
		return
	}
	e := &raised{own: a.own, outside: r.outside, open: map[query.RelID]bool{}, ctes: map[*query.CTE]bool{}}
	e.query(st.Root, true)
	for _, f := range e.fails {
		d := at(f)
		d.Severity = Warning
		if !slices.ContainsFunc(r.Diagnostics, func(x Diagnostic) bool { return x.Rule == d.Rule && x.Line == d.Line && x.Column == d.Column }) {
			r.Diagnostics = append(r.Diagnostics, d)
		}
	}
}

// passesOut reports whether a chain leaves the level of the occurrence that it is about.
func passesOut(c certificate.Chain) bool {
	return slices.ContainsFunc(c, func(s certificate.Step) bool { return s.Kind == certificate.Output || s.Kind == certificate.Demanded })
}

// raised walks a statement for expressions that are evaluated while it is not yet known
// whose a row is.
type raised struct {
	own     *tenancy.Map
	outside []query.RelID
	open    map[query.RelID]bool // relations that have rows of other tenants at that time
	ctes    map[*query.CTE]bool  // the same of WITH queries, once they were looked at
	fails   []finding.Finding
}

// query reports what may fail in q, and whether rows of other tenants may come out of it
// while conditions outside are evaluated. root is the statement itself.
func (e *raised) query(q query.Query, root bool) bool {
	switch q := q.(type) {
	case *query.Select:
		return e.level(q, root)
	case *query.SetOp:
		e.with(q.With)
		left, right := e.query(q.Left, root), e.query(q.Right, root)
		return (left || right) && !q.Limited
	case *query.Values:
		e.with(q.With)
		for _, row := range q.Rows {
			e.exprs(false, row...)
		}
	case *query.Write:
		e.write(q)
	default:
		panic(query.Unexpected(q))
	}
	return false
}

func (e *raised) level(q *query.Select, root bool) bool {
	e.with(q.With)
	open, late := false, false // late: it is pinned by what stands outside
	for _, r := range q.From {
		o, l := e.rel(r)
		open, late = open || o, late || l
	}
	e.exprs(true, q.Where)
	after := slices.Concat(query.Exprs(q.Out), q.Rest, q.DistinctOn, []query.Expr{q.Having})
	if q.Group != nil {
		after = append(after, q.Group.By...)
	}
	e.exprs(late && !root, after...)
	fenced := q.Limited || q.Aggregate && q.Group == nil
	return open && (late || !fenced)
}

func (e *raised) with(ctes []*query.CTE) {
	for _, c := range ctes {
		e.cte(c)
	}
}

func (e *raised) cte(c *query.CTE) bool {
	if open, ok := e.ctes[c]; ok {
		return open
	}
	e.ctes[c] = true // a recursive one refers to itself
	open := e.query(c.Query, false)
	if s, ok := c.Query.(*query.Select); ok && c.Materialized {
		open = open && slices.ContainsFunc(s.From, e.late)
	}
	e.ctes[c] = open
	return open
}

// rel reports whether a relation has rows of other tenants while conditions at its place
// are evaluated, and whether only a condition further outside drops them.
func (e *raised) rel(r query.Rel) (open, late bool) {
	switch r := r.(type) {
	case *query.Base:
		k := e.own.Of(r.Table).Kind
		open = k == tenancy.Column || k == tenancy.Child
		e.open[r.ID] = open
	case *query.Derived:
		open = e.query(r.Query, false)
		e.open[r.ID] = open
	case *query.CTERef:
		open = e.cte(r.CTE)
		e.open[r.ID] = open
	case *query.Rows:
		e.exprs(false, r.Args...)
	case *query.Join:
		lo, ll := e.rel(r.Left)
		ro, rl := e.rel(r.Right)
		e.exprs(true, r.On)
		return lo || ro, ll || rl
	default:
		panic(query.Unexpected(r))
	}
	return open, e.late(r)
}

// late reports whether a condition outside of the level is what pins a relation.
func (e *raised) late(r query.Rel) bool {
	switch r := r.(type) {
	case *query.Base:
		return slices.Contains(e.outside, r.ID)
	case *query.Derived:
		return e.lateIn(r.Query)
	case *query.CTERef:
		return r.CTE.Query != nil && !r.CTE.Recursive && e.lateIn(r.CTE.Query)
	case *query.Join:
		return e.late(r.Left) || e.late(r.Right)
	case *query.Rows:
	default:
		panic(query.Unexpected(r))
	}
	return false
}

func (e *raised) lateIn(q query.Query) bool {
	switch q := q.(type) {
	case *query.Select:
		return slices.ContainsFunc(q.From, e.late)
	case *query.SetOp:
		return e.lateIn(q.Left) || e.lateIn(q.Right)
	case nil, *query.Values, *query.Write:
	default:
		panic(query.Unexpected(q))
	}
	return false
}

func (e *raised) write(w *query.Write) {
	e.with(w.With)
	for _, r := range w.From {
		e.rel(r)
	}
	if w.Kind != query.Insert {
		e.rel(w.Target)
	}
	if w.Source != nil {
		e.query(w.Source, true)
	}
	e.exprs(true, w.Where)
	for _, a := range w.Actions {
		e.exprs(true, a.When)
	}
	e.exprs(false, query.Exprs(w.Returning)...)
	for _, s := range w.Sets {
		e.exprs(false, s.Value)
	}
}

// exprs reports what may fail in expressions; before tells that they are evaluated
// before it is known whose the rows are.
func (e *raised) exprs(before bool, list ...query.Expr) {
	for _, x := range list {
		switch x := x.(type) {
		case *query.Op:
			if before && x.Raises != "" && e.mentions(x.Args...) {
				e.fails = append(e.fails, finding.Finding{Rule: "error-of-other-rows", Pos: x.RaisesAt,
					Message: x.Raises + " fails for some values, and PostgreSQL may evaluate it for rows of other tenants",
					Hint:    "read the tenant's rows first, in a WITH … AS MATERIALIZED query, or rely on row-level security"})
			}
			e.exprs(before, x.Args...)
		case *query.Sub:
			e.exprs(before, x.Args...)
			e.query(x.Query, !before)
		default:
			e.exprs(before, query.Operands(x)...)
		}
	}
}

// mentions reports whether expressions have a column of an open relation.
func (e *raised) mentions(list ...query.Expr) bool {
	return slices.ContainsFunc(list, func(x query.Expr) bool {
		switch x := x.(type) {
		case *query.Col:
			return e.open[x.Rel]
		case *query.Op:
			return e.mentions(x.Args...)
		case nil, *query.Param, *query.Const, *query.Eq, *query.And, *query.Or, *query.Not, *query.Sub, *query.IsNotNull:
		default:
			panic(query.Unexpected(x))
		}
		return e.mentions(query.Operands(x)...)
	})
}
