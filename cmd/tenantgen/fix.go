package main

import (
	"fmt"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/tenantgen/tenantgen"
)

// fix writes into refused queries what their proofs lack.
func (inv *invocation) fix() *cobra.Command {
	var dryRun bool
	c := &cobra.Command{
		Use:   "fix [--dry-run] [files and folders…]",
		Short: "write the missing conditions into refused queries, each proved first",
		Long: `Write into the refused queries, or those of some files, what their proofs lack: the condition for each
table, the tenant's column of an INSERT, the tenant in a conflict target. Parameters are written as the
query, or else its file, writes them, and nothing else of the text changes. A query is changed only if
it is proved to be confined to one tenant then; read the difference all the same: whether a condition
is what the query means, nobody can prove. What is left is refused as before.`,
		Example: `  tenantgen fix --dry-run
  tenantgen fix db/queries/notes.sql`,
		RunE: func(_ *cobra.Command, files []string) error {
			project, err := tenantgen.Load(inv.config)
			if err == nil {
				err = project.Only(files)
			}
			if err != nil {
				return err
			}
			return inv.runFix(project, dryRun)
		},
		ValidArgsFunction: extensions("sql"),
	}
	c.Flags().BoolVar(&dryRun, "dry-run", false, "write nothing; print what would change as a unified diff")
	return c
}

// runFix fixes a project. Findings that are left are those of the files as they are then.
func (inv *invocation) runFix(project *tenantgen.Project, dryRun bool) error {
	before := project.Check()
	files := project.Fix()
	if err := inv.writeFixes(files, dryRun); err != nil {
		return err
	}
	fixed := 0
	for _, f := range files {
		fixed += len(f.Fixes)
	}
	left := len(before.Refused()) - fixed
	verb := "are fixed"
	if dryRun {
		verb = "can be fixed"
	}
	fmt.Fprintf(inv.note(), "%d queries %s, %d are left to you\n", fixed, verb, left)
	if left > 0 || dryRun && fixed > 0 {
		return errFindings
	}
	return nil
}

// writeFixes writes the files with fixes in them, or shows what would change.
func (inv *invocation) writeFixes(files []*tenantgen.FixedFile, dryRun bool) error {
	if dryRun {
		for _, f := range files {
			inv.difference(f.Path, []byte(f.Old), f.Path, f.Text)
		}
		return nil
	}
	if err := commitFixes(files); err != nil {
		return err
	}
	for _, f := range files {
		for _, one := range f.Fixes {
			fmt.Fprintf(inv.note(), "%s: %s\n", f.Path, one.Query)
		}
	}
	return nil
}

// commitFixes writes fixed files, all or none.
func commitFixes(files []*tenantgen.FixedFile) error {
	changes, err := tenantgen.FixChanges(files)
	if err == nil {
		err = tenantgen.Commit(changes)
	}
	return err
}

// difference shows how one text differs from another.
func (inv *invocation) difference(oldName string, old []byte, newName string, text []byte) {
	// Its first line names the two files as a command would.
	_, unified, _ := strings.Cut(string(diff.Diff(oldName, old, newName, text)), "\n")
	for line := range strings.Lines(unified) {
		inv.out.paint(lineStyle(line), "%s", strings.TrimSuffix(line, "\n"))
		fmt.Fprintln(inv.out)
	}
}
