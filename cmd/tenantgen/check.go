package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/vet"
)

// checkFlags are the flags of check.
type checkFlags struct {
	format, tags string
	database     bool
}

// check is the whole gate: what lint, generate --check and vet say.
func (inv *invocation) check() *cobra.Command {
	f := &checkFlags{}
	c := &cobra.Command{
		Use:   "check [--format text|github|sarif] [--tags list] [--sqlc-database]",
		Short: "the whole gate: lint, generate --check and vet",
		Long: `Prove every query (lint), hold what is committed to be what would be generated (generate --check, where
options.tenantgen.out says where that is), and prove the SQL in Go code (vet). All three run, whatever the others find.`,
		Example: `  tenantgen check
  tenantgen check --format github`,
		Args: nothing, ValidArgsFunction: nowhere,
		RunE: func(*cobra.Command, []string) error { return inv.runCheck(f) },
	}
	c.Flags().StringVar(&f.format, "format", "text", "output format of findings: text, github or sarif")
	c.Flags().StringVar(&f.tags, "tags", "", "build tags, separated by commas, as the go command takes them")
	c.Flags().BoolVar(&f.database, "sqlc-database", false, "let sqlc connect to the databases that sqlc.yaml names, with the whole environment")
	complete(c, "format", words("github", "sarif", "text"))
	complete(c, "tags", nowhere)
	return c
}

func (inv *invocation) runCheck(f *checkFlags) error {
	if !slices.Contains([]string{"text", "github", "sarif"}, f.format) {
		return fmt.Errorf("unknown format %q; use github, sarif, text", f.format)
	}
	project, err := tenantgen.Load(inv.config)
	if err != nil {
		return err
	}
	report := project.Check()
	v, _, err := judgeGo(project, f.tags, nil)
	if err != nil {
		return err
	}
	if err := inv.bothPrinted(f.format, report, v); err != nil {
		return err
	}
	wrong := slices.ContainsFunc(slices.Concat(report.Diagnostics, v.Diagnostics), func(d analyzer.Diagnostic) bool { return d.Severity == analyzer.Error })
	err = inv.generatedChecked(f, project, report)
	if err == nil && wrong {
		return errFindings
	}
	return err
}

// bothPrinted prints what lint and vet found.
func (inv *invocation) bothPrinted(format string, report *tenantgen.Report, v *vetted) error {
	switch format {
	case "github":
		return errors.Join(inv.github(report), inv.vetGitHub(v))
	case "sarif":
		return inv.encode(sarifReport(slices.Concat(rules.All, vet.Rules), slices.Concat(report.Diagnostics, v.Diagnostics), report.Fixes))
	}
	return errors.Join(inv.text(report), inv.vetText(v))
}

// generatedChecked is generate --check, where something is generated and nothing stands in its way.
func (inv *invocation) generatedChecked(f *checkFlags, project *tenantgen.Project, report *tenantgen.Report) error {
	if project.Config.Tenant.Out == "" || report.Blocks() {
		return nil
	}
	to := inv.out
	if f.format == "sarif" { // which is one document
		inv.out = inv.errOut
		defer func() { inv.out = to }()
	}
	return inv.generated(&generateFlags{check: true, database: f.database}, project, report)
}
