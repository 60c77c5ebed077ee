package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/confirm"
	"github.com/tenantgen/tenantgen/prove"
)

// proveFlags are the arguments of prove.
type proveFlags struct {
	prove.Options
	which   tenantgen.ProveQueries
	queries string
	format  string
}

// prove runs every query on a throw-away database, in pairs of states that differ in
// other tenants' rows only.
func (inv *invocation) prove() *cobra.Command {
	f := &proveFlags{}
	c := &cobra.Command{
		Use:   "prove [--database-url url] [--seed n] [--rounds n] [--queries name,…] [--refused] [--format text|json]",
		Short: "run every query on a throw-away database, in states that differ in other tenants' rows only",
		Example: `  tenantgen prove
  tenantgen prove --queries GetNote,ListNotes --rounds 20
  tenantgen prove --seed 7 --format json`,
		Args: nothing, ValidArgsFunction: nowhere,
		RunE: func(*cobra.Command, []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return inv.runProve(f)
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.DatabaseURL, "database-url", "", "an empty database that may be filled and emptied; without one, a PostgreSQL is started")
	flags.Uint64Var(&f.Seed, "seed", 1, "of the random rows and parameters")
	flags.IntVar(&f.Rounds, "rounds", prove.DefaultRounds, "pairs of states to try each query on")
	flags.DurationVar(&f.Timeout, "timeout", prove.DefaultTimeout, "of one statement")
	flags.StringVar(&f.queries, "queries", "", "names of queries to try, separated by commas; all without it")
	flags.BoolVar(&f.which.Refused, "refused", false, "also try the queries that lint refuses, to see them leak, and all without what their proofs assume")
	flags.StringVar(&f.format, "format", "text", "output format: text or json")
	complete(c, "queries", inv.queryNames)
	complete(c, "format", words("json", "text"))
	for _, name := range []string{"database-url", "seed", "rounds", "timeout"} {
		complete(c, name, nowhere)
	}
	return c
}

func (f *proveFlags) check() error {
	switch {
	case f.format != "text" && f.format != "json":
		return fmt.Errorf("unknown format %q; use json, text", f.format)
	case f.Rounds < 1 || f.Rounds > 1000:
		return errors.New("--rounds must be from 1 to 1000")
	case f.Timeout < time.Millisecond:
		return errors.New("--timeout must be positive")
	}
	if f.queries != "" {
		f.which.Names = strings.Split(f.queries, ",")
	}
	return nil
}

func (inv *invocation) runProve(f *proveFlags) error {
	project, err := tenantgen.Load(inv.config)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	report := project.Check()
	if err := known(report, f.which.Names); err != nil {
		return err
	}
	if len(f.which.Names) == 0 {
		if err := inv.confirmFirst(ctx, project, report, f); err != nil {
			return err
		}
	}
	bar := newBar(inv.errOut.raw, f.format == "text" && !inv.quiet)
	f.Progress = func(p prove.Progress) { bar.show(p.Doing, p.Done, p.Total) }
	reports, err := project.Prove(ctx, report, f.which, f.Options)
	bar.clear()
	if err != nil {
		return err
	}
	print := inv.proveText
	if f.format == "json" {
		print = inv.proveJSON
	}
	if err := print(reports); err != nil {
		return err
	}
	if !report.Clean() {
		inv.failOne(errors.New("lint refuses queries or tables; what is refused is not proved"), "run tenantgen lint")
		return errFindings
	}
	if slices.ContainsFunc(reports, (*prove.Report).Failed) {
		return errFindings
	}
	return nil
}

// confirmFirst has the server read what the proofs rest on, before it runs anything.
func (inv *invocation) confirmFirst(ctx context.Context, project *tenantgen.Project, report *tenantgen.Report, f *proveFlags) error {
	before := len(report.Diagnostics)
	defer newBar(inv.errOut.raw, f.format == "text" && !inv.quiet).waiting("PostgreSQL reads what the proofs rest on")()
	if _, err := project.Confirm(ctx, report, confirm.Options{DatabaseURL: f.DatabaseURL}); err != nil {
		return err
	}
	if found := len(report.Diagnostics) - before; found > 0 {
		inv.failOne(fmt.Errorf("PostgreSQL reads %d things otherwise than the proofs, or cannot read them", found), "run tenantgen lint --confirm")
	}
	return nil
}

// known refuses names that no query has.
func known(report *tenantgen.Report, names []string) error {
	var all []string
	for _, q := range report.Queries {
		all = append(all, q.Name)
	}
	for _, name := range names {
		if !slices.Contains(all, name) {
			return withHint(config.Suggest(name, all), "there is no query %s", name)
		}
	}
	return nil
}
