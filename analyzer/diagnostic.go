package analyzer

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Severity is how much a finding matters.
type Severity string

// The severities. Only an error makes lint fail.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Diagnostic is one finding. Lines and columns are 1-based, columns count
// characters, and the end is exclusive.
type Diagnostic struct {
	Rule      string   `json:"rule"`
	Severity  Severity `json:"severity"`
	Message   string   `json:"message"`
	Query     string   `json:"query,omitempty"`
	Table     string   `json:"table,omitempty"`
	File      string   `json:"file"`
	Line      int      `json:"line"`
	Column    int      `json:"column"`
	EndLine   int      `json:"end_line"`
	EndColumn int      `json:"end_column"`
	Hint      string   `json:"hint,omitempty"`
}

// source is a query file. starts are the offsets at which its lines start.
type source struct {
	file, text string
	starts     []int
}

func newSource(file, text string) source {
	starts := make([]int, 1, 1+strings.Count(text, "\n"))
	for i := range len(text) {
		if text[i] == '\n' {
			starts = append(starts, i+1)
		}
	}
	return source{file, text, starts}
}

// lineColumn converts a byte offset.
func (s source) lineColumn(off int) (line, column int) {
	off = max(0, min(off, len(s.text)))
	line, found := slices.BinarySearch(s.starts, off)
	if found {
		line++
	}
	return line, 1 + utf8.RuneCountInString(s.text[s.starts[line-1]:off])
}

func (s source) diagnostic(name string, f failure) Diagnostic {
	d := Diagnostic{Rule: f.rule, Severity: Error, Message: f.msg, Query: name, File: s.file, Hint: f.hint}
	if f.base != nil {
		d.Table = f.base.Table.Name.String()
	}
	d.Line, d.Column = s.lineColumn(f.pos.Start)
	d.EndLine, d.EndColumn = s.lineColumn(max(f.pos.End, f.pos.Start+1))
	return d
}
