package routing

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/query"
)

// Citus evaluates what is not immutable before it sends a change to a machine, and refuses
// it where it cannot: where a value depends on a row, or on a condition, and in what the
// machine alone evaluates (Citus, src/backend/distributed/planner/multi_router_planner.c,
// TargetlistAndFunctionsSupported, MasterIrreducibleExpression and ErrorIfOnConflictNotSupported).

// asParameter is what can be written in place of now().
const asParameter = "send the value as a parameter"

// evaluated refuses what of a write Citus refuses to evaluate.
func (r *router) evaluated(w *query.Write) {
	if c := w.Conflict; c != nil {
		r.onConflict(w, c)
	}
	for _, o := range w.Returning {
		r.immutable(w, "RETURNING", "return the columns, and compute from them", o.Expr)
	}
	if w.Kind == query.Insert {
		return // what VALUES has is evaluated first
	}
	for _, s := range w.Sets {
		r.irreducible(w, "SET", s.Value)
	}
	for _, a := range w.Actions {
		r.irreducible(w, "WHEN", a.When)
		for _, s := range a.Sets {
			r.irreducible(w, "SET", s.Value)
		}
	}
	r.irreducible(w, "WHERE", w.Where)
}

// onConflict wants immutable values, except that a column may stand for one.
func (r *router) onConflict(w *query.Write, c *query.Conflict) {
	for _, s := range c.Sets {
		r.immutable(w, "ON CONFLICT DO UPDATE SET", "put it into VALUES and write excluded."+w.Target.Table.Columns[s.Column].Name+" here, or "+asParameter, s.Value)
	}
	for _, e := range append(slices.Clone(c.Rest), c.Where) {
		r.immutable(w, "ON CONFLICT … WHERE", asParameter, e)
	}
}

// immutable refuses every call that is not.
func (r *router) immutable(w *query.Write, where, hint string, e query.Expr) {
	if op := findOp(e, func(o *query.Op) bool { return o.Mutable }); op != nil {
		r.fail(r.at(w, op), w.Target, where+" has "+op.Text+", which is not immutable", hint)
	}
}

// irreducible refuses what differs from row to row, and what is not immutable and stands
// in CASE or COALESCE or depends on a column.
func (r *router) irreducible(w *query.Write, where string, e query.Expr) {
	volatile := findOp(e, func(o *query.Op) bool { return o.Volatile })
	if volatile != nil {
		r.fail(r.at(w, volatile), w.Target, where+" has "+volatile.Text+", which is volatile", asParameter)
		return
	}
	op := findOp(e, func(o *query.Op) bool {
		mutable := findOp(o, func(o *query.Op) bool { return o.Mutable })
		return mutable != nil && o.Chooses || o.Mutable && hasColumn(o)
	})
	switch {
	case op == nil:
	case op.Chooses:
		r.fail(r.at(w, op), w.Target, where+" has "+op.Text+" with something that is not immutable", asParameter)
	default:
		r.fail(r.at(w, op), w.Target, where+" has "+op.Text+", which is not immutable, on a column", "compute it in the application, or in a column of its own")
	}
}

// at is where an operation stands, or else the table that is written.
func (r *router) at(w *query.Write, op *query.Op) query.Span {
	if op.Pos != (query.Span{}) {
		return op.Pos
	}
	return w.Target.Pos
}

// findOp returns an operation of an expression, outermost first, that f is true of. Queries
// in it are planned by themselves.
func findOp(e query.Expr, f func(*query.Op) bool) *query.Op {
	if o, ok := e.(*query.Op); ok && f(o) {
		return o
	}
	for _, arg := range argsOf(e) {
		if o := findOp(arg, f); o != nil {
			return o
		}
	}
	return nil
}

func hasColumn(e query.Expr) bool {
	if _, ok := e.(*query.Col); ok {
		return true
	}
	return slices.ContainsFunc(argsOf(e), hasColumn)
}

// argsOf returns what an expression is computed from.
func argsOf(e query.Expr) []query.Expr {
	switch e := e.(type) {
	case *query.And:
		return e.Args
	case *query.Or:
		return e.Args
	case *query.Not:
		return []query.Expr{e.Arg}
	case *query.Eq:
		return []query.Expr{e.L, e.R}
	case *query.Op:
		return e.Args
	case *query.IsNotNull:
		return []query.Expr{e.Arg}
	case *query.Sub:
		return e.Args
	case nil, *query.Col, *query.Param, *query.Const:
	default:
		panic(query.Unexpected(e))
	}
	return nil
}
