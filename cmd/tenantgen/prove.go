package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/prove"
)

// proveFlags are the arguments of prove.
type proveFlags struct {
	prove.Options
	which   tenantgen.ProveQueries
	queries string
	format  string
}

// proveQueries runs every query on a throw-away database, in pairs of states that
// differ in other tenants' rows only.
func proveQueries(inv *invocation, args []string) int {
	f, err := inv.proveFlags(args)
	if err != nil {
		return parseExit(err)
	}
	project, err := tenantgen.Load(inv.config)
	if err != nil {
		inv.fail(err)
		return exitFailed
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	report := project.Check()
	bar := newBar(inv.errOut, f.format == "text")
	f.Progress = bar.show
	if f.queries != "" {
		f.which.Names = strings.Split(f.queries, ",")
	}
	reports, err := project.Prove(ctx, report, f.which, f.Options)
	bar.clear()
	if err != nil {
		inv.fail(err)
		return exitFailed
	}
	if f.format == "json" {
		err = inv.proveJSON(reports)
	} else {
		err = inv.proveText(reports)
	}
	if err != nil {
		inv.fail(err)
		return exitFailed
	}
	code := exitClean
	if !report.Clean() {
		fmt.Fprintln(inv.errOut, "tenantgen: lint refuses queries or tables; what is refused is not proved\n  hint: run tenantgen lint")
		code = exitFindings
	}
	for _, r := range reports {
		if r.Failed() {
			code = exitFindings
		}
	}
	return code
}

func (inv *invocation) proveFlags(args []string) (*proveFlags, error) {
	f := &proveFlags{}
	fs := inv.flags("prove", "[--database-url url] [--seed n] [--rounds n] [--queries name,…] [--refused] [--format text|json]")
	fs.StringVar(&f.DatabaseURL, "database-url", "", "an empty database that may be filled and emptied; without one, a PostgreSQL is started")
	fs.Uint64Var(&f.Seed, "seed", 1, "of the random rows and parameters")
	fs.IntVar(&f.Rounds, "rounds", prove.DefaultRounds, "pairs of states to try each query on")
	fs.DurationVar(&f.Timeout, "timeout", prove.DefaultTimeout, "of one statement")
	fs.StringVar(&f.queries, "queries", "", "names of queries to try, separated by commas; all without it")
	fs.BoolVar(&f.which.Refused, "refused", false, "also try the queries that lint refuses, to see them leak, and all without what their proofs assume")
	fs.StringVar(&f.format, "format", "text", "output format: text or json")
	rest, err := parseAll(fs, args)
	if err != nil {
		return nil, err
	}
	switch {
	case len(rest) > 0:
		err = fmt.Errorf("prove takes no arguments, got %s", strings.Join(rest, " "))
	case f.format != "text" && f.format != "json":
		err = fmt.Errorf("unknown format %q; use json, text", f.format)
	case f.Rounds < 1 || f.Rounds > 1000:
		err = errors.New("--rounds must be from 1 to 1000")
	case f.Timeout < time.Millisecond:
		err = errors.New("--timeout must be positive")
	}
	if err != nil {
		inv.fail(err)
	}
	return f, err
}

// bar shows progress on one line of a terminal; elsewhere it shows nothing.
type bar struct {
	out  io.Writer // nil where nothing is shown
	last time.Time
}

func newBar(out io.Writer, wanted bool) *bar {
	f, ok := out.(*os.File)
	if !wanted || !ok {
		return &bar{}
	}
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return &bar{}
	}
	return &bar{out: out}
}

// barWidth is the number of characters that stand for all the work.
const barWidth = 24

func (b *bar) show(p prove.Progress) {
	if b.out == nil || time.Since(b.last) < 50*time.Millisecond {
		return
	}
	b.last = time.Now()
	full, percent := 0, 0
	if p.Total > 0 {
		full, percent = barWidth*p.Done/p.Total, 100*p.Done/p.Total
	}
	doing := p.Doing
	if len(doing) > 40 {
		doing = doing[:40]
	}
	fmt.Fprintf(b.out, "\r[%s%s] %3d%% %-40s", strings.Repeat("#", full), strings.Repeat(" ", barWidth-full), percent, doing)
}

func (b *bar) clear() {
	if b.out != nil {
		fmt.Fprintf(b.out, "\r%s\r", strings.Repeat(" ", barWidth+50))
	}
}
