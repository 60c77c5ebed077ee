package analyzer

import (
	"sort"
	"unicode/utf8"

	"github.com/tenantgen/tenantgen/analyzer/internal/finding"
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
	// Mended is true when the migrations that generate writes put it right or keep it from
	// doing harm.
	Mended bool `json:"-"`
}

// source is a query file, or a part of one, with an index, so that positions cost little in a big one.
type source struct {
	file, text   string
	line, column int   // how many lines, and characters of the last, stand in front of the text
	lines        []int // where each line starts
	chars        []int // how many characters stand in front of each step
}

// charStep is the distance in bytes of the places where characters are counted.
const charStep = 1024

func newSource(file, text string) *source {
	s := &source{file: file, text: text, lines: []int{0}, chars: []int{0}}
	for i := range len(text) {
		if text[i] == '\n' {
			s.lines = append(s.lines, i+1)
		}
	}
	for i := charStep; i <= len(text); i += charStep {
		s.chars = append(s.chars, s.chars[len(s.chars)-1]+startBytes(text[i-charStep:i]))
	}
	return s
}

// startBytes counts the bytes that start a character.
func startBytes(text string) int {
	n := 0
	for i := range len(text) {
		if utf8.RuneStart(text[i]) {
			n++
		}
	}
	return n
}

func (s *source) charsBefore(off int) int {
	return s.chars[off/charStep] + startBytes(s.text[off/charStep*charStep:off])
}

// lineColumn converts a byte offset.
func (s *source) lineColumn(off int) (line, column int) {
	off = max(0, min(off, len(s.text)))
	line = sort.SearchInts(s.lines, off+1)
	column = 1
	if start := s.lines[line-1]; off > start {
		column += s.charsBefore(off) - s.charsBefore(start)
	}
	if line == 1 {
		column += s.column
	}
	return s.line + line, column
}

func (s *source) diagnostic(name string, f finding.Finding) Diagnostic {
	d := Diagnostic{Rule: f.Rule, Severity: Error, Message: f.Message, Query: name, File: s.file, Hint: f.Hint}
	if f.Base != nil {
		d.Table = f.Base.Table.Name.String()
	}
	d.Line, d.Column = s.lineColumn(f.Pos.Start)
	d.EndLine, d.EndColumn = s.lineColumn(max(f.Pos.End, f.Pos.Start+1))
	return d
}
