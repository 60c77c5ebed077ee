package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/migrate/tables"
)

// tables writes the migration for what packages of the runtime keep.
func (inv *invocation) tables() *cobra.Command {
	var dryRun bool
	c := &cobra.Command{
		Use:   "tables [--dry-run] quota|usage|audit…",
		Short: "write the migration for the tables of tenantquota, tenantusage and tenantaudit",
		Long: `Write a migration with the tables that packages of the runtime keep rows in: tenantquota, tenantusage and
tenantaudit. They have your tenant column, with its name and type, a foreign key to the table of the
tenants, the policies that all tables have, and the rights for the statements that the packages send. What
generate would write next is part of the migration. audit has a table that is no tenant's, and declares it.`,
		Example: `  tenantgen tables quota usage audit
  tenantgen tables --dry-run quota`,
		RunE: func(_ *cobra.Command, names []string) error {
			return inv.alone(func() error { return inv.runTables(names, dryRun) })
		},
		ValidArgsFunction: words(tables.Names()...),
	}
	c.Flags().BoolVar(&dryRun, "dry-run", false, "write nothing; print the migration")
	return c
}

func (inv *invocation) runTables(names []string, dryRun bool) error {
	project, err := tenantgen.Load(inv.config)
	if err != nil {
		return err
	}
	out, err := project.Tables(names...)
	if err != nil {
		return err
	}
	changed, err := out.Changes()
	if err != nil {
		return err
	}
	if dryRun {
		for _, f := range changed.Write {
			fmt.Fprintf(inv.out, "==> %s\n%s\n", f.Path, f.Text)
		}
		return nil
	}
	if err := tenantgen.Commit(changed); err != nil {
		return err
	}
	for _, f := range changed.Write {
		fmt.Fprintf(inv.note(), "wrote   %s\n", f.Path)
	}
	inv.leftOfTables(out)
	return nil
}

// leftOfTables says what is left to do by hand.
func (inv *invocation) leftOfTables(out *tenantgen.NewTables) {
	for _, note := range out.Notes {
		fmt.Fprintf(inv.note(), "note    %s\n", note)
	}
	if out.Declare != "" {
		fmt.Fprintf(inv.out, "by hand add to options.tenantgen.tables of %s: %s: {global: true}\n", inv.config, out.Declare)
	}
	if out.Ungranted != "" {
		fmt.Fprintf(inv.out, "by hand give the role of your cross-tenant pool SELECT and INSERT on %s\n", out.Ungranted)
	}
}
