package main

// Output rules: lower case, `file:line:col: rule: message` without a full stop,
// the line with carets below it, then a hint when there is one. Findings go to
// standard output, failures of the program to standard error behind its name.

import (
	"fmt"
	"os"
	"strings"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/analyzer"
)

// text prints findings for people.
func (inv *invocation) text(r *tenantgen.Report) error {
	inv.diagnostics(r.Diagnostics)
	_, err := fmt.Fprintln(inv.note(), summarize(r))
	return err
}

func (inv *invocation) diagnostics(ds []analyzer.Diagnostic) {
	sources := map[string][]string{}
	for _, d := range ds {
		inv.out.paint(bold, "%s:%d:%d:", unbroken(d.File), d.Line, d.Column)
		fmt.Fprint(inv.out, " ")
		inv.out.paint(severityStyle(d), "%s:", d.Rule)
		fmt.Fprintf(inv.out, " %s%s\n", unbroken(d.Message), warning(d))
		inv.frame(d, inv.lines(sources, d.File))
		if d.Hint != "" {
			inv.out.paint(helpful, "  hint:")
			fmt.Fprintf(inv.out, " %s\n", d.Hint)
		}
	}
}

func severityStyle(d analyzer.Diagnostic) style {
	if d.Severity == analyzer.Warning {
		return doubt
	}
	return bad
}

func (s summary) String() string {
	text := fmt.Sprintf("%d queries: %d scoped, %d global, %d cross-tenant%s, %d rejected", s.Queries, s.Scoped, s.Global, s.CrossTenant, s.sets(), s.Rejected)
	if s.Baselined > 0 {
		text += fmt.Sprintf(" (%d of them in the baseline)", s.Baselined)
	}
	return text
}

// sets counts the queries for sets of tenants, where there are any.
func (s summary) sets() string {
	if s.OfTenants == 0 {
		return ""
	}
	return fmt.Sprintf(", %d for sets of tenants", s.OfTenants)
}

// unbroken keeps a name with a line feed from making up a line of output.
func unbroken(s string) string { return strings.ReplaceAll(s, "\n", `\u000a`) }

func warning(d analyzer.Diagnostic) string {
	if d.Severity == analyzer.Warning {
		return " (warning)"
	}
	return ""
}

// lines reads a file once; a file that has gone gives no frame.
func (inv *invocation) lines(known map[string][]string, file string) []string {
	if _, ok := known[file]; !ok {
		text, ok := inv.sources[file]
		if !ok {
			data, _ := os.ReadFile(file)
			text = string(data)
		}
		known[file] = strings.Split(text, "\n")
	}
	return known[file]
}

// frame prints the line of a finding with carets below the place.
func (inv *invocation) frame(d analyzer.Diagnostic, text []string) {
	if d.Line < 1 || d.Line > len(text) {
		return
	}
	line := []rune(strings.TrimRight(text[d.Line-1], "\r"))
	if d.Column < 1 || d.Column > len(line)+1 {
		return
	}
	end := len(line) + 1
	if d.EndLine == d.Line {
		end = min(end, d.EndColumn)
	}
	pad := strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, string(line[:d.Column-1]))
	number := fmt.Sprint(d.Line)
	fmt.Fprintf(inv.out, "  %s | %s\n", number, string(line))
	fmt.Fprintf(inv.out, "  %s | %s", strings.Repeat(" ", len(number)), pad)
	inv.out.paint(severityStyle(d), "%s", strings.Repeat("^", max(1, end-d.Column)))
	fmt.Fprintln(inv.out)
}

// summary counts verdicts.
type summary struct {
	Queries     int `json:"queries"`
	Scoped      int `json:"scoped"`
	Global      int `json:"global"`
	CrossTenant int `json:"cross_tenant"`
	// OfTenants are those for sets of tenants.
	OfTenants int `json:"tenants,omitempty"`
	Rejected  int `json:"rejected"`
	// Baselined are those of Rejected that the baseline excuses.
	Baselined int `json:"baselined,omitempty"`
}

func summarize(r *tenantgen.Report) summary {
	s := summary{Queries: len(r.Queries)}
	for _, q := range r.Queries {
		switch q.Verdict {
		case analyzer.Scoped:
			s.Scoped++
		case analyzer.Global:
			s.Global++
		case analyzer.CrossTenant:
			s.CrossTenant++
		case analyzer.OfTenants:
			s.OfTenants++
		default:
			s.Rejected++
			if r.Baselined(q) {
				s.Baselined++
			}
		}
	}
	return s
}
