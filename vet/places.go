package vet

import (
	"errors"
	"go/ast"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/tenantgen/tenantgen/config"
)

// checkPackages refuses directories of packages that are not there.
func (s *settings) checkPackages() error {
	var errs []error
	for _, dir := range s.vet.Packages {
		if dir, _ = wide(dir); !s.isDir(dir) {
			errs = append(errs, problem(s.project.Config, s.vet.Line, s.vet.Column, "write ./internal/auth or ./internal/..., relative to sqlc.yaml", "options.tenantgen.vet.packages: there is no directory %s", dir))
		}
	}
	return errors.Join(errs...)
}

// checkPlaces refuses declared places in directories that are not there.
func (s *settings) checkPlaces() error {
	var errs []error
	for _, list := range s.places() {
		for i := range *list {
			d := &(*list)[i]
			dir, _ := onlyTests(d.Where)
			dir, all := wide(dir)
			if !s.isDir(dir) && (all || !s.isDir(withoutFunc(dir))) {
				errs = append(errs, problem(s.project.Config, d.Line, d.Column, "write internal/auth, internal/auth/... or internal/auth.SignIn, relative to sqlc.yaml",
					"options.tenantgen.vet: there is no directory %s", dir))
			}
		}
	}
	return errors.Join(errs...)
}

func (s *settings) places() []*[]config.Declared {
	return []*[]config.Declared{&s.vet.SQL, &s.vet.Bypass, &s.vet.IDs, &s.vet.Tx}
}

func (s *settings) isDir(rel string) bool {
	info, err := os.Stat(filepath.Join(s.dir, filepath.FromSlash(rel)))
	return err == nil && info.IsDir()
}

// wide cuts /... off, and reports whether it was there.
func wide(where string) (string, bool) {
	if where == "..." {
		return ".", true
	}
	return strings.CutSuffix(where, "/...")
}

// onlyTests cuts /*_test.go off, and reports whether it was there.
func onlyTests(where string) (string, bool) {
	if where == "*_test.go" {
		return ".", true
	}
	return strings.CutSuffix(where, "/*_test.go")
}

// withoutFunc is the directory of internal/auth.Server.SignIn.
func withoutFunc(where string) string {
	dir, base := path.Split(where)
	name, _, _ := strings.Cut(base, ".")
	return path.Join(dir, name)
}

// rel is the directory of a file, relative to sqlc.yaml.
func (s *settings) rel(file string) (string, bool) {
	rel, err := filepath.Rel(s.dir, filepath.Dir(file))
	return filepath.ToSlash(rel), err == nil
}

// covers reports whether a directory with or without /... is, or is above, one that is relative to sqlc.yaml.
func covers(where, rel string) bool {
	dir, all := wide(where)
	return rel == dir || all && (dir == "." && rel != ".." && !strings.HasPrefix(rel, "../") || strings.HasPrefix(rel, dir+"/"))
}

// mine reports whether the packages of a directory are judged. Of others it is looked at what their functions run.
func (s *settings) mine(file string) bool {
	rel, ok := s.rel(file)
	for _, where := range s.vet.Packages {
		if ok && covers(where, rel) {
			return true
		}
	}
	return len(s.vet.Packages) == 0
}

// placed reports whether something of a file is in a declared place: fn is the function, method, type or variable that it belongs to.
func (s *settings) placed(d *config.Declared, file, fn string) bool {
	rel, ok := s.rel(file)
	where, tests := onlyTests(d.Where)
	if !ok || tests && !strings.HasSuffix(file, "_test.go") {
		return false
	}
	full := rel + "." + fn
	return covers(where, rel) || fn != "" && (full == where || strings.HasPrefix(full, where+".") && strings.HasPrefix(where, rel+"."))
}

// declared finds the place of a list that a position is in, nil when there is none.
func (s *scan) declared(list []config.Declared, at token.Pos) *config.Declared {
	file, fn := s.fileName(at), s.around(at)
	for i := range list {
		d := &list[i]
		if !s.placed(d, file, fn) {
			continue
		}
		if !s.silent {
			s.mu.Lock()
			s.used[d] = true
			s.mu.Unlock()
		}
		return d
	}
	return nil
}

// around is how places name what is declared around a position: SignIn, Server.SignIn, Server; "" for imports.
func (s *scan) around(at token.Pos) string {
	for _, f := range s.pass.Files {
		if at < f.FileStart || at > f.FileEnd {
			continue
		}
		for _, d := range f.Decls {
			if at < d.Pos() || at >= d.End() {
				continue
			}
			switch d := d.(type) {
			case *ast.FuncDecl:
				return funcName(d)
			case *ast.GenDecl:
				return specName(d, at)
			}
		}
	}
	return ""
}

// specName is the type or the variable that a declaration declares at a position.
func specName(d *ast.GenDecl, at token.Pos) string {
	for _, spec := range d.Specs {
		if at < spec.Pos() || at >= spec.End() {
			continue
		}
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			return spec.Name.Name
		case *ast.ValueSpec:
			return spec.Names[0].Name
		}
	}
	return ""
}
