package routing

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/query"
)

// write adds INSERT, UPDATE, DELETE or MERGE to a plane.
func (r *router) write(p *plane, w *query.Write) {
	p.rels = append(p.rels, w.Target.ID)
	r.base(w.Target)
	if !r.distributed(w.Target) {
		r.shared = append(r.shared, w)
	}
	if w.Target.Via != "" {
		r.fail(w.Target.Pos, w.Target, "it writes by way of "+w.Target.Via, "write to "+w.Target.Table.Name.String()+" itself")
	}
	for _, rel := range w.From {
		r.rel(p, rel)
		p.rels = append(p.rels, relIDs(rel)...)
	}
	on := &plane{}
	r.condition(on, w.Where)
	p.later, p.rels = append(p.later, on.later...), append(p.rels, on.rels...)
	for _, l := range on.links {
		if w.Kind == query.Merge && w.Inserts() { // rows of the source that match nothing count too
			p.links = append(p.links, toward(l, []query.RelID{w.Target.ID})...)
		} else {
			p.links = append(p.links, l)
		}
	}
	r.sets(p, w, w.Sets)
	r.evaluated(w)
	for _, o := range w.Returning {
		r.expr(p, o.Expr)
	}
	if w.Kind == query.Insert {
		r.insert(p, w)
	}
	for _, a := range w.Actions {
		r.action(p, w, a)
	}
}

// writesReference refuses to change a reference table by what distributed ones hold:
// every machine has the whole table.
func (r *router) writesReference(w *query.Write) {
	if len(r.bases) > 0 {
		r.fail(w.Target.Pos, w.Target, "it writes the reference table "+w.Target.Table.Name.String()+" by what a tenant's table holds", "read first, then write with parameters")
	}
}

// sets wants assignments to leave the distribution column alone, even when they give
// it the value that it has: Citus does not compare parameters.
func (r *router) sets(p *plane, w *query.Write, list []query.Set) {
	column := r.own.Distribution(w.Target.Table)
	for _, s := range list {
		if s.Column == column && r.distributed(w.Target) {
			r.fail(s.Pos, w.Target, "it assigns "+w.Target.Table.Columns[column].Name, "leave the column out of SET")
		}
		r.expr(p, s.Value)
	}
}

// insert wants the tenant in VALUES to be the parameter, and that of INSERT … SELECT to
// be the tenant column of a table that is read: only then do both live on one machine
// for sure (Citus, insert_select_planner.c).
func (r *router) insert(p *plane, w *query.Write) {
	if c := w.Conflict; c != nil {
		r.sets(p, w, c.Sets)
		r.expr(p, c.Where)
	}
	at := slices.Index(w.Columns, r.own.Distribution(w.Target.Table))
	target := value{rel: w.Target.ID, col: r.own.Distribution(w.Target.Table)}
	switch src := w.Source.(type) {
	case *query.Values:
		r.into(p, src, nil)
		for _, row := range src.Rows {
			if at >= 0 && at < len(row) {
				if t, ok := asValue(row[at]); ok && t.param > 0 {
					p.links = append(p.links, derive{a: t, b: target})
				}
			}
			if slices.ContainsFunc(row, query.HasSub) {
				r.fail(w.Pos, w.Target, "VALUES has a subquery", "read the value first, or use INSERT … SELECT from the table that it reads")
			}
		}
	case *query.Select:
		r.insertSelect(p, w, src, at, target)
	case nil:
	default:
		r.into(p, src, nil)
		r.fail(w.Pos, w.Target, "it inserts the result of a set operation", "insert the results one after the other")
	}
}

func (r *router) insertSelect(p *plane, w *query.Write, src *query.Select, at int, target value) {
	if !r.distributed(w.Target) {
		r.into(p, src, nil)
		return
	}
	if len(src.With) > 0 || src.Limited || len(src.Windows) > 0 || src.Distinct || len(src.DistinctOn) > 0 || src.Group != nil || src.Aggregate {
		r.into(p, src, nil)
		r.fail(w.Pos, w.Target, "the SELECT that it inserts from has more than FROM and WHERE", "read first, then insert with parameters")
		return
	}
	r.into(p, src, nil)
	if at < 0 || at >= len(src.Out) {
		return
	}
	given, ok := asValue(src.Out[at].Expr)
	if !ok || given.param > 0 {
		r.fail(w.Pos, w.Target, "the tenant that it inserts is no column of a table that it reads", "select the tenant column of the table in FROM in place of the parameter; without FROM, use VALUES")
		r.pinned[target] = given.param
		return
	}
	p.links = append(p.links, derive{a: given, b: target})
}

// action adds a WHEN clause of MERGE, which inserts like INSERT … SELECT.
func (r *router) action(p *plane, w *query.Write, a query.Action) {
	r.expr(p, a.When)
	r.sets(p, w, a.Sets)
	r.exprs(p, a.Values)
	at := slices.Index(a.Columns, r.own.Distribution(w.Target.Table))
	if a.Kind != query.Insert || a.Nothing || at < 0 || at >= len(a.Values) {
		return
	}
	if t, ok := asValue(a.Values[at]); !ok || t.param > 0 {
		r.fail(a.Pos, w.Target, "the tenant that MERGE inserts is no column of its source", "insert the tenant column of the source")
	}
}
