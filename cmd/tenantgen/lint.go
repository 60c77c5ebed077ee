package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/confirm"
)

// formats are the output formats of lint.
var formats = map[string]func(*invocation, *tenantgen.Report) error{
	"text":     (*invocation).text,
	"json":     (*invocation).json,
	"sarif":    (*invocation).sarif,
	"github":   (*invocation).github,
	"gitlab":   (*invocation).gitlab,
	"junit":    (*invocation).junit,
	"markdown": (*invocation).markdown,
}

// lintFlags are the flags of lint.
type lintFlags struct {
	format, stdin          string
	writeBaseline, changed bool
	fix, summary, confirm  bool
	fresh                  bool
}

// lint proves every query, or those of the named files, and prints what it found.
func (inv *invocation) lint() *cobra.Command {
	f := &lintFlags{}
	c := &cobra.Command{
		Use:   "lint [--format text|json|sarif|github|gitlab|junit|markdown] [--summary] [--write-baseline] [--changed] [--confirm] [--stdin-filename file] [files and folders…|-]",
		Short: "prove every query, or those of some files; report those that are not confined to one tenant",
		Long: `Prove every query, or those of some files, and report those that are not confined to one tenant. A
folder stands for the files in it that sqlc.yaml names, and - for the text of one file of queries on
standard input. The whole schema always counts. With --confirm, PostgreSQL itself reads schema and
queries on a throw-away server, and what it reads otherwise than the proof did is a finding.`,
		Example: `  tenantgen lint
  tenantgen lint db/queries/notes.sql
  tenantgen lint --format json db/queries
  tenantgen lint --stdin-filename db/queries/notes.sql - < edited.sql
  tenantgen lint --confirm
  tenantgen lint --summary
  tenantgen lint --write-baseline`,
		RunE:              func(_ *cobra.Command, files []string) error { return inv.runLint(f, files) },
		ValidArgsFunction: extensions("sql"),
	}
	flags := c.Flags()
	flags.StringVar(&f.format, "format", "text", "output format: text, json, sarif, github, gitlab (Code Quality), junit or markdown")
	flags.BoolVar(&f.writeBaseline, "write-baseline", false, "excuse the queries that are refused now, until they change")
	flags.BoolVar(&f.changed, "changed", false, "judge what changed files bear on: pass over those that no entry reads, judge everything when some are deleted")
	flags.BoolVar(&f.fix, "fix", false, "write what tenantgen fix writes first, then report what is left")
	flags.BoolVar(&f.confirm, "confirm", false, "have PostgreSQL itself read schema and queries, too, on a server that is started for it: read-differently")
	flags.BoolVar(&f.summary, "summary", false, "print how many findings there are by rule and by table, in place of the findings")
	noCache(flags, &f.fresh)
	flags.StringVar(&f.stdin, "stdin-filename", "", "the file that - stands for; it need not exist yet")
	complete(c, "format", words(slices.Sorted(maps.Keys(formats))...))
	complete(c, "stdin-filename", extensions("sql"))
	return c
}

func (inv *invocation) runLint(f *lintFlags, files []string) error {
	print, ok := formats[f.format]
	if !ok {
		return fmt.Errorf("unknown format %q; use %s", f.format, strings.Join(slices.Sorted(maps.Keys(formats)), ", "))
	}
	if f.summary {
		if f.format != "text" || f.writeBaseline {
			return errors.New("--summary stands alone: no --format, whose findings have their rules, and no --write-baseline")
		}
		print = (*invocation).counts
	}
	if f.fix && (slices.Contains(files, "-") || f.writeBaseline) {
		return errors.New("--fix writes files: not with -, and not with --write-baseline")
	}
	in, err := tenantgen.Read(inv.config)
	if err != nil {
		return err
	}
	judge := func(e *earlier) error { return inv.judge(f, in, e, files, print) }
	if f.fresh || !f.repeatable(files) {
		return judge(nil)
	}
	everything := func(func(string) ([32]byte, error)) [32]byte { return in.Digest() }
	always := func(func(string) ([32]byte, error)) bool { return true } // what is judged is what was hashed
	return inv.remembered(in, repeated{append(kinds(files), "lint", f.format, fmt.Sprint(f.summary)), everything, judge, always})
}

