package lsp

import (
	"context"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer"
)

// query is the query of a document at a line, from 0; nil when there is none.
func (s *server) query(d *document, line int) *analyzer.Result {
	report, name, err := s.check(d)
	if err != nil {
		return nil
	}
	for _, q := range report.Queries {
		if q.File == name && q.Line-1 <= line && line < lastLine(q, d) {
			return q
		}
	}
	return nil
}

// actions offers to fix the query in which a range begins.
func (s *server) actions(_ context.Context, p codeActionParams) (any, error) {
	d, none := s.open[p.TextDocument.URI], []codeAction{}
	if d == nil || s.broken != nil {
		return none, nil
	}
	f, err := s.editing.Fix(d.path, d.text, p.Range.Start.Line+1)
	if err != nil || f == nil {
		return none, nil
	}
	action := codeAction{Title: "Confine " + f.Query + " to one tenant", Kind: "quickfix", Diagnostics: []diagnostic{},
		Edit: workspaceEdit{map[string][]textEdit{d.uri: {{span{d.at(f.Line, f.Column), d.at(f.EndLine, f.EndColumn)}, f.Text}}}}}
	for _, fixed := range f.Fixed {
		action.Diagnostics = append(action.Diagnostics, s.diagnostic(d, fixed))
	}
	return []codeAction{action}, nil
}

// The directives that stand above a query, and what completes them.
const (
	directive = "-- tenantgen:"
	crossing  = directive + "cross-tenant "
)

// complete offers what a comment of ours may go on with.
func (s *server) complete(_ context.Context, p atPosition) (any, error) {
	items := []completionItem{}
	d := s.open[p.TextDocument.URI]
	if d == nil {
		return items, nil
	}
	before := strings.TrimLeft(d.upTo(p.Position), " \t")
	offer := func(typed, label, text, detail string) {
		start := position{p.Position.Line, p.Position.Character - len(typed)} // which is ASCII, or nothing fits
		if strings.HasPrefix(label, typed) {
			items = append(items, completionItem{label, 14, detail, textEdit{span{start, p.Position}, text}})
		}
	}
	switch category, after := strings.CutPrefix(before, crossing); {
	case after:
		for _, c := range analyzer.Categories {
			offer(category, c, c+" ", "why the query must cross tenants stands behind it")
		}
	case strings.HasPrefix(directive, before) && before != "", strings.HasPrefix(before, directive):
		offer(before, directive+"cross-tenant", crossing, "declare that a query reaches across tenants, with a category and a reason")
		offer(before, directive+"tenants", directive+"tenants ", "declare that a query reads rows of several tenants of one person, an array of ids, with a reason")
	}
	return slices.Clip(items), nil
}
