package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/vet"
)

// audit lists what is let pass on somebody's word: what a security review reads.
func (inv *invocation) audit() *cobra.Command {
	var format string
	var goToo bool
	c := &cobra.Command{
		Use: "audit [--format text|json] [--go]", Short: "list every query that may cross tenants, and whatever else nobody proves",
		Long: `List what is let pass on somebody's word: cross-tenant queries, those for sets of tenants and
baselined ones with their methods, global tables and what queries write them, read_also, functions vouched for, rules switched off, and what proofs
assume; with options.tenantgen.vet, the places that it declares, and where these make ids of tenants and cross tenants.`,
		Example: `  tenantgen audit
  tenantgen audit --format json`,
		Args: nothing, ValidArgsFunction: nowhere,
		RunE: func(*cobra.Command, []string) error { return inv.runAudit(format, goToo) },
	}
	c.Flags().StringVar(&format, "format", "text", "output format: text or json")
	c.Flags().BoolVar(&goToo, "go", false, "also list the places in Go code that cross tenants or make ids; so it does wherever options.tenantgen has a vet")
	complete(c, "format", words("json", "text"))
	return c
}

func (inv *invocation) runAudit(format string, goToo bool) error {
	if format != "text" && format != "json" {
		return fmt.Errorf("unknown format %q; use json, text", format)
	}
	project, err := tenantgen.Load(inv.config)
	if err != nil {
		return err
	}
	list := project.Audit(project.Check())
	if goToo || project.Config.Tenant.Vet.Present {
		places, err := goPlaces(project)
		if err != nil {
			return err
		}
		list = append(list, places...)
	}
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
	inGo := ""
	if n := counts["go-id"] + counts["go-crossing"] + counts["go-cross-tenant"] + counts["go-tenants"]; n > 0 {
		inGo = fmt.Sprintf(", %d places in Go code, of which %d make ids of tenants", n, counts["go-id"])
	}
	_, err := fmt.Fprintf(inv.note(), "%d cross-tenant queries%s, %d in the baseline, %d global tables, %d with read_also, %d functions vouched for, %d rules off%s%s\n",
		counts["cross-tenant"], sets, counts["baselined"], counts["global"], counts["read_also"], counts["function"], counts["rule"], premises, inGo)
	return err
}

// goPlaces lists what options.tenantgen.vet declares of Go code, and what is done in these places.
func goPlaces(project *tenantgen.Project) ([]tenantgen.Exception, error) {
	suite, err := vet.New(project)
	if err != nil {
		return nil, err
	}
	report, err := suite.Run(vet.Options{})
	if err != nil {
		return nil, err
	}
	var list []tenantgen.Exception
	file, declared := project.Config.Rel(project.Config.Path), project.Config.Tenant.Vet
	for _, part := range []struct {
		name   string
		places []config.Declared
	}{{"sql", declared.SQL}, {"bypass", declared.Bypass}, {"ids", declared.IDs}, {"tx", declared.Tx}} {
		for _, d := range part.places {
			list = append(list, tenantgen.Exception{Kind: "go-place", Category: part.name, Name: d.Where, Reason: d.Reason, File: file, Line: d.Line})
		}
	}
	for _, reason := range []struct{ name, why string }{{"tests", declared.Tests}, {"plain_ids", declared.PlainIDs}} {
		if reason.why != "" {
			list = append(list, tenantgen.Exception{Kind: "go-place", Category: reason.name, Reason: reason.why, File: file, Line: declared.Line})
		}
	}
	for _, p := range report.Places {
		list = append(list, tenantgen.Exception{Kind: p.Kind, Category: p.Category, Name: p.Name, Reason: p.Reason, File: project.Config.Rel(p.File), Line: p.Line})
	}
	return list, nil
}
