package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/internal/inert"
)

// Exit codes: clean, findings, could not run.
const (
	exitClean    = 0
	exitFindings = 1
	exitFailed   = 2
)

// Errors of commands that have said what there is to say.
var (
	errFindings = errors.New("there are findings")
	errSaid     = errors.New("could not run")
)

// invocation is what every command gets.
type invocation struct {
	config, colour string
	quiet          bool
	in             io.Reader
	// Names, labels and text of files are printed: nothing of it may do anything to a
	// terminal, or in a log. Only workflow writes what a runner of GitHub Actions follows.
	out, errOut *printer
	workflow    io.Writer
	// sources are texts that are not those on disk: what standard input stands in for.
	sources map[string]string
}

func newInvocation(in io.Reader, out, errOut io.Writer) *invocation {
	inv := &invocation{in: in, out: newPrinter(out), errOut: newPrinter(errOut), sources: map[string]string{}}
	inv.workflow = inv.out.safe.Commands()
	return inv
}

// run is the whole program. A panic is a bug of tenantgen; the user sees it as a
// failure to run, never as a verdict.
func run(args []string, in io.Reader, out, errOut io.Writer) (code int) {
	inv := newInvocation(in, out, errOut)
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400) // a lint ends before its garbage matters
	}
	defer func() {
		if p := recover(); p != nil {
			inv.fail(fmt.Errorf("internal error: %v; please report it\n%s", p, debug.Stack()))
			code = exitFailed
		}
	}()
	if asVetTool(args) {
		if err := inv.vetTool(args); err != nil {
			inv.fail(err)
			return exitFailed
		}
		return exitClean
	}
	root := inv.root()
	root.SetArgs(spell(root, args))
	switch err := root.Execute(); {
	case err == nil:
		return exitClean
	case errors.Is(err, errFindings):
		return exitFindings
	case !errors.Is(err, errSaid):
		inv.fail(err)
	}
	return exitFailed
}

// defaultFile is the configuration that sqlc finds by itself.
func defaultFile() string {
	for _, name := range []string{"sqlc.yaml", "sqlc.yml", "sqlc.json"} {
		if _, err := os.Stat(name); err == nil {
			return name
		}
	}
	return "sqlc.yaml"
}

// found is the outcome of printing findings.
func found(err error) error {
	if err != nil {
		return err
	}
	return errFindings
}

// hinted is an error of the command line that says what to write instead.
type hinted struct {
	error
	hint string
}

func withHint(hint, format string, args ...any) error {
	return hinted{fmt.Errorf(format, args...), hint}
}

// fail prints an error and whatever hints it carries.
func (inv *invocation) fail(err error) {
	var list config.Errors
	var one *config.Error
	var own hinted
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
	case errors.As(err, &own):
		inv.failOne(err, own.hint)
	default:
		inv.failOne(err, "")
	}
}

func (inv *invocation) failOne(err error, hint string) {
	inv.errOut.paint(bad, "tenantgen:")
	fmt.Fprintf(inv.errOut, " %v\n", err)
	if hint != "" {
		inv.errOut.paint(helpful, "  hint:")
		fmt.Fprintf(inv.errOut, " %s\n", hint)
	}
}

// note is where goes what --quiet leaves out: neither a finding nor what was asked for.
func (inv *invocation) note() io.Writer {
	if inv.quiet {
		return io.Discard
	}
	return inv.out
}

// printer writes text of other people's for a terminal or a log, and paints its own.
type printer struct {
	safe    *inert.Writer
	to      io.Writer // for what it paints
	raw     io.Writer // the device itself, for what is no text, such as progress
	colours bool
}

func newPrinter(to io.Writer) *printer { return &printer{safe: inert.NewWriter(to), to: to, raw: to} }

// Write writes p with what could do something escaped.
func (p *printer) Write(text []byte) (int, error) { return p.safe.Write(text) }
