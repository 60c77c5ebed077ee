package meaning

import (
	"slices"
	"strconv"

	"github.com/tenantgen/tenantgen/analyzer/query"
)

// expr is the value of an expression. group holds the combinations of rows that an aggregate is about.
func (m *machine) expr(x query.Expr, e env, group []env) Value {
	switch x := x.(type) {
	case nil:
		return Null
	case *query.Col:
		return e[x.Rel][x.Index]
	case *query.Param:
		return m.params[x.Number]
	case *query.Const:
		return constant(x)
	case *query.Eq:
		return equal(m.expr(x.L, e, group), m.expr(x.R, e, group))
	case *query.And:
		return m.connected(x.Args, e, group, 0)
	case *query.Or:
		return m.connected(x.Args, e, group, 1)
	case *query.Not:
		return not(m.expr(x.Arg, e, group))
	case *query.IsNotNull:
		return truth(m.expr(x.Arg, e, group) != Null)
	case *query.Sub:
		return m.sub(x, e)
	case *query.Op:
		return m.op(x, e, group)
	}
	panic(query.Unexpected(x))
}

// constant: equal texts are equal values.
func constant(c *query.Const) Value {
	switch {
	case c.Null:
		return Null
	case c.Text == "true":
		return 1
	case c.Text == "false":
		return 0
	}
	if n, err := strconv.Atoi(c.Text); err == nil {
		return Value(n)
	}
	return Value(uint64(hash(0).text(c.Text)) % 3)
}

// connected is AND for what decides it, 0, and OR for 1 (PostgreSQL manual, 9.1).
func (m *machine) connected(args []query.Expr, e env, group []env, decides Value) Value {
	v := 1 - decides
	for _, a := range args {
		switch one := m.expr(a, e, group); {
		case one == Null:
			v = Null
		case truth(one.True()) == decides:
			return decides
		}
	}
	return v
}

// op is a function that is drawn, and keeps what the fields of an Op say of it.
func (m *machine) op(x *query.Op, e env, group []env) Value {
	switch {
	case x.Default:
		return unsaid
	case x.Unless != nil:
		return truth(!m.expr(x.Unless, e, group).True())
	case x.Negation != nil:
		return not(m.expr(x.Negation, e, group))
	case x.Among != nil:
		return m.among(x, e, group)
	case x.Aggregate && group != nil:
		var rows []Row
		for _, at := range group {
			if x.Filter == nil || m.expr(x.Filter, at, nil).True() {
				rows = append(rows, m.row(x.Args, at))
			}
		}
		return m.seed.text(x.Text).bag(rows).value()
	}
	args := make(Row, len(x.Args))
	for i, a := range x.Args {
		args[i] = m.expr(a, e, group)
	}
	v := m.seed.text(x.Text).row(args).value()
	null := slices.Contains(args, Null)
	switch {
	case x.Strict && null, v == Null && x.Filled:
		v = Null
		if x.Filled {
			v = 0
		}
	case x.Rejects && null && v.True(), x.Implies != nil && v.True() && !m.expr(x.Implies, e, group).True():
		v = 0
	}
	return v
}

func (m *machine) among(x *query.Op, e env, group []env) Value {
	v := m.expr(x.Args[0], e, group)
	if v == Null {
		return Null
	}
	return truth(slices.Contains(m.arrays[x.Among.Number], v))
}

// sub is the value of a subquery in an expression (PostgreSQL manual, 9.23 and 4.2.11).
func (m *machine) sub(x *query.Sub, e env) Value {
	rows := m.query(x.Query, e)
	switch x.Kind {
	case query.Exists:
		return truth(len(rows) > 0)
	case query.In:
		return m.in(x, rows, e)
	case query.Scalar:
		if len(rows) == 0 {
			return Null
		}
		if len(rows) == 1 {
			return rows[0][0]
		}
	}
	// Of several rows a scalar fails; what it would give then is a function of them all.
	return m.seed.text(x.Text).row(m.row(x.Args, e)).bag(rows).value()
}

func (m *machine) in(x *query.Sub, rows []Row, e env) Value {
	v := Value(0)
	for _, r := range rows {
		same := Value(1)
		for i, t := range x.Test {
			one := m.seed.text("unlike").row(Row{r[i]}).value() // of another type: any equality
			if t != nil {
				one = equal(m.expr(t, e, nil), r[i])
			}
			if one == Null && same.True() {
				same = Null
			} else if one == 0 {
				same = 0
			}
		}
		if same.True() {
			return 1
		}
		if same == Null {
			v = Null
		}
	}
	return v
}
