package restrict

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// value is what is certain of the value of an expression.
type value struct {
	kind kind
	text string // of known: as PostgreSQL prints it
}

// kind is how much is certain of a value.
type kind int

const (
	open  kind = iota // nothing
	null              // it is null
	some              // it is not null
	known             // it is the value that text says
)

// row is what is certain of the rows of one occurrence of a table.
type row struct {
	table  *catalog.Table
	rel    query.RelID
	values map[int]value // by column; nothing is certain of others
}

// column is what col is of the row's table, nil when it is of another.
func (r row) column(col *query.Col) *catalog.Column {
	if col.Rel != r.rel || col.Index >= len(r.table.Columns) {
		return nil
	}
	return r.table.Columns[col.Index]
}

func (r row) value(col *query.Col) value {
	c := r.column(col)
	if c == nil {
		return value{}
	}
	if v := r.values[col.Index]; v.kind != open || !neverNull(r.table, c) {
		return v
	}
	return value{kind: some}
}

// neverNull reports whether no row of t has a null in column c. NOT NULL of an inheritance
// parent need not hold for the rows of its children.
func neverNull(t *catalog.Table, c *catalog.Column) bool {
	return c.NotNull && (len(t.Children) == 0 || t.PartitionBy != "")
}

// truth is what a condition may be: three-valued logic over what is certain.
type truth struct{ yes, no, null bool }

var (
	anything = truth{true, true, true}
	certain  = truth{no: true, yes: true} // either, but not null
	never    = truth{no: true}
	always   = truth{yes: true}
	unknown  = truth{null: true}
)

func (t truth) not() truth { return truth{yes: t.no, no: t.yes, null: t.null} }

// judge says what a condition may be of a row.
func judge(e query.Expr, of row) truth {
	switch e := e.(type) {
	case nil:
		return always
	case *query.And:
		return both(e.Args, of)
	case *query.Or:
		var args []query.Expr
		for _, a := range e.Args {
			args = append(args, &query.Not{Arg: a})
		}
		return both(args, of).not()
	case *query.Not:
		return judge(e.Arg, of).not()
	case *query.Eq:
		return equal(e, of)
	case *query.IsNotNull:
		return filled(valueOf(e.Arg, of))
	case *query.Op:
		return operation(e, of)
	case *query.Col, *query.Const:
		return boolean(valueOf(e, of))
	case *query.Sub:
		if e.Kind == query.Exists {
			return certain
		}
	case *query.Param, *query.Opaque:
	default:
		panic(query.Unexpected(e))
	}
	return anything
}

// both is what the conjunction of conditions may be.
func both(args []query.Expr, of row) truth {
	all := always
	for _, a := range args {
		t := judge(a, of)
		all = truth{yes: all.yes && t.yes, no: all.no || t.no, null: all.null || t.null}
	}
	return all
}

// operation judges what the query representation says of an operation: that it is the
// opposite of another condition, implies one, or is null where an argument is.
func operation(o *query.Op, of row) truth {
	switch {
	case o.Unless != nil:
		t := judge(o.Unless, of)
		return truth{yes: t.no || t.null, no: t.yes}
	case o.Negation != nil:
		return judge(o.Negation, of).not()
	case o.Implies != nil && !judge(o.Implies, of).yes:
		return never
	case (o.Strict || o.Rejects) && hasNull(o.Args, of):
		return truth{null: true, no: !o.Strict}
	}
	return anything
}

func hasNull(args []query.Expr, of row) bool {
	return slices.ContainsFunc(args, func(a query.Expr) bool { return valueOf(a, of).kind == null })
}

func filled(v value) truth {
	switch v.kind {
	case null:
		return never
	case some, known:
		return always
	}
	return certain
}

func boolean(v value) truth {
	switch {
	case v.kind == null:
		return unknown
	case v.kind == known && (v.text == "true" || v.text == "false"):
		return truth{yes: v.text == "true", no: v.text == "false"}
	case v.kind == open:
		return anything
	}
	return certain
}

// equal judges an equality, of which one side may be a literal of the other's type.
func equal(e *query.Eq, of row) truth {
	l, r := valueOf(e.L, of), valueOf(e.R, of)
	if c, ok := e.L.(*query.Col); ok {
		r = read(e.R, r, of.column(c))
	}
	if c, ok := e.R.(*query.Col); ok {
		l = read(e.L, l, of.column(c))
	}
	switch {
	case l.kind == null || r.kind == null:
		return unknown
	case l.kind == known && r.kind == known:
		return truth{yes: l.text == r.text, no: l.text != r.text}
	}
	return anything
}

// valueOf says what is certain of an expression.
func valueOf(e query.Expr, of row) value {
	switch e := e.(type) {
	case *query.Col:
		return of.value(e)
	case *query.Const:
		return constant(e)
	case *query.Op:
		return computed(e, of)
	case nil, *query.Param, *query.Eq, *query.And, *query.Or, *query.Not, *query.Sub, *query.IsNotNull, *query.Opaque:
	default:
		panic(query.Unexpected(e))
	}
	return value{}
}

// computed says what is certain of an operation: now() is never null, nor is COALESCE of
// it, a cast or an interval more.
func computed(o *query.Op, of row) value {
	filled := func(a query.Expr) bool { k := valueOf(a, of).kind; return k == some || k == known }
	switch {
	case o.Filled:
		return value{kind: some}
	case o.Strict && hasNull(o.Args, of):
		return value{kind: null}
	case o.Chooses && o.Text == "coalesce" && slices.ContainsFunc(o.Args, filled):
		return value{kind: some}
	case o.Strict && (o.Text == "+" || o.Text == "-" || o.Text == "::timestamptz" || o.Text == "::timestamp" || o.Text == "::date"):
		if len(o.Args) > 0 && !slices.ContainsFunc(o.Args, func(a query.Expr) bool { return !filled(a) }) {
			return value{kind: some}
		}
	}
	return value{}
}

func constant(c *query.Const) value {
	switch text := strings.ToLower(c.Text); {
	case c.Null:
		return value{kind: null}
	case text == "true" || text == "false":
		return value{kind: known, text: text}
	}
	return value{kind: some}
}

// read is the value of a literal where it is one of a column's type.
func read(e query.Expr, v value, c *catalog.Column) value {
	if lit, ok := e.(*query.Const); ok && v.kind != null {
		return literal(lit, c)
	}
	return v
}

// literal is the value of a literal in a column of a type whose equal values are the same.
func literal(lit *query.Const, c *catalog.Column) value {
	if c == nil || lit.Recast || c.Value.Modified {
		return value{kind: some}
	}
	text, quoted := lit.Text, false
	if inner, ok := strings.CutPrefix(text, "'"); ok && strings.HasSuffix(inner, "'") {
		text, quoted = strings.ReplaceAll(strings.TrimSuffix(inner, "'"), "''", "'"), true
	}
	switch family := tenancy.Family(c); {
	case family == "text" && quoted, strings.HasPrefix(family, "enum ") && quoted:
		return value{known, text}
	case family == "int":
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return value{known, strconv.FormatInt(n, 10)}
		}
	case family == "bool":
		switch strings.ToLower(text) {
		case "t", "true":
			return value{known, "true"}
		case "f", "false":
			return value{known, "false"}
		}
	}
	return value{kind: some}
}
