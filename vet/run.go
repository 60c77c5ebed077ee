package vet

import (
	"cmp"
	"errors"
	"fmt"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"
)

// Options say which Go code is judged, and how it is built.
type Options struct {
	// Dir is where patterns are relative to; "" is the working directory.
	Dir string
	// Tags are build tags.
	Tags string
	// Overlay has texts of files, by absolute path, that are not saved yet.
	Overlay map[string][]byte
}

// Report is what the analyzers say of packages.
type Report struct {
	Findings []Located
	Places   []LocatedPlace
	// Packages is how many were judged.
	Packages int
	// Unused are the declared places that let nothing pass any more, in sqlc.yaml: of those whose packages were all judged.
	Unused []Located
	dir    string          // of sqlc.yaml
	files  map[string]bool // relative to it
	// partly are the directories, relative to it, of which build constraints leave files out.
	partly map[string]bool
}

// Judged reports whether a file, relative to sqlc.yaml, is one of a package that was judged, or is gone.
func (r *Report) Judged(file string) bool {
	if r.files[file] {
		return true
	}
	_, err := os.Stat(filepath.Join(r.dir, filepath.FromSlash(file)))
	return errors.Is(err, fs.ErrNotExist)
}

// Located is a finding with its place in a file: columns count characters from 1, and the end is exclusive.
type Located struct {
	Finding
	File                             string // absolute
	Line, Column, EndLine, EndColumn int
	// Edits are what would put it right, where that is certain; none otherwise.
	Edits []Edit
}

// LocatedPlace is a place with its file.
type LocatedPlace struct {
	Place
	File string
	Line int
}

const syntax = packages.LoadSyntax | packages.NeedModule

// Run judges the packages that patterns name, as go list understands them, with the tests of each; without any, those of
// options.tenantgen.vet.packages, or of the module. Packages of the same modules that these import are looked at too, for what
// their functions run. The error tells what kept it from judging: code that does not compile, say.
func (s *Suite) Run(o Options, patterns ...string) (*Report, error) {
	r := &Report{dir: s.settings.dir, files: map[string]bool{}, partly: map[string]bool{}}
	runs := []load{{o.Dir, patterns}}
	if len(patterns) == 0 {
		runs = s.settings.loads()
	}
	for _, l := range runs {
		graph, asked, err := s.analyse(o, l)
		if err != nil {
			return nil, err
		}
		if err := s.collect(r, graph, asked); err != nil {
			return nil, err
		}
	}
	r.sort()
	if r.Packages == 0 {
		return nil, fmt.Errorf("%s: options.tenantgen.vet.packages names no package of these", strings.Join(patterns, " "))
	}
	if len(patterns) > 0 {
		return r, nil
	}
	if err := s.settings.complete(r); err != nil {
		return nil, err
	}
	r.Unused = s.settings.unused(r)
	return r, nil
}

// analyse runs the analyzers over the packages that are asked for, and over those of the same modules that they import.
func (s *Suite) analyse(o Options, l load) (*checker.Graph, map[string]bool, error) {
	cfg := &packages.Config{Dir: l.dir, Tests: s.settings.vet.Tests == "", Overlay: o.Overlay}
	if o.Tags != "" {
		cfg.BuildFlags = []string{"-tags=" + o.Tags}
	}
	asked, all, err := s.listed(cfg, l.patterns)
	if err != nil {
		return nil, nil, err
	}
	cfg.Mode = syntax
	pkgs, err := packages.Load(cfg, all...)
	if err != nil {
		return nil, nil, err
	}
	if err := broken(pkgs); err != nil {
		return nil, nil, err
	}
	loaded := map[*packages.Package]bool{}
	for _, p := range pkgs {
		loaded[p] = true
	}
	for _, p := range pkgs { // of code of somebody else's no fact is known
		for path, imported := range p.Imports {
			if !loaded[imported] {
				delete(p.Imports, path)
			}
		}
	}
	graph, err := checker.Analyze(s.Analyzers, pkgs, nil)
	return graph, asked, err
}

