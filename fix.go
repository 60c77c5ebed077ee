package tenantgen

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/config"
)

// FixedFile is a query file with the conditions that its refused queries lacked.
type FixedFile struct {
	File         // its path, and the text with the fixes
	Old   string // the text as it is
	Fixes []analyzer.Fix
}

// Fix writes into the refused queries what their proofs lack, where that is certain, and
// returns the files that change by it. Every fix is proved, for each entry that reads the
// file; what is not proved is left as it is. Nothing is written: Commit does, with FixChanges.
func (p *Project) Fix() []*FixedFile {
	var files []*FixedFile
	byPath := map[string]*FixedFile{}
	for _, u := range p.Units {
		for _, f := range u.Entry.QueryFiles {
			if byPath[f.Path] == nil {
				byPath[f.Path] = p.fixFile(f)
				files = append(files, byPath[f.Path])
			}
		}
	}
	return slices.DeleteFunc(files, func(f *FixedFile) bool { return len(f.Fixes) == 0 })
}

// fixFile is a file with the fixes that hold in every entry that reads it.
func (p *Project) fixFile(f config.File) *FixedFile {
	fixed := &FixedFile{File: File{Path: f.Path, Text: []byte(f.Text)}, Old: f.Text}
	first := true
	for _, u := range p.Units {
		if !slices.ContainsFunc(u.Entry.QueryFiles, func(other config.File) bool { return other.Path == f.Path }) {
			continue
		}
		a := p.analyzer(u)
		a.SQLC = u.sqlc
		if first {
			fixed.Fixes, first = a.Fix(p.Config.Rel(f.Path), f.Text), false
		} else {
			fixed.Fixes = a.Proved(p.Config.Rel(f.Path), f.Text, fixed.Fixes)
		}
	}
	fixed.Text = []byte(analyzer.ApplyFixes(f.Text, fixed.Fixes))
	return fixed
}

// Refused are the queries that are not confined to one tenant, each once, however many entries read it.
func (r *Report) Refused() []*analyzer.Result {
	type place struct {
		file string
		line int
	}
	seen := map[place]bool{}
	var all []*analyzer.Result
	for _, q := range r.Queries {
		if at := (place{q.File, q.Line}); q.Verdict == analyzer.Rejected && !seen[at] {
			seen[at] = true
			all = append(all, q)
		}
	}
	return all
}

// FixChanges are the changes that write the fixed files. A file that has changed since it was
// read is an error.
func FixChanges(files []*FixedFile) (Changes, error) {
	var c Changes
	var errs []error
	for _, f := range files {
		switch now, err := os.ReadFile(f.Path); {
		case err != nil:
			errs = append(errs, err)
		case !bytes.Equal(now, []byte(f.Old)):
			errs = append(errs, fmt.Errorf("%s has changed while it was read: nothing is written", f.Path))
		}
		c.Write = append(c.Write, f.File)
	}
	return c, errors.Join(errs...)
}
