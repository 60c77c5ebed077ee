package meaning

import (
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// written are the tables that small writes change.
func (e *enumeration) written() []*catalog.Table {
	return []*catalog.Table{e.notes, e.comments, e.links, e.plans}[:min(e.size, 4)]
}

// changes: UPDATE of one column, and DELETE, alone or beside another table.
func (e *enumeration) changes(try func(asked)) {
	for _, a := range e.written() {
		for _, b := range append([]*catalog.Table{nil}, e.tables()...) {
			tables := []*catalog.Table{a}
			if b != nil {
				tables = append(tables, b)
			}
			_, r := e.begin(tables...)
			wheres := e.conds(of(r[0])...)
			if b != nil {
				wheres = e.conds(e.ofTwo(r[0], r[1])...)
			}
			for _, where := range wheres {
				for set := -1; set < 4*len(a.Columns); set++ {
					s, r := e.begin(tables...)
					w := &query.Write{Kind: query.Delete, Target: r[0], Where: where(), Returning: shown(at(r[0], 1))}
					for _, from := range r[1:] {
						w.From = append(w.From, from)
					}
					if set >= 0 {
						values := []query.Expr{param(1), param(2), at(r[0], 0), at(r[len(r)-1], 1)}
						w.Kind, w.Sets = query.Update, []query.Set{{Column: set / 4, Value: values[set%4]}}
					}
					try(asked{st: s.wrote(w), writes: true})
				}
			}
		}
	}
}

// inserts: a row of parameters, with each form of ON CONFLICT.
func (e *enumeration) inserts(try func(asked)) {
	for _, t := range append(e.written(), e.items) {
		var keys [][]int
		for _, k := range t.Keys {
			keys = append(keys, t.ColumnIndexes(k.Columns))
		}
		for n := range 1 << len(t.Columns) {
			for conflict := range 2 + len(keys)*(1+2*len(t.Columns)) {
				for first := range 2 {
					var columns []int
					var row []query.Expr
					for i := first; i < len(t.Columns); i++ { // with or without the first
						columns, row = append(columns, i), append(row, param(1+n>>i&1))
					}
					s := e.gen.sketch()
					w := s.inserting(t, columns, row...)
					w.Returning = shown(at(w.Target, 1))
					if conflict > 0 {
						w.Conflict = &query.Conflict{Excluded: s.id(), Any: conflict == 1}
					}
					if c := conflict - 2; c >= 0 {
						w.Conflict.Columns = keys[c%len(keys)]
						if c /= len(keys); c > 0 {
							w.Conflict.Update, w.Conflict.Sets = true, []query.Set{{Column: (c - 1) / 2, Value: param(1 + (c-1)%2)}}
						}
					}
					try(asked{st: s.wrote(w), writes: true})
				}
			}
		}
	}
}

// insertsQuery: rows of a table, some of whose values are the new ones.
func (e *enumeration) insertsQuery(try func(asked)) {
	for _, t := range e.written() {
		for _, b := range e.tables() {
			_, r := e.begin(b)
			for _, where := range e.conds(of(r[0])...) {
				for n := range 27 {
					s, r := e.begin(b)
					var columns []int
					var out []query.Expr
					for i, k := 0, n; i < len(t.Columns); i, k = i+1, k/3 {
						columns = append(columns, i)
						out = append(out, []query.Expr{param(1), at(r[0], 0), at(r[0], 1)}[k%3])
					}
					w := s.inserting(t, columns)
					w.Source = &query.Select{From: []query.Rel{r[0]}, Where: where(), Out: shown(out...)}
					w.Returning = shown(at(w.Target, 1))
					try(asked{st: s.wrote(w), writes: true})
				}
			}
		}
	}
}

// merges: one clause or two, each with a condition or none.
func (e *enumeration) merges(try func(asked)) {
	for _, a := range e.written()[:min(e.size, 3)] {
		for _, b := range e.tables() {
			_, r := e.begin(a, b)
			ons := e.ands(append([]maker{e.world.link(r[0], r[1])}, e.ofTwo(r[0], r[1])...)...)
			for _, on := range ons {
				for matched := range 1 + 4*len(a.Columns) {
					for inserts := range 7 {
						for when := range 3 {
							s, r := e.begin(a, b)
							w := &query.Write{Kind: query.Merge, Target: r[0], From: []query.Rel{r[1]}, Where: on()}
							first := query.Action{Matched: true, Kind: query.Delete}
							if m := matched - 1; m >= 0 {
								first.Kind, first.Sets = query.Update, []query.Set{{Column: m / 4, Value: []query.Expr{param(1), param(2), at(r[0], 0), at(r[1], 1)}[m%4]}}
							}
							if when == 1 {
								first.When = is(at(r[0], 0), param(1))
							}
							w.Actions = []query.Action{first}
							if inserts > 0 {
								second := query.Action{Kind: query.Insert}
								for i := range a.Columns {
									second.Columns = append(second.Columns, i)
									second.Values = append(second.Values, [][]query.Expr{{param(1), param(1), param(1)}, {at(r[1], 0), at(r[1], 1), at(r[1], 1)}}[(inserts>>i)&1][i])
								}
								if when == 2 {
									second.When = is(at(r[1], 0), param(1))
								}
								w.Actions = append(w.Actions, second)
							}
							try(asked{st: s.wrote(w), writes: true})
						}
					}
				}
			}
		}
	}
}
