package prover

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/query"
)

// rows returns what holds on every row that survives sel's FROM and WHERE, and
// whether every output row comes from such a row: without GROUP BY, an aggregate
// yields a row even when there is none.
func (p *prover) rows(sel *query.Select) (env, bool) {
	if sel.Aggregate || sel.Group != nil && (sel.Group.Sets || len(sel.Group.By) == 0) {
		return env{}, false
	}
	return p.survivors(sel), true
}

// survivors returns what holds on every row that survives sel's FROM and WHERE.
func (p *prover) survivors(sel *query.Select) env {
	if e, ok := p.rowsMemo[sel]; ok {
		return e
	}
	where := sel.Where
	if kept := keptGroups(sel); len(kept) > 0 {
		if where != nil {
			kept = append(kept, where)
		}
		where = &query.And{Args: kept}
	}
	e := p.surviving(sel.From, where)
	p.rowsMemo[sel] = e
	return e
}

// keptGroups are the conditions of HAVING that say the same of every row of a group, and so filter rows as WHERE does:
// equalities between columns by which rows are grouped, parameters and literals, and what is made of those.
func keptGroups(sel *query.Select) []query.Expr {
	if sel.Having == nil || sel.Volatile || sel.Aggregate || sel.Group == nil || sel.Group.Sets || len(sel.Group.By) == 0 {
		return nil
	}
	var kept []query.Expr
	var look func(query.Expr)
	look = func(e query.Expr) {
		if and, ok := e.(*query.And); ok {
			for _, a := range and.Args {
				look(a)
			}
			return
		}
		if op, ok := e.(*query.Op); ok && op.Implies != nil {
			look(op.Implies)
		} else if grouped(e, sel.Group.By) {
			kept = append(kept, e)
		}
	}
	look(sel.Having)
	return kept
}

func grouped(e query.Expr, by []query.Expr) bool {
	switch e := e.(type) {
	case *query.Col:
		return slices.ContainsFunc(by, func(b query.Expr) bool { return sameTerm(b, e) })
	case *query.Eq, *query.And, *query.Or, *query.IsNotNull:
	case *query.Op:
		if _, null := e.Negation.(*query.IsNotNull); !null || len(e.Args) != 1 {
			return false
		}
	case *query.Param, *query.Const:
		return true
	case nil, *query.Not, *query.Sub:
		return false
	default:
		panic(query.Unexpected(e))
	}
	return !slices.ContainsFunc(query.Operands(e), func(a query.Expr) bool { return !grouped(a, by) })
}

// surviving returns what holds on the rows of from that satisfy where.
func (p *prover) surviving(from []query.Rel, where query.Expr) env {
	real := realRels(from, where)
	var out env
	if len(from) == 1 {
		out = p.guaranteed(from[0], real)
	} else {
		all := make([]env, len(from))
		for i, r := range from {
			all[i] = p.guaranteed(r, real)
		}
		out = out.and(all...)
	}
	if where != nil {
		out = out.and(p.holds(where, out))
	}
	out.real = out.real.and(real)
	return out
}

// realRels is the set of relations that WHERE and the ON of inner joins prove to be
// not null-extended; a reduced join may prove more, hence the loop.
func realRels(from []query.Rel, where query.Expr) relSet {
	var real relSet
	if where != nil {
		real = rejects(where)
	}
	for {
		before := real
		for _, r := range from {
			real = realBelow(r, real)
		}
		if real.equal(before) {
			return real
		}
	}
}

func realBelow(r query.Rel, real relSet) relSet {
	j, ok := r.(*query.Join)
	if !ok {
		return real
	}
	kind := reduce(j, real)
	if kind == query.Inner && j.On != nil {
		real = real.and(rejects(j.On))
	}
	if kind == query.Inner || kind == query.Left {
		real = realBelow(j.Left, real)
	}
	if kind == query.Inner || kind == query.Right {
		real = realBelow(j.Right, real)
	}
	return real
}

// reduce returns the kind of join that j amounts to when the rows of real are
// known to be real: an outer join loses its null-extended rows.
func reduce(j *query.Join, real relSet) query.JoinKind {
	if j.Kind == query.Inner {
		return query.Inner
	}
	left, right := anyOf(j.Left, real), anyOf(j.Right, real)
	switch {
	case j.Kind == query.Left && right, j.Kind == query.Right && left, j.Kind == query.Full && left && right:
		return query.Inner
	case j.Kind == query.Full && left:
		return query.Left
	case j.Kind == query.Full && right:
		return query.Right
	}
	return j.Kind
}

func anyOf(r query.Rel, ids relSet) bool {
	switch r := r.(type) {
	case *query.Base:
		return ids.has(r.ID)
	case *query.Derived:
		return ids.has(r.ID)
	case *query.CTERef:
		return ids.has(r.ID)
	case *query.Rows:
		return ids.has(r.ID)
	case *query.Join:
		return anyOf(r.Left, ids) || anyOf(r.Right, ids)
	default:
		panic(query.Unexpected(r))
	}
}

// guaranteed returns what holds on every row that r yields.
func (p *prover) guaranteed(r query.Rel, real relSet) env {
	switch r := r.(type) {
	case *query.Base:
		return env{witnesses: p.witness(r)}
	case *query.Derived:
		return p.guarantee(r.Query).at(r.ID, p, r.Query)
	case *query.CTERef:
		return p.cteGuarantee(r.CTE).at(r.ID, p, r.CTE)
	case *query.Join:
		var left, right env
		kind := reduce(r, real)
		if kind == query.Inner || kind == query.Left {
			left = p.guaranteed(r.Left, real)
		}
		if kind == query.Inner || kind == query.Right {
			right = p.guaranteed(r.Right, real)
		}
		out := left.and(right)
		if kind != query.Inner {
			out.outers = append(slices.Clip(out.outers), r)
		} else if r.On != nil {
			out = out.and(p.holds(r.On, out))
		}
		return out
	case *query.Rows:
	default:
		panic(query.Unexpected(r))
	}
	return env{}
}

// rejoined adds what the outer joins say of rows around that are known to be there by now, in a subquery for instance that
// compares a column of the nullable side.
func (p *prover) rejoined(e env) env {
	joined := map[*query.Join]query.JoinKind{}
	for again := true; again; {
		again = false
		for _, j := range e.outers {
			before, seen := joined[j]
			kind := reduce(j, e.real)
			if kind == j.Kind || seen && kind == before {
				continue
			}
			joined[j], again = kind, true
			e.real = realBelow(j, e.real)
			e = e.and(p.guaranteed(j, e.real).besides(e))
		}
	}
	return e
}

// witness is the row of a table occurrence.
func (p *prover) witness(b *query.Base) []*witness {
	w, ok := p.bases[b]
	if !ok {
		w = []*witness{{rel: b.ID, table: b.Table, refreshed: p.refreshed[b.ID], version: p.latest[b.ID], matched: p.latest[b.ID] != 0}}
		p.bases[b] = w
	}
	return w
}
