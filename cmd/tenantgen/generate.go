package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tenantgen/tenantgen"
)

// generateFlags are the flags of generate.
type generateFlags struct {
	check, database, widening bool
	fresh                     bool
	nothing                   bool // was to be written or removed
}

// generate writes the repositories and the next migration.
func (inv *invocation) generate() *cobra.Command {
	f := &generateFlags{}
	c := &cobra.Command{
		Use: "generate [--check] [--allow-widening] [--sqlc-database]", Short: "lint, run sqlc, write the repositories and the next RLS migration",
		Long: `Lint, run sqlc, write the repositories and the next migration of row-level security. Nothing is written
unless everything succeeds.`,
		Example: `  tenantgen generate
  tenantgen generate --check`,
		Args: nothing, ValidArgsFunction: nowhere,
		RunE: func(*cobra.Command, []string) error { return inv.alone(func() error { return inv.runGenerate(f) }) },
	}
	c.Flags().BoolVar(&f.check, "check", false, "write nothing; fail when the committed output is stale, and show how it differs")
	c.Flags().BoolVar(&f.widening, "allow-widening", false, "write a migration by which tenants may see or change more than before")
	c.Flags().BoolVar(&f.database, "sqlc-database", false, "let sqlc connect to the databases that sqlc.yaml names, with the whole environment; for --check as well")
	noCache(c.Flags(), &f.fresh)
	return c
}

// alone runs what reads a project and writes to it while no other run does.
func (inv *invocation) alone(run func() error) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	release, err := tenantgen.Lock(ctx, inv.config, func(dir string) {
		fmt.Fprintf(inv.errOut, "tenantgen: waiting for another run in %s\n", dir)
	})
	if err != nil {
		return err
	}
	defer release()
	return run()
}

// patience is how long to wait for another run: longer than sqlc takes to be built.
const patience = 10 * time.Minute

// runGenerate generates, or knows that there is nothing to write: a run on the same inputs, output and sqlc has found so. What
// writes has judged every statement that no run has accepted before.
func (inv *invocation) runGenerate(f *generateFlags) error {
	in, err := tenantgen.Read(inv.config)
	if err != nil {
		return err
	}
	var project *tenantgen.Project
	generate := func(e *earlier) (err error) {
		if project, err = in.Load(); err != nil {
			return err
		}
		e.recalled(project, in)
		return inv.judgedAndGenerated(f, project)
	}
	if f.fresh || f.database {
		return generate(nil)
	}
	type hash = func(string) ([32]byte, error)
	var before [32]byte
	return inv.remembered(in, repeated{
		facts:  []string{"generate", fmt.Sprint(f.check, f.widening)},
		digest: func(h hash) [32]byte { before = in.GenerateDigest(h); return before },
		do:     generate,
		keep: func(h hash) bool {
			if !f.nothing || !in.Repeats(project) {
				return false
			}
			again, err := tenantgen.Read(inv.config) // sqlc reads the files for itself
			return err == nil && again.GenerateDigest(h) == before
		},
	})
}

// judgedAndGenerated generates when nothing stands in the way.
func (inv *invocation) judgedAndGenerated(f *generateFlags, project *tenantgen.Project) error {
	report := project.Check()
	if report.Blocks() {
		return found(inv.text(report))
	}
	return inv.generated(f, project, report)
}

// generated generates what nothing of a report stands in the way of.
func (inv *invocation) generated(f *generateFlags, project *tenantgen.Project, report *tenantgen.Report) error {
	project.SQLCDatabase, project.AllowWidening = f.database, f.widening
	done := newBar(inv.errOut.raw, !inv.quiet).waiting("sqlc is built, which takes minutes the first time, and run")
	out, err := project.Generate(context.Background(), report)
	done()
	if _, ok := errors.AsType[*tenantgen.Refused](err); ok {
		inv.fail(err)
		return errFindings
	}
	if said, ok := errors.AsType[*tenantgen.SQLCRefused](err); ok {
		inv.diagnostics(said.Diagnostics)
		if said.Rest != "" {
			fmt.Fprintln(inv.errOut, said.Rest)
		}
		return errFindings
	}
	if err != nil {
		return err
	}
	changed, err := out.Changes()
	if err != nil {
		return err
	}
	f.nothing = len(changed.Write)+len(changed.Remove) == 0
	if f.check {
		return inv.stale(out, changed)
	}
	if err := tenantgen.Commit(changed); err != nil {
		return err
	}
	inv.wrote(project, report, out, changed)
	return nil
}

// excused names the queries of the baseline, whose methods nobody has proved.
func (inv *invocation) excused(unproved, none []string) {
	if len(unproved) > 0 {
		fmt.Fprintf(inv.out, "%d queries of the baseline are methods of Unproved, which row-level security alone confines: %s\n", len(unproved), strings.Join(unproved, ", "))
	}
	if len(none) > 0 {
		fmt.Fprintf(inv.out, "%d queries of the baseline get no method, for row-level security does not make up for their findings: %s\n", len(none), strings.Join(none, ", "))
	}
}

// wrote tells what was proved and what was written.
func (inv *invocation) wrote(project *tenantgen.Project, report *tenantgen.Report, out *tenantgen.Output, changed tenantgen.Changes) {
	s, to := summarize(report), inv.note()
	fmt.Fprintf(to, "%d queries: %d scoped, %d global, %d cross-tenant%s\n", s.Queries, s.Scoped, s.Global, s.CrossTenant, s.sets())
	inv.excused(project.Excused(report))
	for _, f := range changed.Write {
		fmt.Fprintf(to, "wrote   %s\n", f.Path)
	}
	for _, path := range changed.Remove {
		fmt.Fprintf(to, "removed %s\n", path)
	}
	unchanged := len(out.Files) - len(changed.Write)
	fmt.Fprintf(to, "%d files written, %d unchanged\n", len(changed.Write), unchanged)
	if slices.ContainsFunc(changed.Write, func(f tenantgen.File) bool { return out.IsMigration(f.Path) }) {
		for _, note := range out.Notes { // said even when nothing else is
			fmt.Fprintln(inv.out, note)
		}
		fmt.Fprintln(to, "apply the new migration before you deploy the repositories")
	}
}
