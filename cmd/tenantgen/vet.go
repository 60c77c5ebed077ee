package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/vet"
)

// vetFormats are the output formats of vet.
var vetFormats = map[string]func(*invocation, *vetted) error{
	"text":   (*invocation).vetText,
	"json":   (*invocation).vetJSON,
	"sarif":  (*invocation).vetSARIF,
	"github": (*invocation).vetGitHub,
	"gitlab": func(inv *invocation, v *vetted) error {
		return inv.gitlab(&tenantgen.Report{Diagnostics: v.Diagnostics})
	},
}

// vetFlags are the flags of vet.
type vetFlags struct {
	format, tags  string
	writeBaseline bool
	fix           bool
}

// vetted is what vet says of Go code.
type vetted struct {
	Diagnostics []analyzer.Diagnostic
	Packages    int
	Baselined   int
	found       []vet.Located // that the baseline does not excuse
}

// vet judges Go code.
func (inv *invocation) vet() *cobra.Command {
	f := &vetFlags{}
	c := &cobra.Command{
		Use:   "vet [--format text|json|sarif|github|gitlab] [--tags list] [--write-baseline | --fix] [packages…]",
		Short: "prove the SQL that stands in Go code, and whose the tenant's argument is",
		Long: `Prove the statements that Go code hands to pgx, database/sql or sqlx, as lint proves files of queries, and
report SQL that is no constant, and arguments for the tenant that are no tenant's id. Packages are named as go list does; without
any, it is those of options.tenantgen.vet.packages, or all below the folder of sqlc.yaml. What options.tenantgen.vet declares is let pass.

The same analyzers run as go vet -vettool=$(which tenantgen) ./...`,
		Example: `  tenantgen vet
  tenantgen vet ./internal/...
  tenantgen vet --fix ./internal/store
  tenantgen vet --format github ./...
  tenantgen vet --write-baseline`,
		RunE: func(_ *cobra.Command, patterns []string) error { return inv.runVet(f, patterns) },
	}
	flags := c.Flags()
	flags.StringVar(&f.format, "format", "text", "output format: text, json, sarif, github or gitlab (Code Quality)")
	flags.StringVar(&f.tags, "tags", "", "build tags, separated by commas, as the go command takes them")
	flags.BoolVar(&f.writeBaseline, "write-baseline", false, "excuse what is found now, until it changes")
	flags.BoolVar(&f.fix, "fix", false, "write into the files what is certain to be missing, and report what is left")
	complete(c, "format", words(slices.Sorted(maps.Keys(vetFormats))...))
	complete(c, "tags", nowhere)
	return c
}

func (inv *invocation) runVet(f *vetFlags, patterns []string) error {
	print, ok := vetFormats[f.format]
	if !ok {
		return fmt.Errorf("unknown format %q; use %s", f.format, strings.Join(slices.Sorted(maps.Keys(vetFormats)), ", "))
	}
	if f.writeBaseline && f.fix {
		return errors.New("--fix puts right what --write-baseline excuses: call vet twice")
	}
	if f.writeBaseline && len(patterns) > 0 {
		return errors.New("a baseline is about all packages; call vet --write-baseline without any")
	}
	project, err := tenantgen.Load(inv.config)
	if err != nil {
		return err
	}
	v, found, err := judgeGo(project, f.tags, patterns)
	if err != nil {
		return err
	}
	if f.writeBaseline {
		path, err := project.WriteGoBaseline(found)
		if err != nil {
			return err
		}
		fmt.Fprintf(inv.note(), "%s excuses %d findings in Go code until they change\n", path, len(found))
		return nil
	}
	if f.fix {
		if v, err = inv.fixGo(project, v, f, patterns); err != nil {
			return err
		}
	}
	if err := print(inv, v); err != nil {
		return err
	}
	if slices.ContainsFunc(v.Diagnostics, func(d analyzer.Diagnostic) bool { return d.Severity == analyzer.Error }) {
		return errFindings
	}
	return nil
}

