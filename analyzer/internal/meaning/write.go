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
	case query.Merge:
		return m.merge(w, e)
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
			next := m.assigned(w.Target.Table, old, w.Sets, at)
			m.changes.change(old, next)
			at = at.with(w.Target.ID, next)
		}
		out = append(out, m.row(query.Exprs(w.Returning), at))
	}
	return out
}

func (m *machine) rank(at env) uint64 { return uint64(m.seed.text("which").row(slices.Concat(at...))) }

// assigned is a row with new values, all computed from what was there.
func (m *machine) assigned(t *catalog.Table, old Row, sets []query.Set, at env) Row {
	next := slices.Clone(old)
	for _, s := range sets {
		if next[s.Column] = m.byDefault(t.Columns[s.Column]); s.Value != nil {
			next[s.Column] = m.expr(s.Value, at, nil)
		}
	}
	return next
}

// byDefault is the default of a column: the setting that the call sets, or null.
func (m *machine) byDefault(c *catalog.Column) Value {
	if c.DefaultSetting != "" {
		return m.params[query.BySetting]
	}
	return Null
}

// proposed is a new row that gets values in some columns, and in the others their defaults. Where a value is missing
// the run fails, before the row is in anybody's way.
func (m *machine) proposed(t *catalog.Table, columns []int, values Row) Row {
	row := make(Row, len(t.Columns))
	for i, c := range t.Columns {
		row[i] = m.byDefault(c)
	}
	for i, c := range columns {
		if values[i] != unsaid {
			row[c] = values[i]
		}
	}
	if !given(t, row) {
		fail()
	}
	return row
}

func (m *machine) add(t *catalog.Table, row Row) {
	m.changes.made = append(m.changes.made, made{t, row})
}

func (m *machine) insert(w *query.Write, e env) []Row {
	var out []Row
	rows := m.converted(w, m.query(w.Source, e))
	if _, written := w.Source.(*query.Values); !written { // they come in any order, and the first is in the way of others
		rows = m.chosen(rows, func(Row) Row { return nil })
	}
	for _, r := range rows {
		row := m.proposed(w.Target.Table, w.Columns, r)
		there, was := m.conflicting(w, row)
		switch {
		case there == nil:
			m.add(w.Target.Table, row)
		case !w.Conflict.Update:
			continue
		case !was: // a second row of the same command
			fail()
		default:
			at := e.with(w.Target.ID, there).with(w.Conflict.Excluded, row)
			if w.Conflict.Where != nil && !m.expr(w.Conflict.Where, at, nil).True() {
				continue
			}
			row = m.assigned(w.Target.Table, there, w.Conflict.Sets, at)
			m.changes.change(there, row)
		}
		out = append(out, m.row(query.Exprs(w.Returning), e.with(w.Target.ID, row)))
	}
	return out
}

// converted is what arrives of rows for INSERT: where an assignment cast may change a value, any function of it.
func (m *machine) converted(w *query.Write, rows []Row) []Row {
	if !slices.Contains(w.Keeps, false) {
		return rows
	}
	out := make([]Row, len(rows))
	for i, r := range rows {
		out[i] = slices.Clone(r)
		for c, keeps := range w.Keeps {
			if v := r[c]; !keeps && v != Null && v != unsaid {
				out[i][c] = m.seed.text("cast").row(Row{v}).value()
			}
		}
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
		if !w.Conflict.Any && (k.Partial || !sameColumns(columns, w.Conflict.Columns)) {
			continue // a partial index is inferred by its predicate alone, which no statement here gives
		}
		for _, r := range m.state[w.Target.Table] {
			now, changed := m.changes.next[&r[0]] // by the row before, of the same command
			if !changed {
				now = r
			}
			if now != nil && clash(w.Target.Table, k, now, row) {
				return now, !changed
			}
		}
		for _, r := range m.changes.made {
			if r.table == w.Target.Table && clash(w.Target.Table, k, r.row, row) {
				return r.row, false
			}
		}
	}
	return nil, false
}

func sameColumns(a, b []int) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(c int) bool { return !slices.Contains(b, c) })
}

// clash reports whether two rows cannot both be there by a key: both satisfy the predicate of its index, and agree.
func clash(t *catalog.Table, k *catalog.Key, a, b Row) bool {
	for _, w := range k.Where {
		c := t.ColumnIndex(w.Column)
		if !holds(w, a[c]) || !holds(w, b[c]) {
			return false
		}
	}
	return agree(t.ColumnIndexes(k.Columns), a, b)
}

// holds reports whether a test of a column is true of a value.
func holds(t catalog.Test, v Value) bool {
	switch t.Kind {
	case catalog.IsNull:
		return v == Null
	case catalog.IsNotNull:
		return v != Null
	}
	return v == constant(&query.Const{Text: t.Value})
}

// agree reports whether two rows have the same in some columns, none of it null.
func agree(columns []int, a, b Row) bool {
	return !slices.ContainsFunc(columns, func(c int) bool { return !equal(a[c], b[c]).True() })
}
