package ddl

import (
	"errors"
	"slices"
	"sort"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/pganalyze/pg_query_go/v5/parser"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/analyzer/internal/treejson"
	"github.com/tenantgen/tenantgen/internal/sqllex"
)

// file is the text of one schema file with the offsets of its lines.
type file struct {
	path  string
	text  string
	lines []int
}

// statement is one parsed statement. Locations in its tree are offsets into
// text, which begins at offset base of the file; start and end delimit the
// statement in text, comments before it left out.
type statement struct {
	node       *pg.Node
	text       string
	base       int
	start, end int
	begin      int    // where the comments before it begin
	vouch      string // why it is harmless, by a directive above it
	doubted    bool   // it starts code that is not followed
}

// source returns the statement as written.
func (s statement) source() string { return s.text[s.start:s.end] }

const byteOrderMark = "\ufeff"

func newFile(f SchemaFile) *file {
	text := f.Text
	if strings.HasPrefix(text, byteOrderMark) {
		text = strings.Repeat(" ", len(byteOrderMark)) + text[len(byteOrderMark):]
	}
	d := &file{path: f.Path, text: text, lines: []int{0}}
	for i := 0; i < len(text); i++ {
		if text[i] == '\n' {
			d.lines = append(d.lines, i+1)
		}
	}
	return d
}

func (f *file) pos(offset int) catalog.Pos {
	offset = min(max(offset, 0), len(f.text))
	line := sort.SearchInts(f.lines, offset+1)
	return catalog.Pos{File: f.path, Offset: offset, Line: line, Column: offset - f.lines[line-1] + 1}
}

// parse splits the file into statements. PostgreSQL's own parser decides where
// a statement ends as long as it accepts the file; otherwise each statement is
// parsed by itself, so that one mistake does not hide the next.
func (f *file) parse() ([]statement, []SchemaError) {
	// The parser is C and would stop reading at a NUL without saying so.
	if i := strings.IndexByte(f.text, 0); i >= 0 {
		return nil, []SchemaError{{Pos: f.pos(i), Message: "file contains a NUL byte"}}
	}
	if !slices.ContainsFunc(sqltext.Measure(f.text), func(p sqltext.Piece) bool { return p.Excess(sqltext.MaxDefinition) != "" }) {
		if stmts, err := f.parsePiece(0, f.text); err == nil {
			return stmts, nil
		}
	}
	var stmts []statement
	var errs []SchemaError
	for _, p := range sqltext.Pieces(f.text) {
		s, err := f.parsePiece(p.Start, f.text[p.Start:p.End])
		if err != nil {
			errs = append(errs, *err)
		}
		stmts = append(stmts, s...)
	}
	return stmts, errs
}

func (f *file) parsePiece(base int, text string) ([]statement, *SchemaError) {
	for _, p := range sqltext.Measure(text) {
		if why := p.Excess(sqltext.MaxDefinition); why != "" {
			return nil, &SchemaError{Pos: f.pos(base + p.At), Message: why, Hint: sqltext.TooBigHint}
		}
	}
	tree, err := treejson.Parse(text)
	if err != nil {
		return nil, f.syntaxError(base, text, err)
	}
	stmts := make([]statement, 0, len(tree.Stmts))
	for _, raw := range tree.Stmts {
		start, end := int(raw.StmtLocation), len(text)
		if raw.StmtLen > 0 {
			end = start + int(raw.StmtLen)
		}
		begin := start
		start += sqllex.Blank(text[start:end])
		stmts = append(stmts, statement{node: raw.Stmt, text: text, base: base, start: start, end: end, begin: begin})
	}
	return stmts, nil
}

// syntaxError converts the parser's error; its cursor counts characters from 1.
func (f *file) syntaxError(base int, text string, err error) *SchemaError {
	e := &SchemaError{Message: err.Error()}
	offset := sqllex.Blank(text)
	if p, ok := errors.AsType[*parser.Error](err); ok {
		e.Message = p.Message
		if p.Cursorpos > 0 {
			offset = sqltext.ByteOffset(text, p.Cursorpos-1)
			e.Hint = sqltext.Newer(text, offset)
		}
	}
	e.Pos = f.pos(base + offset)
	return e
}
