package confirm

import (
	"fmt"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/internal/nodetree"
)

var writeKinds = map[query.WriteKind]int{query.Insert: cmdInsert, query.Update: cmdUpdate, query.Delete: cmdDelete, query.Merge: cmdMerge}

func (m *matcher) write(w *query.Write, l *level) {
	m.kind(l, w.Kind.String(), writeKinds[w.Kind])
	target := l.query.Int("resultRelation", 0)
	m.writesTo(w)
	m.occurrence(w.Target, target, l)
	if _, ok := m.rels[w.Target.ID]; !ok {
		return
	}
	tree := l.query.Node("jointree")
	from := slices.DeleteFunc(tree.Nodes("fromlist"), func(n *nodetree.Node) bool { return n.Name == "RANGETBLREF" && n.Int("rtindex", 0) == target })
	if w.Kind == query.Insert {
		m.insert(w, from, l)
	} else {
		m.from(w.From, from, l)
		quals := tree.Node("quals")
		if on := l.query.Node("mergeJoinCondition"); on != nil { // PostgreSQL 17
			quals = on
		}
		l.wait(w.Where, quals)
		m.sets(w.Sets, l.query.Nodes("targetList"), l, w.Target.Table)
	}
	m.conflict(w, l)
	m.actions(w, l)
	m.outputs(w.Returning, targets(l.query.Nodes("returningList")), l)
	m.subqueries(l, w, valuesOf(w))
}

// writesTo notes which commands run on the target.
func (m *matcher) writesTo(w *query.Write) {
	name := w.Target.Table.Name
	if m.writes[name] == nil {
		m.writes[name] = map[string]bool{}
	}
	m.writes[name][w.Kind.String()] = true
	if w.Conflict != nil && w.Conflict.Update {
		m.writes[name][query.Update.String()] = true
	}
	for _, a := range w.Actions {
		m.writes[name][a.Kind.String()] = m.writes[name][a.Kind.String()] || !a.Nothing
	}
}

// valuesOf are the rows that INSERT has in its own level.
func valuesOf(w *query.Write) query.Node {
	if v, ok := w.Source.(*query.Values); ok {
		return v
	}
	return &query.Values{}
}

// number is that of a column of a table of ours.
func (m *matcher) number(t *catalog.Table, i int) int {
	for _, r := range m.w.rels {
		if r.name == t.Name {
			return r.column(t.Columns[i].Name)
		}
	}
	return 0
}

// assigned is what a list of assignments gives a column, nil when nothing.
func (m *matcher) assigned(list []*nodetree.Node, number int) *nodetree.Node {
	for _, t := range list {
		if t.Int("resno", 0) == number && !t.Bool("resjunk") {
			return t.Node("expr")
		}
	}
	return nil
}

// insert compares which column gets which value of the source.
func (m *matcher) insert(w *query.Write, from []*nodetree.Node, l *level) {
	list := l.query.Nodes("targetList")
	source := 0
	if len(from) == 1 {
		source = from[0].Int("rtindex", 0)
	}
	values, isValues := w.Source.(*query.Values)
	rte := l.entry(source)
	switch {
	case w.Source == nil:
		return
	case isValues && source == 0 && len(values.Rows) == 1: // its values stand in the list itself
		for i, c := range w.Columns {
			if i < len(values.Rows[0]) {
				m.given(w, i, values.Rows[0][i], m.assigned(list, m.number(w.Target.Table, c)), l)
			}
		}
		return
	case isValues && rte.Int("rtekind", -1) == rteValues:
		m.rows(values, rte, l)
	case rte.Int("rtekind", -1) == rteSubquery:
		m.query(w.Source, newLevel(rte.Node("subquery"), l))
	default:
		m.differ(w.Pos, "what INSERT inserts", fmt.Sprintf("%T", w.Source), m.saysEntry(rte))
		return
	}
	for i, c := range w.Columns {
		want := term{kind: columnTerm, at: l, rte: source, col: i + 1}
		got := l.term(m.assigned(list, m.number(w.Target.Table, c)))
		if isValues && got.kind != columnTerm { // DEFAULT in every row
			continue
		}
		if got.kind == constTerm || got.kind == paramTerm { // what has no type of its own goes past the SELECT
			if direct, ok := m.term(query.Outputs(w.Source)[i].Expr); ok {
				want = direct
			}
		}
		if !want.same(got) {
			m.differ(w.Pos, "column "+w.Target.Table.Columns[c].Name+" of INSERT", m.say(want), m.say(got))
		} else if w.Keeps[i] && !m.keeps(want, got) {
			m.differ(w.Pos, "column "+w.Target.Table.Columns[c].Name+" of INSERT", "the value itself", "the value under a cast that may change it")
		}
	}
}

