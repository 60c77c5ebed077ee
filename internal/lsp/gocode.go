package lsp

import (
	"context"
	"path/filepath"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/vet"
)

// goFile reports whether a document is Go code, which vet judges when it is opened and saved: its package is built for it,
// which takes longer than a key press.
func goFile(d *document) bool { return filepath.Ext(d.path) == ".go" }

// publishGo sends what vet says of a file of Go code. Where its package does not build, what was said before stands: another
// server tells why.
func (s *server) publishGo(ctx context.Context, d *document) error {
	if s.broken != nil {
		return nil
	}
	suite, err := vet.New(s.project)
	if err != nil {
		return nil
	}
	report, err := suite.Run(vet.Options{Dir: filepath.Dir(d.path), Overlay: map[string][]byte{d.path: []byte(d.text)}}, ".")
	if err != nil {
		return nil
	}
	found := []diagnostic{}
	for _, l := range report.Findings {
		if l.File != d.path {
			continue
		}
		f := s.diagnostic(d, analyzer.Diagnostic{Rule: l.Rule, Severity: l.Severity, Message: l.Message, Hint: l.Hint, Line: l.Line, Column: l.Column, EndLine: l.EndLine, EndColumn: l.EndColumn})
		if vet.Lookup(l.Rule) != nil {
			f.CodeDescription = &href{s.GoDocs + l.Rule}
		}
		found = append(found, f)
	}
	s.said[d.uri] = true
	return s.conn.Notify(ctx, "textDocument/publishDiagnostics", publishDiagnostics{d.uri, found})
}
