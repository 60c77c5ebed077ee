package fix

import (
	"fmt"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/prover"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

func quoted(name string) string { return catalog.QuoteIdent(name) }

// parameter writes a parameter as the statement, or else its file, writes them.
func (e *editor) parameter(p prover.Param) string {
	name := p.Name
	if info := e.Query.Param(p.Number); info != nil {
		name = info.Name
	}
	switch {
	case name == "" && p.Number > 0:
		return fmt.Sprintf("$%d", p.Number)
	case len(e.Query.Params) == 0 && e.Style.Positional:
		return "$1"
	case e.written(name) != "":
		return e.written(name)
	case strings.Contains(e.Text, "sqlc.arg(") && !strings.Contains(e.Text, "@"):
		return "sqlc.arg(" + quoted(name) + ")"
	}
	return "@" + name
}

// written is a named parameter as the statement has it, "" when it does not.
func (e *editor) written(name string) string {
	is := func(i int) bool {
		return i < len(e.toks) && strings.EqualFold(e.Text[e.toks[i].Start:e.toks[i].End], name)
	}
	for i, t := range e.toks {
		switch {
		case t.Word == "@" && is(i+1) && e.toks[i+1].Start == t.End:
			return e.Text[t.Start:e.toks[i+1].End]
		case t.Word == "(" && is(i+1) && i > 2 && e.Text[e.toks[i-3].Start:t.Start] == "sqlc.arg":
			return e.Text[e.toks[i-3].Start:e.toks[i+1].End] + ")"
		}
	}
	return ""
}

// condition writes what pins the occurrence, "" when nobody knows what would.
func (e *editor) condition() string {
	if c := e.failure.Missing; c != nil && e.failure.Inexact == prover.Exact {
		e.qualifier = quoted(c.Name) + "."
		return e.row(c)
	}
	return ""
}

func (e *editor) row(c *prover.Condition) string {
	name := quoted(c.Name)
	switch {
	case c.Parent != nil:
		return e.child(c)
	case c.Column >= 0 && !e.taken(c.Param):
		return name + "." + quoted(c.Table.Columns[c.Column].Name) + " = " + e.parameter(c.Param)
	}
	return ""
}

// child asks that a row's parent is the tenant's.
func (e *editor) child(c *prover.Condition) string {
	of := e.row(c.Of)
	if of == "" || e.named(c.Parent.Table.Name.SQL()) {
		return ""
	}
	var on []string
	parent, name := c.Parent, quoted(c.Parent.Table.Name.Name)
	for _, pair := range parent.On {
		on = append(on, name+"."+quoted(parent.Table.Columns[pair.Parent].Name)+" = "+quoted(c.Name)+"."+quoted(c.Table.Columns[pair.Child].Name))
	}
	for _, t := range parent.Where {
		on = append(on, name+"."+quoted(parent.Table.Columns[t.Column].Name)+t.Text())
	}
	exists := e.keyword("EXISTS (SELECT 1 FROM ") + parent.Table.Name.SQL() + e.keyword(" WHERE ") + strings.Join(append(on, of), e.keyword(" AND ")) + ")"
	return strings.Join(append(e.when(c.Name, c.Table, parent), exists), e.keyword(" AND "))
}

// when is the discriminator by which a row refers to a parent.
func (e *editor) when(name string, t *catalog.Table, parent *tenancy.Parent) []string {
	var all []string
	for _, m := range parent.When {
		all = append(all, quoted(name)+"."+quoted(t.Columns[m.Column].Name)+" = "+literal(m.Value))
	}
	return all
}

func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// keyword writes key words in the case of the statement's first word.
func (e *editor) keyword(words string) string {
	for _, t := range e.toks {
		if t.Keyword && t.Start >= e.Unit.Span.Start {
			if text := e.Text[t.Start:t.End]; text == strings.ToLower(text) {
				return strings.ToLower(words)
			}
			break
		}
	}
	return words
}

// begins reports whether a token is the first of its line, and how that is indented.
func (e *editor) begins(t sqltext.Token) (indent string, ok bool) {
	line := e.Text[strings.LastIndexByte(e.Text[:t.Start], '\n')+1 : t.Start]
	return line, strings.TrimSpace(line) == "" && t.Start > e.Unit.Span.Start
}
