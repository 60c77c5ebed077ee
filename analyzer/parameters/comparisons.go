package parameters

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/query"
)

// comparisons finds the columns that parameters are compared with or written to.
type comparisons struct {
	rels map[query.RelID]query.Rel

	out   *Statement
	later [][2][]query.Expr // what meets, once all relations are known
	loose [][]query.Expr    // operands of one operator that is no equality
}

func (m *comparisons) collect(root query.Query) {
	m.node(root)
	for _, pair := range m.later {
		for i := range min(len(pair[0]), len(pair[1])) {
			m.meet(pair[0][i], pair[1][i])
		}
	}
	for _, args := range m.loose {
		for i, a := range args {
			for _, b := range args[i+1:] {
				m.meet(a, b)
			}
		}
	}
}

// meet gives the columns of each side to the parameters of the other.
func (m *comparisons) meet(a, b query.Expr) {
	colsA, paramsA := m.sources(a, 0)
	colsB, paramsB := m.sources(b, 0)
	m.give(paramsA, colsB)
	m.give(paramsB, colsA)
}

func (m *comparisons) give(params []int, cols []Column) {
	for _, n := range params {
		if n < 1 || n > len(m.out.Params) {
			continue
		}
		p := &m.out.Params[n-1]
		for _, c := range cols {
			if !slices.Contains(p.Columns, c) {
				p.Columns = append(p.Columns, c)
			}
		}
	}
}

// maxSources bounds the way from an expression to what it is computed from.
const maxSources = 12

// sources are the columns and parameters that a value is computed from.
func (m *comparisons) sources(e query.Expr, depth int) (cols []Column, params []int) {
	add := func(exprs ...query.Expr) {
		for _, e := range exprs {
			c, p := m.sources(e, depth+1)
			cols, params = append(cols, c...), append(params, p...)
		}
	}
	if e == nil || depth > maxSources {
		return nil, nil
	}
	switch e := e.(type) {
	case *query.Param:
		return nil, []int{e.Number}
	case *query.Col:
		switch r := m.rels[e.Rel].(type) {
		case *query.Base:
			if e.Index < len(r.Table.Columns) {
				return []Column{{r.Table, e.Index}}, nil
			}
		case *query.Derived:
			add(behindOutput(r.Query, e.Index)...)
		case *query.CTERef:
			add(behindOutput(r.CTE.Query, e.Index)...)
		case nil, *query.Rows, *query.Join, *query.Opaque:
		default:
			panic(query.Unexpected(r))
		}
	case *query.Op:
		add(e.Args...)
		if len(e.Args) == 0 {
			params = append(params, m.ofFunction(e.Text)...)
		}
	case *query.Sub:
		if e.Kind == query.Scalar || e.Kind == query.Other {
			add(behindOutput(e.Query, 0)...)
		}
	case nil, *query.Const, *query.Eq, *query.And, *query.Or, *query.Not, *query.IsNotNull, *query.Opaque:
	default:
		panic(query.Unexpected(e))
	}
	return cols, params
}

// ofFunction finds the parameter behind a column of a function in FROM, whose columns
// are known by name only: unnest(@names, @ids) AS x(name, id).
func (m *comparisons) ofFunction(column string) []int {
	alias, name, _ := strings.Cut(column, ".")
	var found []int
	for _, r := range m.rels {
		rows, ok := r.(*query.Rows)
		if !ok || rows.Alias != alias {
			continue
		}
		var params []int
		for _, arg := range rows.Args {
			_, p := m.sources(arg, 1)
			params = append(params, p...)
		}
		if len(params) > 1 {
			params = slices.DeleteFunc(params, func(n int) bool { return !strings.HasPrefix(plain(m.out.Params[n-1].Name), plain(name)) })
		}
		found = append(found, params...)
	}
	slices.Sort(found)
	return found
}

// plain is a name as SQL, sqlc and Go agree on it.
func plain(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", `"`, "").Replace(name))
}

// behindOutput returns the expressions behind one output column of a query.
func behindOutput(q query.Query, i int) []query.Expr {
	switch q := q.(type) {
	case *query.Select:
		if i < len(q.Out) {
			return []query.Expr{q.Out[i].Expr}
		}
	case *query.SetOp:
		return append(behindOutput(q.Left, i), behindOutput(q.Right, i)...)
	case *query.Write:
		if i < len(q.Returning) {
			return []query.Expr{q.Returning[i].Expr}
		}
	case *query.Values:
		var all []query.Expr
		for _, row := range q.Rows {
			if i < len(row) {
				all = append(all, row[i])
			}
		}
		return all
	case nil, *query.Opaque:
	default:
		panic(query.Unexpected(q))
	}
	return nil
}

// node notes what a part of a statement compares or writes, and looks below it.
func (m *comparisons) node(n query.Node) {
	switch n := n.(type) {
	case *query.Base:
		m.rels[n.ID] = n
	case *query.Derived:
		m.rels[n.ID] = n
	case *query.CTERef:
		m.rels[n.ID] = n
	case *query.Rows:
		m.rels[n.ID] = n
	case *query.Eq:
		m.later = append(m.later, [2][]query.Expr{{n.L}, {n.R}})
	case *query.Op:
		m.loose = append(m.loose, n.Args)
	case *query.Sub:
		if n.Kind == query.In {
			for i, t := range n.Test {
				m.later = append(m.later, [2][]query.Expr{{t}, behindOutput(n.Query, i)})
			}
		}
	case *query.Write:
		m.write(n)
	case *query.Select, *query.SetOp, *query.Values, *query.CTE, *query.Join, *query.Col, *query.Param, *query.Const, *query.And, *query.Or, *query.Not, *query.IsNotNull, *query.Opaque:
	default:
		panic(query.Unexpected(n))
	}
	query.Children(n, m.node)
}

// write notes what is put into which column.
func (m *comparisons) write(w *query.Write) {
	if w.Source != nil {
		for i, c := range w.Columns {
			for _, e := range behindOutput(w.Source, i) {
				m.assign(w, c, e)
			}
		}
	}
	m.sets(w, w.Sets)
	if w.Conflict != nil {
		m.rels[w.Conflict.Excluded] = w.Target
		m.sets(w, w.Conflict.Sets)
	}
	for _, a := range w.Actions {
		m.sets(w, a.Sets)
		for i, c := range a.Columns {
			if i < len(a.Values) {
				m.assign(w, c, a.Values[i])
			}
		}
	}
}

func (m *comparisons) sets(w *query.Write, sets []query.Set) {
	for _, s := range sets {
		m.assign(w, s.Column, s.Value)
	}
}

func (m *comparisons) assign(w *query.Write, column int, value query.Expr) {
	if value != nil {
		m.later = append(m.later, [2][]query.Expr{{&query.Col{Rel: w.Target.ID, Index: column}}, {value}})
	}
}
