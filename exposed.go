package tenantgen

import (
	"path/filepath"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/rules"
)

// exposed finds entries whose queries application code can call past the repositories.
func (p *Project) exposed(u *Unit) []analyzer.Diagnostic {
	rule, g := rules.Lookup("exposed-queries"), u.Entry.Go
	severity := p.severityOf(rule)
	if g.Out == "" || p.Config.Tenant.Out == "" || severity == rules.Off || !p.Config.Exposed(g) {
		return nil
	}
	d := analyzer.Diagnostic{Rule: "exposed-queries", Severity: analyzer.Severity(severity), File: p.Config.Path,
		Message: "sqlc writes to " + filepath.ToSlash(g.Out) + ", which code outside of the repositories can import, and call every query with any tenant",
		Hint:    "write out: " + filepath.ToSlash(filepath.Join(p.Config.Tenant.Out, "internal", g.Package)),
		Line:    g.Line, Column: g.Column, EndLine: g.Line, EndColumn: g.Column + 1}
	return []analyzer.Diagnostic{d}
}
