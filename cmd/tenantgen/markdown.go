package main

import (
	"fmt"
	"strings"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/analyzer"
)

// markdown prints a summary for a pull request: what is refused, with what to write instead.
func (inv *invocation) markdown(r *tenantgen.Report) error {
	s, errors, warnings := summarize(r), 0, 0
	for _, d := range r.Diagnostics {
		if d.Severity == analyzer.Error {
			errors++
		} else {
			warnings++
		}
	}
	verdict := "every query is confined to one tenant, or declared"
	if errors > 0 {
		verdict = fmt.Sprintf("%d errors", errors)
	}
	fmt.Fprintf(inv.out, "### tenantgen: %s\n\n", verdict)
	if s.OfTenants > 0 {
		fmt.Fprintf(inv.out, "%d queries are for sets of tenants.\n\n", s.OfTenants)
	}
	fmt.Fprintf(inv.out, "| queries | scoped | global | cross-tenant | rejected | in the baseline | warnings |\n|---|---|---|---|---|---|---|\n| %d | %d | %d | %d | %d | %d | %d |\n",
		s.Queries, s.Scoped, s.Global, s.CrossTenant, s.Rejected-s.Baselined, s.Baselined, warnings)
	if errors > 0 {
		fmt.Fprint(inv.out, "\n| where | query | rule | finding | instead |\n|---|---|---|---|---|\n")
	}
	for _, d := range r.Diagnostics {
		if d.Severity == analyzer.Error {
			fmt.Fprintf(inv.out, "| %s | %s | [%s](%s%s) | %s | %s |\n", cell(fmt.Sprintf("%s:%d", d.File, d.Line)), cell(d.Query), d.Rule, ruleDocs, d.Rule, cell(d.Message), cell(d.Hint))
		}
	}
	return nil
}

// cell writes text into a cell of a table, in which it is text and nothing else.
func cell(s string) string {
	return strings.NewReplacer("\n", " ", "|", `\|`, `\`, `\\`, "<", "&lt;", "&", "&amp;", "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "@", "@\u200b").Replace(s)
}
