// Package vet brings the proof to the application's Go code. Its analyzers, of the kind that go vet and golangci-lint
// run (golang.org/x/tools/go/analysis), judge SQL in Go constants as tenantgen judges files of queries, and report
// what they cannot see through:
//
//   - tenantsql: statements that are handed to a driver, and whose the tenant's argument is;
//   - tenantbypass: who holds a pool, a transaction or sqlc's Queries, and who crosses tenants;
//   - tenantid: where ids of tenants are made;
//   - tenanttx: what is done beside a transaction, and with one that has ended.
//
// options.tenantgen.vet in sqlc.yaml says which Go types are ids, and which places may do what is reported elsewhere,
// each with a reason. docs/vet.md says what is promised, and what is not.
package vet

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/tools/go/analysis"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/config"
)

// source finds the settings that a package is judged by: nil for code of somebody else's.
type source func(*analysis.Pass) (*settings, error)

// Suite judges Go code by one project.
type Suite struct {
	settings  *settings
	Analyzers []*analysis.Analyzer
}

// New makes the analyzers for a project. The error tells which place of options.tenantgen.vet there is not.
func New(p *tenantgen.Project) (*Suite, error) {
	s, err := newSettings(p)
	if err != nil {
		return nil, err
	}
	return &Suite{s, analyzers(func(pass *analysis.Pass) (*settings, error) {
		if strangers(pass, directory(pass)) {
			return nil, nil
		}
		return s, nil
	})}, nil
}

// Statements judge what the analyzers judge, and keep what was said.
func (s *Suite) Statements() *tenantgen.Statements { return s.settings.statements }

// Analyzers are the analyzers for drivers that know of no project: each package is judged by the sqlc.yaml in a
// directory above it, or by the one that path names, where it names one.
func Analyzers(path string) []*analysis.Analyzer {
	loaded := &projects{at: map[string]*loading{}}
	return analyzers(func(pass *analysis.Pass) (*settings, error) {
		dir := directory(pass)
		if strangers(pass, dir) {
			return nil, nil
		}
		file := cmp.Or(path, Find(dir))
		if file == "" {
			return nil, fmt.Errorf("no sqlc.yaml is in %s or above it: tenantgen init writes one", dir)
		}
		return loaded.load(file)
	})
}

func analyzers(from source) []*analysis.Analyzer {
	statements := newTenantSQL(from)
	return []*analysis.Analyzer{statements, newTenantBypass(from), newTenantID(from, statements), newTenantTx(from, statements)}
}

// Find is the sqlc.yaml of a directory or of one above it, "" where there is none.
func Find(dir string) string {
	for {
		for _, name := range []string{"sqlc.yaml", "sqlc.yml", "sqlc.json"} {
			if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
				return filepath.Join(dir, name)
			}
		}
		up := filepath.Dir(dir)
		if up == dir || dir == "" {
			return ""
		}
		dir = up
	}
}

// strangers reports whether a package is somebody else's: of the standard library or of another module, which drivers
// show to learn facts of it.
func strangers(pass *analysis.Pass, dir string) bool {
	if m := pass.Module; m != nil && m.Path != "" {
		return m.Version != "" || dir == ""
	}
	first, _, _ := strings.Cut(pass.Pkg.Path(), "/") // drivers that know of no modules
	return dir == "" || !strings.Contains(first, ".") || strings.Contains(filepath.ToSlash(dir), "/pkg/mod/")
}

// directory is where a package's files are.
func directory(pass *analysis.Pass) string {
	for _, f := range pass.Files {
		if name := pass.Fset.Position(f.Package).Filename; name != "" {
			return filepath.Dir(name)
		}
	}
	return ""
}

// projects are those that were loaded, each once.
type projects struct {
	mu sync.Mutex
	at map[string]*loading
}

type loading struct {
	once     sync.Once
	settings *settings
	err      error
}

func (p *projects) load(file string) (*settings, error) {
	p.mu.Lock()
	l := p.at[file]
	if l == nil {
		l = &loading{}
		p.at[file] = l
	}
	p.mu.Unlock()
	l.once.Do(func() {
		project, err := tenantgen.Load(file)
		if err == nil {
			l.settings, err = newSettings(project)
		}
		l.err = err
	})
	return l.settings, l.err
}

// problem is an error of the configuration at a key.
func problem(c *config.Config, line, column int, hint, format string, args ...any) error {
	return &config.Error{File: c.Path, Line: line, Column: column, Msg: fmt.Sprintf(format, args...), Hint: hint}
}
