package analyzer

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
)

// Memory keeps what was said of the statements of files, by their text: of a file in which one
// has changed, that one is judged again. It is of one schema and one configuration, and not
// safe for concurrent use.
type Memory struct {
	files map[string]map[string]*Result // by file, then by the text of the statement with its comments
}

// FileAgain is File for a file that is judged again and again while somebody edits it.
func (a *Analyzer) FileAgain(m *Memory, file, text string) []*Result {
	units := sqltext.Split(text)
	if slices.ContainsFunc(units, func(u *sqltext.Unit) bool { return u.Err != nil || u.Base != 0 }) {
		return a.File(file, text) // where one ends nobody knows while one does not parse
	}
	before, now := m.files[file], map[string]*Result{}
	src, results := newSource(file, text), make([]*Result, 0, len(units))
	for _, u := range units {
		alone := text[u.Raw.Start:u.Raw.End]
		if u.Raw.End < len(text) {
			alone += ";" // it stands there
		}
		r := before[alone]
		if r == nil {
			all := a.File(file, alone)
			if len(all) != 1 {
				return a.File(file, text)
			}
			r = all[0]
		}
		now[alone] = r
		results = append(results, r.movedTo(src, u.Raw.Start))
	}
	if m.files == nil {
		m.files = map[string]map[string]*Result{}
	}
	m.files[file] = now
	return results
}

// movedTo is the result of a statement that was judged alone, at its place in a file.
func (r *Result) movedTo(src *source, offset int) *Result {
	line, column := src.lineColumn(offset)
	move := func(l, c *int) {
		if *l == 1 {
			*c += column - 1
		}
		*l += line - 1
	}
	moved := *r
	unused := 0
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
