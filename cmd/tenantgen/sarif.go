package main

import (
	"fmt"
	"slices"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/rules"
)

const (
	homepage = "https://github.com/tenantgen/tenantgen"
	ruleDocs = homepage + "/blob/main/docs/rules.md#"

	verifyDocs = homepage + "/blob/main/docs/verify.md#"
	vetDocs    = homepage + "/blob/main/docs/vet.md#"
)

// sarif prints findings in SARIF 2.1.0, which GitHub code scanning and editors read
// (https://docs.oasis-open.org/sarif/sarif/v2.1.0).
func (inv *invocation) sarif(r *tenantgen.Report) error {
	return inv.encode(sarifReport(rules.All, r.Diagnostics, r.Fixes))
}

// sarifReport lists the rules that were applied, and the findings with what fixes them.
func sarifReport(applied []*rules.Rule, findings []analyzer.Diagnostic, fixes []analyzer.Fix) *sarif.Report {
	driver := sarif.NewToolComponent().WithName("tenantgen").WithVersion(buildVersion()).WithInformationURI(homepage)
	index := map[string]int{}
	for i, rule := range applied {
		index[rule.Name] = i
		driver.Rules = append(driver.Rules, sarifRule(rule))
	}
	run := sarif.NewRun().WithTool(sarif.NewTool().WithDriver(driver)).WithColumnKind("unicodeCodePoints").WithResults([]*sarif.Result{})
	seen := map[string]int{}
	for _, d := range findings {
		result := sarif.NewResult().WithRuleID(d.Rule).WithLevel(string(d.Severity)).WithLocations([]*sarif.Location{place(d)}).
			WithMessage(sarif.NewMessage().WithText(sentence(d)))
		if i, ok := index[d.Rule]; ok {
			result.WithRuleIndex(i)
		}
		print := findingPrint(d)
		seen[print]++
		result.WithPartialFingerprints(map[string]string{"tenantgen/v1": fmt.Sprintf("%s|%d", print, seen[print])})
		for _, f := range fixes {
			if slices.Contains(f.Fixed, d) {
				result.AddFixe(sarifFix(f))
			}
		}
		run.Results = append(run.Results, result)
	}
	return sarif.NewReport().AddRun(run)
}

// sarifFix is what tenantgen fix would write into a query. It fixes all findings about it at once.
func sarifFix(f analyzer.Fix) *sarif.Fix {
	region := sarif.NewRegion().WithStartLine(f.Line).WithStartColumn(f.Column).WithEndLine(f.EndLine).WithEndColumn(f.EndColumn)
	replacement := sarif.NewReplacement().WithDeletedRegion(region).WithInsertedContent(sarif.NewArtifactContent().WithText(f.Text))
	change := sarif.NewArtifactChange().WithArtifactLocation(sarif.NewArtifactLocation().WithURI(uriPath(f.File)).WithURIBaseID("%SRCROOT%")).AddReplacement(replacement)
	return sarif.NewFix().WithDescription(sarif.NewMessage().WithText("confine " + f.Query + " to one tenant")).AddArtifactChange(change)
}

func sarifRule(r *rules.Rule) *sarif.ReportingDescriptor {
	text := func(s string) *sarif.MultiformatMessageString {
		return sarif.NewMultiformatMessageString().WithText(s)
	}
	plain, markdown, language := r.Text, r.Text, "sql"
	if r.Kind == rules.Go {
		language = "go"
	}
	for _, e := range r.Examples() {
		plain += fmt.Sprintf("\n\n%s:\n%s", e.Head, e.SQL)
		markdown += fmt.Sprintf("\n\n%s:\n\n```%s\n%s\n```", e.Head, language, e.SQL)
	}
	docs := ruleDocs
	switch r.Kind {
	case rules.Database:
		docs = verifyDocs
	case rules.Go:
		docs = vetDocs
	}
	return sarif.NewReportingDescriptor().WithID(r.Name).WithName(r.Name).WithShortDescription(text(r.Title)).WithFullDescription(text(r.Text)).
		WithHelp(text(plain).WithMarkdown(markdown)).WithHelpURI(docs + r.Name).
		WithDefaultConfiguration(configuration(r))
}

// configuration tells how a rule is set where nobody sets it.
func configuration(r *rules.Rule) *sarif.ReportingConfiguration {
	if r.Severity == rules.Off {
		return sarif.NewReportingConfiguration().WithEnabled(false)
	}
	return sarif.NewReportingConfiguration().WithLevel(string(r.Severity))
}

// place is where a finding stands, relative to the root of the checked-out source.
func place(d analyzer.Diagnostic) *sarif.Location {
	region := sarif.NewRegion().WithStartLine(max(d.Line, 1)).WithStartColumn(max(d.Column, 1))
	if d.EndLine >= d.Line && d.EndLine > 0 {
		region.WithEndLine(d.EndLine).WithEndColumn(max(d.EndColumn, 1))
	}
	file := sarif.NewArtifactLocation().WithURI(uriPath(d.File)).WithURIBaseID("%SRCROOT%")
	return sarif.NewLocation().WithPhysicalLocation(sarif.NewPhysicalLocation().WithArtifactLocation(file).WithRegion(region))
}

// sentence is the message with its hint, for readers that show one text.
func sentence(d analyzer.Diagnostic) string {
	if d.Hint == "" {
		return d.Message
	}
	return d.Message + "\nhint: " + d.Hint
}
