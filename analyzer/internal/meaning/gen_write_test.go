package meaning

import (
	"fmt"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// written draws a statement that writes, alone or in a WITH query.
func (g *gen) written(relations int) *query.Statement {
	g.rels, g.ops, g.named, g.budget = 0, 0, 0, relations
	st := &query.Statement{}
	for n := 1; n <= 2; n++ {
		st.Params = append(st.Params, &query.ParamInfo{Number: n, Equals: []query.Type{"int"}})
	}
	width := 1 + g.IntN(2)
	w := g.write(&scope{}, width)
	st.Root, st.Targets = w, []*catalog.Table{w.Target.Table}
	if g.chance(25) {
		c := &query.CTE{Name: "written", Query: w, Out: outs(width)}
		q := g.plainLevel(&scope{ctes: []*query.CTE{c}}, 1, 1, &query.CTERef{ID: g.id(), CTE: c, Alias: c.Name})
		q.With = []*query.CTE{c}
		st.Root = q
	}
	st.Rels = g.rels
	return st
}

func (g *gen) write(s *scope, returning int) *query.Write {
	t := g.tables[g.IntN(len(g.tables))]
	w := &query.Write{Target: &query.Base{ID: g.id(), Table: t, Alias: t.Name.Name}}
	in := &scope{ctes: s.ctes, cols: columnsOf(w.Target)}
	switch w.Kind = query.WriteKind(g.IntN(3)); w.Kind {
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
	w.Columns = g.Perm(len(t.Columns))
	if g.chance(20) {
		w.Columns = w.Columns[:len(w.Columns)-1]
	}
	w.Keeps = make([]bool, len(w.Columns))
	for i := range w.Keeps {
		w.Keeps[i] = true
	}
	w.SourceID = g.id()
	if g.chance(50) && g.budget > 0 {
		w.Source = g.query(s, len(w.Columns), 1)
	} else {
		v := &query.Values{Out: outs(len(w.Columns))}
		for range 1 + g.IntN(2) {
			row := g.exprs(s, len(w.Columns), 0)
			for i, c := range w.Columns {
				if c == 0 && g.chance(70) {
					row[i] = &query.Param{Number: 1, Text: "$1"}
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
