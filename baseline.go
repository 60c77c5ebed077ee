package tenantgen

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/config"
)

// BaselineName is the file beside sqlc.yaml that excuses queries which were refused
// when a project adopted tenantgen, unless options.tenantgen.baseline names another.
const BaselineName = ".tenantgen-baseline.json"

// baselineVersion is 3 since an entry's hash is of what a statement says, wherever it stands
// and however it is laid out; in version 2 it was of its text in its file.
const (
	baselineVersion = 3
	baselineOfTexts = 2
)

// baseline lists refused queries that do not fail lint. An entry excuses exactly the
// findings that it names, in one query of the name and the tokens that it was written for,
// on what the schema says of what that text touches.
type baseline struct {
	path    string          // as it is opened
	text    []byte          // nil where there is none
	Version int             `json:"version"`
	Entries []baselineEntry `json:"entries"`
	// Go are the findings of package vet that do not fail it.
	Go []GoFinding `json:"go,omitempty"`
}

type baselineEntry struct {
	File     string   `json:"file"` // relative to sqlc.yaml, with slashes
	Query    string   `json:"query"`
	Findings []string `json:"findings"` // each a rule and the table that it is about
	Hash     string   `json:"hash"`     // of the statement's tokens
	Schema   string   `json:"schema"`   // the fingerprint of what it touches
	Reason   string   `json:"reason,omitempty"`
	line     int
	text     string // the hash that version 2 has
	// placed is the fingerprint that entries had once.
	placed func() string
}

// excuses reports whether an entry of a baseline is about a query.
func (b *baseline) excuses(e, is baselineEntry) bool {
	missing := slices.ContainsFunc(is.Findings, func(f string) bool { return !slices.Contains(e.Findings, f) })
	same := e.Hash == is.Hash
	if b.Version == baselineOfTexts {
		same = e.Hash == is.text && e.File == is.File
	}
	return same && e.Query == is.Query && !missing && (e.Schema == is.Schema || e.Schema == is.placed())
}

func (p *Project) baselinePath() string {
	return p.Config.Join(cmp.Or(p.Config.Tenant.Baseline, BaselineName))
}

// readBaseline reads the project's baseline, an empty one when there is none.
func (p *Project) readBaseline() (*baseline, error) {
	b := &baseline{path: p.baselinePath()} // a file must state its version: {} is none of ours
	text, err := os.ReadFile(b.path)
	if errors.Is(err, fs.ErrNotExist) {
		return b, nil
	}
	if err != nil {
		return nil, err
	}
	wrong := func(line int, format string, args ...any) error {
		return &config.Error{File: p.Config.Rel(b.path), Line: line, Column: 1, Msg: fmt.Sprintf(format, args...), Hint: "tenantgen lint --write-baseline writes it; remove a file that it did not write"}
	}
	b.text = text
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(b); err != nil {
		return nil, wrong(1+bytes.Count(text[:min(int(dec.InputOffset()), len(text))], []byte("\n")), "not a baseline: %v", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, wrong(1, "not a baseline: something follows its end")
	}
	if b.Version < 1 || b.Version > baselineVersion {
		return nil, wrong(1, "version %d of the baseline is not known", b.Version)
	}
	for i := range b.Entries {
		e := &b.Entries[i]
		e.line = 1
		if at := bytes.Index(text, []byte(e.Hash)); at >= 0 && e.Hash != "" {
			e.line += bytes.Count(text[:at], []byte("\n"))
		}
		if e.File == "" || e.Hash == "" || e.Schema == "" && b.Version != 1 || len(e.Findings) == 0 {
			return nil, wrong(e.line, "entry %d lacks its file, findings, hash or schema", i+1)
		}
	}
	for i, e := range b.Go {
		if e.File == "" || e.Rule == "" || e.Hash == "" {
			return nil, wrong(1, "entry %d of go lacks its file, rule or hash", i+1)
		}
	}
	return b, nil
}

// refused ranges over the queries that are refused, with what the baseline would say of them.
func (p *Project) refused(r *Report) iter.Seq2[*analyzer.Result, baselineEntry] {
	return func(yield func(*analyzer.Result, baselineEntry) bool) {
		for _, u := range r.units {
			for _, q := range u.results {
				if q.Verdict == analyzer.Rejected && !yield(q, p.entry(u.Unit, q)) {
					return
				}
			}
		}
	}
}

// entry is what the baseline would say of a refused query.
func (p *Project) entry(u *Unit, q *analyzer.Result) baselineEntry {
	e := baselineEntry{File: p.fromConfig(q.File), Query: q.Name, Hash: q.Digest(), Schema: fingerprint(u.Schema, q.Text), text: fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(q.Text))),
		placed: func() string { return placedFingerprint(u.Schema, q.Text) }}
	for _, d := range q.Diagnostics {
		if f := strings.TrimSpace(d.Rule + " " + d.Table); d.Severity == analyzer.Error && !slices.Contains(e.Findings, f) {
			e.Findings = append(e.Findings, f)
		}
	}
	slices.Sort(e.Findings)
	return e
}

