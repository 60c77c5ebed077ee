// Package sqltext cuts SQL text: into statements with their comments, and into tokens,
// with positions and within limits. What a statement means is not its business.
package sqltext

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/pganalyze/pg_query_go/v5/parser"
	"github.com/tenantgen/tenantgen/analyzer/internal/treejson"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// Unit is one statement of a query file with what its comments say about it.
type Unit struct {
	Name     string // of `-- name: Name :command`, "" when there is none
	Command  string // without the colon
	Comments []string
	// NameAt is where the name comment starts; the statement's start without one.
	NameAt int
	Span   query.Span // first token to last, without the semicolon
	// Directives are the `-- tenantgen:` comments in front of the statement.
	Directives []Directive

	Stmt *pg.Node   // nil when Err is set
	Base int        // what to add to the parser's positions
	Raw  query.Span // with the comments in front, as sqlc cuts it out
	// Err is the syntax error of a statement that PostgreSQL's parser refuses.
	Err *SyntaxError
}

// Directive is a comment `-- tenantgen:<verb> <rest>`.
type Directive struct {
	Verb string
	Rest string
	Span query.Span
}

// SyntaxError is a statement that does not parse.
type SyntaxError struct {
	Offset int
	Msg    string
	Hint   string
}

// Parser is PostgreSQL's parser. Tests put trees in its place that no text has.
var Parser = treejson.Parse

// Parses is the error that Parser has of a text, nil for none. It is four times as fast: most of
// Parser's time goes into handing the tree over, from C to Go.
func Parses(text string) error {
	_, err := pg.SplitWithParser(text, false)
	return err
}

// Split parses the statements of a query file. A statement that does not parse
// has Err set and does not affect the others.
func Split(text string) []*Unit {
	// The parser is C and would stop reading at a NUL without saying so.
	if i := strings.IndexByte(text, 0); i >= 0 {
		return []*Unit{{Err: &SyntaxError{Offset: i, Msg: "the file contains a NUL byte"}, Span: query.Span{End: len(text)}}}
	}
	pieces := Measure(text)
	if slices.ContainsFunc(pieces, func(p Piece) bool { return p.Excess(MaxStatement) != "" }) {
		return splitBig(text, pieces)
	}
	tree, err := Parser(text)
	if err != nil {
		return splitBroken(text, err)
	}
	units := make([]*Unit, 0, len(tree.Stmts))
	for _, raw := range tree.Stmts {
		start, end := int(raw.StmtLocation), int(raw.StmtLocation+raw.StmtLen)
		if raw.StmtLen == 0 {
			end = len(text)
		}
		u := newUnit(text, start, end)
		u.Stmt = raw.Stmt
		units = append(units, u)
	}
	return units
}

// splitBroken separates a file that does not parse as a whole, so that one
// broken statement does not hide the verdicts of the others.
func splitBroken(text string, cause error) []*Unit {
	var units []*Unit
	for _, r := range statementRanges(text) {
		if u := parsePiece(text, r.Start, r.End); u != nil {
			units = append(units, u)
		}
	}
	if slices.ContainsFunc(units, func(u *Unit) bool { return u.Err != nil }) {
		return units
	}
	// Every piece parses but the whole does not: refuse the file at its start.
	return []*Unit{{Err: syntaxError(cause, text, 0), Span: query.Span{End: len(text)}}}
}

// splitBig separates a file of which a statement is too big for the parser.
func splitBig(text string, pieces []Piece) []*Unit {
	var units []*Unit
	for _, p := range pieces {
		if why := p.Excess(MaxStatement); why != "" {
			u := newUnit(text, p.Start, p.End)
			u.Err = &SyntaxError{Offset: max(p.At, u.Span.Start), Msg: why, Hint: TooBigHint}
			units = append(units, u)
		} else if u := parsePiece(text, p.Start, p.End); u != nil {
			units = append(units, u)
		}
	}
	return units
}

