package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen"
)

// formats are the output formats of lint.
var formats = map[string]func(*invocation, *tenantgen.Report) error{
	"text": (*invocation).text,
	"json": (*invocation).json,
}

// lint proves every query and prints what it found.
func lint(inv *invocation, args []string) int {
	fs := inv.flags("lint", "[--format text|json]")
	format := fs.String("format", "text", "output format: text or json")
	if err := fs.Parse(args); err != nil {
		return parseExit(err)
	}
	print, ok := formats[*format]
	if !ok {
		inv.fail(fmt.Errorf("unknown format %q; use text or json", *format))
		return exitFailed
	}
	if fs.NArg() > 0 {
		inv.fail(fmt.Errorf("lint takes no arguments, got %s", strings.Join(fs.Args(), " ")))
		return exitFailed
	}
	project, err := tenantgen.Load(inv.config)
	if err != nil {
		inv.fail(err)
		return exitFailed
	}
	report := project.Check()
	if err := print(inv, report); err != nil {
		inv.fail(err)
		return exitFailed
	}
	if !report.Clean() {
		return exitFindings
	}
	return exitClean
}

func generate(inv *invocation, args []string) int {
	fs := inv.flags("generate", "[--check]")
	check := fs.Bool("check", false, "write nothing; fail when the committed output is stale")
	if err := fs.Parse(args); err != nil {
		return parseExit(err)
	}
	if fs.NArg() > 0 {
		inv.fail(fmt.Errorf("generate takes no arguments, got %s", strings.Join(fs.Args(), " ")))
		return exitFailed
	}
	project, err := tenantgen.Load(inv.config)
	if err != nil {
		inv.fail(err)
		return exitFailed
	}
	report := project.Check()
	if !report.Clean() {
		if err := inv.text(report); err != nil {
			inv.fail(err)
		}
		return exitFindings
	}
	out, err := project.Generate(context.Background(), report)
	if err != nil {
		inv.fail(err)
		return exitFailed
	}
	changed, err := out.Changes()
	if err != nil {
		inv.fail(err)
		return exitFailed
	}
	if *check {
		return inv.stale(changed)
	}
	if err := tenantgen.Commit(changed); err != nil {
		inv.fail(err)
		return exitFailed
	}
	inv.wrote(report, out, changed)
	return exitClean
}

// stale reports what generate would change.
func (inv *invocation) stale(changed tenantgen.Changes) int {
	for _, f := range changed.Write {
		fmt.Fprintf(inv.out, "stale   %s\n", f.Path)
	}
	for _, path := range changed.Remove {
		fmt.Fprintf(inv.out, "surplus %s\n", path)
	}
	if len(changed.Write)+len(changed.Remove) > 0 {
		fmt.Fprintln(inv.errOut, "tenantgen: the committed output is not what generate writes\n  hint: run tenantgen generate and commit the result")
		return exitFindings
	}
	return exitClean
}

// wrote tells what was proved and what was written.
func (inv *invocation) wrote(report *tenantgen.Report, out *tenantgen.Output, changed tenantgen.Changes) {
	s := summarize(report)
	fmt.Fprintf(inv.out, "%d queries: %d scoped, %d global, %d cross-tenant\n", s.Queries, s.Scoped, s.Global, s.CrossTenant)
	for _, f := range changed.Write {
		fmt.Fprintf(inv.out, "wrote   %s\n", f.Path)
	}
	for _, path := range changed.Remove {
		fmt.Fprintf(inv.out, "removed %s\n", path)
	}
	unchanged := len(out.Files) - len(changed.Write)
	fmt.Fprintf(inv.out, "%d files written, %d unchanged\n", len(changed.Write), unchanged)
	if slices.ContainsFunc(changed.Write, func(f tenantgen.File) bool { return out.IsMigration(f.Path) }) {
		fmt.Fprintln(inv.out, "apply the new migration before you deploy the repositories")
	}
}
