package meaning

import (
	"cmp"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/query"
)

// Iterations of a recursive query: what goes on for longer is cut off there. UNION ends by itself, as there are
// few values.
const (
	maxIterations    = 100
	maxIterationsAll = 4
)

// Run returns the rows that a statement yields which only reads. Array parameters are given by their
// elements. The seed draws what is not interpreted.
func Run(st *query.Statement, in State, params map[int]Value, arrays map[int][]Value, seed uint64) []Row {
	m := &machine{state: in, params: params, arrays: arrays, seed: hash(seed), working: map[*query.CTE][]Row{}}
	return m.query(st.Root, make(env, st.Rels))
}

type machine struct {
	state   State
	params  map[int]Value
	arrays  map[int][]Value
	seed    hash
	working map[*query.CTE][]Row // what a recursive query refers to in itself, and what a write has returned
	changes *changes             // nil where nothing may write
}

// env is a row of each relation that there is one of here.
type env []Row

func (e env) with(id query.RelID, r Row) env {
	out := slices.Clone(e)
	out[id] = r
	return out
}

func (m *machine) query(q query.Query, e env) []Row {
	switch q := q.(type) {
	case *query.Write:
		m.writes(q.With, e)
		return m.write(q, e)
	case *query.Select:
		m.writes(q.With, e)
		return m.level(q, e)
	case *query.SetOp:
		return m.limited(q.Limited, m.setOp(q, e), func(Row) Row { return m.row(q.Rest, e) })
	case *query.Values:
		var rows []Row
		for _, r := range q.Rows {
			rows = append(rows, m.row(r, e))
		}
		return m.limited(q.Limited, rows, func(Row) Row { return m.row(q.Rest, e) })
	}
	panic(query.Unexpected(q))
}

// writes runs the WITH queries that write, each once, whoever reads what they return.
func (m *machine) writes(with []*query.CTE, e env) {
	for _, c := range with {
		if w, ok := c.Query.(*query.Write); ok {
			m.working[c] = m.query(w, e)
		}
	}
}

func (m *machine) row(es []query.Expr, e env) Row {
	out := make(Row, len(es))
	for i, x := range es {
		out[i] = m.expr(x, e, nil)
	}
	return out
}

// limited is any choice from a bag: by a number that is drawn for each row, and which nothing
// but the bag and what it is ordered by decides on.
func (m *machine) limited(is bool, rows []Row, order func(Row) Row) []Row {
	if !is || len(rows) == 0 {
		return rows
	}
	return m.chosen(rows, order)[:1]
}

func (m *machine) chosen(rows []Row, order func(Row) Row) []Row {
	rank := func(r Row) uint64 { return uint64(m.seed.text("order").row(order(r)).row(r)) }
	return slices.SortedStableFunc(slices.Values(rows), func(a, b Row) int { return cmp.Or(cmp.Compare(rank(a), rank(b)), slices.Compare(a, b)) })
}

func (m *machine) setOp(q *query.SetOp, e env) []Row {
	left, right := m.query(q.Left, e), m.query(q.Right, e)
	var rows []Row
	switch q.Kind {
	case query.Union:
		rows = slices.Concat(left, right)
	case query.Intersect, query.Except:
		rest := slices.Clone(right)
		for _, r := range left {
			i := slices.IndexFunc(rest, func(o Row) bool { return slices.Equal(o, r) })
			if (i >= 0) == (q.Kind == query.Intersect) {
				rows = append(rows, r)
			}
			if i >= 0 && q.All {
				rest = slices.Delete(rest, i, i+1)
			}
		}
	}
	if !q.All {
		return distinct(rows)
	}
	return rows
}