// repeatable reports whether lint says the same again on the same inputs: it writes nothing, asks no server and
// no git, and reads files alone.
func (f *lintFlags) repeatable(files []string) bool {
	return !f.writeBaseline && !f.fix && !f.confirm && !f.changed && f.stdin == "" && !slices.Contains(files, "-")
}

// kinds are arguments with what they are: a folder stands for what is in it.
func kinds(files []string) []string {
	list := []string{fmt.Sprint(len(files))}
	for _, name := range files {
		info, err := os.Stat(name)
		list = append(list, name, fmt.Sprint(err == nil, err == nil && info.IsDir()))
	}
	return list
}

// judge proves queries, those that no earlier run has proved, and prints what it found.
func (inv *invocation) judge(f *lintFlags, in *tenantgen.Inputs, e *earlier, files []string, print func(*invocation, *tenantgen.Report) error) error {
	project, err := in.Load()
	if err == nil {
		err = inv.choose(project, f, files)
	}
	if err != nil {
		return err
	}
	if f.writeBaseline {
		return inv.alone(func() error { return inv.writeBaseline(files) })
	}
	if f.fix {
		if project, err = inv.fixed(project, f, files); err != nil {
			return err
		}
	}
	e.recalled(project, in)
	report := project.Check()
	if f.format == "sarif" {
		for _, file := range project.Fix() {
			report.Fixes = append(report.Fixes, file.Fixes...)
		}
	}
	if f.confirm {
		if err := inv.confirm(project, report, f.format == "text"); err != nil {
			return err
		}
	}
	if err := print(inv, report); err != nil {
		return err
	}
	if !report.Clean() {
		return errFindings
	}
	return nil
}

// confirm has a server of our own read what was judged, and says in a text how much that was.
func (inv *invocation) confirm(project *tenantgen.Project, report *tenantgen.Report, text bool) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	reports, err := project.Confirm(ctx, report, confirm.Options{})
	if err != nil {
		return err
	}
	for _, r := range reports {
		if !text {
			break
		}
		fmt.Fprintf(inv.note(), "PostgreSQL %s reads the schema and %d queries: %d differences\n", r.Server, r.Queries-r.Unread(), len(r.Differences)-r.Unread())
	}
	return nil
}

// fixed writes the fixes of a project, and reads it again.
func (inv *invocation) fixed(project *tenantgen.Project, f *lintFlags, files []string) (*tenantgen.Project, error) {
	err := commitFixes(project.Fix())
	if err != nil {
		return nil, err
	}
	if project, err = tenantgen.Load(inv.config); err != nil {
		return nil, err
	}
	return project, inv.choose(project, f, files)
}

// choose restricts what is judged to what the arguments ask for.
func (inv *invocation) choose(project *tenantgen.Project, f *lintFlags, files []string) error {
	switch {
	case slices.Contains(files, "-"):
		if len(files) > 1 || f.changed || f.writeBaseline {
			return errors.New("- stands alone: no other file, no --changed and no --write-baseline")
		}
		return inv.chooseStdin(project, f.stdin)
	case f.stdin != "":
		return withHint("tenantgen lint --stdin-filename "+f.stdin+" -", "--stdin-filename says what - stands for, and there is no -")
	case f.changed:
		return project.OnlyChanged(files)
	}
	return project.Only(files)
}

// chooseStdin judges standard input in the place of a file.
func (inv *invocation) chooseStdin(project *tenantgen.Project, name string) error {
	text, err := io.ReadAll(inv.in)
	if err != nil {
		return fmt.Errorf("standard input: %w", err)
	}
	name, err = project.OnlyText(name, string(text))
	inv.sources[name] = string(text)
	return err
}

// writeBaseline writes what lint refuses now into the baseline.
func (inv *invocation) writeBaseline(files []string) error {
	if len(files) > 0 {
		return errors.New("a baseline is about every query; call lint --write-baseline without files")
	}
	project, err := tenantgen.Load(inv.config)
	if err != nil {
		return err
	}
	path, entries, err := project.WriteBaseline()
	if err != nil {
		return err
	}
	fmt.Fprintf(inv.note(), "%s excuses %d queries until they change\n", path, entries)
	if project, err = tenantgen.Load(inv.config); err != nil {
		return err
	}
	report := project.Check()
	if report.Clean() {
		return nil
	}
	return found(inv.text(report))
}
