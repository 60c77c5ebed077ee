// Package restrict tells what the restrict conditions of tables, which policies add to the
// tenant's, keep statements from: rows that a statement asks for and that are never shown,
// and new rows that are always refused. It reports what is certain of every row, whatever
// the parameters are, and is silent about the rest.
//
// A policy's expression is asked of the rows that a command finds, as USING, and of those
// that it leaves, as WITH CHECK; an UPDATE or DELETE that names a column, in its WHERE or
// RETURNING, needs the new row to be visible too (PostgreSQL manual, CREATE POLICY, Table
// 292). All of tenantgen's policies of a table have its restrict, so that one question
// answers for them.
package restrict

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// Condition is the restrict of a table.
type Condition struct {
	Text string     // as it is declared
	Expr query.Expr // on the columns of Row
	Row  query.RelID
}

// Conditions are those of the tables that have one.
type Conditions map[*catalog.Table]*Condition

// Conflict is what a statement cannot do.
type Conflict struct {
	Base      *query.Base // the occurrence of the table
	Condition *Condition
	// Written says that a new row is refused; else no row is found.
	Written bool
	Column  int // that is given such a value, -1 when it is not one alone
	Pos     query.Span
}

// Conflicts lists what a statement can never do.
func (c Conditions) Conflicts(st *query.Statement) []Conflict {
	f := &finder{conditions: c, fired: st.Fired}
	if len(c) > 0 && len(st.Opaque) == 0 {
		f.node(st.Root)
	}
	return slices.CompactFunc(f.found, func(a, b Conflict) bool { return a.Base == b.Base && a.Written == b.Written })
}

// Mentions reports whether a statement asks for, shows or sets a column that the restrict of
// its table names: whoever runs it without policies sees or leaves other rows.
func (c Conditions) Mentions(st *query.Statement) bool {
	m := &mentions{conditions: c, bases: map[query.RelID]*query.Base{}}
	if len(c) > 0 && len(st.Opaque) == 0 {
		m.node(st.Root, m.base)
		m.node(st.Root, m.named)
	}
	return m.any
}

// shows is what is certain of a row that the restrict of its table lets through.
func (c *Condition) shows(b *query.Base) row {
	r := row{table: b.Table, rel: b.ID, values: map[int]value{}}
	own := row{table: b.Table, rel: c.Row}
	own.learn(c.Expr, r.values)
	return r
}

// learn notes what is certain of the row's columns where e is true.
func (r row) learn(e query.Expr, values map[int]value) {
	note := func(e query.Expr, v value) {
		col, ok := e.(*query.Col)
		if ok && r.column(col) != nil && values[col.Index].kind <= some && v.kind != open {
			values[col.Index] = v
		}
	}
	switch e := e.(type) {
	case *query.And:
		for _, a := range e.Args {
			r.learn(a, values)
		}
	case *query.Eq:
		note(e.L, value{kind: some})
		note(e.R, value{kind: some})
		if col, ok := e.L.(*query.Col); ok {
			note(e.L, read(e.R, valueOf(e.R, r), r.column(col)))
		}
		if col, ok := e.R.(*query.Col); ok {
			note(e.R, read(e.L, valueOf(e.L, r), r.column(col)))
		}
	case *query.IsNotNull:
		note(e.Arg, value{kind: some})
	case *query.Not:
		note(e.Arg, value{known, "false"})
	case *query.Col:
		note(e, value{known, "true"})
	case *query.Op:
		r.learnFrom(e, note, values)
	case nil, *query.Or, *query.Param, *query.Const, *query.Sub, *query.Opaque:
	default:
		panic(query.Unexpected(e))
	}
}

// learnFrom notes what is certain where an operation is true: IS NULL is the opposite of IS
// NOT NULL, and what is strict has no null among its arguments.
func (r row) learnFrom(o *query.Op, note func(query.Expr, value), values map[int]value) {
	if not, ok := o.Negation.(*query.IsNotNull); ok {
		note(not.Arg, value{kind: null})
	}
	if o.Implies != nil {
		r.learn(o.Implies, values)
	}
	if o.Strict || o.Rejects {
		for _, a := range o.Args {
			note(a, value{kind: some})
		}
		if eq, ok := o.Negation.(*query.Eq); ok {
			note(eq.L, value{kind: some})
			note(eq.R, value{kind: some})
		}
	}
}

// mentions looks for columns that conditions name.
type mentions struct {
	conditions Conditions
	bases      map[query.RelID]*query.Base
	any        bool
}

func (m *mentions) node(n query.Node, f func(query.Node)) {
	f(n)
	query.Children(n, func(c query.Node) { m.node(c, f) })
}

func (m *mentions) base(n query.Node) {
	if b, ok := n.(*query.Base); ok && m.conditions[b.Table] != nil {
		m.bases[b.ID] = b
	}
}

func (m *mentions) named(n query.Node) {
	if col, ok := n.(*query.Col); ok && m.bases[col.Rel] != nil {
		m.any = m.any || m.conditions[m.bases[col.Rel].Table].names(col.Index)
	}
	if w, ok := n.(*query.Write); ok {
		c := m.conditions[w.Target.Table]
		m.any = m.any || c != nil && slices.ContainsFunc(assigned(w), c.names)
	}
}

// names reports whether the condition mentions a column of its table.
func (c *Condition) names(column int) bool {
	found := false
	var look func(query.Node)
	look = func(n query.Node) {
		col, ok := n.(*query.Col)
		found = found || ok && col.Rel == c.Row && col.Index == column
		query.Children(n, look)
	}
	look(c.Expr)
	return found
}

// assigned lists the columns of its target that a write gives values.
func assigned(w *query.Write) []int {
	columns := slices.Clone(w.Columns)
	sets := slices.Clone(w.Sets)
	if w.Conflict != nil {
		sets = append(sets, w.Conflict.Sets...)
	}
	for _, a := range w.Actions {
		columns, sets = append(columns, a.Columns...), append(sets, a.Sets...)
	}
	for _, s := range sets {
		columns = append(columns, s.Column)
	}
	return columns
}
