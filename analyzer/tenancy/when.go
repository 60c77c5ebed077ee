package tenancy

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/config"
)

// match reads one column of when. Values that differ must be different values of the
// column's type, and what is written must be what is stored: '01' and '1' are one int4, and
// varchar(5) may drop blanks at the end (PostgreSQL manual, 8.1.1 and 8.3).
func (c *classifier) match(t *catalog.Table, p config.Parent, w config.Match) (Match, bool) {
	m := Match{Column: t.ColumnIndex(w.Column), Value: w.Value}
	if m.Column < 0 {
		c.fail(p.Line, p.Column, "name the column of "+t.Name.String()+" that says what a row belongs to", "when: %s.%s does not exist", t.Name, w.Column)
		return Match{}, false
	}
	column := t.Columns[m.Column]
	why := c.unlike(column, w.Value)
	if why == "" && Family(column) == "bool" {
		why = "cannot be told from others: the column is neither text, nor of an enum, nor an integer"
	}
	if why != "" {
		c.fail(p.Line, p.Column, "write the value as PostgreSQL prints it, and compare a column of type text, an enum or an integer", "when: %s of %s.%s %s", w.Value, t.Name, w.Column, why)
		return Match{}, false
	}
	c.recognise(w.Value)
	return m, true
}

// unlike says why a value cannot be told from others of a column, "" when it can.
func (c *classifier) unlike(column *catalog.Column, value string) string {
	switch family := Family(column); {
	case value == "" || strings.HasSuffix(value, " "):
		return "is empty or ends in a blank"
	case strings.HasPrefix(family, "enum "):
		if e := c.db.Type(column.Value.Type); e == nil || !slices.Contains(e.Values, value) {
			return "is none of its values"
		}
	case family == "int":
		if n, err := strconv.ParseInt(value, 10, 64); err != nil || strconv.FormatInt(n, 10) != value {
			return "is no integer as PostgreSQL prints it"
		}
	case family == "bool":
		if value != "true" && value != "false" {
			return "is neither true nor false"
		}
	case family != "text":
		return "cannot be told from others: the column is neither text, nor of an enum, nor an integer"
	}
	return ""
}

// recognise has constants of that value known by it.
func (c *classifier) recognise(value string) {
	if !slices.Contains(c.m.Literals, value) {
		c.m.Literals = append(c.m.Literals, value)
	}
}

// Literal is the number of a value among Literals, counted from one; 0 when it is none.
func (m *Map) Literal(value string) int { return slices.Index(m.Literals, value) + 1 }

// Excludes reports whether a row with the values that q asks for has not those of p.
func (p Parent) Excludes(q Parent) bool {
	return slices.ContainsFunc(p.When, func(a Match) bool {
		return slices.ContainsFunc(q.When, func(b Match) bool { return a.Column == b.Column && a.Value != b.Value })
	})
}

// discriminated reports whether a column tells by which of the parents a row belongs.
func (o Owner) discriminated() bool {
	return slices.ContainsFunc(o.Parents, func(p Parent) bool { return len(p.When) > 0 })
}