// listed are the packages that are asked for, and with those of the same modules that they import.
func (s *Suite) listed(cfg *packages.Config, patterns []string) (map[string]bool, []string, error) {
	first := *cfg
	first.Mode = packages.NeedName | packages.NeedImports | packages.NeedDeps | packages.NeedModule | packages.NeedFiles
	pkgs, err := packages.Load(&first, patterns...)
	if err != nil {
		return nil, nil, err
	}
	if len(pkgs) == 0 {
		return nil, nil, fmt.Errorf("no packages match %s", strings.Join(patterns, " "))
	}
	asked, all := map[string]bool{}, map[string]bool{}
	var errs []error
	for _, p := range pkgs {
		asked[importOf(p)] = true
	}
	packages.Visit(pkgs, nil, func(p *packages.Package) {
		if p.Module != nil && p.Module.Main && !strings.HasSuffix(p.ID, ".test") {
			all[importOf(p)] = true
		}
		if asked[importOf(p)] {
			for _, e := range p.Errors {
				errs = append(errs, e)
			}
		}
	})
	var names []string
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	if len(names) == 0 && len(errs) == 0 {
		return nil, nil, fmt.Errorf("%s is not code of this module", strings.Join(patterns, " "))
	}
	return asked, names, errors.Join(errs...)
}

// importOf is the import path of a package or of its tests.
func importOf(p *packages.Package) string { return strings.TrimSuffix(p.PkgPath, "_test") }

// broken is the error of packages that do not compile: of what is not understood nothing is proved.
func broken(pkgs []*packages.Package) error {
	var errs []error
	seen := map[string]bool{}
	for _, p := range pkgs {
		for _, e := range p.Errors {
			if !seen[e.Error()] {
				seen[e.Error()] = true
				errs = append(errs, e)
			}
		}
	}
	if len(errs) > 10 {
		errs = append(errs[:10], fmt.Errorf("and %d more errors", len(errs)-10))
	}
	return errors.Join(errs...)
}

// collect gathers the findings of the packages that were asked for, each once: files are in a package and in that of its
// tests.
func (s *Suite) collect(r *Report, graph *checker.Graph, asked map[string]bool) error {
	sources := &sources{lines: map[string][]string{}}
	seen, places, judged := map[string]bool{}, map[string]bool{}, map[string]bool{}
	var errs []error
	for _, act := range graph.Roots {
		if act.Err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", act.Package.PkgPath, act.Err))
			continue
		}
		found, ok := act.Result.(*Findings)
		if !ok || !found.judged || !asked[importOf(act.Package)] || strings.HasSuffix(act.Package.ID, ".test") {
			continue
		}
		judged[act.Package.PkgPath] = true
		r.note(act.Package)
		for _, f := range found.Findings {
			l := sources.locate(act.Package.Fset, f)
			if key := fmt.Sprint(l.File, l.Line, l.Column, l.EndLine, l.EndColumn, f.Rule, f.Message); !seen[key] {
				seen[key] = true
				r.Findings = append(r.Findings, l)
			}
		}
		for _, p := range found.Places {
			at := act.Package.Fset.Position(p.Pos)
			if key := fmt.Sprint(at, p.Kind, p.Name); !places[key] {
				places[key] = true
				r.Places = append(r.Places, LocatedPlace{p, at.Filename, at.Line})
			}
		}
	}
	r.Packages += len(judged)
	return errors.Join(errs...)
}

// note keeps the files of a package that was judged.
func (r *Report) note(p *packages.Package) {
	for _, name := range p.GoFiles {
		if rel, err := filepath.Rel(r.dir, name); err == nil {
			r.files[filepath.ToSlash(rel)] = true
		}
	}
	for _, name := range p.IgnoredFiles {
		if rel, err := filepath.Rel(r.dir, filepath.Dir(name)); err == nil && strings.HasSuffix(name, ".go") {
			r.partly[filepath.ToSlash(rel)] = true
		}
	}
}

func (r *Report) sort() {
	slices.SortStableFunc(r.Findings, func(a, b Located) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message))
	})
	slices.SortStableFunc(r.Places, func(a, b LocatedPlace) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Kind, b.Kind))
	})
}

// sources are the lines of files, read once.
type sources struct{ lines map[string][]string }

// locate finds the place of a finding, which counts characters where Go counts bytes.
func (s *sources) locate(fset *token.FileSet, f Finding) Located {
	from, to := fset.Position(f.Pos), fset.Position(f.End)
	if to.Filename != from.Filename || to.Offset < from.Offset {
		to = from
	}
	return Located{f, from.Filename, from.Line, s.column(from), to.Line, s.column(to), editsOf(fset, f)}
}

func (s *sources) column(at token.Position) int {
	lines, ok := s.lines[at.Filename]
	if !ok {
		text, _ := os.ReadFile(filepath.Clean(at.Filename)) // without it bytes are counted
		lines = strings.Split(string(text), "\n")
		s.lines[at.Filename] = lines
	}
	if at.Line < 1 || at.Line > len(lines) || at.Column > len(lines[at.Line-1])+1 || at.Column < 1 {
		return at.Column
	}
	return 1 + len([]rune(lines[at.Line-1][:at.Column-1]))
}
