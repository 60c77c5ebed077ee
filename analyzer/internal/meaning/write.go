package meaning

import (
	"cmp"
	"errors"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// ErrFailed is what Execute returns for a run that PostgreSQL ends with an error: a constraint, or a row that is
// changed twice.
var ErrFailed = errors.New("the statement fails")

// failure unwinds a run that fails.
type failure struct{}

func fail() { panic(failure{}) }

// Execute runs a statement that may write. It returns the rows that it yields and the state that it leaves.
func Execute(st *query.Statement, in State, params map[int]Value, seed uint64) (rows []Row, after State, err error) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(failure); !ok {
				panic(r)
			}
			err = ErrFailed
		}
	}()
	m := &machine{state: in, params: params, seed: hash(seed), working: map[*query.CTE][]Row{}, changes: &changes{next: map[*Value]Row{}}}
	rows = m.query(st.Root, make(env, st.Rels))
	after = m.changes.applied(in)
	settle(st, in, after, m.changes)
	return rows, after, nil
}

// changes are what a statement does to the rows that were there: all its parts see those (PostgreSQL
// manual, 7.8.4).
type changes struct {
	next map[*Value]Row // of a row that was there, nil when it is deleted
	made []made
}

type made struct {
	table *catalog.Table
	row   Row
}

// change gives a row that was there another form, once.
func (c *changes) change(old, next Row) {
	if _, twice := c.next[&old[0]]; twice {
		fail()
	}
	c.next[&old[0]] = next
}

func (c *changes) applied(in State) State {
	out := State{}
	for t, rows := range in {
		out[t] = []Row{}
		for _, r := range rows {
			if next, ok := c.next[&r[0]]; !ok {
				out[t] = append(out[t], r)
			} else if next != nil {
				out[t] = append(out[t], next)
			}
		}
	}
	for _, m := range c.made {
		out[m.table] = append(out[m.table], m.row)
	}
	return out
}

func (m *machine) write(w *query.Write, e env) []Row {
	switch w.Kind {
	case query.Insert:
		return m.insert(w, e)
	case query.Update, query.Delete:
		return m.change(w, e)
	}
	panic(query.Unexpected(w))
}

// change is UPDATE and DELETE. Of several rows of FROM that match one of the target any may be taken.
func (m *machine) change(w *query.Write, e env) []Row {
	met := map[*Value][]env{}
	for _, at := range m.from(append([]query.Rel{w.Target}, w.From...), []env{e}) {
		if w.Where == nil || m.expr(w.Where, at, nil).True() {
			key := &at[w.Target.ID][0]
			met[key] = append(met[key], at)
		}
	}
	var out []Row
	for _, old := range m.state[w.Target.Table] {
		all := met[&old[0]]
		if len(all) == 0 {
			continue
		}
		at := slices.MinFunc(all, func(a, b env) int { return cmp.Compare(m.rank(a), m.rank(b)) })
		if w.Kind == query.Delete {
			m.changes.change(old, nil)
		} else {
			next := m.assigned(old, w.Sets, at)
			m.changes.change(old, next)
			at = at.with(w.Target.ID, next)
		}
		out = append(out, m.row(query.Exprs(w.Returning), at))
	}
	return out
}

func (m *machine) rank(at env) uint64 { return uint64(m.seed.text("which").row(slices.Concat(at...))) }

// assigned is a row with new values, all computed from what was there.
func (m *machine) assigned(old Row, sets []query.Set, at env) Row {
	next := slices.Clone(old)
	for _, s := range sets {
		next[s.Column] = m.expr(s.Value, at, nil)
	}
	return next
}

func (m *machine) insert(w *query.Write, e env) []Row {
	var out []Row
	rows := m.query(w.Source, e)
	if _, written := w.Source.(*query.Values); !written { // they come in any order, and the first is in the way of others
		rows = m.chosen(rows, func(Row) Row { return nil })
	}
	for _, r := range rows {
		row := make(Row, len(w.Target.Table.Columns))
		for i := range row {
			row[i] = Null
		}
		for i, c := range w.Columns {
			row[c] = r[i]
		}
		if !given(w.Target.Table, row) { // before it is in anybody's way
			fail()
		}
		there, was := m.conflicting(w, row)
		switch {
		case there == nil:
			m.changes.made = append(m.changes.made, made{w.Target.Table, row})
		case !w.Conflict.Update:
			continue
		case !was: // a second row of the same command
			fail()
		default:
			at := e.with(w.Target.ID, there).with(w.Conflict.Excluded, row)
			if w.Conflict.Where != nil && !m.expr(w.Conflict.Where, at, nil).True() {
				continue
			}
			row = m.assigned(there, w.Conflict.Sets, at)
			m.changes.change(there, row)
		}
		out = append(out, m.row(query.Exprs(w.Returning), e.with(w.Target.ID, row)))
	}
	return out
}

// conflicting is the row that ON CONFLICT meets, and whether it is as it was before the statement.
func (m *machine) conflicting(w *query.Write, row Row) (there Row, was bool) {
	if w.Conflict == nil {
		return nil, false
	}
	for _, k := range w.Target.Table.Keys {
		columns := w.Target.Table.ColumnIndexes(k.Columns)
		if !w.Conflict.Any && !sameColumns(columns, w.Conflict.Columns) {
			continue
		}
		for _, r := range m.state[w.Target.Table] {
			now, changed := m.changes.next[&r[0]] // by the row before, of the same command
			if !changed {
				now = r
			}
			if now != nil && agree(columns, now, row) {
				return now, !changed
			}
		}
		for _, r := range m.changes.made {
			if r.table == w.Target.Table && agree(columns, r.row, row) {
				return r.row, false
			}
		}
	}
	return nil, false
}

func sameColumns(a, b []int) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(c int) bool { return !slices.Contains(b, c) })
}

// agree reports whether two rows have the same in some columns, none of it null.
func agree(columns []int, a, b Row) bool {
	return !slices.ContainsFunc(columns, func(c int) bool { return !equal(a[c], b[c]).True() })
}
