package meaning

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/query"
)

// from adds a row of each relation to what there is, in every combination.
func (m *machine) from(rels []query.Rel, at []env) []env {
	for _, r := range rels {
		var next []env
		for _, e := range at {
			next = append(next, m.rel(r, e)...)
		}
		at = next
	}
	return at
}

func (m *machine) rel(r query.Rel, e env) []env {
	switch r := r.(type) {
	case *query.Base:
		return each(e, r.ID, m.state[r.Table])
	case *query.Derived:
		return each(e, r.ID, m.query(r.Query, e))
	case *query.CTERef:
		return each(e, r.ID, m.cte(r.CTE, e))
	case *query.Rows:
		return each(e, r.ID, []Row{m.row(r.Args, e)})
	case *query.Join:
		return m.join(r, e)
	}
	panic(query.Unexpected(r))
}

func each(e env, id query.RelID, rows []Row) []env {
	out := make([]env, len(rows))
	for i, r := range rows {
		out[i] = e.with(id, r)
	}
	return out
}

// join pairs rows, and puts a row of nulls beside each that its kind keeps without a partner
// (PostgreSQL manual, 7.2.1.1).
func (m *machine) join(j *query.Join, e env) []env {
	left := m.rel(j.Left, e)
	var out []env
	var right []env
	if j.Kind == query.Right || j.Kind == query.Full { // no LATERAL there
		right = m.rel(j.Right, e)
	}
	met := make([]bool, len(right))
	for _, l := range left {
		partners := right
		if right == nil {
			partners = m.rel(j.Right, l)
		}
		alone := true
		for i, r := range partners {
			pair := m.both(l, r, j.Right)
			if j.On != nil && !m.expr(j.On, pair, nil).True() {
				continue
			}
			alone = false
			if right != nil {
				met[i] = true
			}
			out = append(out, pair)
		}
		if alone && (j.Kind == query.Left || j.Kind == query.Full) {
			out = append(out, m.padded(l, j.Right))
		}
	}
	for i, r := range right {
		if !met[i] {
			out = append(out, m.padded(r, j.Left))
		}
	}
	return out
}

// both is l with the rows that r has of a side.
func (m *machine) both(l, r env, side query.Rel) env {
	out := slices.Clone(l)
	for _, c := range below(side) {
		out[c.id] = r[c.id]
	}
	return out
}

// padded is e with rows of nulls for a side.
func (m *machine) padded(e env, side query.Rel) env {
	out := slices.Clone(e)
	for _, c := range below(side) {
		out[c.id] = make(Row, c.width)
		for i := range out[c.id] {
			out[c.id][i] = Null
		}
	}
	return out
}

type sized struct {
	id    query.RelID
	width int
}

// below lists the relations of a side of a join.
func below(r query.Rel) []sized {
	switch r := r.(type) {
	case *query.Base:
		return []sized{{r.ID, len(r.Table.Columns)}}
	case *query.Derived:
		return []sized{{r.ID, len(r.Out)}}
	case *query.CTERef:
		return []sized{{r.ID, len(r.CTE.Out)}}
	case *query.Rows:
		return []sized{{r.ID, len(r.Args)}}
	case *query.Join:
		return append(below(r.Left), below(r.Right)...)
	}
	panic(query.Unexpected(r))
}

// cte is the rows of a WITH query: of a recursive one, what its second term yields when it is
// repeated on the rows that it yielded last (PostgreSQL manual, 7.8.2).
func (m *machine) cte(c *query.CTE, e env) []Row {
	if rows, ok := m.working[c]; ok {
		return rows
	}
	op, ok := c.Query.(*query.SetOp)
	if !c.Recursive || !ok {
		return m.query(c.Query, e)
	}
	all, most := m.query(op.Left, e), maxIterationsAll
	if !op.All {
		all, most = distinct(all), maxIterations
	}
	for last, n := all, 0; len(last) > 0 && n < most; n++ {
		m.working[c] = last
		last = m.query(op.Right, e)
		delete(m.working, c)
		if !op.All {
			last = slices.DeleteFunc(distinct(last), func(r Row) bool {
				return slices.ContainsFunc(all, func(o Row) bool { return slices.Equal(o, r) })
			})
		}
		all = slices.Concat(all, last)
	}
	return all
}