// fromConfig is a path of a report, relative to sqlc.yaml.
func (p *Project) fromConfig(path string) string {
	dir, err1 := filepath.Abs(p.Config.Dir)
	abs, err2 := filepath.Abs(path)
	if rel, err := filepath.Rel(dir, abs); errors.Join(err, err1, err2) == nil {
		return filepath.ToSlash(rel)
	}
	return path
}

// excuse takes the findings of queries that the baseline knows out of the report,
// and reports the entries that excuse nothing any more.
func (p *Project) excuse(r *Report, b *baseline) {
	if len(b.Entries) == 0 {
		return
	}
	if b.Version < baselineOfTexts {
		r.Diagnostics = append(r.Diagnostics, p.stale(b, baselineEntry{line: 1},
			fmt.Sprintf("the baseline excuses nothing: its entries, of version %d, do not say which schema they rest on", b.Version),
			"review what is refused, and write the baseline anew with tenantgen lint --write-baseline; it keeps the reasons"))
		return
	}
	used := make([]bool, len(b.Entries))
	r.baselined = map[*analyzer.Result]string{}
	var rest []analyzer.Diagnostic
	for q, is := range p.refused(r) {
		for i, e := range b.Entries {
			if !used[i] && b.excuses(e, is) {
				used[i] = true
				r.baselined[q] = e.Reason
				break
			}
		}
	}
	excused := map[string]int{} // two entries may read one file, and one of the two be excused
	for q := range r.baselined {
		for _, d := range q.Diagnostics {
			excused[fmt.Sprint(d)]++
		}
	}
	for _, d := range r.Diagnostics {
		if text := fmt.Sprint(d); excused[text] > 0 {
			excused[text]--
		} else {
			rest = append(rest, d)
		}
	}
	r.Diagnostics = rest
	for i, e := range b.Entries {
		if !used[i] && p.reads(e.File) {
			r.Diagnostics = append(r.Diagnostics, p.stale(b, e,
				"the baseline excuses query "+e.Query+" of "+e.File+" as it was; it or the schema that it touches has changed, it is gone or is accepted now",
				"make the query scoped and remove the entry, or accept what is refused now with tenantgen lint --write-baseline"))
		}
	}
}

func (p *Project) stale(b *baseline, e baselineEntry, message, hint string) analyzer.Diagnostic {
	return analyzer.Diagnostic{Rule: "stale-baseline", Severity: analyzer.Error, Query: e.Query, File: p.Config.Rel(b.path),
		Line: e.line, Column: 1, EndLine: e.line, EndColumn: 2, Message: message, Hint: hint}
}

// reads reports whether this run judges a file: with `lint <files>`, entries about
// others are not stale. A file that is no query file any more is gone.
func (p *Project) reads(file string) bool {
	if !p.partial {
		return true
	}
	for _, u := range p.Units {
		for _, f := range u.Entry.QueryFiles {
			if p.fromConfig(f.Path) == file {
				return true
			}
		}
	}
	return false
}

// Baselined reports whether the baseline excuses a refused query.
func (r *Report) Baselined(q *analyzer.Result) bool {
	_, ok := r.baselined[q]
	return ok
}

// WriteBaseline excuses every query that is refused now and keeps the reasons of
// those whose text stays. It returns where, and how many entries there are. What no
// baseline can excuse, such as an undeclared table, Check still reports.
func (p *Project) WriteBaseline() (string, int, error) {
	old, err := p.readBaseline()
	if err != nil {
		return "", 0, err
	}
	b := &baseline{path: old.path, Version: baselineVersion, Entries: []baselineEntry{}, Go: old.Go}
	for _, e := range p.refused(p.check()) {
		for _, o := range old.Entries {
			if o.Query == e.Query && (o.Hash == e.Hash || o.Hash == e.text) {
				e.Reason = o.Reason
			}
		}
		b.Entries = append(b.Entries, e)
	}
	slices.SortFunc(b.Entries, func(x, y baselineEntry) int {
		return slices.Compare([]string{x.File, x.Query, x.Hash}, []string{y.File, y.Query, y.Hash})
	})
	path, err := p.commitBaseline(b)
	return path, len(b.Entries), err
}
