package main

// Output rules: lower case, `file:line:col: rule: message` without a full stop,
// the line with carets below it, then a hint when there is one. Findings go to
// standard output, failures of the program to standard error behind its name.

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/analyzer"
)

// text prints findings for people.
func (inv *invocation) text(r *tenantgen.Report) error {
	sources := map[string][]string{}
	for _, d := range r.Diagnostics {
		fmt.Fprintf(inv.out, "%s:%d:%d: %s: %s%s\n", d.File, d.Line, d.Column, d.Rule, d.Message, warning(d))
		inv.frame(d, lines(sources, d.File))
		if d.Hint != "" {
			fmt.Fprintf(inv.out, "  hint: %s\n", d.Hint)
		}
	}
	s := summarize(r)
	_, err := fmt.Fprintf(inv.out, "%d queries: %d scoped, %d global, %d cross-tenant, %d rejected\n", s.Queries, s.Scoped, s.Global, s.CrossTenant, s.Rejected)
	return err
}

func warning(d analyzer.Diagnostic) string {
	if d.Severity == analyzer.Warning {
		return " (warning)"
	}
	return ""
}

// lines reads a file once; a file that has gone gives no frame.
func lines(cache map[string][]string, file string) []string {
	if _, ok := cache[file]; !ok {
		data, _ := os.ReadFile(file)
		cache[file] = strings.Split(string(data), "\n")
	}
	return cache[file]
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
	fmt.Fprintf(inv.out, "  %s | %s%s\n", strings.Repeat(" ", len(number)), pad, strings.Repeat("^", max(1, end-d.Column)))
}

// summary counts verdicts.
type summary struct {
	Queries     int `json:"queries"`
	Scoped      int `json:"scoped"`
	Global      int `json:"global"`
	CrossTenant int `json:"cross_tenant"`
	Rejected    int `json:"rejected"`
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
		default:
			s.Rejected++
		}
	}
	return s
}

type jsonReport struct {
	Version     int                   `json:"version"`
	Summary     summary               `json:"summary"`
	Queries     []jsonQuery           `json:"queries"`
	Diagnostics []analyzer.Diagnostic `json:"diagnostics"`
}

type jsonQuery struct {
	Name        string           `json:"name"`
	File        string           `json:"file"`
	Line        int              `json:"line"`
	Verdict     analyzer.Verdict `json:"verdict"`
	TenantParam int              `json:"tenant_param,omitempty"`
	Category    string           `json:"category,omitempty"`
	Reason      string           `json:"reason,omitempty"`
	Relations   []jsonRelation   `json:"relations"`
}

type jsonRelation struct {
	Table  string   `json:"table"`
	Alias  string   `json:"alias"`
	Line   int      `json:"line"`
	Column int      `json:"column"`
	Proof  []string `json:"proof"`
	// Chain has the same equalities with positions and constraints.
	Chain []analyzer.Link `json:"chain"`
}

// json prints the whole report in the stable form of version 1.
func (inv *invocation) json(r *tenantgen.Report) error {
	out := jsonReport{Version: 1, Summary: summarize(r), Queries: []jsonQuery{}, Diagnostics: r.Diagnostics}
	if out.Diagnostics == nil {
		out.Diagnostics = []analyzer.Diagnostic{}
	}
	for _, q := range r.Queries {
		jq := jsonQuery{Name: q.Name, File: q.File, Line: q.Line, Verdict: q.Verdict, TenantParam: q.TenantParam(), Category: q.Category, Reason: q.Reason, Relations: []jsonRelation{}}
		for _, rel := range q.Relations {
			jq.Relations = append(jq.Relations, jsonRelation{rel.Table, rel.Alias, rel.Line, rel.Column, rel.Proof, rel.Links()})
		}
		out.Queries = append(out.Queries, jq)
	}
	enc := json.NewEncoder(inv.out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}
