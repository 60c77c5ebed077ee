package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tenantgen/tenantgen"
)

// audit lists what is let pass on somebody's word: what a security review reads.
func (inv *invocation) audit() *cobra.Command {
	var format string
	c := &cobra.Command{
		Use: "audit [--format text|json]", Short: "list every query that may cross tenants, and whatever else nobody proves",
		Long: `List what is let pass on somebody's word: cross-tenant queries, those for sets of tenants and
baselined ones with their methods, global tables and what queries write them, read_also, functions vouched for, rules switched off, and what proofs assume.`,
		Example: `  tenantgen audit
  tenantgen audit --format json`,
		Args: nothing, ValidArgsFunction: nowhere,
		RunE: func(*cobra.Command, []string) error { return inv.runAudit(format) },
	}
	c.Flags().StringVar(&format, "format", "text", "output format: text or json")
	complete(c, "format", words("json", "text"))
	return c
}

func (inv *invocation) runAudit(format string) error {
	if format != "text" && format != "json" {
		return fmt.Errorf("unknown format %q; use json, text", format)
	}
	project, err := tenantgen.Load(inv.config)
	if err != nil {
		return err
	}
	list := project.Audit(project.Check())
	if format == "text" {
		return inv.exceptions(list)
	}
	return inv.encode(struct {
		Version    int                   `json:"version"`
		Exceptions []tenantgen.Exception `json:"exceptions"`
	}{1, list})
}

func (inv *invocation) exceptions(list []tenantgen.Exception) error {
	counts := map[string]int{}
	for _, e := range list {
		counts[e.Kind]++
		text := strings.Join(strings.Fields(e.Kind+" "+e.Category), " ")
		fmt.Fprintf(inv.out, "%s:%d: %s: %s\n", e.File, e.Line, text, e.Name)
		if e.Reason != "" {
			fmt.Fprintf(inv.out, "  reason: %s\n", e.Reason)
		}
		if len(e.Queries) > 0 {
			fmt.Fprintf(inv.out, "  queries: %s\n", strings.Join(e.Queries, ", "))
		}
		if len(e.WrittenBy) > 0 {
			fmt.Fprintf(inv.out, "  written by: %s\n", strings.Join(e.WrittenBy, ", "))
		}
		if e.Method != "" {
			fmt.Fprintf(inv.out, "  method: %s\n", e.Method)
		}
	}
	sets := ""
	if n := counts["tenants"]; n > 0 {
		sets = fmt.Sprintf(", %d for sets of tenants", n)
	}
	premises := ""
	if n := counts["premise"]; n > 0 {
		premises = fmt.Sprintf(", %d premises", n)
	}
	_, err := fmt.Fprintf(inv.note(), "%d cross-tenant queries%s, %d in the baseline, %d global tables, %d with read_also, %d functions vouched for, %d rules off%s\n",
		counts["cross-tenant"], sets, counts["baselined"], counts["global"], counts["read_also"], counts["function"], counts["rule"], premises)
	return err
}
