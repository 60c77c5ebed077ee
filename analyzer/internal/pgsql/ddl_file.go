package pgsql

import (
	"errors"
	"slices"
	"sort"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/pganalyze/pg_query_go/v5/parser"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// ddlFile is the text of one schema file with the offsets of its lines.
type ddlFile struct {
	path  string
	text  string
	lines []int
}

// ddlStatement is one parsed statement. Locations in its tree are offsets into
// text, which begins at offset base of the file; start and end delimit the
// statement in text, comments before it left out.
type ddlStatement struct {
	node       *pg.Node
	text       string
	base       int
	start, end int
	begin      int    // where the comments before it begin
	vouch      string // why it is harmless, by a directive above it
	doubted    bool   // it starts code that is not followed
}

// source returns the statement as written.
func (s ddlStatement) source() string { return s.text[s.start:s.end] }

const ddlByteOrderMark = "\ufeff"

func newDDLFile(f SchemaFile) *ddlFile {
	text := f.Text
	if strings.HasPrefix(text, ddlByteOrderMark) {
		text = strings.Repeat(" ", len(ddlByteOrderMark)) + text[len(ddlByteOrderMark):]
	}
	d := &ddlFile{path: f.Path, text: text, lines: []int{0}}
	for i := 0; i < len(text); i++ {
		if text[i] == '\n' {
			d.lines = append(d.lines, i+1)
		}
	}
	return d
}

func (f *ddlFile) pos(offset int) catalog.Pos {
	offset = min(max(offset, 0), len(f.text))
	line := sort.SearchInts(f.lines, offset+1)
	return catalog.Pos{File: f.path, Offset: offset, Line: line, Column: offset - f.lines[line-1] + 1}
}

// parse splits the file into statements. PostgreSQL's own parser decides where
// a statement ends as long as it accepts the file; otherwise each statement is
// parsed by itself, so that one mistake does not hide the next.
func (f *ddlFile) parse() ([]ddlStatement, []SchemaError) {
	// The parser is C and would stop reading at a NUL without saying so.
	if i := strings.IndexByte(f.text, 0); i >= 0 {
		return nil, []SchemaError{{Pos: f.pos(i), Message: "file contains a NUL byte"}}
	}
	if !slices.ContainsFunc(measure(f.text), func(p piece) bool { return p.excess(maxDefinition) != "" }) {
		if stmts, err := f.parsePiece(0, f.text); err == nil {
			return stmts, nil
		}
	}
	var stmts []ddlStatement
	var errs []SchemaError
	for _, p := range ddlSplit(f.text) {
		s, err := f.parsePiece(p.start, f.text[p.start:p.end])
		if err != nil {
			errs = append(errs, *err)
		}
		stmts = append(stmts, s...)
	}
	return stmts, errs
}

func (f *ddlFile) parsePiece(base int, text string) ([]ddlStatement, *SchemaError) {
	for _, p := range measure(text) {
		if why := p.excess(maxDefinition); why != "" {
			return nil, &SchemaError{Pos: f.pos(base + p.at), Message: why, Hint: tooBigHint}
		}
	}
	tree, err := pg.Parse(text)
	if err != nil {
		return nil, f.syntaxError(base, text, err)
	}
	stmts := make([]ddlStatement, 0, len(tree.Stmts))
	for _, raw := range tree.Stmts {
		start, end := int(raw.StmtLocation), len(text)
		if raw.StmtLen > 0 {
			end = start + int(raw.StmtLen)
		}
		begin := start
		start += ddlSkipSpace(text[start:end])
		stmts = append(stmts, ddlStatement{node: raw.Stmt, text: text, base: base, start: start, end: end, begin: begin})
	}
	return stmts, nil
}

// syntaxError converts the parser's error; its cursor counts characters from 1.
func (f *ddlFile) syntaxError(base int, text string, err error) *SchemaError {
	e := &SchemaError{Message: err.Error()}
	offset := ddlSkipSpace(text)
	if p, ok := errors.AsType[*parser.Error](err); ok {
		e.Message = p.Message
		if p.Cursorpos > 0 {
			offset = ddlByteOffset(text, p.Cursorpos-1)
		}
	}
	e.Pos = f.pos(base + offset)
	return e
}

// ddlByteOffset returns the byte offset of the n-th character.
func ddlByteOffset(text string, n int) int {
	for i := range text {
		if n == 0 {
			return i
		}
		n--
	}
	return len(text)
}

// ddlSkipSpace returns the length of the white space and comments that text begins with.
func ddlSkipSpace(text string) int {
	x := ddlLexer{text: text}
	for x.i < len(text) {
		if strings.IndexByte(" \t\r\n\f\v", text[x.i]) >= 0 {
			x.i++
		} else if !x.skipComment() {
			break
		}
	}
	return x.i
}
