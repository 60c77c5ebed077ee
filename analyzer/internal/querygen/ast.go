// Package querygen generates random SQL over a fixed multi-tenant schema, and
// random states of that schema. Most statements start out with every occurrence of
// a tenant table pinned by a random mechanism and are then damaged in up to three
// random places, so that a large share of them is confined to one tenant and another
// large share nearly is. All of it is a function of the choices that the caller
// draws, 0 being the simplest one, so that a failing statement can be shrunk.
package querygen

import (
	"fmt"
	"strings"
)

// Query is a SELECT level, a set operation, a VALUES list or a data-modifying
// statement: the first of SetOp, Rows, Write that is set tells which.
type Query struct {
	With        []*CTE
	Recursive   bool
	SetOp       string // such as "UNION ALL"
	Left, Right *Query
	Rows        [][]*Expr
	Write       *Write

	Distinct   bool
	DistinctOn []*Expr
	Out        []*Out
	From       []*Rel // in a FROM list, by comma
	Where      *Expr
	GroupBy    []*Expr
	Grouping   string // "", ROLLUP, CUBE or GROUPING SETS
	Having     *Expr
	OrderBy    string
	Limit      string // the whole clause
	Lock       string
}

// CTE is a WITH query.
type CTE struct {
	Name  string
	Cols  []string
	Query *Query
}

// Out is an output column.
type Out struct {
	Expr *Expr
	Name string // "" for none
}

// Rel is an item of FROM: a join, or else a table, subquery or function.
type Rel struct {
	Join    string // such as "LEFT JOIN"
	L, R    *Rel
	On      *Expr
	Using   []string
	Natural bool

	Table   string
	Query   *Query
	Func    *Expr
	Lateral bool
	Alias   string
	Cols    []string
}

// Write is INSERT, UPDATE, DELETE or MERGE.
type Write struct {
	Kind      string
	Table     string
	Alias     string
	Columns   []string
	Source    *Query // of INSERT
	From      []*Rel // FROM, USING
	Where     *Expr  // of MERGE: ON
	Sets      []*Set
	Conflict  *Conflict
	Whens     []*When
	Returning []*Out
}

// Set is an assignment; several columns are assigned a row.
type Set struct {
	Columns []string
	Value   *Expr
}

// Conflict is ON CONFLICT.
type Conflict struct {
	Target string // "", "(org_id, id)", "ON CONSTRAINT x"
	Sets   []*Set // nil for DO NOTHING
	Where  *Expr
}

// When is a WHEN clause of MERGE.
type When struct {
	Matched bool
	And     *Expr
	Sets    []*Set // UPDATE
	Delete  bool
	Columns []string // INSERT
	Values  []*Expr
}

// Op is the kind of an Expr.
type Op int

// The kinds of an Expr.
const (
	Form  Op = iota // Text with %s for each of Args and then Sub
	Col             // Rel.Text
	Param           // $N
	And
	Or
	Not
)

// Expr is an expression.
type Expr struct {
	Op   Op
	Text string
	Rel  string
	N    int
	Args []*Expr
	Sub  *Query
	// Key marks a list from which an element can be dropped, as PARTITION BY.
	Key bool
}

func form(text string, args ...*Expr) *Expr { return &Expr{Text: text, Args: args} }

func subForm(text string, q *Query, args ...*Expr) *Expr {
	return &Expr{Text: text, Args: args, Sub: q}
}

func column(rel, name string) *Expr { return &Expr{Op: Col, Rel: rel, Text: name} }

func param(n int) *Expr { return &Expr{Op: Param, N: n} }

func eq(a, b *Expr) *Expr { return form("%s = %s", a, b) }

// and joins conditions; nil for none.
func and(args ...*Expr) *Expr {
	if len(args) == 0 {
		return nil
	}
	return &Expr{Op: And, Args: args}
}

func (e *Expr) String() string {
	switch e.Op {
	case Col:
		if e.Rel == "" {
			return e.Text
		}
		return e.Rel + "." + e.Text
	case Param:
		return fmt.Sprintf("$%d", e.N)
	case Not:
		return "NOT (" + e.Args[0].String() + ")"
	case And, Or:
		if len(e.Args) == 0 {
			return "TRUE"
		}
		word := map[Op]string{And: " AND ", Or: " OR "}[e.Op]
		if len(e.Args) == 1 {
			return e.Args[0].String()
		}
		return "(" + list(e.Args, word) + ")"
	}
	if e.Key {
		if len(e.Args) == 0 {
			return ""
		}
		return fmt.Sprintf(e.Text, list(e.Args, ", "))
	}
	var args []any
	for _, a := range e.Args {
		args = append(args, a.String())
	}
	if e.Sub != nil {
		args = append(args, e.Sub.String())
	}
	return fmt.Sprintf(e.Text, args...)
}

func list[T fmt.Stringer](items []T, sep string) string {
	var parts []string
	for _, it := range items {
		parts = append(parts, it.String())
	}
	return strings.Join(parts, sep)
}

func (o *Out) String() string {
	if o.Name == "" {
		return o.Expr.String()
	}
	return o.Expr.String() + " AS " + o.Name
}

func (c *CTE) String() string { return c.Name + columnList(c.Cols) + " AS (" + c.Query.String() + ")" }

