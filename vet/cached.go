package vet

import (
	"fmt"

	"golang.org/x/tools/go/analysis"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/internal/cache"
)

// Fingerprint is of what verdicts rest on beside Go code: a configuration and the files of its schemas. Whoever keeps a verdict has to ask
// again when it is another one.
func Fingerprint(file string) (string, error) {
	project, err := tenantgen.Load(file)
	if err != nil {
		return "", err
	}
	facts := cache.NewFacts("vet")
	facts.Add(file, project.Config.Text)
	for _, u := range project.Units {
		for _, f := range u.Entry.SchemaFiles {
			facts.Add(f.Path, f.Text)
		}
	}
	return fmt.Sprintf("%x", facts.Key()), nil
}

// Cached are the analyzers for drivers that keep what was said of a package until its code changes, and know it by the names of analyzers, as
// golangci-lint does: one of the given name that says what all of them find, and one that says nothing, whose name changes with the
// configuration and the schema. All packages are judged by the sqlc.yaml that file names.
func Cached(name, file string) ([]*analysis.Analyzer, error) {
	sum, err := Fingerprint(file)
	if err != nil {
		return nil, err
	}
	all := Analyzers(file)
	for _, a := range all {
		a.Name += "_" + sum[:16] // by which facts are kept
	}
	says := &analysis.Analyzer{Name: name, Doc: "prove SQL in Go code confined to one tenant", URL: docs + "rules", Requires: all,
		Run: func(pass *analysis.Pass) (any, error) {
			for _, a := range all {
				for _, f := range pass.ResultOf[a].(*Findings).Findings {
					pass.Report(f.diagnostic())
				}
			}
			return nil, nil
		}}
	silent := &analysis.Analyzer{Name: name + "_" + sum[:16], Doc: "says nothing: its name is that of a configuration and a schema",
		Run: func(*analysis.Pass) (any, error) { return nil, nil }}
	return []*analysis.Analyzer{says, silent}, nil
}
