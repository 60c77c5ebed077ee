package main

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/analyzer"
)

// github prints findings as workflow commands, which GitHub Actions shows as
// annotations beside the changed lines (GitHub Docs, Workflow commands for GitHub
// Actions, Setting an error message).
func (inv *invocation) github(r *tenantgen.Report) error {
	if err := inv.annotate(r.Diagnostics); err != nil {
		return err
	}
	_, err := fmt.Fprintln(inv.note(), summarize(r))
	return err
}

func (inv *invocation) annotate(findings []analyzer.Diagnostic) error {
	for _, d := range findings {
		level := "error"
		if d.Severity == analyzer.Warning {
			level = "warning"
		}
		_, err := fmt.Fprintf(inv.workflow, "::%s file=%s,line=%d,endLine=%d,col=%d,endColumn=%d,title=%s::%s\n", level, property(d.File), d.Line, max(d.EndLine, d.Line),
			d.Column, max(d.EndColumn, 1), property("tenantgen: "+d.Rule), escapeData.Replace(sentence(d)))
		if err != nil {
			return err
		}
	}
	return nil
}

var (
	escapeData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	escapeProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func property(s string) string { return escapeProperty.Replace(s) }

// uriPath writes a path as a relative URI reference.
func uriPath(path string) string { return (&url.URL{Path: path}).EscapedPath() }
