package fix

import (
	"fmt"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/condition"
	"github.com/tenantgen/tenantgen/analyzer/internal/prover"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
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

// condition writes what pins the occurrence, "" when nobody knows what would, or what is written would
// mean something else.
func (e *editor) condition() string {
	c := e.failure.Missing
	if c == nil || e.failure.Inexact != prover.Exact {
		return ""
	}
	last := c
	for ; last.Of != nil; last = last.Of {
		if e.named(last.Parent.Table.Name.SQL()) {
			return ""
		}
	}
	if e.taken(last.Param) {
		return ""
	}
	e.qualifier = condition.Qualifier(c)
	text, _ := condition.Writer{Parameter: e.parameter, Keyword: e.keyword}.SQL(c)
	return text
}

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
