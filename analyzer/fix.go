package analyzer

import (
	"slices"
	"unicode/utf8"

	"github.com/tenantgen/tenantgen/analyzer/internal/fix"
	"github.com/tenantgen/tenantgen/analyzer/internal/prover"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// Fix is a change of a query file that makes a refused query scoped: it has been proved.
type Fix struct {
	Query string // its name
	File  string
	// Span is what Text replaces, in bytes of the file. Lines and columns are those of a
	// Diagnostic.
	Span                             query.Span
	Line, Column, EndLine, EndColumn int
	Text                             string
	// Fixed are the findings that are gone then.
	Fixed []Diagnostic
	at    int // of its statement in the file
}

// fixRounds bounds how many conditions a query is given: each takes a proof.
const fixRounds = 40

// Fix writes into the refused queries of a file what their proofs lack, where that is certain:
// the condition for a table, the tenant's column of an INSERT, the tenant in a conflict
// target. What is not scoped then is left as it is, and no other query is touched.
func (a *Analyzer) Fix(file, text string) []Fix {
	return a.fix(file, text, func(*Result, int) bool { return true })
}

// FixAt is Fix for the query that stands at a line.
func (a *Analyzer) FixAt(file, text string, line int) []Fix {
	return a.fix(file, text, func(r *Result, last int) bool { return r.Line <= line && line <= last })
}

// fix fixes those queries of a file that are wanted, which is asked with their last line.
func (a *Analyzer) fix(file, text string, wanted func(r *Result, last int) bool) []Fix {
	var all []Fix
	style, src := fix.StyleOf(text), newSource(file, text)
	results := a.File(file, text)
	for i, u := range sqltext.Split(text) {
		last, _ := src.lineColumn(u.Span.End)
		if r := results[i]; u.Stmt == nil || r.Verdict != Rejected || slices.ContainsFunc(u.Directives, isSet) || !wanted(r, last) {
			continue
		}
		raw := text[u.Raw.Start:u.Raw.End]
		mended, ok := a.mend(file, raw, style)
		if !ok {
			continue
		}
		f := changed(raw, mended)
		f.Query, f.File, f.at = u.Name, file, i
		f.Span.Start, f.Span.End = f.Span.Start+u.Raw.Start, f.Span.End+u.Raw.Start
		f.Line, f.Column = src.lineColumn(f.Span.Start)
		f.EndLine, f.EndColumn = src.lineColumn(f.Span.End)
		f.Fixed = slices.DeleteFunc(slices.Clone(results[i].Diagnostics), func(d Diagnostic) bool { return d.Severity != Error })
		all = append(all, f)
	}
	return a.Proved(file, text, all)
}

// Proved are those of some fixes of a file by which a query is scoped here, with nothing
// else to say against it.
func (a *Analyzer) Proved(file, text string, fixes []Fix) []Fix {
	if len(fixes) == 0 {
		return nil
	}
	results := a.File(file, ApplyFixes(text, fixes))
	return slices.DeleteFunc(slices.Clone(fixes), func(f Fix) bool { return f.at >= len(results) || !clean(results[f.at]) })
}

// ApplyFixes writes fixes into the text that they are for.
func ApplyFixes(text string, fixes []Fix) string {
	for _, f := range slices.Backward(fixes) {
		text = text[:f.Span.Start] + f.Text + text[f.Span.End:]
	}
	return text
}

// clean reports whether a query is scoped, and nothing stands against it.
func clean(r *Result) bool {
	return r.Verdict == Scoped && !slices.ContainsFunc(r.Diagnostics, func(d Diagnostic) bool { return d.Severity == Error })
}

// mend adds one thing after another to a statement until it is scoped.
func (a *Analyzer) mend(file, text string, style fix.Style) (string, bool) {
	for range fixRounds {
		u, st, failures := a.failures(text)
		if len(failures) == 0 {
			break
		}
		next, ok := "", false
		for _, f := range parentsFirst(failures) {
			if next, ok = fix.Of(fix.Statement{Unit: u, Text: text, Query: st, Style: style}, f); ok {
				break
			}
		}
		if !ok {
			return "", false
		}
		text = next
	}
	for range fixRounds {
		results := a.File(file, text+"\n;") // which sqlc wants, and text does not have
		if len(results) != 1 || clean(results[0]) {
			return text, len(results) == 1
		}
		next, ok := a.qualify(text, results[0])
		if !ok {
			break
		}
		text = next
	}
	return "", false
}

// parentsFirst puts children last: where a statement joins a parent, the parent's condition does for both.
func parentsFirst(failures []prover.Failure) []prover.Failure {
	rank := func(f prover.Failure) int {
		if f.Missing != nil && f.Missing.Parent != nil {
			return 1
		}
		return 0
	}
	return slices.SortedStableFunc(slices.Values(failures), func(a, b prover.Failure) int { return rank(a) - rank(b) })
}

// failures are what cannot be proved of a text's only statement.
func (a *Analyzer) failures(text string) (*sqltext.Unit, *query.Statement, []prover.Failure) {
	units := sqltext.Split(text)
	if len(units) != 1 || units[0].Err != nil {
		return nil, nil, nil
	}
	st := a.lowerer.Lower(units[0], text)
	if len(st.Opaque) > 0 {
		return nil, nil, nil
	}
	return units[0], st, prover.Prove(a.db, a.own, st).Failures
}

// changed is the smallest replacement that makes one text of another.
func changed(before, after string) Fix {
	start := 0
	for start < len(before) && start < len(after) && before[start] == after[start] {
		start++
	}
	end := 0
	for end < len(before)-start && end < len(after)-start && before[len(before)-1-end] == after[len(after)-1-end] {
		end++
	}
	for start > 0 && start < len(before) && !utf8.RuneStart(before[start]) {
		start--
	}
	for end > 0 && !utf8.RuneStart(before[len(before)-end]) {
		end--
	}
	return Fix{Span: query.Span{Start: start, End: len(before) - end}, Text: after[start : len(after)-end]}
}
