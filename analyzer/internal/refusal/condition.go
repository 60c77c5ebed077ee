package refusal

import (
	"fmt"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/prover"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// parameter writes a parameter as its query does, or would.
func (s said) parameter(p prover.Param) string {
	if p.Name != "" {
		return "@" + p.Name
	}
	return s.param(p.Number)
}

// condition writes what would make a row the tenant's.
func (s said) condition(c *prover.Condition) string {
	switch {
	case c.Parent != nil:
		return s.childCondition(c)
	case c.Column >= 0:
		return fmt.Sprintf("%s.%s = %s", qualifier(c), catalog.QuoteIdent(c.Table.Columns[c.Column].Name), s.parameter(c.Param))
	}
	return "its parent is the tenant's"
}

// qualifier is what stands in front of the columns of a condition.
func qualifier(c *prover.Condition) string {
	if c.Schema != "" {
		return catalog.QuoteIdent(c.Schema) + "." + catalog.QuoteIdent(c.Name)
	}
	return catalog.QuoteIdent(c.Name)
}

func (s said) childCondition(c *prover.Condition) string {
	name, on := catalog.QuoteIdent(c.Parent.Table.Name.Name), []string(nil)
	for _, pair := range c.Parent.On {
		on = append(on, fmt.Sprintf("%s.%s = %s.%s", name, catalog.QuoteIdent(c.Parent.Table.Columns[pair.Parent].Name), qualifier(c), catalog.QuoteIdent(c.Table.Columns[pair.Child].Name)))
	}
	on = append(on, parentTests(c.Parent)...)
	on = append(on, s.condition(c.Of))
	exists := fmt.Sprintf("EXISTS (SELECT 1 FROM %s WHERE %s)", c.Parent.Table.Name.SQL(), strings.Join(on, " AND "))
	return strings.Join(append(matches(c), exists), " AND ")
}

// matches are the conditions under which a row refers to its parent.
func matches(c *prover.Condition) []string {
	var all []string
	for _, m := range c.Parent.When {
		all = append(all, fmt.Sprintf("%s.%s = '%s'", qualifier(c), catalog.QuoteIdent(c.Table.Columns[m.Column].Name), strings.ReplaceAll(m.Value, "'", "''")))
	}
	return all
}

// parentTests are the conditions on the row of a parent.
func parentTests(parent *tenancy.Parent) []string {
	var all []string
	for _, t := range parent.Where {
		all = append(all, catalog.QuoteIdent(parent.Table.Name.Name)+"."+catalog.QuoteIdent(parent.Table.Columns[t.Column].Name)+t.Text())
	}
	return all
}
