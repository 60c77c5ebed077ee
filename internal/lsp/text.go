package lsp

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/tenantgen/tenantgen/analyzer"
)

// document is a text with its lines.
type document struct {
	uri, path, text string
	lines           []string
}

func newDocument(uri, text string) (*document, error) {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "file" {
		return nil, fmt.Errorf("%s is no file", uri)
	}
	return &document{uri: uri, path: filepath.FromSlash(u.Path), text: text, lines: strings.Split(text, "\n")}, nil
}

// at is where a line and a column of a finding are, which count characters from 1.
func (d *document) at(line, column int) position {
	line = max(1, min(line, len(d.lines)))
	units, n := 0, 1
	for _, r := range strings.TrimSuffix(d.lines[line-1], "\r") {
		if n >= column {
			break
		}
		units, n = units+units16(r), n+1
	}
	return position{line - 1, units}
}

// units16 is the number of UTF-16 code units of a character.
func units16(r rune) int {
	if r > 0xFFFF {
		return 2
	}
	return 1
}

// line is a line of the text, from 0, "" where there is none.
func (d *document) line(i int) string {
	if i < 0 || i >= len(d.lines) {
		return ""
	}
	return strings.TrimSuffix(d.lines[i], "\r")
}

// upTo is the text of a position's line in front of it.
func (d *document) upTo(p position) string {
	if p.Line < 0 || p.Line >= len(d.lines) {
		return ""
	}
	line, units := d.lines[p.Line], 0
	for i, r := range line {
		if units >= p.Character {
			return line[:i]
		}
		units += units16(r)
	}
	return line
}

// span is where a finding is.
func (d *document) span(f analyzer.Diagnostic) span {
	return span{d.at(f.Line, f.Column), d.at(f.EndLine, f.EndColumn)}
}

// lastLine is that of a query's statement, from 1.
func lastLine(q *analyzer.Result, d *document) int {
	// The statement stands behind its comments: the name comment is at q.Line.
	rest := strings.Join(d.lines[min(q.Line-1, len(d.lines)):], "\n")
	if i := strings.Index(rest, q.Text); i >= 0 {
		return q.Line + strings.Count(rest[:i]+q.Text, "\n")
	}
	return q.Line + strings.Count(q.Text, "\n")
}

// end is the position behind a line.
func (d *document) end(line int) position { return d.at(line, utf8.RuneCountInString(d.text)+1) }
