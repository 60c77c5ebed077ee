package meaning

import "github.com/tenantgen/tenantgen/analyzer/query"

// merge is MERGE (PostgreSQL manual, MERGE): each row of the source meets the rows of the target with which ON is true,
// or is not matched; of its clauses of that kind the first whose condition is true acts. It sees the rows as they were, and a row
// that two would change makes the run fail. It yields nothing before PostgreSQL 17.
func (m *machine) merge(w *query.Write, e env) []Row {
	for _, at := range m.from(w.From, []env{e}) {
		matched := false
		for _, old := range m.state[w.Target.Table] {
			pair := at.with(w.Target.ID, old)
			if w.Where == nil || m.expr(w.Where, pair, nil).True() {
				matched = true
				m.act(w, pair, true)
			}
		}
		if !matched {
			m.act(w, at, false)
		}
	}
	return nil
}

// act does what the first clause says that is about such rows and whose condition is true.
func (m *machine) act(w *query.Write, at env, matched bool) {
	for i := range w.Actions {
		a := &w.Actions[i]
		if a.Matched != matched || a.When != nil && !m.expr(a.When, at, nil).True() {
			continue
		}
		old := at[w.Target.ID]
		switch {
		case a.Nothing:
		case a.Kind == query.Insert:
			m.add(w.Target.Table, m.proposed(w.Target.Table, a.Columns, m.row(a.Values, at)))
		case a.Kind == query.Delete:
			m.changes.change(old, nil)
		case a.Kind == query.Update:
			m.changes.change(old, m.assigned(w.Target.Table, old, a.Sets, at))
		default:
			panic(query.Unexpected(w))
		}
		return
	}
}
