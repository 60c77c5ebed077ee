package restrict

import (
	"regexp"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// stored is what is certain of a column that w gives the value of e, computed from a row.
func stored(e query.Expr, w *query.Write, column int, from row) value {
	c := w.Target.Table.Columns[column]
	if o, ok := e.(*query.Op); ok && o.Default || e == nil {
		return defaulted(w, column)
	}
	e = uncast(e)
	return read(e, valueOf(e, from), c)
}

// uncast is what an assignment cast is about: it keeps what is null and what is not, and the
// operation goes by its text.
func uncast(e query.Expr) query.Expr {
	o, ok := e.(*query.Op)
	if !ok || len(o.Args) != 1 {
		return e
	}
	col, isCol := o.Args[0].(*query.Col)
	lit, isConst := o.Args[0].(*query.Const)
	op, isOp := o.Args[0].(*query.Op)
	if isCol && col.Text == o.Text || isConst && lit.Text == o.Text || isOp && op.Text == o.Text {
		return o.Args[0]
	}
	return e
}

// made is what is certain of a new row before its statement gives it values: it has the
// defaults of its table.
func made(w *query.Write) row {
	r := row{table: w.Target.Table, values: map[int]value{}}
	for i := range w.Target.Table.Columns {
		r.values[i] = defaulted(w, i)
	}
	return r
}

// defaulted is what is certain of a column that w gives no value, or DEFAULT.
func defaulted(w *query.Write, column int) value {
	if slices.Contains(w.ViewDefaults, column) {
		return value{}
	}
	return byDefault(w.Target.Table.Columns[column])
}

// simpleDefault is a default that is a literal, under a cast or not.
var simpleDefault = regexp.MustCompile(`^('(?:[^']|'')*'|[0-9]+|true|false)(?:::[a-z_. "]+)?$`)

// byDefault is what is certain of a column's default.
func byDefault(c *catalog.Column) value {
	text := strings.ToLower(strings.TrimSpace(c.Default))
	switch {
	case c.Generated || c.Identity || c.Value.Type != c.Type.Name:
		return value{} // a domain may have a default of its own
	case !c.HasDefault:
		return value{kind: null}
	case text == "now()" || text == "current_timestamp":
		return value{kind: some}
	}
	if m := simpleDefault.FindStringSubmatch(strings.TrimSpace(c.Default)); m != nil {
		return literal(&query.Const{Text: m[1]}, c)
	}
	return value{}
}