func columnList(cols []string) string {
	if len(cols) == 0 {
		return ""
	}
	return " (" + strings.Join(cols, ", ") + ")"
}

// String returns the SQL text of q.
func (q *Query) String() string {
	var b strings.Builder
	if len(q.With) > 0 {
		b.WriteString("WITH ")
		if q.Recursive {
			b.WriteString("RECURSIVE ")
		}
		b.WriteString(list(q.With, ", ") + " ")
	}
	switch {
	case q.SetOp != "":
		b.WriteString("(" + q.Left.String() + ") " + q.SetOp + " (" + q.Right.String() + ")")
	case q.Rows != nil:
		var rows []string
		for _, r := range q.Rows {
			rows = append(rows, "("+list(r, ", ")+")")
		}
		b.WriteString("VALUES " + strings.Join(rows, ", "))
	case q.Write != nil:
		b.WriteString(q.Write.String())
	default:
		q.level(&b)
	}
	clause(&b, " ORDER BY ", q.OrderBy)
	clause(&b, " ", q.Limit)
	clause(&b, " ", q.Lock)
	return b.String()
}

func clause(b *strings.Builder, word, text string) {
	if text != "" {
		b.WriteString(word + text)
	}
}

func (q *Query) level(b *strings.Builder) {
	b.WriteString("SELECT ")
	if q.Distinct {
		b.WriteString("DISTINCT ")
	}
	if len(q.DistinctOn) > 0 {
		b.WriteString("DISTINCT ON (" + list(q.DistinctOn, ", ") + ") ")
	}
	b.WriteString(list(q.Out, ", "))
	if len(q.From) > 0 {
		b.WriteString(" FROM " + list(q.From, ", "))
	}
	if q.Where != nil {
		b.WriteString(" WHERE " + q.Where.String())
	}
	if len(q.GroupBy) > 0 {
		keys := list(q.GroupBy, ", ")
		if q.Grouping != "" {
			keys = q.Grouping + " (" + keys + ")"
		}
		b.WriteString(" GROUP BY " + keys)
	}
	if q.Having != nil {
		b.WriteString(" HAVING " + q.Having.String())
	}
}

func (r *Rel) String() string {
	if r.Join != "" {
		text := "(" + r.L.String() + " "
		if r.Natural {
			text += "NATURAL "
		}
		text += r.Join + " " + r.R.String()
		switch {
		case r.Natural || r.Join == "CROSS JOIN":
		case len(r.Using) > 0:
			text += " USING (" + strings.Join(r.Using, ", ") + ")"
		case r.On == nil:
			text += " ON TRUE"
		default:
			text += " ON " + r.On.String()
		}
		return text + ")"
	}
	text := r.Table
	switch {
	case r.Query != nil:
		text = "(" + r.Query.String() + ")"
	case r.Func != nil:
		text = r.Func.String()
	}
	if r.Lateral {
		text = "LATERAL " + text
	}
	return text + " AS " + r.Alias + columnList(r.Cols)
}

func (s *Set) String() string {
	if len(s.Columns) == 1 {
		return s.Columns[0] + " = " + s.Value.String()
	}
	return "(" + strings.Join(s.Columns, ", ") + ") = " + s.Value.String()
}

func (w *Write) String() string {
	var b strings.Builder
	where := func(word string) {
		if w.Where != nil {
			b.WriteString(word + w.Where.String())
		}
	}
	switch w.Kind {
	case "INSERT":
		b.WriteString("INSERT INTO " + w.Table + " AS " + w.Alias + columnList(w.Columns) + " " + w.Source.String())
		if w.Conflict != nil {
			b.WriteString(w.Conflict.String())
		}
	case "UPDATE":
		b.WriteString("UPDATE " + w.Table + " AS " + w.Alias + " SET " + list(w.Sets, ", "))
		clause(&b, " FROM ", list(w.From, ", "))
		where(" WHERE ")
	case "DELETE":
		b.WriteString("DELETE FROM " + w.Table + " AS " + w.Alias)
		clause(&b, " USING ", list(w.From, ", "))
		where(" WHERE ")
	case "MERGE":
		b.WriteString("MERGE INTO " + w.Table + " AS " + w.Alias + " USING " + list(w.From, ", "))
		where(" ON ")
		b.WriteString(list(w.Whens, ""))
	}
	clause(&b, " RETURNING ", list(w.Returning, ", "))
	return b.String()
}

func (c *Conflict) String() string {
	text := " ON CONFLICT " + c.Target
	if c.Sets == nil {
		return text + " DO NOTHING"
	}
	text += " DO UPDATE SET " + list(c.Sets, ", ")
	if c.Where != nil {
		text += " WHERE " + c.Where.String()
	}
	return text
}

func (m *When) String() string {
	text := " WHEN MATCHED"
	if !m.Matched {
		text = " WHEN NOT MATCHED"
	}
	if m.And != nil {
		text += " AND " + m.And.String()
	}
	switch {
	case m.Delete:
		return text + " THEN DELETE"
	case len(m.Sets) > 0:
		return text + " THEN UPDATE SET " + list(m.Sets, ", ")
	case len(m.Values) > 0:
		return text + " THEN INSERT" + columnList(m.Columns) + " VALUES (" + list(m.Values, ", ") + ")"
	}
	return text + " THEN DO NOTHING"
}
