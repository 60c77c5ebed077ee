package vet

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/config"
)

// load is one call of go list.
type load struct {
	dir      string
	patterns []string
}

// loads are the packages that are judged when nobody names any. Directories of options.tenantgen.vet.packages may be of several
// modules, and each is listed from within its own; those of one module, or of one workspace, together, because facts are told from one package to the next.
func (s *settings) loads() []load {
	if len(s.vet.Packages) == 0 {
		return []load{{s.dir, []string{"./..."}}}
	}
	all := map[string]*load{}
	for _, where := range s.vet.Packages {
		dir, below := wide(where)
		abs := filepath.Join(s.dir, filepath.FromSlash(dir))
		root := s.moduleOf(abs)
		rel, err := filepath.Rel(root, abs)
		if err != nil {
			root, rel = abs, "."
		}
		pattern := "./" + filepath.ToSlash(rel)
		if below {
			pattern += "/..."
		}
		if all[root] == nil {
			all[root] = &load{dir: root}
		}
		all[root].patterns = append(all[root].patterns, pattern)
	}
	var list []load
	for _, root := range slices.Sorted(maps.Keys(all)) {
		list = append(list, *all[root])
	}
	return list
}

// moduleOf is where the packages of a directory are listed from: the directory of the workspace above it, if there is one, or else that of its module.
func (s *settings) moduleOf(dir string) string {
	module := ""
	for up := dir; ; up = filepath.Dir(up) {
		if _, err := os.Stat(filepath.Join(up, "go.mod")); err == nil && module == "" {
			module = up
		}
		if _, err := os.Stat(filepath.Join(up, "go.work")); err == nil && os.Getenv("GOWORK") != "off" && module != "" {
			return up
		}
		if up == filepath.Dir(up) {
			break
		}
	}
	if module == "" {
		return dir
	}
	return module
}

// complete refuses to judge all packages where the repositories are in another module, whose application nobody would look at.
func (s *settings) complete(r *Report) error {
	if len(s.vet.Packages) > 0 {
		return nil
	}
	for dir := range s.code.Repositories {
		rel, err := filepath.Rel(s.dir, dir)
		if _, missing := os.Stat(dir); err != nil || missing != nil || r.has(filepath.ToSlash(rel)) {
			continue
		}
		return problem(s.project.Config, max(1, s.vet.Line), max(1, s.vet.Column), fmt.Sprintf("name the packages that use them: options.tenantgen.vet.packages: [./%s/...]", strings.Split(filepath.ToSlash(rel), "/")[0]),
			"the repositories in %s are in another module than sqlc.yaml, whose packages are judged", filepath.ToSlash(rel))
	}
	return nil
}

// has reports whether files of a directory were judged.
func (r *Report) has(dir string) bool {
	for name := range r.files {
		if filepath.ToSlash(filepath.Dir(name)) == dir {
			return true
		}
	}
	return false
}

// unused are the declared places that let nothing pass: whatever comes there next would pass unnoticed.
func (s *settings) unused(r *Report) []Located {
	var all []Located
	for _, list := range s.places() {
		for i := range *list {
			d := &(*list)[i]
			if s.used[d] || r.leavesOut(d) {
				continue
			}
			all = append(all, Located{Finding{Rule: unusedPlace.Name, Severity: analyzer.Severity(unusedPlace.Severity), Text: d.Where,
				Message: "nothing in " + d.Where + " needs to be declared under options.tenantgen.vet." + s.listName(list),
				Hint:    "remove the entry: whatever comes there next would be let pass"},
				s.project.Config.Path, d.Line, d.Column, d.Line, d.Column + len([]rune(d.Where)), nil})
		}
	}
	return all
}

func (s *settings) listName(list *[]config.Declared) string {
	return map[*[]config.Declared]string{&s.vet.SQL: "sql", &s.vet.Bypass: "bypass", &s.vet.IDs: "ids", &s.vet.Tx: "tx"}[list]
}

// leavesOut reports whether build constraints leave files of a place out, which may be what it is declared for.
func (r *Report) leavesOut(d *config.Declared) bool {
	where, _ := onlyTests(d.Where)
	for dir := range r.partly {
		if covers(where, dir) || strings.HasPrefix(where, dir+".") {
			return true
		}
	}
	return false
}
