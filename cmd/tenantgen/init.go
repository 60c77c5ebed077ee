package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/tenantgen/tenantgen"
)

// initFlags are the flags of init.
type initFlags struct {
	write  bool
	levels bool
	wish   tenantgen.Wishes
}

// init proposes options.tenantgen.
func (inv *invocation) init() *cobra.Command {
	f := &initFlags{}
	c := &cobra.Command{
		Use: "init [--write] [--tenant-column column] [--levels]", Short: "propose options.tenantgen by the schema; --write adds it to sqlc.yaml",
		Long: `Propose options.tenantgen by the schema, and print it: the tenant column, the tables of the tenants
themselves, children by their foreign keys, tables that are nobody's, the format of the migrations, roles,
and functions that somebody has to look at. Comments say why. What nothing in the schema decides is left
to you, commented out, and lint refuses what it is needed for. Nothing is asked.`,
		Example: `  tenantgen init
  tenantgen init --write
  tenantgen init --tenant-column farm_id`,
		Args: nothing, ValidArgsFunction: nowhere,
		RunE: func(c *cobra.Command, _ []string) error {
			if c.Flags().Changed("levels") {
				f.wish.Levels = &f.levels
			}
			return inv.alone(func() error { return inv.runInit(f) })
		},
	}
	c.Flags().BoolVar(&f.write, "write", false, "add the block to the file, and leave everything else of it as it is")
	c.Flags().StringVar(&f.wish.TenantColumn, "tenant-column", "", "the column that says whose a row is, where its name does not tell")
	c.Flags().BoolVar(&f.levels, "levels", false, "propose levels of tenancy, or none with --levels=false; else those decide by which more queries are proved")
	complete(c, "tenant-column", nowhere)
	return c
}

func (inv *invocation) runInit(f *initFlags) error {
	p, err := tenantgen.Propose(inv.config, f.wish)
	if err != nil {
		return err
	}
	if f.write && p.Unwritable == nil {
		err = tenantgen.Commit(p.Changes())
	}
	if err != nil {
		return err
	}
	said := inv.note()
	if !f.write || p.Unwritable != nil || p.Mute {
		fmt.Fprint(inv.out, p.Block)
		said = inv.errOut
		if inv.quiet {
			said = io.Discard
		}
	}
	if f.write && p.Unwritable != nil {
		inv.fail(p.Unwritable)
		return fmt.Errorf("nothing is written to %s", inv.config)
	}
	inv.proposed(said, p, f.write)
	if len(p.Unread) > 0 {
		fmt.Fprintf(inv.errOut, "tenantgen: of the schema files not everything can be read, so that this may be about another schema; tenantgen lint says the same:\n")
		for _, d := range p.Unread {
			fmt.Fprintf(inv.errOut, "  %s:%d:%d: %s\n", d.File, d.Line, d.Column, unbroken(d.Message))
		}
	}
	return nil
}

// proposed tells what was proposed, and what is left to do.
func (inv *invocation) proposed(to io.Writer, p *tenantgen.Proposal, written bool) {
	fmt.Fprintf(to, "%d tables declared, %d left open, %d functions to look at\n", p.Declared, p.Open, p.Functions)
	if p.Queries > 0 {
		fmt.Fprintf(to, "%d of %d queries are proved by it\n", p.Proved, p.Queries)
	}
	if !written {
		fmt.Fprintf(to, "nothing is written: tenantgen init --write adds this to %s\n", inv.config)
		return
	}
	fmt.Fprintf(to, "wrote   %s: read the reasons, decide what is open, then run tenantgen lint\n", inv.config)
}
