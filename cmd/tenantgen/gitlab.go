package main

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/analyzer"
)

// codeQuality is an issue of a report that GitLab shows in merge requests (GitLab Docs, Code Quality,
// Code Quality report format, which is a part of Code Climate's).
type codeQuality struct {
	Description string   `json:"description"`
	CheckName   string   `json:"check_name"`
	Fingerprint string   `json:"fingerprint"`
	Severity    string   `json:"severity"`
	Location    location `json:"location"`
}

type location struct {
	Path  string `json:"path"`
	Lines struct {
		Begin int `json:"begin"`
		End   int `json:"end"`
	} `json:"lines"`
}

// gitlab prints findings as a Code Quality report.
func (inv *invocation) gitlab(r *tenantgen.Report) error {
	issues, seen := []codeQuality{}, map[string]int{}
	for _, d := range r.Diagnostics {
		issue := codeQuality{Description: sentence(d), CheckName: d.Rule, Severity: "critical", Location: location{Path: d.File}}
		if d.Severity == analyzer.Warning {
			issue.Severity = "minor"
		}
		issue.Location.Lines.Begin, issue.Location.Lines.End = max(d.Line, 1), max(d.EndLine, d.Line, 1)
		print := findingPrint(d)
		seen[print]++
		issue.Fingerprint = fmt.Sprintf("%x", sha256.Sum256(fmt.Appendf(nil, "%s|%d", print, seen[print])))
		issues = append(issues, issue)
	}
	return inv.encode(issues)
}

// findingPrint is stable when lines move: the same finding about the same table of the same query.
func findingPrint(d analyzer.Diagnostic) string {
	return strings.Join([]string{d.Rule, d.File, d.Query, d.Table, d.Message}, "|")
}
