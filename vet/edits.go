package vet

import (
	"bytes"
	"cmp"
	"go/format"
	"go/token"
	"maps"
	"os"
	"slices"
)

// Edit replaces bytes of a file.
type Edit struct {
	File       string // absolute
	Start, End int
	Text       string
}

func editsOf(fset *token.FileSet, f Finding) []Edit {
	if len(f.Fixes) == 0 {
		return nil
	}
	var all []Edit
	for _, e := range f.Fixes[0].TextEdits {
		from, to := fset.Position(e.Pos), fset.Position(e.End)
		all = append(all, Edit{from.Filename, from.Offset, to.Offset, string(e.NewText)})
	}
	return all
}

// Fixed are the texts of files with the edits of findings in them, by their absolute paths, and how many findings these put right. Of
// findings whose edits are in each other's way the first wins. A file that gofmt had formatted stays so.
func Fixed(found []Located) (map[string][]byte, int, error) {
	var edits []Edit
	fixed := 0
	for _, l := range found {
		if len(l.Edits) == 0 || slices.ContainsFunc(l.Edits, func(e Edit) bool { return slices.ContainsFunc(edits, e.inWayOf) }) {
			continue
		}
		fixed++
		for _, e := range l.Edits {
			if !slices.Contains(edits, e) {
				edits = append(edits, e)
			}
		}
	}
	slices.SortFunc(edits, func(a, b Edit) int { return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(b.Start, a.Start)) })
	texts := map[string][]byte{}
	for _, e := range edits { // the last of a file first
		if texts[e.File] == nil {
			text, err := os.ReadFile(e.File)
			if err != nil {
				return nil, 0, err
			}
			texts[e.File] = text
		}
		texts[e.File] = slices.Concat(texts[e.File][:e.Start], []byte(e.Text), texts[e.File][e.End:])
	}
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		before, err := os.ReadFile(name)
		if err != nil {
			return nil, 0, err
		}
		if was, err := format.Source(before); err != nil || !bytes.Equal(was, before) {
			continue
		}
		if texts[name], err = format.Source(texts[name]); err != nil {
			return nil, 0, err
		}
	}
	return texts, fixed, nil
}

// inWayOf reports whether two edits cannot both be made.
func (e Edit) inWayOf(o Edit) bool {
	return e != o && e.File == o.File && e.Start <= o.End && o.Start <= e.End
}
