package analyzer

import (
	"fmt"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/finding"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/internal/inert"
)

// printed reports text of a statement that would be more than text in the Go that sqlc makes.
func printed(u *sqltext.Unit, st *query.Statement, text string) []finding.Finding {
	const hint = "put a blank behind --, or write it otherwise; rename what has such a name"
	var fails []finding.Finding
	for _, p := range u.Printed(text) {
		fails = append(fails, finding.Finding{Rule: "printed-text", Message: fmt.Sprintf("%q: %s", shortened(text[p.Span.Start:p.Span.End]), p.What), Hint: hint, Pos: p.Span})
	}
	for _, p := range st.Params {
		if _, hidden := inert.Hidden(p.Name, ""); (hidden || strings.ContainsAny(p.Name, "`\"\\")) && len(p.Uses) > 0 {
			fails = append(fails, finding.Finding{Rule: "printed-text", Message: fmt.Sprintf("%q is no name of a parameter that sqlc can print", p.Name), Hint: hint, Pos: p.Uses[0]})
		}
	}
	return fails
}

// printedSchema reports names, labels and comments of the schema that sqlc cannot print.
func printedSchema(files []SchemaFile, db *catalog.Database) []Diagnostic {
	var ds []Diagnostic
	for _, f := range files {
		src := newSource(f.Path, f.Text)
		for _, p := range sqltext.PrintedNames(f.Text) {
			d := src.diagnostic("", finding.Finding{Pos: p.Span, Message: fmt.Sprintf("%q %s", shortened(f.Text[p.Span.Start:p.Span.End]), p.What)})
			ds = append(ds, unprintableName(d))
		}
	}
	for _, t := range db.Types {
		for _, label := range t.Values {
			if what := sqltext.UnprintableLabel(label); what != "" {
				ds = append(ds, unprintableName(Diagnostic{Message: fmt.Sprintf("label %q of %s %s", shortened(label), t.Name, what), File: t.Pos.File,
					Line: max(t.Pos.Line, 1), Column: max(t.Pos.Column, 1), EndLine: max(t.Pos.Line, 1), EndColumn: max(t.Pos.Column, 1) + 1}))
			}
		}
	}
	return ds
}

func unprintableName(d Diagnostic) Diagnostic {
	d.Rule, d.Severity, d.Hint = "unprintable-name", Error, "use letters, digits, blanks and signs that can be seen, and neither backquotes nor, in labels, quotes and backslashes"
	return d
}

// shortened keeps a message to one line whatever was written.
func shortened(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
