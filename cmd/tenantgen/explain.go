package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/verify"
)

// everyRule is what lint or verify can report.
var everyRule = slices.Concat(rules.All, verify.All)

// explain prints what a rule means, or the list of rules.
func explain(inv *invocation, args []string) int {
	fs := inv.flags("explain", "[rule]")
	if err := fs.Parse(args); err != nil {
		return parseExit(err)
	}
	switch fs.NArg() {
	case 0:
		inv.listRules()
		return exitClean
	case 1:
	default:
		inv.fail(fmt.Errorf("explain takes one rule, got %s", strings.Join(fs.Args(), " ")))
		return exitFailed
	}
	var names []string
	for _, r := range everyRule {
		if r.Name == fs.Arg(0) {
			inv.explainRule(r)
			return exitClean
		}
		names = append(names, r.Name)
	}
	inv.failOne(fmt.Errorf("there is no rule %s; tenantgen explain lists them", fs.Arg(0)), config.Suggest(fs.Arg(0), names))
	return exitFailed
}

func (inv *invocation) listRules() {
	width := 0
	for _, r := range everyRule {
		width = max(width, len(r.Name))
	}
	for _, r := range everyRule {
		fmt.Fprintf(inv.out, "%-*s  %-7s  %s\n", width, r.Name, r.Severity, r.Title)
	}
}

func (inv *invocation) explainRule(r *rules.Rule) {
	fmt.Fprintf(inv.out, "%s (%s rule, %s): %s\n\n%s\n", r.Name, r.Kind, r.Severity, r.Title, r.Text)
	for _, e := range r.Examples() {
		fmt.Fprintf(inv.out, "\n%s:\n  %s\n", e.Head, strings.ReplaceAll(e.SQL, "\n", "\n  "))
	}
	if r.Advisory() {
		fmt.Fprintf(inv.out, "\nin sqlc.yaml:\n  options.tenantgen.rules: {%s: {severity: error}}, or {severity: off, reason: …}\n", r.Name)
	}
}
