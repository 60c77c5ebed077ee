package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"

	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/internal/inert"
)

// Exit codes: clean, findings, could not run.
const (
	exitClean    = 0
	exitFindings = 1
	exitFailed   = 2
)

const usage = `tenantgen makes a tenant leak a build error.

usage: tenantgen [-f sqlc.yaml] <command> [arguments]

commands:
  lint      prove every query, or those of some files; report those that are not confined to one tenant
  generate  lint, run sqlc, write the repositories and the next RLS migration
  advise    write the migrations that put right what the schema rules report
  prove     run every query on a throw-away database, in states that differ in other tenants' rows only
  audit     list every query that may cross tenants, and whatever else nobody proves
  verify    compare a live database with what the schema files and the policies promise
  explain   say what a rule means, with examples; without a rule, list them
  version   print the version

tenantgen <command> -h tells a command's flags.
exit status: 0 clean, 1 findings, 2 could not run
`

// command is one subcommand: its flags are parsed, its own output goes to out.
type command struct {
	name string
	run  func(inv *invocation, args []string) int
}

// invocation is what every command gets.
type invocation struct {
	config string
	in     io.Reader
	// Names, labels and text of files are printed: nothing of it may do anything to a
	// terminal, or in a log. Only workflow writes what a runner of GitHub Actions follows.
	out, errOut, workflow io.Writer
}

// commands registers every command.
var commands = []command{
	{"lint", lint},
	{"generate", generate},
	{"advise", advise},
	{"audit", audit},
	{"verify", verifyDatabase},
	{"prove", proveQueries},
	{"explain", explain},
	{"version", version},
}

// run is the whole program. A panic is a bug of tenantgen; the user sees it as a
// failure to run, never as a verdict.
func run(args []string, in io.Reader, out, errOut io.Writer) (code int) {
	safe, safeErr := inert.NewWriter(out), inert.NewWriter(errOut)
	inv := &invocation{in: in, out: safe, errOut: safeErr, workflow: safe.Commands()}
	out, errOut = safe, safeErr
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400) // a lint ends before its garbage matters
	}
	defer func() {
		if p := recover(); p != nil {
			inv.fail(fmt.Errorf("internal error: %v; please report it\n%s", p, debug.Stack()))
			code = exitFailed
		}
	}()
	flags := flag.NewFlagSet("tenantgen", flag.ContinueOnError)
	flags.SetOutput(errOut)
	flags.Usage = func() { fmt.Fprint(errOut, usage) }
	flags.StringVar(&inv.config, "f", "sqlc.yaml", "the configuration of sqlc")
	if err := flags.Parse(args); err != nil {
		return parseExit(err)
	}
	rest := flags.Args()
	if len(rest) == 0 {
		flags.Usage()
		return exitFailed
	}
	i := slices.IndexFunc(commands, func(c command) bool { return c.name == rest[0] })
	if rest[0] == "help" {
		fmt.Fprint(out, usage)
		return exitClean
	}
	if i < 0 {
		inv.fail(fmt.Errorf("unknown command %q; tenantgen help lists them", rest[0]))
		return exitFailed
	}
	return commands[i].run(inv, rest[1:])
}

// parseExit turns a flag error, which the flag package has printed, into an exit code.
func parseExit(err error) int {
	if errors.Is(err, flag.ErrHelp) {
		return exitClean
	}
	return exitFailed
}

// flags makes the flag set of a command. -f may stand behind the command too.
func (inv *invocation) flags(name, args string) *flag.FlagSet {
	fs := flag.NewFlagSet("tenantgen "+name, flag.ContinueOnError)
	fs.SetOutput(inv.errOut)
	fs.StringVar(&inv.config, "f", inv.config, "the configuration of sqlc")
	fs.Usage = func() {
		fmt.Fprintf(inv.errOut, "usage: tenantgen [-f sqlc.yaml] %s %s\n", name, args)
		fs.PrintDefaults()
	}
	return fs
}

// fail prints an error and whatever hints it carries.
func (inv *invocation) fail(err error) {
	var list config.Errors
	var one *config.Error
	switch joined, ok := err.(interface{ Unwrap() []error }); {
	case errors.As(err, &list):
		for _, e := range list {
			inv.failOne(e, e.Hint)
		}
	case ok:
		for _, e := range joined.Unwrap() {
			inv.fail(e)
		}
	case errors.As(err, &one):
		inv.failOne(one, one.Hint)
	default:
		inv.failOne(err, "")
	}
}

func (inv *invocation) failOne(err error, hint string) {
	fmt.Fprintf(inv.errOut, "tenantgen: %v\n", err)
	if hint != "" {
		fmt.Fprintf(inv.errOut, "  hint: %s\n", hint)
	}
}

func version(inv *invocation, args []string) int {
	fmt.Fprintln(inv.out, "tenantgen", buildVersion())
	return exitClean
}

func buildVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
