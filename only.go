package tenantgen

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/config"
)

// Only restricts Check to the given query files; the whole schema still counts.
// Naming a schema file or the configuration judges everything, since everything
// rests on them. A folder stands for the files in it that an entry reads. Any other
// file is an error: nobody reads it.
func (p *Project) Only(files []string) error {
	var keep, unknown []string
	everything := false
	for _, name := range files {
		paths, err := p.below(name)
		if err != nil {
			return err
		}
		if len(paths) == 0 {
			unknown = append(unknown, name)
		}
		for _, path := range paths {
			if p.role(path) == "queries" {
				keep = append(keep, path)
			} else {
				everything = true
			}
		}
	}
	if len(unknown) > 0 {
		return p.unread(strings.Join(unknown, ", "))
	}
	if everything || len(files) == 0 {
		return nil
	}
	p.keep(func(path string) bool { return slices.Contains(keep, path) })
	return nil
}

// unread is the error about files that no entry reads.
func (p *Project) unread(name string) error {
	hint := "name files of sql.queries, or none to lint all of them"
	if near := config.Suggest(filepath.ToSlash(name), p.queryFiles()); strings.HasPrefix(near, "did you mean") {
		hint = near
	}
	return &config.Error{File: p.Config.Path, Msg: "no entry reads " + name, Hint: hint}
}

// queryFiles are the query files of all entries, relative to the working directory.
func (p *Project) queryFiles() []string {
	var names []string
	for _, u := range p.Units {
		for _, f := range u.Entry.QueryFiles {
			names = append(names, filepath.ToSlash(f.Path))
		}
	}
	return names
}

// keep leaves out query files.
func (p *Project) keep(wanted func(path string) bool) {
	p.partial = true
	for _, u := range p.Units {
		u.Entry.QueryFiles = slices.DeleteFunc(slices.Clone(u.Entry.QueryFiles), func(f config.File) bool {
			path, err := filepath.Abs(f.Path)
			return err == nil && !wanted(path)
		})
	}
}

// below lists the files of the project that a name stands for: itself, or those in it.
func (p *Project) below(name string) ([]string, error) {
	path, err := filepath.Abs(name)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		if p.role(path) == "" {
			return nil, nil
		}
		return []string{path}, nil
	}
	all := []string{p.Config.Path, p.baselinePath()}
	for _, u := range p.Units {
		for _, f := range slices.Concat(u.Entry.QueryFiles, u.Entry.SchemaFiles) {
			all = append(all, f.Path)
		}
	}
	var found []string
	for _, f := range all {
		abs, err := filepath.Abs(f)
		if err == nil && strings.HasPrefix(abs, strings.TrimSuffix(path, string(filepath.Separator))+string(filepath.Separator)) {
			found = append(found, abs)
		}
	}
	return found, nil
}

// role tells what a file is for the project: "queries", "schema", "config" or "".
func (p *Project) role(path string) string {
	is := func(name string) bool { abs, err := filepath.Abs(name); return err == nil && abs == path }
	if is(p.Config.Path) || is(p.baselinePath()) {
		return "config"
	}
	for _, u := range p.Units {
		if slices.ContainsFunc(u.Entry.QueryFiles, func(f config.File) bool { return is(f.Path) }) {
			return "queries"
		}
		if slices.ContainsFunc(u.Entry.SchemaFiles, func(f config.File) bool { return is(f.Path) }) {
			return "schema"
		}
	}
	return ""
}

// OnlyText restricts Check to one query file, and takes the given text for what is in it,
// as an editor does that has not saved it. The file need not be there: then it is one of
// the entries that read its folder. Without a name there has to be one entry alone. The
// name that findings have is returned.
func (p *Project) OnlyText(name, text string) (string, error) {
	entries, err := p.entriesOf(name)
	if name == "" {
		name = "<stdin>"
	}
	file := config.File{Path: name, Text: text}
	if err != nil {
		return name, err
	}
	p.partial = true
	for _, u := range p.Units {
		u.Entry.QueryFiles = nil
		if slices.Contains(entries, u) {
			u.Entry.QueryFiles = []config.File{file}
		}
	}
	return p.Config.Rel(name), nil
}

// entriesOf are the entries that read a query file, or would if it were there.
func (p *Project) entriesOf(name string) ([]*Unit, error) {
	if name == "" {
		if len(p.Units) > 1 {
			return nil, &config.Error{File: p.Config.Path, Msg: "there are several entries, and none is known to read standard input", Hint: "say with --stdin-filename which file it stands for"}
		}
		return p.Units, nil
	}
	path, err := filepath.Abs(name)
	if err != nil {
		return nil, err
	}
	if role := p.role(path); role == "schema" || role == "config" {
		return nil, errors.New("standard input can stand for a file of queries, which " + name + " is not")
	}
	var itself, beside []*Unit
	for _, u := range p.Units {
		for _, f := range u.Entry.QueryFiles {
			switch abs, err := filepath.Abs(f.Path); {
			case err != nil:
			case abs == path && !slices.Contains(itself, u):
				itself = append(itself, u)
			case filepath.Dir(abs) == filepath.Dir(path) && !slices.Contains(beside, u):
				beside = append(beside, u)
			}
		}
	}
	switch {
	case len(itself) > 0:
		return itself, nil
	case len(beside) > 0:
		return beside, nil
	}
	return nil, p.unread(name)
}
