package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tenantgen/tenantgen"
)

// formats are the output formats of lint.
var formats = map[string]func(*invocation, *tenantgen.Report) error{
	"text":   (*invocation).text,
	"json":   (*invocation).json,
	"sarif":  (*invocation).sarif,
	"github": (*invocation).github,
}

// lint proves every query, or those of the named files, and prints what it found.
func lint(inv *invocation, args []string) int {
	fs := inv.flags("lint", "[--format text|json|sarif|github] [--write-baseline] [--changed] [files…]")
	format := fs.String("format", "text", "output format: text, json, sarif or github")
	write := fs.Bool("write-baseline", false, "excuse the queries that are refused now, until they change")
	changed := fs.Bool("changed", false, "judge what changed files bear on: pass over those that no entry reads, judge everything when some are deleted")
	files, err := parseAll(fs, args)
	if err != nil {
		return parseExit(err)
	}
	print, ok := formats[*format]
	if !ok {
		inv.fail(fmt.Errorf("unknown format %q; use %s", *format, strings.Join(slices.Sorted(maps.Keys(formats)), ", ")))
		return exitFailed
	}
	project, err := tenantgen.Load(inv.config)
	if err == nil {
		only := project.Only
		if *changed {
			only = project.OnlyChanged
		}
		err = only(files)
	}
	if err != nil {
		inv.fail(err)
		return exitFailed
	}
	if *write {
		return inv.alone(func() int { return inv.writeBaseline(files) })
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

// parseAll parses flags wherever they stand and returns the other arguments.
func parseAll(fs *flag.FlagSet, args []string) ([]string, error) {
	var rest []string
	for {
		if err := fs.Parse(args); err != nil {
			return nil, err
		}
		if fs.NArg() == 0 {
			return rest, nil
		}
		rest, args = append(rest, fs.Arg(0)), fs.Args()[1:]
	}
}

// writeBaseline writes what lint refuses now into the baseline.
func (inv *invocation) writeBaseline(files []string) int {
	if len(files) > 0 {
		inv.fail(errors.New("a baseline is about every query; call lint --write-baseline without files"))
		return exitFailed
	}
	project, err := tenantgen.Load(inv.config)
	if err != nil {
		inv.fail(err)
		return exitFailed
	}
	path, entries, err := project.WriteBaseline()
	if err != nil {
		inv.fail(err)
		return exitFailed
	}
	fmt.Fprintf(inv.out, "%s excuses %d queries until they change\n", path, entries)
	if project, err = tenantgen.Load(inv.config); err != nil {
		inv.fail(err)
		return exitFailed
	}
	report := project.Check()
	if report.Clean() {
		return exitClean
	}
	if err := inv.text(report); err != nil {
		inv.fail(err)
		return exitFailed
	}
	return exitFindings
}

func generate(inv *invocation, args []string) int {
	fs := inv.flags("generate", "[--check] [--sqlc-database]")
	check := fs.Bool("check", false, "write nothing; fail when the committed output is stale")
	database := fs.Bool("sqlc-database", false, "let sqlc connect to the databases that sqlc.yaml names, with the whole environment; for --check as well")
	if err := fs.Parse(args); err != nil {
		return parseExit(err)
	}
	if fs.NArg() > 0 {
		inv.fail(fmt.Errorf("generate takes no arguments, got %s", strings.Join(fs.Args(), " ")))
		return exitFailed
	}
	return inv.alone(func() int { return inv.generate(*check, *database) })
}

// alone runs what reads a project and writes to it while no other run does.
func (inv *invocation) alone(run func() int) int {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	release, err := tenantgen.Lock(ctx, inv.config, func(dir string) {
		fmt.Fprintf(inv.errOut, "tenantgen: waiting for another run in %s\n", dir)
	})
	if err != nil {
		inv.fail(err)
		return exitFailed
	}
	defer release()
	return run()
}

// patience is how long to wait for another run: longer than sqlc takes to be built.
const patience = 10 * time.Minute

func (inv *invocation) generate(check, database bool) int {
	project, err := tenantgen.Load(inv.config)
	if err != nil {
		inv.fail(err)
		return exitFailed
	}
	project.SQLCDatabase = database
	report := project.Check()
	if report.Blocks() {
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
	if check {
		return inv.stale(out, changed)
	}
	if err := tenantgen.Commit(changed); err != nil {
		inv.fail(err)
		return exitFailed
	}
	inv.wrote(report, out, changed)
	return exitClean
}

// stale reports what generate would change. A migration that it would write is
// missing: nothing that is committed is out of date.
func (inv *invocation) stale(out *tenantgen.Output, changed tenantgen.Changes) int {
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
	if len(migrations) > 0 {
		fmt.Fprintf(inv.errOut, "tenantgen: row-level security is not what schema and configuration want: %s is missing\n"+
			"  hint: run tenantgen generate, read the migration, commit it and apply it\n", migrations[0])
	}
	if len(changed.Write)+len(changed.Remove) > len(migrations) {
		fmt.Fprintln(inv.errOut, "tenantgen: the committed output is not what generate writes\n  hint: run tenantgen generate and commit the result")
	}
	if len(changed.Write)+len(changed.Remove) > 0 {
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
