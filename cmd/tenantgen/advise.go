package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/tenantgen/tenantgen"
)

// advise writes the migrations that put right what the schema rules report.
func (inv *invocation) advise() *cobra.Command {
	var check, dry bool
	var children []string
	c := &cobra.Command{
		Use: "advise [--check] [--dry-run] [--tenant-column table]…", Short: "write the migrations that put right what the schema rules report",
		Long: `Write the migrations that put right what the schema rules report: keys, foreign keys and indexes with the
tenant, NOT NULL, a tenant that does not change; for online use.`,
		Example: `  tenantgen advise --dry-run
  tenantgen advise
  tenantgen advise --tenant-column note_comments`,
		Args: nothing, ValidArgsFunction: nowhere,
		RunE: func(*cobra.Command, []string) error {
			return inv.alone(func() error { return inv.runAdvise(check, dry, children) })
		},
	}
	c.Flags().BoolVar(&check, "check", false, "write nothing; fail when there is advice that a migration can follow")
	c.Flags().BoolVar(&dry, "dry-run", false, "write nothing; print the migrations, and what advise would do if it were told to")
	c.Flags().StringArrayVar(&children, "tenant-column", nil, "give this child `table` the tenant column; may be repeated")
	complete(c, "tenant-column", nowhere)
	return c
}

func (inv *invocation) runAdvise(check, dry bool, children []string) error {
	project, err := tenantgen.Load(inv.config)
	if err != nil {
		return err
	}
	out, err := project.Advise(project.Check(), children...)
	if err != nil {
		return err
	}
	if !check && !dry {
		return inv.followed(out)
	}
	for _, f := range out.Files {
		if dry {
			fmt.Fprintf(inv.out, "==> %s\n%s\n", f.Path, f.Text)
		} else {
			fmt.Fprintf(inv.out, "missing %s\n", f.Path)
		}
	}
	inv.byHand(out)
	if dry {
		inv.offered(out)
	}
	if check && len(out.Files) > 0 {
		inv.failOne(errors.New("the schema rules have advice that migrations can follow"), "run tenantgen advise, or switch off the rules that are not wanted, with a reason")
		return errFindings
	}
	return nil
}

// followed writes the migrations.
func (inv *invocation) followed(out *tenantgen.Advice) error {
	changed, err := out.Changes()
	if err == nil {
		err = tenantgen.Commit(changed)
	}
	if err != nil {
		return err
	}
	for _, f := range changed.Write {
		fmt.Fprintf(inv.note(), "wrote   %s\n", f.Path)
	}
	inv.byHand(out)
	fmt.Fprintf(inv.note(), "%d files written, %d findings left to you\n", len(changed.Write), len(out.ByHand))
	if len(changed.Write) > 0 {
		fmt.Fprintln(inv.note(), "read the migrations, delete what you do not want, and apply them in order")
	}
	inv.switched(out.Switches)
	return nil
}

// byHand prints what no migration is written for.
func (inv *invocation) byHand(out *tenantgen.Advice) {
	for _, d := range out.ByHand {
		fmt.Fprintf(inv.out, "by hand %s:%d:%d: %s: %s\n", d.File, d.Line, d.Column, d.Rule, d.Message)
		if d.Why != "" {
			fmt.Fprintf(inv.out, "  why: %s\n", d.Why)
		} else {
			fmt.Fprintf(inv.out, "  hint: %s\n", d.Hint)
		}
	}
}

// offered prints what advise would do if it were told to.
func (inv *invocation) offered(out *tenantgen.Advice) {
	for _, d := range out.Offers {
		fmt.Fprintf(inv.out, "offer   %s:%d:%d: %s\n  hint: %s\n", d.File, d.Line, d.Column, d.Message, d.Hint)
	}
}

// switched says what follows when a child has got the tenant column.
func (inv *invocation) switched(list []tenantgen.Switch) {
	for _, s := range list {
		fmt.Fprintf(inv.out, "once they are applied, make %s a tenant table:\n"+
			"  1. take its parent: away under options.tenantgen.tables (%s:%d)\n"+
			"  2. let each INSERT into it set %s, and each query compare it: lint says where\n"+
			"  3. tenantgen generate replaces its policies; once no old version runs, tenantgen advise drops the trigger that fills the column\n", s.Table, inv.config, s.Line, s.Column)
	}
}