// TooBigHint says what to do about a statement beyond the limits.
const TooBigHint = "split it into several, or pass the values as an array parameter"

// parsePiece parses text[start:end] by itself; it is nil when that holds no statement.
func parsePiece(text string, start, end int) *Unit {
	u := newUnit(text, start, end)
	if u.Span.Start >= u.Span.End {
		return nil
	}
	u.Base = u.Span.Start
	tree, err := treejson.Parse(text[u.Span.Start:u.Span.End])
	switch {
	case err != nil:
		u.Err = syntaxError(err, text, u.Base)
	case len(tree.Stmts) != 1:
		u.Err = &SyntaxError{Offset: u.Base, Msg: "cannot be separated from its neighbours"}
	default:
		u.Stmt = tree.Stmts[0].Stmt
	}
	return u
}

// syntaxError converts the parser's error about text[base:], whose cursor counts
// characters from 1.
func syntaxError(err error, text string, base int) *SyntaxError {
	e := &SyntaxError{Offset: base, Msg: err.Error()}
	if pe, ok := err.(*parser.Error); ok {
		e.Msg = pe.Message
		if pe.Cursorpos > 0 {
			e.Offset = base + ByteOffset(text[base:], pe.Cursorpos-1)
			e.Hint = Newer(text[base:], e.Offset-base)
		}
	}
	return e
}

// newUnit reads the comments in front of a statement in text[start:end].
func newUnit(text string, start, end int) *Unit {
	first := SkipBlank(text, start, end)
	u := &Unit{Raw: query.Span{Start: start, End: end}, NameAt: first, Span: query.Span{Start: first, End: trimEnd(text, first, end)}}
	for off := start; off < first; {
		nl := strings.IndexByte(text[off:first], '\n')
		stop := first
		if nl >= 0 {
			stop = off + nl
		}
		u.comment(text[off:stop], off)
		off = stop + 1
	}
	return u
}

// comment reads one line in front of the statement, which starts at offset off.
func (u *Unit) comment(line string, off int) {
	// sqlc also takes the name from a block comment on one line.
	open := "--"
	body, ok := strings.CutPrefix(strings.TrimSpace(line), open)
	if !ok {
		open = "/*"
		if body, ok = strings.CutPrefix(strings.TrimSpace(line), open); !ok {
			return
		}
		body = strings.TrimSuffix(strings.TrimSpace(body), "*/")
	}
	at := off + strings.Index(line, open)
	body = strings.TrimSpace(body)
	switch {
	case strings.HasPrefix(body, "name:"):
		f := strings.Fields(body[len("name:"):])
		if len(f) >= 2 && u.Name == "" {
			u.Name, u.Command, u.NameAt = f[0], strings.TrimPrefix(f[1], ":"), at
		}
	case strings.HasPrefix(body, "tenantgen:"):
		verb, rest, _ := strings.Cut(body[len("tenantgen:"):], " ")
		u.Directives = append(u.Directives, Directive{verb, strings.TrimSpace(rest), query.Span{Start: at, End: off + len(strings.TrimRight(line, " \t\r"))}})
	case body != "":
		u.Comments = append(u.Comments, body)
	}
}

// statementRanges cuts text at the semicolons that PostgreSQL's scanner sees, or
// at every semicolon when even the scanner refuses the text.
func statementRanges(text string) []query.Span {
	var ranges []query.Span
	if tokens, err := scan(text); err == nil {
		start := 0
		for _, tok := range tokens {
			if tok.Token == pg.Token_ASCII_59 {
				ranges = append(ranges, query.Span{Start: start, End: int(tok.Start)})
				start = int(tok.End)
			}
		}
		return append(ranges, query.Span{Start: start, End: len(text)})
	}
	start := 0
	for i := range len(text) {
		if text[i] == ';' {
			ranges = append(ranges, query.Span{Start: start, End: i})
			start = i + 1
		}
	}
	return append(ranges, query.Span{Start: start, End: len(text)})
}
