package tenantgen

import (
	"cmp"
	"path/filepath"
	"slices"
	"sync"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/templates"
)

// Statements judges SQL that stands in no file of queries, such as constants in Go code: by the
// proof that Check carries out, without what only sqlc asks of a query. It is safe for concurrent use.
type Statements struct {
	project *Project
	mu      sync.Mutex
	units   []*Unit // one of each schema
	by      []*analyzer.Analyzer
	known   map[string][]*analyzer.Result
}

// Statements begins to judge SQL by the project's schemas.
func (p *Project) Statements() *Statements {
	s := &Statements{project: p, known: map[string][]*analyzer.Result{}}
	for _, u := range p.Units {
		if !slices.ContainsFunc(s.units, func(o *Unit) bool { return o.Schema == u.Schema }) {
			s.units, s.by = append(s.units, u), append(s.by, p.analyzer(u))
		}
	}
	return s
}

// Judge judges the statements of a text as it is handed to a driver. Lines and columns of the findings are
// those in the text. Where entries of sqlc.yaml have different schemas, a statement has to
// be proved for each that has the tables and columns which it names.
func (s *Statements) Judge(text string) []*analyzer.Result {
	s.mu.Lock()
	defer s.mu.Unlock()
	if results, ok := s.known[text]; ok {
		return results
	}
	var chosen []*analyzer.Result
	for i, a := range s.by {
		results := a.File("", text)
		for _, q := range results {
			s.project.configure(q)
		}
		if i == 0 || foreign(chosen) || !foreign(results) && refuses(results) && !refuses(chosen) {
			chosen = results
		}
	}
	s.known[text] = chosen
	return chosen
}

// Fix writes into a refused statement what its proof lacks, where that is certain, and reports whether it could. Where entries of sqlc.yaml have different
// schemas, it does not try.
func (s *Statements) Fix(text string) (analyzer.Fix, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.by) != 1 {
		return analyzer.Fix{}, false
	}
	fixes := s.by[0].Fix("", text)
	if len(fixes) != 1 || len(s.by[0].File("", text)) != 1 {
		return analyzer.Fix{}, false
	}
	return fixes[0], true
}

// Fingerprint is a hash of what the schemas say of what a text touches.
func (s *Statements) Fingerprint(text string) string {
	all := ""
	for _, u := range s.units {
		all += fingerprint(u.Schema, text)
	}
	return all
}

// foreign reports whether statements name what a schema does not have.
func foreign(results []*analyzer.Result) bool {
	return slices.ContainsFunc(results, func(r *analyzer.Result) bool {
		return slices.ContainsFunc(r.Diagnostics, func(d analyzer.Diagnostic) bool {
			return d.Rule == "unknown-table" || d.Rule == "unknown-column"
		})
	})
}

// refuses reports whether one of several statements is not proved.
func refuses(results []*analyzer.Result) bool {
	return slices.ContainsFunc(results, func(r *analyzer.Result) bool { return r.Verdict == analyzer.Rejected })
}

// GoCode says where the project's generated Go is.
type GoCode struct {
	// SQLC are the directories of sqlc's packages, Repositories those of ours, with their import paths.
	SQLC, Repositories map[string]string
	// IDs are the names of the id types in our packages, of the outermost level first.
	IDs []string
}

// GoCode says where the project's generated Go is, or will be. A directory in no Go module is left out: nobody
// imports it.
func (p *Project) GoCode() GoCode {
	g := GoCode{SQLC: map[string]string{}, Repositories: map[string]string{}}
	add := func(to map[string]string, dir string) {
		abs, err := filepath.Abs(dir)
		imported, inModule := importPath(dir)
		if cmp.Or(err, inModule) == nil {
			to[abs] = imported
		}
	}
	for i, e := range p.Config.SQL {
		if e.Go.Out == "" {
			continue
		}
		add(g.SQLC, p.Config.Join(e.Go.Out))
		if p.Config.Tenant.Out != "" {
			add(g.Repositories, p.Config.RepoDir(i))
		}
	}
	if len(p.Units) > 0 {
		for _, l := range p.Units[0].Tenancy.Levels {
			g.IDs = append(g.IDs, templates.IDType(l.Columns[0]))
		}
	}
	return g
}