// given compares one value of INSERT.
func (m *matcher) given(w *query.Write, i int, ours query.Expr, theirs *nodetree.Node, l *level) {
	want, ok := m.term(ours)
	if !ok || want.kind == constTerm {
		return
	}
	got, column := l.term(theirs), "column "+w.Target.Table.Columns[w.Columns[i]].Name+" of INSERT"
	switch {
	case !want.same(got):
		m.differ(spanOf(ours), column, m.say(want), m.say(got))
	case w.Keeps[i] && !m.keeps(want, got):
		m.differ(spanOf(ours), column, m.say(want)+" itself", m.say(got)+" under a cast that may change it")
	}
}

// sets compares assignments, and that there is none more.
func (m *matcher) sets(ours []query.Set, list []*nodetree.Node, l *level, t *catalog.Table) {
	known := map[int]bool{}
	for _, s := range ours {
		n := m.number(t, s.Column)
		known[n] = true
		if s.Value == nil {
			continue
		}
		want, ok := m.term(s.Value)
		if !ok || want.kind == constTerm {
			continue
		}
		if got := l.term(m.assigned(list, n)); !want.same(got) {
			m.differ(s.Pos, "column "+t.Columns[s.Column].Name+" of SET", m.say(want), m.say(got))
		}
	}
	for _, te := range list {
		if n := te.Int("resno", 0); !te.Bool("resjunk") && !known[n] && !m.computed(t, n) {
			m.differ(query.Span{}, "SET", "nothing for column "+te.Text("resname"), "a value")
		}
	}
}

// computed reports whether a column is a generated one, which the server computes anew.
func (m *matcher) computed(t *catalog.Table, number int) bool {
	return slices.ContainsFunc(t.Columns, func(c *catalog.Column) bool { return c.Generated && m.number(t, t.ColumnIndex(c.Name)) == number })
}

// conflict compares ON CONFLICT: its columns, and what it assigns.
func (m *matcher) conflict(w *query.Write, l *level) {
	on := l.query.Node("onConflict")
	c := w.Conflict
	if (on == nil) != (c == nil) {
		m.differ(w.Pos, "ON CONFLICT", fmt.Sprint(c != nil), fmt.Sprint(on != nil))
		return
	}
	if c == nil {
		return
	}
	if update := on.Int("action", 0) == 2; update != c.Update {
		m.differ(c.Pos, "ON CONFLICT", fmt.Sprint("DO UPDATE ", c.Update), fmt.Sprint("DO UPDATE ", update))
	}
	m.rels[c.Excluded] = bound{l, on.Int("exclRelIndex", 0)}
	m.bases[c.Excluded] = w.Target
	var theirs []term
	for _, el := range on.Nodes("arbiterElems") {
		theirs = append(theirs, l.term(el.Node("expr")))
	}
	for _, i := range c.Columns {
		want := term{kind: columnTerm, at: l, rte: m.rels[w.Target.ID].rte, col: m.number(w.Target.Table, i)}
		if !slices.ContainsFunc(theirs, want.same) {
			m.differ(c.Pos, "ON CONFLICT", m.say(want), "other columns")
		}
	}
	l.wait(c.Where, on.Node("onConflictWhere"))
	m.sets(c.Sets, on.Nodes("onConflictSet"), l, w.Target.Table)
}

// actions compares the WHEN clauses of MERGE, in their order.
func (m *matcher) actions(w *query.Write, l *level) {
	theirs := l.query.Nodes("mergeActionList")
	if len(theirs) != len(w.Actions) {
		m.differ(w.Pos, "MERGE", fmt.Sprintf("%d actions", len(w.Actions)), fmt.Sprint(len(theirs)))
		return
	}
	for i, a := range w.Actions {
		n := theirs[i]
		kind := n.Int("commandType", 0)
		matched := n.Bool("matched")
		if n.Has("matchKind") { // PostgreSQL 17: 0 is MERGE_WHEN_MATCHED
			matched = n.Int("matchKind", 0) == 0
		}
		if matched != a.Matched || !a.Nothing && kind != writeKinds[a.Kind] {
			m.differ(a.Pos, "an action of MERGE", a.Kind.String(), commands[kind])
			continue
		}
		l.wait(a.When, n.Node("qual"))
		if a.Kind == query.Update && !a.Nothing {
			m.sets(a.Sets, n.Nodes("targetList"), l, w.Target.Table)
		}
		for j, c := range a.Columns {
			want, ok := m.term(a.Values[j])
			if !ok || want.kind == constTerm {
				continue
			}
			if got := l.term(m.assigned(n.Nodes("targetList"), m.number(w.Target.Table, c))); !want.same(got) {
				m.differ(a.Pos, "column "+w.Target.Table.Columns[c].Name+" of MERGE", m.say(want), m.say(got))
			}
		}
	}
}
