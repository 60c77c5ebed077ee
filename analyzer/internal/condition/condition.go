// Package condition writes the condition that a proof lacks as SQL: for the hint of a refusal, and into
// the statement.
package condition

import (
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/prover"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// Writer is how a statement writes parameters and key words.
type Writer struct {
	Parameter func(prover.Param) string
	Keyword   func(words string) string
}

// Upper leaves key words as they are.
func Upper(words string) string { return words }

// SQL writes what makes a row the tenant's: its column equals the parameter, or it has a parent
// row that is the tenant's. It is not ok when nobody knows.
func (w Writer) SQL(c *prover.Condition) (text string, ok bool) {
	switch {
	case c.Parent != nil:
		return w.child(c)
	case c.Column >= 0:
		return column(c, c.Column) + w.Is(c.Param), true
	}
	return "", false
}

// Is compares what stands in front of it with the tenant, or asks whether it is one of a set.
func (w Writer) Is(p prover.Param) string {
	switch element := p.Array; element.Schema {
	case "":
		return " = " + w.Parameter(p)
	case "pg_catalog":
		return w.Keyword(" = ANY (") + w.Parameter(p) + "::" + element.Name + "[])"
	default:
		return w.Keyword(" = ANY (") + w.Parameter(p) + "::" + element.SQL() + "[])"
	}
}

func (w Writer) child(c *prover.Condition) (string, bool) {
	of, ok := w.SQL(c.Of)
	if !ok {
		return "", false
	}
	var on []string
	for _, pair := range c.Parent.On {
		on = append(on, quoted(c.Parent.Table.Name.Name)+"."+quoted(c.Parent.Table.Columns[pair.Parent].Name)+" = "+column(c, pair.Child))
	}
	on = append(append(on, Tests(c.Parent)...), of)
	exists := w.Keyword("EXISTS (SELECT 1 FROM ") + c.Parent.Table.Name.SQL() + w.Keyword(" WHERE ") + strings.Join(on, w.Keyword(" AND ")) + ")"
	return strings.Join(append(matches(c), exists), w.Keyword(" AND ")), true
}

// matches are the conditions under which a row refers to its parent.
func matches(c *prover.Condition) []string {
	var all []string
	for _, m := range c.Parent.When {
		all = append(all, column(c, m.Column)+" = '"+strings.ReplaceAll(m.Value, "'", "''")+"'")
	}
	return all
}

// Tests are the conditions on the row of a parent.
func Tests(parent *tenancy.Parent) []string {
	var all []string
	for _, t := range parent.Where {
		all = append(all, quoted(parent.Table.Name.Name)+"."+quoted(parent.Table.Columns[t.Column].Name)+t.Text())
	}
	return all
}

// Qualifier is what stands in front of the columns of a row, with the dot: the name that it goes by,
// and its schema where another one goes by the same name.
func Qualifier(c *prover.Condition) string {
	if c.Schema != "" {
		return quoted(c.Schema) + "." + quoted(c.Name) + "."
	}
	return quoted(c.Name) + "."
}

func column(c *prover.Condition, i int) string {
	return Qualifier(c) + quoted(c.Table.Columns[i].Name)
}

func quoted(name string) string { return catalog.QuoteIdent(name) }
