package restrict

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/query"
)

// finder walks a statement for what it can never do.
type finder struct {
	conditions Conditions
	fired      []*query.Fired
	found      []Conflict
}

func (f *finder) node(n query.Node) {
	switch n := n.(type) {
	case *query.Select:
		for _, b := range inner(n.From) {
			f.asks(b, n.Where)
		}
	case *query.Join:
		for _, b := range slices.Concat(inner([]query.Rel{n.Left}), inner([]query.Rel{n.Right})) {
			f.asks(b, n.On)
		}
	case *query.Write:
		f.write(n)
	case *query.SetOp, *query.Values, *query.CTE, *query.Base, *query.Derived, *query.CTERef, *query.Rows, query.Expr:
	default:
		panic(query.Unexpected(n))
	}
	query.Children(n, f.node)
}

// inner lists the tables of a FROM list whose columns are those of their rows: no outer
// join fills them with nulls.
func inner(rels []query.Rel) []*query.Base {
	var all []*query.Base
	for _, r := range rels {
		switch r := r.(type) {
		case *query.Base:
			all = append(all, r)
		case *query.Join:
			if r.Kind == query.Inner || r.Kind == query.Left {
				all = append(all, inner([]query.Rel{r.Left})...)
			}
			if r.Kind == query.Inner || r.Kind == query.Right {
				all = append(all, inner([]query.Rel{r.Right})...)
			}
		case *query.Derived, *query.CTERef, *query.Rows, *query.Opaque:
		default:
			panic(query.Unexpected(r))
		}
	}
	return all
}

// of is the condition on the rows of an occurrence. A view that uses the table with its
// owner's rights may see all of them.
func (f *finder) of(b *query.Base) *Condition {
	if b.AsOwner {
		return nil
	}
	return f.conditions[b.Table]
}

// asks reports a condition that is true of no row that restrict shows, and could be of others.
func (f *finder) asks(b *query.Base, where query.Expr) {
	c := f.of(b)
	if c != nil && where != nil && !judge(where, c.shows(b)).yes && judge(where, row{table: b.Table, rel: b.ID}).yes {
		f.found = append(f.found, Conflict{Base: b, Condition: c, Column: -1, Pos: b.Pos})
	}
}

func (f *finder) write(w *query.Write) {
	c := f.of(w.Target)
	for _, b := range inner(w.From) {
		f.asks(b, w.Where)
	}
	if c == nil {
		return
	}
	if w.Kind != query.Insert {
		f.asks(w.Target, w.Where)
	}
	f.inserts(w, c)
	f.updates(w, c, w.Kind, w.Sets)
	if w.Conflict != nil {
		f.asks(w.Target, w.Conflict.Where)
		f.updates(w, c, query.Update, w.Conflict.Sets)
	}
	for _, a := range w.Actions {
		f.action(w, c, a)
	}
}

func (f *finder) action(w *query.Write, c *Condition, a query.Action) {
	switch {
	case a.Matched:
		f.asks(w.Target, a.When)
		f.updates(w, c, a.Kind, a.Sets)
	case a.Kind == query.Insert && !a.Nothing && !f.doubtful(w, query.Insert):
		r := made(w)
		for i, column := range a.Columns {
			r.values[column] = stored(a.Values[i], w, column, row{table: w.Target.Table, rel: -1})
		}
		f.leaves(w, c, r, a.Columns, a.Pos)
	}
}

// updates reports an assignment that leaves no row which restrict lets pass. What is not
// assigned stays as restrict has shown it.
func (f *finder) updates(w *query.Write, c *Condition, kind query.WriteKind, sets []query.Set) {
	if kind != query.Update || len(sets) == 0 || f.doubtful(w, query.Update) {
		return
	}
	old := c.shows(w.Target)
	r := row{table: w.Target.Table, rel: c.Row, values: map[int]value{}}
	for i, v := range old.values {
		r.values[i] = v
	}
	var columns []int
	for _, s := range sets {
		r.values[s.Column] = stored(s.Value, w, s.Column, old)
		columns = append(columns, s.Column)
	}
	f.leaves(w, c, r, columns, sets[0].Pos)
}

// inserts reports a row of VALUES, or of a SELECT, that restrict refuses.
func (f *finder) inserts(w *query.Write, c *Condition) {
	if w.Kind != query.Insert || f.doubtful(w, query.Insert) {
		return
	}
	rows := [][]query.Expr{nil}
	switch s := w.Source.(type) {
	case *query.Values:
		rows = s.Rows
	case *query.Select:
		rows = [][]query.Expr{query.Exprs(s.Out)}
	case nil:
	case *query.SetOp, *query.Write, *query.Opaque:
		return
	default:
		panic(query.Unexpected(s))
	}
	for _, values := range rows {
		r := made(w)
		for i, column := range w.Columns {
			r.values[column] = value{}
			if i < len(values) && i < len(w.Keeps) {
				r.values[column] = stored(values[i], w, column, row{table: w.Target.Table, rel: -1})
			}
		}
		f.leaves(w, c, r, w.Columns, w.Target.Pos)
	}
}

// leaves reports a new row of which restrict is certainly not true. A trigger that assigns
// what restrict names is refused, unless somebody vouches for it.
func (f *finder) leaves(w *query.Write, c *Condition, r row, columns []int, at query.Span) {
	if r.rel = c.Row; judge(c.Expr, r).yes {
		return
	}
	conflict := Conflict{Base: w.Target, Condition: c, Written: true, Column: -1, Pos: at}
	given := slices.DeleteFunc(slices.Clone(columns), func(i int) bool { return !c.names(i) })
	if len(given) == 1 {
		conflict.Column = given[0]
		for _, s := range w.Sets {
			if s.Column == given[0] {
				conflict.Pos = s.Pos
			}
		}
	}
	f.found = append(f.found, conflict)
}

// doubtful reports whether a trigger may change the row that a statement writes, or drop the
// change, so that nobody knows what is left of it.
func (f *finder) doubtful(w *query.Write, kind query.WriteKind) bool {
	return slices.ContainsFunc(f.fired, func(t *query.Fired) bool {
		return t.Table == w.Target.Table && t.Kind == kind && !t.Carried && t.Before() &&
			(!t.Read || slices.Contains(t.Rows, "old") || slices.Contains(t.Rows, "null"))
	})
}
