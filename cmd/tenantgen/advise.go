package main

import (
	"fmt"
	"strings"

	"github.com/tenantgen/tenantgen"
)

// advise writes the migrations that put right what the schema rules report.
func advise(inv *invocation, args []string) int {
	fs := inv.flags("advise", "[--check] [--dry-run] [--tenant-column table]...")
	check := fs.Bool("check", false, "write nothing; fail when there is advice that a migration can follow")
	dry := fs.Bool("dry-run", false, "write nothing; print the migrations")
	var children []string
	fs.Func("tenant-column", "give this child `table` the tenant column; may be repeated", func(s string) error {
		children = append(children, s)
		return nil
	})
	rest, err := parseAll(fs, args)
	if err != nil {
		return parseExit(err)
	}
	if len(rest) > 0 {
		inv.fail(fmt.Errorf("advise takes no arguments, got %s", strings.Join(rest, " ")))
		return exitFailed
	}
	return inv.alone(func() int { return inv.advise(*check, *dry, children) })
}

func (inv *invocation) advise(check, dry bool, children []string) int {
	project, err := tenantgen.Load(inv.config)
	if err != nil {
		inv.fail(err)
		return exitFailed
	}
	out, err := project.Advise(project.Check(), children...)
	if err != nil {
		inv.fail(err)
		return exitFailed
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
		fmt.Fprintln(inv.errOut, "tenantgen: the schema rules have advice that migrations can follow\n  hint: run tenantgen advise, or switch off the rules that are not wanted, with a reason")
		return exitFindings
	}
	return exitClean
}

// followed writes the migrations.
func (inv *invocation) followed(out *tenantgen.Advice) int {
	changed, err := out.Changes()
	if err == nil {
		err = tenantgen.Commit(changed)
	}
	if err != nil {
		inv.fail(err)
		return exitFailed
	}
	for _, f := range changed.Write {
		fmt.Fprintf(inv.out, "wrote   %s\n", f.Path)
	}
	inv.byHand(out)
	fmt.Fprintf(inv.out, "%d files written, %d findings left to you\n", len(changed.Write), len(out.ByHand))
	if len(changed.Write) > 0 {
		fmt.Fprintln(inv.out, "read the migrations, delete what you do not want, and apply them in order")
	}
	inv.switched(out.Switches)
	return exitClean
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
