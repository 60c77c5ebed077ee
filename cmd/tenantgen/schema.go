package main

import (
	"github.com/spf13/cobra"

	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/config"
)

// schema prints what editors check sqlc.yaml by.
func (inv *invocation) schema() *cobra.Command {
	return &cobra.Command{
		Use: "schema", Short: "print a JSON schema of sqlc.yaml with options.tenantgen, for editors",
		Example: `  tenantgen schema > sqlc.schema.json`,
		Args:    nothing, ValidArgsFunction: nowhere,
		RunE: func(*cobra.Command, []string) error {
			_, err := inv.out.Write(config.SchemaOf(settable()).JSON())
			return err
		},
	}
}

// settable lists the rules that options.tenantgen.rules may name.
func settable() []config.Settable {
	var all []config.Settable
	for _, r := range everyRule {
		if r.Kind == rules.Go {
			continue // places are declared, not rules switched
		}
		s := config.Settable{Name: r.Name, Title: r.Title}
		if !r.Advisory() {
			s.Always = string(r.Severity)
		}
		all = append(all, s)
	}
	return all
}
