package meaning

import (
	"fmt"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// written draws a statement that writes, alone or in a WITH query.
func (g *gen) written(relations int) *query.Statement {
	st := g.begin(relations)
	width := 1 + g.IntN(2)
	w := g.write(&scope{}, width)
	st.Root, st.Targets = w, []*catalog.Table{w.Target.Table}
	if w.Kind != query.Merge && g.chance(25) {
		c := &query.CTE{Name: "written", Query: w, Out: outs(width)}
		q := g.plainLevel(&scope{ctes: []*query.CTE{c}}, 1, 1, &query.CTERef{ID: g.id(), CTE: c, Alias: c.Name})
		q.With = []*query.CTE{c}
		st.Root = q
	}
	return g.finished(st)
}

func (g *gen) write(s *scope, returning int) *query.Write {
	t := g.table()
	w := &query.Write{Target: &query.Base{ID: g.id(), Table: t, Alias: t.Name.Name}}
	in := &scope{ctes: s.ctes, cols: columnsOf(w.Target)}
	switch w.Kind = query.WriteKind(g.IntN(4)); w.Kind {
	case query.Insert:
		g.insert(w, s)
	case query.Update, query.Delete:
		for g.budget > 0 && g.chance(30) {
			w.From = append(w.From, g.rel(in, 1))
		}
		w.Where = g.where(in, 1)
		if w.Kind == query.Update {
			w.Sets = g.sets(t, in)
		}
	case query.Merge:
		g.merge(w, s)
		return w
	}
	for i := range returning {
		w.Returning = append(w.Returning, query.Output{Name: fmt.Sprint("c", i), Type: "int", Expr: g.col(in)})
	}
	return w
}

// sets gives some columns values, often what they had.
func (g *gen) sets(t *catalog.Table, s *scope) []query.Set {
	var all []query.Set
	for _, c := range g.Perm(len(t.Columns))[:1+g.IntN(2)] {
		all = append(all, query.Set{Column: c, Value: g.value(s)})
	}
	return all
}

func (g *gen) insert(w *query.Write, s *scope) {
	t := w.Target.Table
	w.Columns = g.given(t)
	w.Keeps = make([]bool, len(w.Columns))
	for i := range w.Keeps {
		w.Keeps[i] = !g.chance(5)
	}
	w.SourceID = g.id()
	if g.chance(50) && g.budget > 0 {
		w.Source = g.query(s, len(w.Columns), 1)
	} else {
		v := &query.Values{Out: outs(len(w.Columns))}
		for range 1 + g.IntN(2) {
			row := g.values(s, w.Columns)
			for i := range row {
				if g.chance(5) {
					row[i] = &query.Op{Text: "DEFAULT", Default: true}
				}
			}
			v.Rows = append(v.Rows, row)
		}
		w.Source = v
	}
	if !g.chance(50) {
		return
	}
	w.Conflict = &query.Conflict{Excluded: g.id(), Update: g.chance(60)}
	k := t.Keys[g.IntN(len(t.Keys))]
	for k.Partial { // which no statement here names
		k = t.Keys[g.IntN(len(t.Keys))]
	}
	if w.Conflict.Columns = t.ColumnIndexes(k.Columns); !w.Conflict.Update && g.chance(30) {
		w.Conflict.Columns, w.Conflict.Any = nil, true
	}
	if w.Conflict.Update {
		there := &query.Base{ID: w.Conflict.Excluded, Table: t}
		in := &scope{ctes: s.ctes, cols: append(columnsOf(w.Target), columnsOf(there)...)}
		w.Conflict.Sets = g.sets(t, in)
		if g.chance(40) {
			w.Conflict.Where = g.where(in, 0)
		}
	}
}

// given are the columns that a new row gets values in: seldom it leaves one out.
func (g *gen) given(t *catalog.Table) []int {
	columns := g.Perm(len(t.Columns))
	if g.chance(20) {
		columns = columns[:len(columns)-1]
	}
	return columns
}

// values are those of a new row, which often says whose it is.
func (g *gen) values(s *scope, columns []int) []query.Expr {
	row := g.exprs(s, len(columns), 0)
	for i, c := range columns {
		if c == 0 && g.chance(70) {
			row[i] = &query.Param{Number: 1, Text: "$1"}
		}
	}
	return row
}

// merge draws the source, ON and the clauses of MERGE.
func (g *gen) merge(w *query.Write, s *scope) {
	in := &scope{ctes: s.ctes}
	g.budget++ // a source there is
	w.From = []query.Rel{g.rel(in, 1)}
	both := &scope{ctes: s.ctes, cols: append(columnsOf(w.Target), in.cols...)}
	w.Where = g.where(both, 1)
	for range 1 + g.IntN(3) {
		a := query.Action{Matched: g.chance(60), Nothing: g.chance(10), Kind: query.Insert}
		of := in
		if a.Matched {
			a.Kind, of = query.WriteKind(g.either(int(query.Update), int(query.Delete))), both
		}
		if g.chance(40) {
			a.When = g.where(of, 0)
		}
		switch {
		case a.Nothing:
		case a.Kind == query.Update:
			a.Sets = g.sets(w.Target.Table, of)
		case a.Kind == query.Insert:
			a.Columns = g.given(w.Target.Table)
			a.Values = g.values(of, a.Columns)
		}
		reached := !slices.ContainsFunc(w.Actions, func(before query.Action) bool { return before.Matched == a.Matched && before.When == nil })
		if reached { // a server refuses clauses behind one without a condition
			w.Actions = append(w.Actions, a)
		}
	}
}
