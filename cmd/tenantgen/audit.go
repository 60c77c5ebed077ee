package main

import (
	"fmt"
	"strings"

	"github.com/tenantgen/tenantgen"
)

// audit lists what is let pass on somebody's word: what a security review reads.
func audit(inv *invocation, args []string) int {
	fs := inv.flags("audit", "[--format text|json]")
	format := fs.String("format", "text", "output format: text or json")
	rest, err := parseAll(fs, args)
	if err != nil {
		return parseExit(err)
	}
	if len(rest) > 0 {
		inv.fail(fmt.Errorf("audit takes no arguments, got %s", strings.Join(rest, " ")))
		return exitFailed
	}
	if *format != "text" && *format != "json" {
		inv.fail(fmt.Errorf("unknown format %q; use json, text", *format))
		return exitFailed
	}
	project, err := tenantgen.Load(inv.config)
	if err != nil {
		inv.fail(err)
		return exitFailed
	}
	list := project.Audit(project.Check())
	if *format == "json" {
		err = inv.encode(struct {
			Version    int                   `json:"version"`
			Exceptions []tenantgen.Exception `json:"exceptions"`
		}{1, list})
	} else {
		err = inv.exceptions(list)
	}
	if err != nil {
		inv.fail(err)
		return exitFailed
	}
	return exitClean
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
		if e.Method != "" {
			fmt.Fprintf(inv.out, "  method: %s\n", e.Method)
		}
	}
	premises := ""
	if n := counts["premise"]; n > 0 {
		premises = fmt.Sprintf(", %d premises", n)
	}
	_, err := fmt.Fprintf(inv.out, "%d cross-tenant queries, %d in the baseline, %d global tables, %d with read_also, %d functions vouched for, %d rules off%s\n",
		counts["cross-tenant"], counts["baselined"], counts["global"], counts["read_also"], counts["function"], counts["rule"], premises)
	return err
}
