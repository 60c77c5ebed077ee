package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/verify"
	"github.com/tenantgen/tenantgen/vet"
)

// everyRule is what lint, vet or verify can report.
var everyRule = slices.Concat(rules.All, vet.Rules, verify.All)

// explain prints what a rule means, or the list of rules.
func (inv *invocation) explain() *cobra.Command {
	return &cobra.Command{
		Use: "explain [rule]", Short: "say what a rule means, with examples; without a rule, list them",
		Example: `  tenantgen explain
  tenantgen explain unscoped-table`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return fmt.Errorf("explain takes one rule, got %s", strings.Join(args, " "))
			}
			return nil
		},
		RunE:              func(_ *cobra.Command, args []string) error { return inv.runExplain(args) },
		ValidArgsFunction: ruleNames,
	}
}

func (inv *invocation) runExplain(args []string) error {
	if len(args) == 0 {
		inv.listRules()
		return nil
	}
	var names []string
	for _, r := range everyRule {
		if r.Name == args[0] {
			inv.explainRule(r)
			return nil
		}
		names = append(names, r.Name)
	}
	return withHint(config.Suggest(args[0], names), "there is no rule %s; tenantgen explain lists them", args[0])
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