// level runs a SELECT in the order in which its clauses take effect (PostgreSQL manual, SELECT, Description).
func (m *machine) level(q *query.Select, e env) []Row {
	var kept []env
	for _, at := range m.from(q.From, []env{e}) {
		if q.Where == nil || m.expr(q.Where, at, nil).True() {
			kept = append(kept, at)
		}
	}
	var outs []out
	for _, g := range m.groups(q, e, kept) {
		if q.Having != nil && !m.expr(q.Having, g.at, g.rows).True() {
			continue
		}
		window := m.windows(q, g, kept)
		o := out{row: make(Row, len(q.Out)), order: make(Row, len(q.Rest)), on: make(Row, len(q.DistinctOn))}
		for i, c := range q.Out {
			o.row[i] = m.expr(c.Expr, g.at, g.rows)
			if _, op := c.Expr.(*query.Op); op && len(q.Windows) > 0 {
				o.row[i] = m.seed.with(uint64(window)).row(Row{o.row[i]}).value()
			}
		}
		for i, x := range q.Rest {
			o.order[i] = m.expr(x, g.at, g.rows)
		}
		for i, x := range q.DistinctOn {
			o.on[i] = m.expr(x, g.at, g.rows)
		}
		outs = append(outs, o)
	}
	return m.shown(q, outs)
}

// out is a row of a level's result, with what it is ordered by, and what DISTINCT ON asks.
type out struct{ row, order, on Row }

// shown applies DISTINCT and LIMIT.
func (m *machine) shown(q *query.Select, outs []out) []Row {
	rank := func(o out) uint64 { return uint64(m.seed.text("order").row(o.order).row(o.row)) }
	slices.SortFunc(outs, func(a, b out) int { return cmp.Or(cmp.Compare(rank(a), rank(b)), slices.Compare(a.row, b.row)) })
	var rows []Row
	var seen []Row
	for _, o := range outs {
		if q.DistinctOn != nil {
			if slices.ContainsFunc(seen, func(s Row) bool { return slices.Equal(s, o.on) }) {
				continue
			}
			seen = append(seen, o.on)
		}
		rows = append(rows, o.row)
		if q.Limited && !q.Distinct {
			return rows
		}
	}
	if q.Distinct {
		rows = distinct(rows)
		return m.limited(q.Limited, rows, func(Row) Row { return nil })
	}
	return rows
}

// group is some combinations of rows that make one row of the result: at is one of them.
type group struct {
	at   env
	rows []env // nil of a level that does not group
}

func (m *machine) groups(q *query.Select, e env, kept []env) []group {
	switch {
	case q.Group != nil && len(q.Group.By) > 0 && !q.Group.Sets:
		var keys []Row
		var all []group
		for _, at := range kept {
			key := m.row(q.Group.By, at)
			i := slices.IndexFunc(keys, func(k Row) bool { return slices.Equal(k, key) })
			if i < 0 {
				i, keys, all = len(keys), append(keys, key), append(all, group{at: at})
			}
			all[i].rows = append(all[i].rows, at)
		}
		return all
	case q.Aggregate || q.Group != nil || folds(q):
		if kept == nil {
			kept = []env{}
		}
		return []group{{at: e, rows: kept}} // its other columns are constants
	}
	var all []group
	for _, at := range kept {
		all = append(all, group{at: at})
	}
	return all
}

// folds reports whether an aggregate in the list of a level makes one row of all, whatever the level says of itself.
func folds(q *query.Select) bool {
	var is func(query.Expr) bool
	is = func(e query.Expr) bool {
		o, ok := e.(*query.Op)
		return ok && o.Folds || slices.ContainsFunc(query.Operands(e), is)
	}
	return slices.ContainsFunc(q.Out, func(o query.Output) bool { return is(o.Expr) })
}

// windows is what window functions may tell of a row: all that its partitions have, of any window.
func (m *machine) windows(q *query.Select, g group, kept []env) hash {
	h := m.seed
	for _, w := range q.Windows {
		own := m.row(w.PartitionBy, g.at)
		var rows []Row
		for _, at := range kept {
			if slices.Equal(own, m.row(w.PartitionBy, at)) {
				rows = append(rows, slices.Concat(at...))
			}
		}
		h = h.bag(rows)
	}
	return h
}
