package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/tenantgen/tenantgen"
)

// stale reports what generate would change. A migration that it would write is
// missing: nothing that is committed is out of date.
func (inv *invocation) stale(out *tenantgen.Output, changed tenantgen.Changes) error {
	var migrations []string
	for _, f := range changed.Write {
		if out.IsMigration(f.Path) {
			fmt.Fprintf(inv.out, "missing %s\n", f.Path)
			migrations = append(migrations, f.Path)
			continue
		}
		fmt.Fprintf(inv.out, "stale   %s\n", f.Path)
	}
	for _, path := range changed.Remove {
		fmt.Fprintf(inv.out, "surplus %s\n", path)
	}
	inv.differences(out, changed)
	if len(migrations) > 0 {
		inv.failOne(fmt.Errorf("row-level security is not what schema and configuration want: %s is missing", migrations[0]),
			"run tenantgen generate, read the migration, commit it and apply it")
	}
	if len(changed.Write)+len(changed.Remove) > len(migrations) {
		inv.failOne(errors.New("the committed output is not what generate writes"), "run tenantgen generate and commit the result")
	}
	if len(changed.Write)+len(changed.Remove) > 0 {
		return errFindings
	}
	return nil
}

// differences shows how files that are there differ from what generate writes, and the
// migration, which is to be read; of a file that is new, its name says enough.
func (inv *invocation) differences(out *tenantgen.Output, changed tenantgen.Changes) {
	if inv.quiet {
		return
	}
	for _, f := range changed.Write {
		old, name := []byte(nil), "/dev/null"
		if text, err := os.ReadFile(f.Path); err == nil {
			old, name = text, f.Path
		} else if !out.IsMigration(f.Path) {
			continue
		}
		inv.difference(name, old, f.Path, f.Text)
	}
}

// lineStyle is that of a line of a unified diff.
func lineStyle(line string) style {
	switch {
	case strings.HasPrefix(line, "+++ "), strings.HasPrefix(line, "--- "):
		return bold
	case line[0] == '+':
		return added
	case line[0] == '-':
		return removed
	case line[0] == '@':
		return helpful
	}
	return plain
}
