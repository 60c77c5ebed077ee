package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/verify"
)

// verifyFormats are the output formats of verify.
var verifyFormats = map[string]func(*invocation, *tenantgen.Project, *verify.Report) error{
	"text":   (*invocation).verifyText,
	"json":   (*invocation).verifyJSON,
	"sarif":  (*invocation).verifySARIF,
	"github": (*invocation).verifyGitHub,
}

// verify compares a live database with what is promised of it. Nothing that it prints
// holds the connection string, which may have a password in it.
func (inv *invocation) verify() *cobra.Command {
	var format, database string
	c := &cobra.Command{
		Use:   "verify [--database-url postgres://…] [--format text|json|sarif|github]",
		Short: "compare a live database with what the schema files and the policies promise",
		Example: `  DATABASE_URL=postgres://auditor@db/notes tenantgen verify
  tenantgen verify --format json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return withHint("write --database-url in front of the connection string", "verify takes no arguments")
			}
			return nil
		},
		RunE:              func(*cobra.Command, []string) error { return inv.runVerify(format, database) },
		ValidArgsFunction: nowhere,
	}
	c.Flags().StringVar(&database, "database-url", "", "the database; other users can see it in the list of processes, so rather set DATABASE_URL, or PGHOST, PGDATABASE, …")
	c.Flags().StringVar(&format, "format", "text", "output format: text, json, sarif or github")
	complete(c, "format", words(slices.Sorted(maps.Keys(verifyFormats))...))
	complete(c, "database-url", nowhere)
	return c
}

func (inv *invocation) runVerify(format, database string) error {
	print, ok := verifyFormats[format]
	if !ok {
		return fmt.Errorf("unknown format; use %s", strings.Join(slices.Sorted(maps.Keys(verifyFormats)), ", "))
	}
	connString, ok := connectionString(database)
	if !ok {
		return withHint("set DATABASE_URL, or PGHOST, PGDATABASE and the like, or use --database-url", "no database is given")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	project, err := tenantgen.Load(inv.config)
	if err != nil {
		return err
	}
	o, err := project.Promises()
	if err != nil {
		return err
	}
	bar := newBar(inv.errOut.raw, format == "text" && !inv.quiet)
	o.Progress = func(p verify.Progress) { bar.show(p.Doing, p.Done, p.Total) }
	report, err := verify.Run(ctx, connString, o)
	bar.clear()
	if err == nil {
		err = print(inv, project, report)
	}
	if err == nil && !report.Clean() {
		err = errFindings
	}
	return err
}

// connectionString prefers the flag to DATABASE_URL and that to the variables of
// libpq, which an empty string stands for. Without any there is no database: what
// libpq would then connect to is nobody's wish.
func connectionString(flag string) (string, bool) {
	if flag != "" {
		return flag, true
	}
	if env := os.Getenv("DATABASE_URL"); env != "" {
		return env, true
	}
	return "", slices.ContainsFunc([]string{"PGHOST", "PGDATABASE", "PGSERVICE", "PGUSER", "PGPORT"}, func(name string) bool { return os.Getenv(name) != "" })
}

// verifySummary counts what was compared and found.
type verifySummary struct {
	Tables   int `json:"tables"`
	Policies int `json:"policies"`
	Errors   int `json:"errors"`
	Warnings int `json:"warnings"`
}

func summarizeVerify(r *verify.Report) verifySummary {
	s := verifySummary{Tables: r.Tables, Policies: r.Policies}
	for _, f := range r.Findings {
		if f.Severity == rules.Error {
			s.Errors++
		} else {
			s.Warnings++
		}
	}
	return s
}

func (inv *invocation) verifyText(_ *tenantgen.Project, r *verify.Report) error {
	for _, f := range r.Findings {
		severity, look := "", bad
		if f.Severity == rules.Warning {
			severity, look = " (warning)", doubt
		}
		inv.out.paint(bold, "%s:", oneLine(f.Object))
		fmt.Fprint(inv.out, " ")
		inv.out.paint(look, "%s:", f.Rule.Name)
		fmt.Fprintf(inv.out, " %s%s\n", oneLine(f.Message), severity)
		for _, part := range []struct {
			head  string
			lines []string
		}{{"is", []string{f.Is}}, {"promised", []string{f.Promised}}, {"fix", f.SQL}, {"hint", []string{f.Hint}}} {
			if text := strings.Join(part.lines, "\n"); text != "" {
				inv.out.paint(helpful, "  %s:", part.head)
				fmt.Fprintf(inv.out, " %s\n", strings.ReplaceAll(printable(text), "\n", "\n    "))
			}
		}
	}
	return inv.verifyLine(r)
}

// verifyLine prints the summary.
func (inv *invocation) verifyLine(r *verify.Report) error {
	s := summarizeVerify(r)
	role := "no app_role is configured, so that no grants were compared"
	if len(r.AppRoles) > 0 {
		role = "application role " + oneLine(strings.Join(r.AppRoles, ", "))
	}
	_, err := fmt.Fprintf(inv.note(), "%d tables, %d policies, %s, PostgreSQL %s: %d errors, %d warnings\n", s.Tables, s.Policies, role, printable(r.Server), s.Errors, s.Warnings)
	return err
}

// oneLine is printable text without line breaks.
func oneLine(text string) string { return strings.ReplaceAll(printable(text), "\n", " ") }

// printable replaces control characters: whoever names a policy does not get to write
// to our terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Cf, r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

type jsonFinding struct {
	Rule     string         `json:"rule"`
	Severity rules.Severity `json:"severity"`
	Object   string         `json:"object"`
	Table    string         `json:"table,omitempty"`
	Message  string         `json:"message"`
	Is       string         `json:"is,omitempty"`
	Promised string         `json:"promised,omitempty"`
	SQL      []string       `json:"sql,omitempty"`
	Hint     string         `json:"hint,omitempty"`
}

func (inv *invocation) verifyJSON(_ *tenantgen.Project, r *verify.Report) error {
	findings := []jsonFinding{}
	for _, f := range r.Findings {
		one := jsonFinding{Rule: f.Rule.Name, Severity: f.Severity, Object: f.Object, Message: f.Message, Is: f.Is, Promised: f.Promised, SQL: f.SQL, Hint: f.Hint}
		if f.Table.Name != "" {
			one.Table = f.Table.String()
		}
		findings = append(findings, one)
	}
	return inv.encode(struct {
		Version  int           `json:"version"`
		Server   string        `json:"server"`
		Database string        `json:"database"`
		User     string        `json:"user"`
		AppRoles []string      `json:"app_roles"`
		Summary  verifySummary `json:"summary"`
		Findings []jsonFinding `json:"findings"`
	}{1, r.Server, r.Database, r.User, append([]string{}, r.AppRoles...), summarizeVerify(r), findings})
}

func (inv *invocation) verifySARIF(p *tenantgen.Project, r *verify.Report) error {
	return inv.encode(sarifReport(verify.Rules(), diagnostics(p, r), nil))
}

func (inv *invocation) verifyGitHub(p *tenantgen.Project, r *verify.Report) error {
	if err := inv.annotate(diagnostics(p, r)); err != nil {
		return err
	}
	return inv.verifyLine(r)
}

func diagnostics(p *tenantgen.Project, r *verify.Report) []analyzer.Diagnostic {
	var list []analyzer.Diagnostic
	for _, f := range r.Findings {
		list = append(list, p.VerifyDiagnostic(f))
	}
	return list
}
