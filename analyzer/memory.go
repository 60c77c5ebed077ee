package analyzer

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// Memory keeps what was said of the statements of files, by their text: of a file in which one
// has changed, that one is judged again. It is of one schema and one configuration, and not
// safe for concurrent use.
type Memory struct {
	files map[string]map[string]*Result // by file, then by the text of the statement with its comments
}

// FileAgain is File for a file that is judged again and again while somebody edits it.
func (a *Analyzer) FileAgain(m *Memory, file, text string) []*Result {
	before, now := m.files[file], map[string]*Result{}
	src, results := newSource(file, text), []*Result(nil)
	for _, p := range sqltext.Measure(text) {
		alone := text[p.Start:p.End]
		if p.End < len(text) {
			alone += ";" // it stands there
		}
		r := before[alone]
		if r == nil {
			units := sqltext.Split(alone)
			if len(units) == 0 {
				continue
			}
			if !single(units, p.End-p.Start) {
				return a.File(file, text) // where one ends nobody knows while one does not parse
			}
			r = a.statements(newSource(file, alone), units)[0]
		}
		now[alone] = r
		results = append(results, r.movedTo(src, p.Start))
	}
	if m.files == nil {
		m.files = map[string]map[string]*Result{}
	}
	m.files[file] = now
	return results
}

// single reports whether PostgreSQL read a text as one statement of a length, and what is behind it as its end. It reads the
// text so at any place where a statement begins: what ends one is a token of its own, and no token goes on behind it.
func single(units []*sqltext.Unit, length int) bool {
	return len(units) == 1 && units[0].Err == nil && units[0].Base == 0 && units[0].Raw == query.Span{End: length}
}

// place is where a statement begins in its file.
type place struct{ line, column int }

func (s *source) start(offset int) (p place) {
	p.line, p.column = s.lineColumn(offset)
	return p
}

// forth turns a position in the statement alone into one in the file, back the other way.
func (p place) forth(line, column *int) {
	if *line == 1 {
		*column += p.column - 1
	}
	*line += p.line - 1
}

func (p place) back(line, column *int) {
	if *line -= p.line - 1; *line == 1 {
		*column -= p.column - 1
	}
}

// movedTo is the result of a statement that was judged alone, at its place in a file.
func (r *Result) movedTo(src *source, offset int) *Result { return r.moved(src.start(offset).forth) }

// movedFrom is movedTo the other way: of a result at a place in a file, as if the statement had been judged alone. ok is false
// of one with a position in front of the statement.
func (r *Result) movedFrom(src *source, offset int) (alone *Result, ok bool) {
	at := src.start(offset)
	ok = true
	alone = r.moved(func(line, column *int) {
		at.back(line, column)
		ok = ok && *line > 0 && *column > 0
	})
	return alone, ok
}

// moved is a result with all of its positions moved.
func (r *Result) moved(move func(line, column *int)) *Result {
	moved := *r
	unused := 1 << 20 // a column that says nothing
	move(&moved.Line, &unused)
	moved.Diagnostics = slices.Clone(r.Diagnostics)
	for i := range moved.Diagnostics {
		d := &moved.Diagnostics[i]
		move(&d.Line, &d.Column)
		move(&d.EndLine, &d.EndColumn)
	}
	moved.Relations = slices.Clone(r.Relations)
	for i := range moved.Relations {
		move(&moved.Relations[i].Line, &moved.Relations[i].Column)
	}
	moved.Draws = slices.Clone(r.Draws)
	for i := range moved.Draws {
		move(&moved.Draws[i].Line, &moved.Draws[i].Column)
	}
	return &moved
}

func movedLinks(links []Link, move func(line, column *int)) []Link {
	moved := slices.Clone(links)
	for i := range moved {
		if moved[i].Line > 0 {
			move(&moved[i].Line, &moved[i].Column)
		}
		moved[i].Because = slices.Clone(moved[i].Because)
		for j := range moved[i].Because {
			moved[i].Because[j] = movedLinks(moved[i].Because[j], move)
		}
	}
	return moved
}