// judgeGo judges packages, and leaves out what the baseline excuses. It returns all that the baseline would say of them, too.
func judgeGo(project *tenantgen.Project, tags string, patterns []string) (*vetted, []tenantgen.GoFinding, error) {
	suite, err := vet.New(project)
	if err != nil {
		return nil, nil, err
	}
	report, err := suite.Run(vet.Options{Tags: tags}, patterns...)
	if err != nil {
		return nil, nil, err
	}
	statements := suite.Statements()
	v := &vetted{Packages: report.Packages}
	var all []analyzer.Diagnostic
	var found []tenantgen.GoFinding
	for _, l := range report.Findings {
		d := diagnostic(project, l)
		all = append(all, d)
		found = append(found, statements.GoFinding(d, l.Text, rules.Lookup(l.Rule) != nil))
	}
	excused, stale := project.ExcuseGo(found, report.Judged)
	for i, d := range all {
		if excused[i] {
			v.Baselined++
		} else {
			v.Diagnostics = append(v.Diagnostics, d)
			v.found = append(v.found, report.Findings[i])
		}
	}
	v.Diagnostics = append(v.Diagnostics, stale...)
	for _, l := range report.Unused {
		v.Diagnostics = append(v.Diagnostics, diagnostic(project, l))
	}
	return v, found, nil
}

// fixGo writes what findings lack, and judges what is there then.
func (inv *invocation) fixGo(project *tenantgen.Project, v *vetted, f *vetFlags, patterns []string) (*vetted, error) {
	to := inv.note()
	if f.format != "text" { // which is a document
		to = inv.errOut
	}
	texts, fixed, err := vet.Fixed(v.found)
	if err != nil {
		return nil, err
	}
	var changes tenantgen.Changes
	for _, path := range slices.Sorted(maps.Keys(texts)) {
		changes.Write = append(changes.Write, tenantgen.File{Path: path, Text: texts[path]})
		fmt.Fprintf(to, "%s: changed\n", project.Config.Rel(path))
	}
	if err := tenantgen.Commit(changes); err != nil {
		return nil, err
	}
	fmt.Fprintf(to, "%d findings are put right\n", fixed)
	if fixed == 0 {
		return v, nil
	}
	v, _, err = judgeGo(project, f.tags, patterns)
	return v, err
}

// diagnostic is a finding of vet as every format prints them.
func diagnostic(project *tenantgen.Project, l vet.Located) analyzer.Diagnostic {
	return analyzer.Diagnostic{Rule: l.Rule, Severity: l.Severity, Message: l.Message, Hint: l.Hint, Table: l.Table, Query: l.Func,
		File: project.Config.Rel(l.File), Line: l.Line, Column: l.Column, EndLine: l.EndLine, EndColumn: l.EndColumn}
}

func (v *vetted) String() string {
	text := fmt.Sprintf("%d packages, %d findings", v.Packages, len(v.Diagnostics))
	if v.Baselined > 0 {
		text += fmt.Sprintf(" (%d more in the baseline)", v.Baselined)
	}
	return text
}

func (inv *invocation) vetText(v *vetted) error {
	inv.diagnostics(v.Diagnostics)
	_, err := fmt.Fprintln(inv.note(), v)
	return err
}

func (inv *invocation) vetJSON(v *vetted) error {
	out := struct {
		Version     int                   `json:"version"`
		Packages    int                   `json:"packages"`
		Baselined   int                   `json:"baselined,omitempty"`
		Diagnostics []analyzer.Diagnostic `json:"diagnostics"`
	}{1, v.Packages, v.Baselined, v.Diagnostics}
	if out.Diagnostics == nil {
		out.Diagnostics = []analyzer.Diagnostic{}
	}
	return inv.encode(out)
}

func (inv *invocation) vetSARIF(v *vetted) error {
	return inv.encode(sarifReport(slices.Concat(rules.All, vet.Rules), v.Diagnostics, nil))
}

func (inv *invocation) vetGitHub(v *vetted) error {
	if err := inv.annotate(v.Diagnostics); err != nil {
		return err
	}
	_, err := fmt.Fprintln(inv.note(), v)
	return err
}
